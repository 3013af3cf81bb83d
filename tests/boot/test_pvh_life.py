# SPDX-License-Identifier: GPL-2.0-or-later
"""PVH guests by stock xl: memory taken and given back, reboot, shutdown, saved and restored, many of them."""

from dom0 import GUESTS, MICRO
from pvh import DISKS, PVH, PvhTest


class PvhLife(PvhTest):
    def test_memory_and_reboot(self):
        """a guest of one CPU knows what it is, and can be paused; xl mem-set takes memory and gives it back; a guest
        that reboots comes back; xl shutdown ends it"""
        self.start_pvh("again", memory=256)
        self.assertEqual(self.in_guest("again", "cat /sys/hypervisor/guest_type").strip(), "PVH")
        self.assertEqual(self.domain("again")[1:3], (256, 1))
        self.dom0.run("xl pause again")
        self.assertEqual(self.domain("again")[3][2], "p")
        self.dom0.run("xl unpause again")
        self.assertIn("guest", self.in_guest("again", "hostname"))
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
        """20 guests made and destroyed one after another leave as much free memory as there was"""
        # A few are cut off as Linux starts, most are at their end by then, or in the middle of what they check.
        linux = self.guest("round", memory=128, vcpus=2, extra=PVH)
        self._rounds(linux, 1)
        free = self.free_memory()
        self._rounds(linux, 4)
        micro = f"{GUESTS}/round-micro.cfg"
        self.dom0.run(f"printf '%s\\n' 'name = \"round\"' 'type = \"pvh\"' 'memory = 16' 'vcpus = 2' "
                      f"'kernel = \"{MICRO}/hw_calls\"' 'on_poweroff = \"preserve\"' > {micro}")
        self._rounds(micro, 16)
        self.assertEqual(self.free_memory(), free)
        self.assertEqual(self.dom0.run("xl list | wc -l").strip(), "2")
