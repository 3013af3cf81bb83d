# SPDX-License-Identifier: GPL-2.0-or-later
"""An HVM guest on the desktop, as the shell shows it."""

from console import PATIENCE
from desktop import DesktopTest
from dom0 import CD
from machine import keep_logs_in, share_of_colour

LIB = "/var/lib/vitrine"
BLACK = (0, 0, 0)
GRUBS_GREY = (0xA8, 0xA8, 0xA8)


class DesktopHvm(DesktopTest):
    def make_guest(self, *lines):
        """A guest with GRUB in its drive, which says what it does on its serial line, and these lines in its file."""
        self.dom0.run(f"cp {CD} {LIB}/iso/grub.iso")
        self.dom0.run("vitrinectl create --iso=grub.iso --memory=160M --disk=64M --no-start pc", 120)
        self.addCleanup(self.dom0.run, "vitrinectl force-off pc && vitrinectl delete pc", 120)
        for line in ('serial = "file:/tmp/serial-pc"', *lines):
            self.dom0.run(f"echo '{line}' >> {LIB}/guests/pc.cfg")
        # Without a file system it would look for one of each kind, for minutes.
        self.dom0.run("rm -rf /tmp/pc /tmp/serial-pc && mkdir /tmp/pc && echo on-the-disk > /tmp/pc/word && "
                      f"mke2fs -q -F -t ext2 -d /tmp/pc {LIB}/disks/pc.img 8M", 60)

    def use_guest(self, name):
        """Its screen is seen and typed to; name is that of the picture that is kept."""
        self.dom0.run("vitrinectl start pc", 240)
        self.dom0.wait_for("grep -q on-the-disk /tmp/serial-pc", 180)
        screen = self.wait_for_screen("a screen in text", lambda screen: share_of_colour(screen, BLACK, 2) > 0.2, 60)
        self.assertGreater(share_of_colour(screen, GRUBS_GREY, 2), 0)
        self.machine.console.drain(20 * PATIENCE)
        width, height, _ = self.machine.screen()
        self.machine.click(width // 2, height // 2, width, height)
        # A BIOS keeps no more than 15 keys that nobody has read yet.
        self.machine.type("echo t'wo'\n")
        self.machine.screenshot(keep_logs_in() / name)
        self.dom0.wait_for("grep -aq two /tmp/serial-pc", 60)
        self.machine.screenshot(keep_logs_in() / name)

    def connections(self, socket):
        """How many there are to one of its QEMU's sockets."""
        return int(self.dom0.call(f"ss -xH state connected | grep -c '/pc{socket}'")[0])

    def test_vnc(self):
        """the boot loader of its CD is seen in the shell, and takes typed text; its sound has a player meanwhile"""
        self.wait_for_shell()
        self.make_guest()
        self.use_guest("desktop-hvm.png")
        self.assertEqual(self.connections("-qemu.vnc"), 1)
        self.assertGreater(self.connections("-qemu.spice"), 0)

    def test_spice(self):
        """with “spice” in its file and without a sound card it is seen by SPICE"""
        self.wait_for_shell()
        self.make_guest("spice = 1")
        self.dom0.run("vitrinectl set pc sound=no")
        self.use_guest("desktop-hvm-spice.png")
        self.assertGreater(self.connections("-screen.spice"), 2)
        self.assertEqual(self.connections("-qemu.vnc"), 0)
