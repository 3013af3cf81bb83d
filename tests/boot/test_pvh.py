# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardware guests without a device model (PVH), by stock xl: the kernel and initrd of the PV guests,
and PV guests beside them."""

import re

from dom0 import Dom0Test

PVH = ['type = "pvh"']
DISKS = "/var/lib/vitrine/disks"


class Pvh(Dom0Test):
    def start_pvh(self, name, extra=(), **options):
        self.start(name, extra=[*PVH, *extra], **options)

    def test_one_cpu(self):
        """the machine says that it can, and a guest boots, knows what it is, and is gone after destroy"""
        self.assertRegex(self.dom0.run("xl info"), r"virt_caps *: .*\bhvm\b.*\bhap\b")
        self.assertIn("hvm-3.0-x86_64", self.dom0.run("xl info xen_caps"))
        self.start_pvh("alpha", memory=160)
        self.assertEqual(self.in_guest("alpha", "cat /sys/hypervisor/guest_type").strip(), "PVH")
        self.assertEqual(self.domain("alpha")[1:3], (160, 1))
        self.dom0.run("xl pause alpha")
        self.assertEqual(self.domain("alpha")[3][2], "p")
        self.dom0.run("xl unpause alpha")
        self.assertIn("guest", self.in_guest("alpha", "hostname"))
        self.dom0.run("xl destroy alpha")
        self.assertIsNone(self.domain("alpha"))

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

    def test_memory_and_reboot(self):
        """xl mem-set takes memory and gives it back; a guest that reboots comes back; xl shutdown ends it"""
        self.start_pvh("again", memory=256)
        free = self.free_memory()
        self.dom0.run("xl mem-set again 176")
        self.dom0.wait_for("test $(xl list again | awk 'END { print $3 }') = 176", 30)
        self.assertGreaterEqual(self.free_memory(), free + 79)
        self.dom0.run("xl mem-set again 256")
        self.dom0.wait_for("test $(xl list again | awk 'END { print $3 }') = 256", 30)
        self.assertAlmostEqual(self.free_memory(), free, delta=1)
        first = self.domain("again")[0]
        self.attach("again")
        self.dom0.send("\nreboot -f\n")
        self.dom0.expect("Restarting system", 60)
        self.detach()
        self.wait_restarted("again", first)
        self.dom0.run("xl shutdown -w again", 90)
        self.dom0.wait_for("! xl list again", 30)

    def test_save_and_restore(self):
        """xl save puts a guest into a file, xl restore brings it back in the middle of what it did"""
        path = f"{DISKS}/alpha.save"
        self.addCleanup(self.dom0.call, f"rm -f {path}")
        free = self.free_memory()
        self.start_pvh("alpha", vcpus=4, network=True)
        self.in_guest("alpha", "echo kept > /tmp/word; i=0; while :; do i=$((i + 1)); echo $i > /tmp/next; "
                      "mv /tmp/next /tmp/count; usleep 100000; done & usleep 500000")
        self.dom0.run(f"xl save alpha {path}", 180)
        self.assertIsNone(self.domain("alpha"))
        self.assertEqual(self.free_memory(), free)
        self.dom0.run(f"xl restore {path}", 180)
        self.assertEqual(self.domain("alpha")[2], 4)
        self.assertEqual(self.in_guest("alpha", "cat /tmp/word").strip(), "kept")
        first = int(self.in_guest("alpha", "cat /tmp/count"))
        self.assertGreater(first, 2)
        self.in_guest("alpha", "usleep 500000")
        self.assertGreater(int(self.in_guest("alpha", "cat /tmp/count")), first)
        self.in_guest("alpha", "ping -c 1 -W 20 10.77.0.1 >/dev/null", 60)
        # A copy for later, and the guest goes on. (xl's process that waits for its end takes it for ended.)
        self.dom0.run(f"xl save -c alpha {path}", 180)
        self.in_guest("alpha", "usleep 500000")
        self.assertGreater(int(self.in_guest("alpha", "cat /tmp/count")), first + 1)
        self.dom0.run("xl destroy alpha", 60)
        self.assertEqual(self.free_memory(), free)

    def test_rounds(self):
        """guests made and destroyed again and again leave as much free memory as there was"""
        path = self.guest("round", memory=128, vcpus=2, extra=PVH)
        self.create(path)
        self.dom0.run("xl destroy round", 60)
        free = self.free_memory()
        for _ in range(5):
            self.create(path)
            self.dom0.run("xl destroy round", 60)
        self.assertEqual(self.free_memory(), free)
        self.assertEqual(self.dom0.run("xl list | wc -l").strip(), "2")
