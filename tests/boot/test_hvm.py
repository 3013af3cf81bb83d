# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardware guests with a whole machine (HVM), by stock xl: hvmloader, SeaBIOS, and QEMU in dom0 as device
model."""

from hvm import HvmTest


class Hvm(HvmTest):
    def test_firmware(self):
        """the firmware finds its devices and nothing to boot from, and says so on the guest's screen; the
        guest and its device model are gone after destroy, and its memory is back"""
        free = self.free_memory()
        self.create(self.hvm_guest("firmware"))
        # The lines before come while xl still runs, and are read with what that says.
        self.dom0.expect(r"\(d\d+\) No bootable device", 120)
        self.assert_firmware_ran()
        self.assert_text_on_screen("firmware")
        self.destroy_all_of("firmware", free)
