# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's installer, from a CD, as the system of a guest that the service made for it: up to its second
page, in text and with its graphics. It is on the guest's screen that one sees how far it is."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from console import PATIENCE, Timeout
from debs import unpacked
from hvm import HvmTest
from machine import keep_logs_in, share_of_colour, write_png
from service import LIB, ServiceTest

INSTALLER = "usr/lib/debian-installer/images/12/amd64/{}/debian-installer/amd64"
# Its own boot menu's words, of syslinux', in GRUB's.
MENU = """serial --unit=0
terminal_output console serial
linux /linux vga=788 --- quiet
echo "starting the installer"
initrd /initrd.gz
boot"""
MEMORY = 1 << 30
# What the kernel's driver makes of the emulated card.
SIZE = (1024, 768)
# What a page is made of, and the guest's text screen is not.
TEXT_BACKGROUND, TEXT_WINDOW = (0, 0, 0xAA), (0xAA, 0xAA, 0xAA)
PAPER = (0xFF, 0xFF, 0xFF)
# From a CD that is read through the BIOS, on an emulated CPU in an emulated CPU.
START_SECONDS = 2400


def make_cd(kind, path):
    """The installer of that kind on a CD that a BIOS boots."""
    files = unpacked("debian-installer-12-netboot-amd64") / INSTALLER.format(kind)
    with tempfile.TemporaryDirectory() as tree:
        Path(f"{tree}/boot/grub").mkdir(parents=True)
        Path(f"{tree}/boot/grub/grub.cfg").write_text(MENU)
        for file in ("linux", "initrd.gz"):
            shutil.copy(files / file, tree)
        subprocess.run(["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "-o", path, tree], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Installer(ServiceTest, HvmTest):
    smp = 2

    def plug_in(self, kind):
        """The CD as the disk that it would be on; its name in dom0."""
        path = f"{self.machine.work}/{kind}.iso"
        make_cd(kind, path)
        self.machine.monitor("blockdev-add", **{"driver": "raw", "node-name": kind, "read-only": True,
                                                "file": {"driver": "file", "filename": path}})
        self.machine.monitor("device_add", driver="usb-storage", drive=kind, id=kind, serial=kind)
        self.addCleanup(self.machine.monitor, "device_del", id=kind)
        device = f"/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_{kind}-0:0"
        self.dom0.wait_for(f"test -e {device}", 60)
        iso = f"{LIB}/iso/{kind}.iso"
        self.addCleanup(self.dom0.call, f"rm -f {iso}")
        self.do(f"cat {device} > {iso}", 240)
        return iso

    def keep(self, name):
        """The guest's screen, for a person to look at."""
        write_png(keep_logs_in() / f"{name}.png", self.guest_screen("pc"))

    def wait_for_screen(self, what, condition, timeout):
        deadline = time.monotonic() + timeout * PATIENCE
        while not condition(screen := self.guest_screen("pc")):
            if time.monotonic() > deadline:
                self.keep("installer-at-failure")
                raise Timeout(f"the guest's screen does not show {what} after {timeout} s")
            self.machine.console.drain(10)
        return screen

    def press(self, key):
        self.dom0.run(f"xl qemu-monitor-command pc 'sendkey {key}'", 60)

    def install(self, kind, page):
        """Starts the installer; page: what each of its pages looks like."""
        iso = self.plug_in(kind)
        options = (f"{{'iso': <'{iso}'>, 'disk-size': <uint64 2147483648>, 'memory': <uint64 {MEMORY}>, "
                   "'vcpus': <uint32 1>}")
        self.works(f"job Manager Manager1.Create \"''\" \"'pc'\" \"{options}\"")
        first = self.wait_for_screen("the installer", page, START_SECONDS)
        self.assertEqual(first[:2], SIZE)
        self.machine.console.drain(20)
        self.keep(f"installer-{kind}-1")
        return first

    def goes_on(self, kind, page, first):
        """The return key leads to the next page."""
        self.press("ret")
        self.wait_for_screen("the next page", lambda now: page(now) and now[2] != first[2], 120)
        self.machine.console.drain(20)
        self.keep(f"installer-{kind}-2")

    def end(self):
        self.works("act pc ForceOff")
        self.works("act pc Delete")

    def test_text(self):
        """the installer in text asks for a language on the guest's screen, and then for more"""
        def page(screen):
            return share_of_colour(screen, TEXT_BACKGROUND) > 0.02 and share_of_colour(screen, TEXT_WINDOW) > 0.3

        self.goes_on("text", page, self.install("text", page))
        self.end()

    def test_graphical(self):
        """the installer with its graphics asks for a language on the guest's screen, and then for more"""
        def page(screen):
            return share_of_colour(screen, PAPER, 2) > 0.3

        self.goes_on("gtk", page, self.install("gtk", page))
        self.end()
