# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests with a whole machine, by stock xl, with QEMU as their device model."""

from dom0 import CD
from hvm import FAST_DISKS, GRUBS_PROMPT, KERNEL, HvmTest, menu
from pvh import PVH

SAVED = "/var/lib/vitrine/disks/pc.save"


class Hvm(HvmTest):
    def test_three_kinds(self):
        """guests of all three kinds run at the same time, each a stock kernel, and each answers: by its network,
        or on its serial line"""
        self.addCleanup(self.dom0.call, "rm -f /tmp/serial-pc")
        free = self.free_memory()
        # Its words are on its serial line: it is on what a PC has.
        self.create(self.hvm_guest("pc", grub_disk=CD, extra=[FAST_DISKS], files={
            "word": "forty-two", "grub.cfg": menu("ttyS0"), **KERNEL}))
        self.start("pv", network=True)
        self.start("pvh", network=True, vcpus=2, extra=PVH)
        self.assertEqual(self.in_guest("pv", "cat /sys/hypervisor/guest_type").strip(), "PV")
        self.assertEqual(self.in_guest("pvh", "cat /sys/hypervisor/guest_type").strip(), "PVH")
        address = self.address("pv")
        self.in_guest("pvh", f"ping -c 3 -W 10 {address} >/dev/null", 90)
        self.dom0.wait_for("grep -q forty-two /tmp/serial-pc", 120)
        self.dom0.wait_for("grep -q 'guest: ready' /tmp/serial-pc", 240)
        for name in ("pv", "pvh"):
            self.assertIn("guest", self.in_guest(name, "hostname"))
            self.dom0.run(f"xl destroy {name}", 60)
        self.destroy_all_of("pc", free)

    def test_save_and_restore(self):
        """GRUB comes up from a CD, on the screen and on the serial line; xl save and xl restore interrupt it
        without its knowing"""
        self.addCleanup(self.dom0.call, f"rm -f {SAVED} /tmp/serial-pc")
        free = self.free_memory()
        self.create(self.hvm_guest("pc", memory=96, cd=CD))
        self.dom0.wait_for("grep -q 'GRUB is here' /tmp/serial-pc", 120)
        self.assert_firmware_ran()
        self.assert_text_on_screen("pc", *GRUBS_PROMPT)
        self.answers("no")
        self.dom0.run(f"xl save pc {SAVED}", 180)
        self.assertIsNone(self.domain("pc"))
        self.assertEqual(self.free_memory(), free)
        self.dom0.run(f"xl restore {SAVED}", 180)
        self.assert_text_on_screen("pc", *GRUBS_PROMPT, "can't find command `no'")
        self.answers("yo")
        self.assert_text_on_screen("pc", "can't find command `yo'")
        self.destroy_all_of("pc", free)

    def test_rounds(self):
        """20 guests with device models made and destroyed one after another leave nothing"""
        # A few are cut off in the middle of their firmware, most before they have run, which costs less.
        path = self.hvm_guest("round", memory=32)
        self._rounds(path, 1, "-p")
        before = self.what_there_is()
        self._rounds(path, 4)
        self._rounds(path, 16, "-p")
        self.assertEqual(self.what_there_is(), before)
