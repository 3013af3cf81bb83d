# SPDX-License-Identifier: GPL-2.0-or-later
"""The same machine with one CPU, on which everything has to take turns."""

from dom0 import Dom0Test


class OneCpu(Dom0Test):
    smp = 1
    service = True

    def test_userspace(self):
        """on one CPU userspace comes up with no failed unit"""
        state, _ = self.dom0.call("systemctl is-system-running --wait", 180)
        failed = self.dom0.run("systemctl --failed --plain --no-legend")
        self.assertEqual((state.strip(), failed.strip()), ("running", ""))
        self.assertEqual(self.domain("Domain-0")[2], 1)

    def test_guest(self):
        """on one CPU a guest boots, and leaves nothing when it is removed"""
        before = self.free_memory()
        self.start(network=True)
        self.address("guest")
        self.dom0.run("xl destroy guest")
        self.assertEqual(self.free_memory(), before)
