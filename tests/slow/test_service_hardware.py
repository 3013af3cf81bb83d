# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardware guests of the service's: those made for a CD, with QEMU's screen, disk and drive, and PVH guests of a
template."""

import re

from dom0 import CD
from hvm import HvmTest
from service import LIB, ServiceTest

ISO = f"{LIB}/iso/grub.iso"
CONFIG = f"{LIB}/guests/pc.cfg"


class ServiceHardware(ServiceTest, HvmTest):
    def in_drive(self):
        """What is in the guest's CD drive, in its device model's words."""
        blocks = self.do("xl qemu-monitor-command pc 'info block' | tr -d '\\r'")
        return re.search(r"^ide-\d+(?: \(#block\d+\))?: (.*)$", blocks, re.M).group(1)

    def test_iso(self):
        """a guest made for an ISO image boots from it; its screen can be opened; the CD is taken out and put in
        while it runs; of a deleted guest nothing is left but the image"""
        self.addCleanup(self.dom0.call, f"rm -f {ISO} /tmp/serial-pc")
        self.do(f"cp {CD} {ISO}")
        options = ("{'iso': <'grub.iso'>, 'disk-size': <uint64 67108864>, 'memory': <uint64 134217728>, "
                   "'vcpus': <uint32 1>, 'start': <false>}")
        self.works(f"job Manager Manager1.Create \"''\" \"'pc'\" \"{options}\"")
        self.do(f"echo 'serial = \"file:/tmp/serial-pc\"' >> {CONFIG}")
        self.works("act pc Start")
        self.do("soon 'running' state pc")
        self.dom0.wait_for("grep -q 'GRUB is here' /tmp/serial-pc", 120)
        self.assert_firmware_ran()
        self.assert_text_on_screen("pc")
        self.assertIn("handle", self.do("call guests/pc Guest1.OpenDisplay vnc"))
        self.assertEqual(self.in_drive(), f"{ISO} (raw, read-only)")
        self.do("vitrinectl eject pc")
        self.assertEqual(self.in_drive(), "[not inserted]")
        self.do("vitrinectl insert pc grub.iso")
        self.assertIn("(raw, read-only)", self.in_drive())
        self.works("act pc ForceOff")
        self.works("act pc Delete")
        self.do(f"rm {ISO}")
        self.assert_nothing_left()

    def test_pvh(self):
        """a template's guest may be made as PVH, and has its display, keyboard, pointer and network"""
        self.works("create p tiny \"{'kind': <'pvh'>}\"")
        self.do("soon 'running' state p; said p 'guest: ready'")
        domid = self.domain("p")[0]
        self.assertEqual(self.do("state p"), f"running {domid} true")
        self.do(f"connected {domid}")
        self.assertIn("handle", self.do("call guests/p Guest1.OpenDisplay vnc"))
        self.assertEqual(self.in_guest("p", "cat /sys/hypervisor/guest_type").strip(), "PVH")
        self.in_guest("p", "test -e /dev/fb0 && ip link show eth0 >/dev/null")
        devices = self.in_guest("p", "cat /proc/bus/input/devices")
        self.assertIn("Xen Virtual Keyboard", devices)
        self.assertIn("Xen Virtual Pointer", devices)
        self.works("act p Shutdown")
        self.works("act p Delete")
        self.assert_nothing_left()
