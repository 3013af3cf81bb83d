# SPDX-License-Identifier: GPL-2.0-or-later
"""What else stock xl does with a running guest: time it, watch it, give it its share."""

import re

from dom0 import Dom0Test

# Keeps one virtual CPU busy.
LOAD = "(sha256sum /dev/zero >/dev/null &)"


class Operations(Dom0Test):
    def times_and_watches(self, name):
        """xl uptime and xl top tell how long a busy guest of 144 MiB has run and what it uses."""
        uptime = self.dom0.run(f"xl uptime {name}")
        self.assertRegex(uptime, name + r" +\d+ +0:\d\d:\d\d")
        # The second of two samples, since a CPU's share is told from the first to it.
        sample = self.dom0.run("xentop -b -i 2 -d 5", 60).split("NAME")[-1]
        row = re.search(rf"^ *{name} +(\S+) +(\d+) +([\d.]+) +(\d+) ", sample, re.M)
        self.assertTrue(row, sample)
        self.assertEqual(int(row.group(4)), 144 * 1024)
        self.assertGreater(float(row.group(3)), 40, sample)
        self.assertLess(float(row.group(3)), 110, sample)
        screen = self.dom0.call("TERM=linux timeout -s INT 8 script -qec 'xl top' /dev/null", 60)[0]
        self.assertIn(name, screen)

    def used_while(self, names, seconds):
        """CPU seconds that each of these guests uses in that time."""
        before = self.cpu_seconds()
        self.machine.console.drain(seconds)
        after = self.cpu_seconds()
        return [after[name] - before[name] for name in names]

    def test_shares(self):
        """xl uptime and xl top tell what a guest does; xl sched-credit2 divides a CPU by weight, and holds a guest to
        its cap; dom0 goes first"""
        for name in ("heavy", "light"):
            self.start(name, memory=144)
            self.dom0.run(f"xl vcpu-pin {name} 0 1")
            self.in_guest(name, LOAD)
            if name == "heavy":
                self.times_and_watches(name)
        self.dom0.run("xl vcpu-pin 0 all 0")
        self.addCleanup(self.dom0.call, "xl vcpu-pin 0 all all")
        self.dom0.run("xl sched-credit2 -d heavy -w 768")
        self.assertRegex(self.dom0.run("xl sched-credit2 -d heavy"), r"heavy +\d+ +768")
        heavy, light = self.used_while(("heavy", "light"), 10)
        self.assertGreater(heavy, 2 * light, (heavy, light))
        self.assertLess(heavy, 4.5 * light, (heavy, light))
        self.dom0.run("xl sched-credit2 -d heavy -c 25")
        self.dom0.run("xl pause light")
        began = self.uptime()
        heavy, = self.used_while(("heavy",), 10)
        share = heavy / (self.uptime() - began)
        self.assertGreater(share, 0.15)
        self.assertLess(share, 0.35)

        # Eight times a guest's weight, where nobody said otherwise.
        self.dom0.run("xl sched-credit2 -d heavy -c 0 -w 256")
        self.dom0.run("xl vcpu-pin heavy 0 0")
        self.dom0.run("timeout 60 sha256sum /dev/zero >/dev/null &")
        self.addCleanup(self.dom0.call, "pkill sha256sum")
        dom0, heavy = self.used_while(("Domain-0", "heavy"), 10)
        self.assertGreater(dom0, 4 * heavy, (dom0, heavy))

    def uptime(self):
        """dom0's seconds since its start."""
        return float(self.dom0.run("cut -d' ' -f1 /proc/uptime"))
