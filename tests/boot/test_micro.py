# SPDX-License-Identifier: GPL-2.0-or-later
"""Micro-kernels (tests/guests) as PV guests: each makes its checks and reports on its console; then
dom0 must be well, nothing may be lost, and the hypervisor must have had nothing to complain of."""

import re

from dom0 import MICRO, Dom0Test

LOGS = "/var/log/xen/console"

# What the hypervisor says when it has met something that must not be, on either of the two.
BAD = "PANIC|Panic on|met a |BUG|Assertion|Xen call trace|Call trace"


class Micro(Dom0Test):
    """One boot for all; a test is a kernel, or a way to die."""

    def launch(self, kernel, vcpus=1, memory=16, words="", on_crash="destroy"):
        """Makes the guest; returns its name."""
        name = f"micro-{kernel}"
        lines = [f'name = "{name}"', f"memory = {memory}", f"vcpus = {vcpus}",
                 f'kernel = "{MICRO}/{kernel}"', f'extra = "{words}"', f'on_crash = "{on_crash}"']
        path = f"{MICRO}/{kernel}.cfg"
        self.dom0.run("rm -f %s/guest-%s.log; cat > %s <<'END'\n%s\nEND" % (
            LOGS, name, path, "\n".join(lines)))
        self.free_before = int(self.dom0.run("xl info free_memory"))
        self.create(path)
        return name

    def output(self, name):
        """What a guest said, without the checks that passed."""
        return self.dom0.run(f"tr -d '\\r' < {LOGS}/guest-{name}.log | grep -v '^pass: ' || :")

    def check_well(self):
        """Of the guest nothing is left, and everybody else lives on."""
        self.dom0.wait_for("test $(xl list | wc -l) -eq 2", 30)
        self.dom0.wait_for(f"test $(xl info free_memory) -ge {self.free_before}", 30)
        self.assertEqual(self.dom0.call(f"xl dmesg | grep -E '{BAD}'")[0], "")

    def passes(self, kernel, seconds=60, **options):
        """A kernel that runs to its end."""
        name = self.launch(kernel, **options)
        try:
            self.dom0.wait_for(f"! xl list {name}", seconds)
        finally:
            said = self.output(name)
        last = re.search(r"^micro: (\d+) passed, (\d+) failed$", said, re.M)
        self.assertTrue(last, said)
        self.assertEqual(last.group(2), "0", said)
        self.assertGreater(int(last.group(1)), 0, said)
        self.check_well()

    def test_start(self):
        """micro-kernel: the state a guest starts in, traps, user mode"""
        self.passes("hello")

    def test_hypercalls(self):
        """micro-kernel: hypercalls refuse unknown numbers, bad pointers, lack of rights"""
        self.passes("hypercalls")

    def test_pins(self):
        """micro-kernel: a frame is one thing at a time"""
        self.passes("pins")
