# SPDX-License-Identifier: GPL-2.0-or-later
"""Booted as on an older PC, by GRUB on a BIOS; and restarted."""

import os
import unittest

from grub import OURS, GrubTest
from machine import Machine, image_path, keep_logs_in


class Bios(GrubTest):
    smp = 1
    service = True

    def test_1_start(self):
        """GRUB on a BIOS has booted it, and dom0 knows that there is no UEFI"""
        self.assert_loaded_by_grub()
        self.assertRegex(self.kernel_said("Linux version|efi: EFI"), r"^ *Linux version [^\n]*\s*$")

    def test_2_end(self):
        """dom0's reboot restarts the machine, after all that the other tests have done to it"""
        self.assert_ends("reboot", "dom0 asked for a restart", "rebooting machine")


@unittest.skipUnless(OURS, "the peer does not say how it was loaded")
class Multiboot1(unittest.TestCase):
    def test_start(self):
        """GRUB starts it by the older protocol as well"""
        machine = Machine(os.environ["VITRINE_TEST_HYPERVISOR"], loader="bios", multiboot=1,
                          data=image_path("data"), log=keep_logs_in() / "boot-multiboot1.log")
        self.addCleanup(machine.close)
        machine.console.expect("Command line: console=com1 com1=115200,8n1 dom0_mem=1024M", 60)
        machine.console.expect("Loaded by Multiboot 1", 10)
