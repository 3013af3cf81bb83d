# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's installer as a PV guest: its kernel and its initrd, given to the service as they are. It is looked at on
the screen that a person has, with the shell around it."""

from console import PATIENCE
from debs import unpacked
from desktop import DesktopTest
from machine import keep_logs_in, share_of_colour

INSTALLER = "usr/lib/debian-installer/images/12/amd64/{}/debian-installer/amd64"
# What a page of either has a lot of, and nothing else that is there before.
BACKGROUND, WINDOW = (0, 0, 0xAA), (0xAA, 0xAA, 0xAA)
PAPER = (0xFF, 0xFF, 0xFF)


def differs(screen, other):
    """By more than a cursor, and what the shell shows of the guest's load."""
    changed = sum(a != b for a, b in zip(screen[2], other[2]))
    return changed > len(other[2]) // 50


class Netboot(DesktopTest):
    def put(self, name, data, path):
        """What we have as a file of dom0's, by way of a stick."""
        image = f"{self.machine.work}/{name}.img"
        with open(image, "wb") as file:
            file.write(data)
            file.truncate(-(-len(data) // 512) * 512)
        self.machine.monitor("blockdev-add", **{"driver": "raw", "node-name": name, "read-only": True,
                                                "file": {"driver": "file", "filename": image}})
        self.machine.monitor("device_add", driver="usb-storage", drive=name, id=name, serial=name)
        device = f"/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_{name}-0:0"
        self.dom0.wait_for(f"test -e {device}", 60)
        self.dom0.run(f"head -c {len(data)} {device} > {path}", 240)
        self.machine.monitor("device_del", id=name)

    def install(self, kind, page):
        """Starts the installer; page: what its pages look like, and nothing before them."""
        self.wait_for_shell()
        files = unpacked("debian-installer-12-netboot-amd64") / INSTALLER.format(kind)
        self.put(f"{kind}linux", (files / "linux").read_bytes(), f"/var/lib/vitrine/{kind}.linux")
        self.put(f"{kind}initrd", (files / "initrd.gz").read_bytes(), f"/var/lib/vitrine/{kind}.initrd")
        self.dom0.run(f"vitrinectl create --kind=pv --kernel=/var/lib/vitrine/{kind}.linux --memory=1G"
                      f" --initrd=/var/lib/vitrine/{kind}.initrd --disk=2G {kind}", 300)
        self.addCleanup(self.dom0.call, f"vitrinectl force-off {kind}; vitrinectl delete {kind}", 120)
        self.wait_for_screen("the installer", page, 300)
        self.machine.console.drain(15 * PATIENCE)
        first = self.machine.screen()
        self.machine.screenshot(keep_logs_in() / f"netboot-{kind}-1.png")
        # Where neither has anything to choose.
        width, height = first[:2]
        self.machine.click(width // 2, height // 5, width, height)
        self.machine.key("ret")
        self.wait_for_screen("its next page", lambda now: page(now) and differs(now, first), 120)
        self.machine.console.drain(10)
        self.machine.screenshot(keep_logs_in() / f"netboot-{kind}-2.png")

    def test_text(self):
        """Debian's installer in text is a PV guest by its kernel, and asks in the shell's window"""
        self.install("text", lambda screen: share_of_colour(screen, WINDOW) > 0.2
                     and share_of_colour(screen, BACKGROUND) > 0.01)

    def test_graphical(self):
        """Debian's installer with its graphics is a PV guest by its kernel, and asks in the shell's window"""
        self.install("gtk", lambda screen: share_of_colour(screen, PAPER, 2) > 0.15)
