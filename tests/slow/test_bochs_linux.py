# SPDX-License-Identifier: GPL-2.0-or-later
"""A stock Linux kernel as a PVH guest by Intel's VMX, in Bochs, which takes its time."""

import re
import shutil
import tempfile
import unittest
from pathlib import Path

from bochs import GUESTS, HYPERVISOR, Bochs
from machine import image_path, keep_logs_in

PAGE = 4096
# It has neither a store nor ACPI's tables, and does without.
WORDS = "mib=224 seconds=600 console=hvc0 earlyprintk=xen mitigations=off norandmaps do=poweroff"


@unittest.skipIf(HYPERVISOR == "peer", "these are our sentences")
@unittest.skipUnless(shutil.which("bochs"), "Bochs is not installed")
class BochsLinux(unittest.TestCase):
    def test_userspace(self):
        """Bochs: a stock kernel as PVH guest by VMX gets to its userspace, and ends"""
        guest = Path(image_path("testguest"))
        kernel = (guest / "vmlinux").read_bytes()
        kernel += bytes(-len(kernel) % PAGE)
        with tempfile.NamedTemporaryFile() as module:
            module.write(kernel + (guest / "initrd.img").read_bytes())
            module.flush()
            with Bochs(GUESTS / "micro-builder-dom0", module=module.name,
                       words=f"{WORDS} initrd={len(kernel)}",
                       log=keep_logs_in() / f"bochs-{self.id()}.log") as machine:
                machine.expect(r"^\| .*Linux version", 300)
                machine.expect(r"^\| .*guest: up, 1 cpus", 600)
                machine.expect(r"^micro: [1-9]\d* passed, 0 failed$", 60)
                self.assertTrue(re.search("builder: the guest ended for reason 0", machine.output()))
