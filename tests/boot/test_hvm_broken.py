# SPDX-License-Identifier: GPL-2.0-or-later
"""Device models that are broken: it is their guest's trouble, and nobody else's."""

from hvm import HVM
from micro import LOGS, MicroTest

ANSWERS = 2000
CLIENT = "/usr/local/lib/nonsense-model"


class BrokenDeviceModel(MicroTest):
    extra = HVM
    boots = "firmware_override"

    def setUp(self):
        """Two guests: one asks its device model without end, and one is beside it."""
        super().setUp()
        free = int(self.dom0.run("xl info free_memory"))
        self.addCleanup(self.dom0.call, "pkill -KILL -f xen-qemu-system")
        self.start("beside")
        self.name = self.launch("hw_asks", memory=24, on_crash="preserve")
        self.free_before = free
        self.dom0.wait_for(f"grep -q asks {LOGS}/guest-{self.name}.log", 60)

    def others_are_well(self):
        self.assertIn("guest", self.in_guest("beside", "hostname"))
        self.assertIn(self.name, self.dom0.run("xl list"))

    def waits(self):
        """The guest is in the middle of a request, and stays there."""
        self.dom0.wait_for(f"xl list {self.name} | awk 'END {{ exit $5 ~ /r/ }}'", 30)
        before = self.cpu_seconds()[self.name]
        self.others_are_well()
        self.assertEqual(self.cpu_seconds()[self.name], before)

    def nothing_is_left(self):
        """Of the guest, while the other one runs; and then of both."""
        self.dom0.wait_for("! pgrep -f xen-qemu-system", 30)
        self.dom0.wait_for("test $(xl list | wc -l) -eq 3", 30)
        self.assertIn("guest", self.in_guest("beside", "hostname"))
        self.dom0.run("xl destroy beside", 60)
        self.check_well()
        self.assertEqual(self.dom0.run("xenstore-list /local/domain").split(), ["0"])

    def test_stopped(self):
        """a device model stands still in the middle of a request: its guest waits, or is destroyed; all others go on"""
        self.dom0.run("pkill -STOP -f xen-qemu-system")
        self.waits()
        before = self.cpu_seconds()[self.name]
        self.dom0.run("pkill -CONT -f xen-qemu-system")
        self.dom0.wait_for(f"xl list {self.name} | awk 'END {{ exit $6 <= {before} }}'", 30)
        self.dom0.run("pkill -STOP -f xen-qemu-system")
        self.waits()
        self.dom0.run(f"xl destroy {self.name}", 60)
        self.assertIsNone(self.domain(self.name))
        self.assertIn("guest", self.in_guest("beside", "hostname"))
        self.dom0.run("pkill -KILL -f xen-qemu-system")
        self.nothing_is_left()

    def test_killed(self):
        """a device model is killed in the middle of a request: its guest waits, or is destroyed; all others go on"""
        self.dom0.run("pkill -KILL -f xen-qemu-system")
        self.waits()
        self.dom0.run(f"xl destroy {self.name}", 60)
        self.nothing_is_left()

    def test_nonsense(self):
        """a device model's nonsense is heard until it breaks the rules of asking, which ends its guest, alone"""
        domid = self.domain(self.name)[0]
        self.assertIn(f"answered {ANSWERS}", self.dom0.run(f"{CLIENT} {domid} {ANSWERS}", 120))
        self.dom0.wait_for(f"xl list {self.name} | awk 'END {{ exit $5 !~ /c/ }}'", 30)
        self.assertRegex(self.dom0.run("xl dmesg", whole=True),
                         "its device model left vCPU 0's I/O request in a wrong state")
        self.others_are_well()
        self.dom0.run(f"xl destroy {self.name}", 60)
        self.nothing_is_left()
