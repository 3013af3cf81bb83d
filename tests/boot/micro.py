# SPDX-License-Identifier: GPL-2.0-or-later
"""How a micro-kernel (tests/guests) is run as a PV guest: it makes its checks and reports on its console;
then dom0 must be well, nothing may be lost, and the hypervisor must have had nothing to complain of."""

import re

from dom0 import MICRO, Dom0Test

LOGS = "/var/log/xen/console"

# What the hypervisor says when it has met something that must not be, on either of the two.
BAD = "PANIC|Panic on|met a |BUG|Assertion|Xen call trace|Call trace"


class MicroTest(Dom0Test):
    """One boot for all; a test is a kernel, or a way to die."""

    # What its guests' xl.cfg has besides, and the word for what they boot.
    extra = ()
    boots = "kernel"

    def launch(self, kernel, vcpus=1, memory=16, words="", on_crash="destroy", part=""):
        """Makes the guest; returns its name. `part`: which it is of several of the same kernel."""
        name = f"micro-{kernel}{part}"
        lines = [f'name = "{name}"', f"memory = {memory}", f"vcpus = {vcpus}",
                 f'{self.boots} = "{MICRO}/{kernel}"', f'on_crash = "{on_crash}"', *self.extra]
        if words:  # which firmware can't have, not even none
            lines.append(f'extra = "{words}"')
        path = f"{MICRO}/{kernel}{part}.cfg"
        self.dom0.run("rm -f %s/guest-%s.log; cat > %s <<'END'\n%s\nEND" % (
            LOGS, name, path, "\n".join(lines)))
        self.dom0.run("xl dmesg -c > /dev/null")
        self.free_before = int(self.dom0.run("xl info free_memory"))
        self.create(path)
        return name

    def output(self, name):
        """What a guest said, without the checks that passed."""
        return self.dom0.run(f"tr -d '\\r' < {LOGS}/guest-{name}.log | grep -v '^pass: ' || :")

    def ours(self):
        """Whether it runs on Vitrine; otherwise on the peer, where some things can't be seen."""
        return "vitrine" in self.dom0.run("xl info xen_extra")

    def check_well(self):
        """Of the guest nothing is left, and everybody else lives on."""
        self.dom0.wait_for("test $(xl list | wc -l) -eq 2", 30)
        self.dom0.wait_for(f"test $(xl info free_memory) -ge {self.free_before}", 30)
        self.assertEqual(self.dom0.call(f"xl dmesg | grep -E '{BAD}'", whole=True)[0], "")

    def passes(self, kernel, seconds=60, leaves_nothing=True, **options):
        """A kernel that runs to its end."""
        self.ends_well(self.launch(kernel, **options), seconds)
        if leaves_nothing:
            self.check_well()

    def ends_well(self, name, seconds=60):
        """All checks of one that was launched pass."""
        try:
            self.dom0.wait_for(f"! xl list {name}", seconds)
        finally:
            said = self.output(name)
        last = re.search(r"^micro: (\d+) passed, (\d+) failed$", said, re.M)
        self.assertTrue(last, said + self.dom0.run(
            f"echo; tail -n 3 {LOGS}/guest-{name}.log; xl dmesg | tail -n 30", whole=True))
        self.assertEqual(last.group(2), "0", said)
        self.assertGreater(int(last.group(1)), 0, said)
        if self.ours():
            self.assertNotIn("skip: ", said)

    def dies(self, how, why, kernel="fatal", **options):
        """A kernel that the hypervisor has to end; `why` is what its log says of it."""
        name = self.launch(kernel, words=f"how={how}", on_crash="preserve", **options)
        self.dom0.wait_for(f"xl list {name} | awk 'END {{ exit $5 !~ /c/ }}'", 60)
        said = self.output(name)
        log = self.dom0.run("xl dmesg", whole=True)
        self.dom0.run(f"xl destroy {name}")
        self.assertIn(f"fatal: {how}", said)
        self.assertNotIn("FAIL", said)
        self.assertNotIn("micro:", said)
        if why and self.ours():
            self.assertRegex(log, why)
        self.check_well()
