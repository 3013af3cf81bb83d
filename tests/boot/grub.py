# SPDX-License-Identifier: GPL-2.0-or-later
"""What a machine that was booted by GRUB knows of it. The machines that tests share are booted so, and
these tests end them: they have to be the last of their kind."""

import os

from dom0 import SHARED, Dom0Test

OURS = os.environ.get("VITRINE_TEST_HYPERVISOR", "peer") != "peer"


class GrubTest(Dom0Test):
    def assert_loaded_by_grub(self):
        """The hypervisor and dom0 got their command lines and modules by Multiboot 2."""
        log = self.machine.log_path.read_text(errors="replace")
        if OURS:
            self.assertIn("Loaded by Multiboot 2", log)
        info = self.dom0.run("xl info")
        self.assertRegex(info, r"xen_commandline\s*: console=com1 com1=115200,8n1 dom0_mem=1024M")
        self.assertRegex(info, rf"nr_cpus\s*: {self.smp}\n")
        self.assertRegex(self.dom0.run("cat /proc/cmdline"), r"^ *root=LABEL=vitrine-dom0 console=hvc0 ")

    def kernel_said(self, pattern):
        """Those lines of all that dom0's kernel has said that match, as grep -E has it. The kernel itself may have
        dropped some by now, and all of them would take a minute on the serial line."""
        return self.dom0.run(f"journalctl --boot --dmesg --output=cat --no-pager | grep -E '{pattern}'", 120)

    def assert_ends(self, command, said, said_by_peer):
        """A command that ends the machine does so, with the hypervisor's word of it."""
        self.dom0.send(f"{command}\n")
        self.dom0.expect(said if OURS else said_by_peer, 180)
        self.machine.wait_end(30)
        SHARED.close()
