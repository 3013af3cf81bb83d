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
    def test_grub(self):
        """the boot loader of its CD is seen in the shell, and takes typed text"""
        self.wait_for_shell()
        self.dom0.run(f"cp {CD} {LIB}/iso/grub.iso")
        self.dom0.run("vitrinectl create --iso=grub.iso --memory=160M --disk=64M --no-start pc", 120)
        self.dom0.run(f"echo 'serial = \"file:/tmp/serial-pc\"' >> {LIB}/guests/pc.cfg")
        # Without a file system it would look for one of each kind, for minutes.
        self.dom0.run(f"mkdir /tmp/pc && echo on-the-disk > /tmp/pc/word && mke2fs -q -F -t ext2 -d /tmp/pc {LIB}/disks/pc.img 8M", 60)
        self.dom0.run("vitrinectl start pc", 240)
        self.dom0.wait_for("grep -q on-the-disk /tmp/serial-pc", 180)
        screen = self.wait_for_screen("a screen in text", lambda screen: share_of_colour(screen, BLACK, 2) > 0.2, 60)
        self.assertGreater(share_of_colour(screen, GRUBS_GREY, 2), 0)
        self.machine.console.drain(20 * PATIENCE)
        width, height, _ = self.machine.screen()
        self.machine.click(width // 2, height // 2, width, height)
        self.machine.type("echo typed-'forty-two'\n")
        self.machine.screenshot(keep_logs_in() / "desktop-hvm.png")
        self.dom0.wait_for("grep -aq typed-forty-two /tmp/serial-pc", 60)
        self.machine.screenshot(keep_logs_in() / "desktop-hvm.png")
        self.dom0.run("vitrinectl force-off pc && vitrinectl delete pc", 120)
