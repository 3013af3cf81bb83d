# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardware guests without a device model (PVH), by stock xl: the kernel and initrd of the PV guests,
and PV guests beside them."""

import re

from pvh import DISKS, PvhTest


class Pvh(PvhTest):
    def test_eight_cpus(self):
        """the machine says that it can; a guest with eight CPUs: each works and has its timer, and all have one clock, which tells dom0's time"""
        self.assertRegex(self.dom0.run("xl info"), r"virt_caps *: .*\bhvm\b.*\bhap\b")
        self.assertIn("hvm-3.0-x86_64", self.dom0.run("xl info xen_caps"))
        self.start_pvh("pvh", vcpus=8, memory=192)
        # Busybox' usleep ends by the timer of the CPU that it is on.
        looks = self.in_guest("pvh", "for mask in 1 2 4 8 10 20 40 80 1; do taskset $mask sh -c "
                                     "'usleep 100000; cat /proc/self/stat /proc/uptime'; done", 120)
        numbers = [line.split() for line in looks.strip().splitlines()]
        self.assertEqual([int(stat[38]) for stat in numbers[0::2]], [*range(8), 0], looks)
        clock = [float(uptime) for uptime, _idle in numbers[1::2]]
        for before, after in zip(clock, clock[1:]):
            self.assertGreaterEqual(round(after - before, 2), 0.1, looks)
        timers = self.in_guest("pvh", "grep 'virq *timer' /proc/interrupts", 60)
        counts = [max(map(int, line.split()[1:9])) for line in timers.strip().splitlines()]
        self.assertEqual(len(counts), 8, timers)
        self.assertGreater(min(counts), 0, timers)
        self.assertAlmostEqual(int(self.in_guest("pvh", "date +%s").split()[0]),
                               int(self.dom0.run("date +%s")), delta=10)
        self.dom0.run("xl destroy pvh", 60)

    def test_device(self):
        """a disk that is a device, which reads and writes the guest's pages itself"""
        self.reads_and_writes_a_device("pvh-device", self.start_pvh)

    def test_beside_pv(self):
        """a guest with two CPUs, a disk and a network talks to a PV guest, while all CPUs work"""
        disk = f"{DISKS}/pvh.img"
        self.dom0.run(f"dd if=/dev/urandom of={disk} bs=1M count=16 status=none")
        self.addCleanup(self.dom0.call, f"rm -f {disk}")
        want = self.dom0.run(f"sha256sum < {disk}").split()[0]
        self.start("pv", network=True)
        self.start_pvh("pvh", vcpus=2, disk=disk, network=True)
        self.assertEqual(self.in_guest("pvh", "grep -c ^processor /proc/cpuinfo").strip(), "2")
        # The tests' machines are QEMU's, which mixes up what its first CPU knows of SVM (hvm/svm/emulated.c).
        where = "xl vcpu-list pvh | awk 'NR > 1 { print $7 }'"
        self.assertEqual(self.dom0.run(where).split(), ["1", "1"])
        self.assertNotEqual(self.dom0.call("xl vcpu-pin pvh 0 0")[1], 0)
        self.assertEqual(self.dom0.run(where).split(), ["1", "1"])
        self.assertIn(want, self.in_guest("pvh", "sha256sum < /dev/xvda", 90))
        self.in_guest("pvh", "dd if=/dev/zero of=/dev/xvda bs=1M count=1 2>/dev/null && sync", 60)
        address = self.address("pv")
        self.in_guest("pvh", "for i in 1 2; do sha256sum /dev/zero >/dev/null & done")
        self.in_guest("pv", "(sha256sum /dev/zero >/dev/null &)")
        self.in_guest("pvh", f"ping -c 3 -W 10 {address} >/dev/null", 90)
        # Each of its CPUs took part, and was interrupted by events.
        counts = self.in_guest("pvh", "grep -E 'HYP:|timer' /proc/interrupts", 60)
        events = re.search(r"HYP: +(\d+) +(\d+)", counts)
        self.assertGreater(int(events.group(1)), 0, counts)
        self.assertGreater(int(events.group(2)), 0, counts)
        for name in ("pv", "pvh"):
            self.dom0.run(f"xl destroy {name}")
        self.dom0.wait_for("test -z \"$(losetup -a)\"", 30)
        self.assertEqual(self.dom0.run(
            f"head -c 1048576 {disk} | tr -d '\\0' | wc -c").strip(), "0")
