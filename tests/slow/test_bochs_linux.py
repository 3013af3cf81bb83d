# SPDX-License-Identifier: GPL-2.0-or-later
"""A stock Linux kernel as a PVH guest by Intel's VMX, in Bochs, which takes its time.

The small toolstack that makes it gives it neither a store nor ACPI's tables. Without these it finds no timer
interrupt ("Failed to register legacy timer interrupt"), so that what waits in its userspace waits for ever:
it gets to its prompt, and no further."""

import shutil
import tempfile
import unittest
from pathlib import Path

from bochs import GUESTS, HYPERVISOR, Bochs
from machine import image_path, keep_logs_in

PAGE = 4096
BAD = r"PANIC|met a |crashed|triple fault|FAIL: "
WORDS = "mib=224 seconds=600 console=hvc0 earlyprintk=xen mitigations=off norandmaps"


@unittest.skipIf(HYPERVISOR == "peer", "these are our sentences")
@unittest.skipUnless(shutil.which("bochs"), "Bochs is not installed")
class BochsLinux(unittest.TestCase):
    def test_userspace(self):
        """Bochs: a stock kernel as PVH guest by VMX gets to its userspace"""
        guest = Path(image_path("testguest"))
        kernel = (guest / "vmlinux").read_bytes()
        kernel += bytes(-len(kernel) % PAGE)
        with tempfile.NamedTemporaryFile() as module:
            module.write(kernel + (guest / "initrd.img").read_bytes())
            module.flush()
            with Bochs(GUESTS / "micro-builder-dom0", module=module.name,
                       words=f"{WORDS} initrd={len(kernel)}",
                       log=keep_logs_in() / f"bochs-{self.id()}.log") as machine:
                machine.expect(r"Linux version", 300)
                machine.expect(r"^\| guest: up, 1 cpus", 600)
                machine.expect(r"^\| guest: ready", 120)
                self.assertNotRegex(machine.output(), BAD)
