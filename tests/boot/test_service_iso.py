# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that the service makes for a CD: a whole machine, with QEMU's screen, disk and drive."""

import re

from dom0 import CD
from hvm import HvmTest
from service import LIB, ServiceTest

ISO = f"{LIB}/iso/grub.iso"
CONFIG = f"{LIB}/guests/pc.cfg"


class ServiceIso(ServiceTest, HvmTest):
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
