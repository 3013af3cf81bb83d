# SPDX-License-Identifier: GPL-2.0-or-later
"""dom0 by itself: it boots to a healthy userspace, and the toolstack tells the truth about it."""

import os
import re
import time

from dom0 import Dom0Test


class Dom0(Dom0Test):
    def info(self):
        """xl info as a dictionary."""
        return dict(re.split(r"\s*:\s?", line, maxsplit=1)
                    for line in self.dom0.run("xl info").splitlines() if ":" in line)

    def test_userspace(self):
        """dom0's userspace comes up with no failed unit"""
        state, _ = self.dom0.call("systemctl is-system-running --wait", 180)
        failed = self.dom0.run("systemctl --failed --plain --no-legend")
        self.assertEqual((state.strip(), failed.strip()), ("running", ""))

    def test_kernel_is_quiet(self):
        """dom0's kernel has nothing to complain of: no oops, no warning, no lost interrupt"""
        # All of it would take half a minute on the emulated serial line.
        self.assertIn("Linux version", self.dom0.run("dmesg | grep 'Linux version'"))
        bad, _ = self.dom0.call("dmesg | grep -E 'BUG:|WARNING: CPU|Oops|Call Trace|nobody cared|rcu.*stall'")
        self.assertEqual(bad, "")

    def test_info(self):
        """xl info tells the ABI's version, the machine's CPUs and its memory"""
        info = self.info()
        self.assertEqual((info["xen_major"], info["xen_minor"]), ("4", "17"))
        self.assertEqual(int(info["nr_cpus"]), self.smp)
        self.assertIn("xen-3.0-x86_64", info["xen_caps"].split())
        total, free = int(info["total_memory"]), int(info["free_memory"])
        self.assertGreater(total, 2900)
        self.assertLess(total, 3073)
        # dom0 has 1024 MiB; the hypervisor keeps little for itself.
        self.assertGreater(free, total - 1024 - 120)
        self.assertLess(free, total - 1024 + 1)

    def test_list(self):
        """xl list shows dom0 with its memory and virtual CPUs"""
        domid, memory, vcpus, state = self.domain("Domain-0")
        self.assertEqual((domid, memory, vcpus), (0, 1024, self.smp))
        self.assertEqual(state[0], "r")

    def test_dmesg(self):
        """xl dmesg prints the hypervisor's own log"""
        log = self.dom0.run("xl dmesg", whole=True)
        self.assertIn("dom0_mem=1024M", log)
        ours = os.environ.get("VITRINE_TEST_HYPERVISOR", "peer") != "peer"
        self.assertEqual("Vitrine" in log, ours)

    def test_vcpu_list(self):
        """xl vcpu-list shows a line for each virtual CPU, all running or idle, none offline"""
        lines = self.dom0.run("xl vcpu-list 0").strip().splitlines()[1:]
        self.assertEqual([line.split()[2] for line in lines], [str(i) for i in range(self.smp)])
        for line in lines:
            self.assertRegex(line.split()[4], r"^[r-][b-]-$")

    def test_clock(self):
        """dom0's clocks run at the speed of the world"""
        before, began = float(self.dom0.run("cut -d' ' -f1 /proc/uptime")), time.monotonic()
        self.machine.console.drain(5)
        after, ended = float(self.dom0.run("cut -d' ' -f1 /proc/uptime")), time.monotonic()
        self.assertAlmostEqual((after - before) / (ended - began), 1.0, delta=0.2)
        now = int(self.dom0.run("date +%s"))
        self.assertAlmostEqual(now, time.time(), delta=30)

    def test_uplink(self):
        """dom0's network card gets an address and reaches the outer gateway"""
        self.dom0.wait_for("ip -4 -o address show | grep -q '10.0.2.15'", 30)
        # The emulated router answers no ping without privileges, but it answers ARP.
        self.dom0.run("ip neigh flush dev $(ip -o route show default | awk '{ print $5 }'); "
                      "timeout 5 bash -c 'exec 3<>/dev/tcp/10.0.2.2/9'; "
                      "ip neigh show 10.0.2.2 | grep -q lladdr", 30)

    def test_disk(self):
        """what dom0 writes to its disk it reads back from the disk, not from memory"""
        self.addCleanup(self.dom0.call, "rm -f /var/lib/vitrine/t")
        self.dom0.run("cd /var/lib/vitrine && "
                      "dd if=/dev/urandom of=t bs=1M count=32 status=none && sha256sum t > /tmp/sum && "
                      "sync && echo 3 > /proc/sys/vm/drop_caches && "
                      "sha256sum -c /tmp/sum", 120)

    def test_unknown_operations(self):
        """what there is not is refused in words, and nothing breaks"""
        for command in ("xl destroy 4000", "xl pause no-such-guest", "xl create /no/such/file",
                        "xl mem-set 4000 64", "xl console no-such-guest"):
            output, status = self.dom0.call(command, 60)
            self.assertNotEqual(status, 0, command)
            self.assertTrue(output.strip(), f"'{command}' fails and says nothing")
        self.assertEqual(self.domain("Domain-0")[0], 0)
