# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest is copied away while it runs on, and goes on in the copy: by stock xl, from this machine to itself."""

from dom0 import CD
from hvm import HvmTest
from pvh import PvhTest

MIGRATE = "xl migrate -s '' %s 'xl migrate-receive'"


class Copied:
    """For tests with a dom0."""

    def is_copied_while_it_writes(self, start):
        free = self.free_memory()
        start("alpha", vcpus=2, network=True)
        # A file that is never the same, with its sum; and a counter.
        self.in_guest("alpha", "dd if=/dev/urandom of=/tmp/big bs=1M count=20 2>/dev/null; "
                      "sha256sum /tmp/big > /tmp/sum; i=0; while :; do i=$((i + 1)); echo $i > /tmp/next; "
                      "mv /tmp/next /tmp/count; dd if=/dev/urandom of=/tmp/more bs=64k count=1 seek=$((i % 100)) "
                      "conv=notrunc 2>/dev/null; cp /tmp/more /tmp/copy; sha256sum < /tmp/more > /tmp/one; "
                      "sha256sum < /tmp/copy > /tmp/other; cmp /tmp/one /tmp/other || echo wrong > /tmp/wrong; "
                      "done & usleep 500000")
        first = self.domain("alpha")[0]
        self.dom0.run(MIGRATE % "alpha", 280)
        self.assertGreater(self.domain("alpha")[0], first)
        self.in_guest("alpha", "sha256sum -c /tmp/sum && ! test -e /tmp/wrong", 60)
        count = int(self.in_guest("alpha", "cat /tmp/count"))
        self.in_guest("alpha", "usleep 500000; ping -c 1 -W 20 10.77.0.1 >/dev/null", 60)
        self.assertGreater(int(self.in_guest("alpha", "cat /tmp/count")), count)
        self.dom0.run("xl destroy alpha", 60)
        self.assertEqual(self.free_memory(), free)


class Migrate(Copied, PvhTest):
    def test_pvh(self):
        """xl migrate: what a PVH guest writes meanwhile is copied again, and it notices nothing but the time"""
        self.is_copied_while_it_writes(self.start_pvh)

    def test_pv(self):
        """xl migrate: a PV guest's page tables, too, are the same afterwards"""
        self.is_copied_while_it_writes(self.start)


class MigrateMachine(Copied, HvmTest):
    def test_hvm(self):
        """xl migrate: a guest with a whole machine, its device model as well, is at its boot loader's prompt as before"""
        self.addCleanup(self.dom0.call, "rm -f /tmp/serial-pc")
        free = self.free_memory()
        self.create(self.hvm_guest("pc", memory=64, cd=CD))
        self.dom0.wait_for("grep -q 'GRUB is here' /tmp/serial-pc", 120)
        first = self.domain("pc")[0]
        self.dom0.run(MIGRATE % "pc", 280)
        self.assertGreater(self.domain("pc")[0], first)
        self.answers("yo")
        self.destroy_all_of("pc", free)

    def test_kernel(self):
        """xl migrate: an HVM guest with a kernel, two CPUs, disks and a network, that writes meanwhile"""
        self.is_copied_while_it_writes(self.start_machine)

    def start_machine(self, name, vcpus, network):
        self.assertTrue(network)
        self.start_linux(name, vcpus=vcpus, extra=['vif = ["bridge=vitrine0"]'])
