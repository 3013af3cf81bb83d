# SPDX-License-Identifier: GPL-2.0-or-later
"""Booted as on a real PC, by GRUB on UEFI; and switched off."""

from grub import GrubTest

TROUBLE = "BUG:|WARNING: CPU|Oops|Call Trace"


class Uefi(GrubTest):
    def test_1_start(self):
        """GRUB on UEFI has booted it: dom0 finds the firmware's tables and the screen"""
        self.assert_loaded_by_grub()
        log = self.kernel_said(f"efi: EFI|ACPI: RSDP|efifb: framebuffer|{TROUBLE}")
        self.assertRegex(log, r"efi: EFI v2\.\d+ by EDK II")
        self.assertRegex(log, r"ACPI: RSDP 0x[0-9A-F]{16} ")
        self.assertRegex(log, r"efifb: framebuffer at 0x[0-9a-f]+")
        self.assertNotRegex(log, TROUBLE)

    def test_2_end(self):
        """dom0's poweroff switches the machine off, after all that the other tests have done to it"""
        self.assert_ends("poweroff", "Turning the machine off", "Preparing system for ACPI S5")
