# SPDX-License-Identifier: GPL-2.0-or-later
"""On one CPU: guests that can't be made, and every way to end."""

from dom0 import GUESTS, MICRO, Dom0Test


class OneCpuGuests(Dom0Test):
    smp = 1
    service = True

    def test_packed_kernel(self):
        """a guest boots from the kernel as Debian ships it, packed, and is gone once it has powered itself off"""
        path = self.guest("packed", do="poweroff")
        self.dom0.run(f"sed -i 's|{GUESTS}/vmlinux|{GUESTS}/vmlinuz|' {path}")
        self.create(path)
        self.dom0.wait_for("! xl list packed", 90)

    def test_crash(self):
        """a guest that crashes is removed, and one that panics is kept for inspection when asked for"""
        self.dom0.run(f"printf '%s\\n' 'name = \"broken\"' 'memory = 16' 'kernel = \"{MICRO}/fatal\"' "
                      f"'extra = \"how=handler\"' 'on_crash = \"destroy\"' > {GUESTS}/broken.cfg")
        self.create(f"{GUESTS}/broken.cfg")
        self.dom0.wait_for("! xl list broken", 90)
        self.create(self.guest("kept", do="crash", extra=['on_crash = "preserve"']))
        self.dom0.wait_for("xl list kept | tail -n 1 | awk '{ print $5 }' | grep c", 90)
        self.dom0.run("xl destroy kept")
        self.assertIsNone(self.domain("kept"))

    def test_same_name(self):
        """a second guest of the same name is refused in words and leaves the first alone, which xl shutdown ends from
        inside"""
        self.start("twin")
        output, status = self.dom0.call(f"xl create {GUESTS}/twin.cfg", 120)
        self.assertNotEqual(status, 0)
        self.assertIn("already exists", output)
        self.assertIn("guest", self.in_guest("twin", "hostname"))
        self.dom0.run("xl shutdown -w twin", 90)
        self.dom0.wait_for("! xl list twin", 30)

    def test_bad_kernels(self):
        """a kernel that is missing, empty or noise is refused, and nothing is left behind"""
        free = self.free_memory()
        self.dom0.run(f": > {GUESTS}/empty; "
                      f"dd if=/dev/urandom of={GUESTS}/noise bs=1M count=2 status=none; "
                      f"head -c 3000000 {GUESTS}/vmlinuz > {GUESTS}/half; "
                      f"head -c 3000000 {GUESTS}/vmlinux > {GUESTS}/half-elf")
        for kernel in ("missing", "empty", "noise", "half", "half-elf"):
            path = self.guest("bad")
            self.dom0.run(f"sed -i 's|{GUESTS}/vmlinux|{GUESTS}/{kernel}|' {path}")
            output, status = self.dom0.call(f"xl create {path}", 120)
            self.assertNotEqual(status, 0, kernel)
            self.assertTrue(output.strip(), kernel)
            self.assertIsNone(self.domain("bad"), kernel)
        self.assertEqual(self.free_memory(), free)

    def test_too_much_memory(self):
        """a guest that asks for more memory than there is is refused, and nothing is lost"""
        free = self.free_memory()
        output, status = self.dom0.call(f"xl create {self.guest('huge', memory=8192)}", 120)
        self.assertNotEqual(status, 0)
        self.assertIn("memory", output.lower())
        self.assertEqual(self.free_memory(), free)

    def test_rounds(self):
        """50 guests made and destroyed leave as much free memory as there was, and nothing else"""
        self.rounds_leave_nothing(4, 44)
