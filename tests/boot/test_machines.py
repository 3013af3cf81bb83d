# SPDX-License-Identifier: GPL-2.0-or-later
"""Other machines than the one that all other boot tests run on: up to dom0's first line."""

import re
import unittest

from bare import HYPERVISOR, Bare
from machine import image_path


@unittest.skipIf(HYPERVISOR == "peer", "these are our sentences")
class Machines(unittest.TestCase):
    def dom0_starts(self, *arguments, **options):
        """dom0's kernel gets to its console; returns what was said until then."""
        kernel = f"{image_path('dom0')}/vmlinuz console=hvc0"
        with Bare(self._testMethodName, " ".join(("noreboot", *arguments)), modules=[kernel],
                  **options) as machine:
            return machine.expect("Linux version", 90)

    def test_many_cpus(self):
        """all of four CPUs start, each with a virtual CPU of dom0"""
        text = self.dom0_starts("dom0_mem=300M", smp=4)
        self.assertIn("(vitrine) 4 CPUs", text)
        self.assertIn("dom0: 300 MiB, 4 vCPUs", text)

    def test_old_machine(self):
        """a PC without PCI Express, HPET and all newer features of the CPU will do"""
        text = self.dom0_starts("dom0_mem=300M", machine="pc,hpet=off", cpu="qemu64")
        self.assertIn("measured with the ACPI PM timer", text)
        self.assertIn("Hardware guests: none, since ", text)

    def test_much_memory(self):
        """memory above 4 GiB is found and used"""
        text = self.dom0_starts("dom0_mem=300M", memory=6144)
        free = int(re.search(r"Memory: (\d+) MiB free", text).group(1))
        # What is kept goes with the frames up to the end of RAM, which is at 8 GiB here.
        self.assertGreater(free, 6144 - 40 * (8 << 30 >> 12 >> 20) - 16)
