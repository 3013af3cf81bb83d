# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests made with stock xl: console, disk, network, several at once, again and again."""

import re

from dom0 import Dom0Test


class Guests(Dom0Test):
    def test_life(self):
        """a guest boots, answers on its console, stands still and goes on, tells the time, gives memory up and takes it
        back, restarts by itself and by xl reboot, and is gone after xl destroy"""
        self.start("alpha", memory=256)
        self.assertEqual(self.in_guest("alpha", "hostname; uname -s").split(), ["guest", "Linux"])
        domid, memory, vcpus, state = self.domain("alpha")
        self.assertGreater(domid, 0)
        self.assertEqual((memory, vcpus), (256, 1))
        self.assertRegex(state, "^[r-][b-]----$")
        self.stands_still("alpha")
        self.assertAlmostEqual(int(self.in_guest("alpha", "date +%s").split()[0]),
                               int(self.dom0.run("date +%s")), delta=10)
        self.gives_memory("alpha")
        self.attach("alpha")
        self.dom0.send("\nreboot -f\n")
        self.dom0.expect("Restarting system|mapping kernel", 60)
        self.detach()
        self.wait_restarted("alpha", domid)
        domid = self.domain("alpha")[0]
        self.dom0.run("xl reboot alpha", 60)
        self.wait_restarted("alpha", domid)
        self.dom0.run("xl destroy alpha")
        self.assertIsNone(self.domain("alpha"))
        self.assertNotIn("alpha", self.dom0.run("xenstore-ls /local/domain"))

    def stands_still(self, name):
        """A paused guest uses no CPU, and goes on where it was."""
        self.dom0.run(f"xl pause {name}")
        self.assertEqual(self.domain(name)[3][2], "p")
        before = self.cpu_seconds()[name]
        self.machine.console.drain(3)
        self.assertEqual(self.cpu_seconds()[name], before)
        self.dom0.run(f"xl unpause {name}")
        self.assertIn("guest", self.in_guest(name, "hostname"))

    def gives_memory(self, name):
        """xl mem-set takes memory from a guest of 256 MiB and gives it back."""
        free = self.free_memory()
        for memory in (160, 256):
            self.dom0.run(f"xl mem-set {name} {memory}")
            self.dom0.wait_for(f"test $(xl list {name} | awk 'END {{ print $3 }}') = {memory}", 30)
            if memory == 160:
                self.assertGreaterEqual(self.free_memory(), free + 95)
        self.assertAlmostEqual(self.free_memory(), free, delta=1)

    def test_disk(self):
        """a guest's writes reach its disk's file, and dom0's writes reach the guest"""
        disk = "/var/lib/vitrine/disks/test.img"
        self.dom0.run(f"dd if=/dev/urandom of={disk} bs=1M count=12 status=none")
        self.addCleanup(self.dom0.call, f"rm -f {disk}")
        want = self.dom0.run(f"sha256sum < {disk}").split()[0]
        self.start("disk", disk=disk)
        self.assertIn(want, self.in_guest("disk", "sha256sum < /dev/xvda", 90))
        self.in_guest("disk", "dd if=/dev/urandom of=/tmp/t bs=1M count=4 2>/dev/null && "
                              "dd if=/tmp/t of=/dev/xvda bs=1M seek=4 2>/dev/null && sync", 60)
        wrote = re.search(r"[0-9a-f]{64}", self.in_guest("disk", "sha256sum < /tmp/t")).group()
        self.dom0.run("xl destroy disk")
        self.dom0.wait_for("test -z \"$(losetup -a)\"", 30)
        self.assertEqual(wrote, self.dom0.run(
            f"dd if={disk} bs=1M skip=4 count=4 status=none | sha256sum").split()[0])

    def test_device(self):
        """a disk that is a device, which reads and writes the guest's pages itself"""
        self.reads_and_writes_a_device("pv-device", self.start)

    def test_network(self):
        """a guest gets an address by DHCP, talks TCP with dom0, and is reachable"""
        self.dom0.run("mkdir -p /tmp/www && "
                      "dd if=/dev/urandom of=/tmp/www/file bs=1M count=4 status=none")
        self.dom0.run("busybox httpd -p 10.77.0.1:8080 -h /tmp/www")
        self.addCleanup(self.dom0.call, "killall busybox")
        want = self.dom0.run("sha256sum < /tmp/www/file").split()[0]
        self.start("net", network=True)
        address = self.address("net")
        self.assertIn(want, self.in_guest(
            "net", "wget -q -O - http://10.77.0.1:8080/file | sha256sum", 90))
        self.dom0.run(f"busybox ping -c 3 -W 5 {address}", 40)
        self.assertIn("nameserver", self.in_guest("net", "cat /etc/resolv.conf"))

    def test_two_guests(self):
        """two guests with two virtual CPUs each run at once and reach each other"""
        self.start("one", network=True, vcpus=2)
        self.start("two", network=True, vcpus=2)
        address = self.address("one")
        self.assertEqual(self.in_guest("two", "grep -c ^processor /proc/cpuinfo").strip(), "2")
        # Load on every virtual CPU of both while they talk.
        for name in ("one", "two"):
            self.in_guest(name, "for i in 1 2; do sha256sum /dev/zero >/dev/null & done")
        self.in_guest("two", f"ping -c 5 -W 10 {address} >/dev/null", 90)
        before = self.cpu_seconds()
        self.machine.console.drain(10)
        after = self.cpu_seconds()
        used = {name: after[name] - before[name] for name in ("one", "two")}
        # Equal weights under equal load: neither may starve.
        self.assertGreater(min(used.values()), 0.5 * max(used.values()), used)

    def test_save_and_restore(self):
        """xl save puts a guest into a file, xl restore brings it back with its disk and network, and a copy can be made"""
        disk, path = (f"/var/lib/vitrine/disks/kept.{name}" for name in ("img", "save"))
        self.dom0.run(f"dd if=/dev/urandom of={disk} bs=1M count=4 status=none")
        self.addCleanup(self.dom0.call, f"rm -f {disk} {path}")
        want = self.dom0.run(f"sha256sum < {disk}").split()[0]
        free = self.free_memory()
        self.start("kept", vcpus=2, network=True, disk=disk)
        self.in_guest("kept", "echo word > /tmp/word; i=0; while :; do i=$((i + 1)); echo $i > /tmp/next; "
                      "mv /tmp/next /tmp/count; usleep 100000; done & usleep 300000")
        self.dom0.run(f"xl save kept {path}", 180)
        self.assertIsNone(self.domain("kept"))
        self.assertEqual(self.free_memory(), free)
        self.dom0.run(f"xl restore {path}", 180)
        self.assertEqual(self.domain("kept")[2], 2)
        first = self.count_in("kept")
        self.assertGreater(first, 2)
        self.assertIn(want, self.in_guest("kept", "cat /tmp/word; sha256sum < /dev/xvda", 90))
        self.in_guest("kept", "usleep 300000; ping -c 1 -W 20 10.77.0.1 >/dev/null", 60)
        self.assertGreater(self.count_in("kept"), first)
        # A copy for later, and the guest goes on. (xl's process that waits for its end takes it for ended.)
        self.dom0.run(f"xl save -c kept {path}", 180)
        again = self.count_in("kept")
        self.in_guest("kept", "test $(cat /tmp/word) = word && usleep 300000")
        self.assertGreater(self.count_in("kept"), again)
        self.dom0.run("xl destroy kept", 60)
        self.assertEqual(self.free_memory(), free)

    def count_in(self, name):
        return int(self.in_guest(name, "cat /tmp/count"))

    def test_rounds(self):
        """on two CPUs, twelve guests made and destroyed leave as much free memory as there was"""
        self.rounds_leave_nothing(2, 8)
