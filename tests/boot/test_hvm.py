# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardware guests with a whole machine (HVM), by stock xl: hvmloader, SeaBIOS, and QEMU in dom0 as device
model."""

from dom0 import CD
from hvm import HvmTest


class Hvm(HvmTest):
    def test_cd(self):
        """the firmware finds its devices and boots GRUB from a CD, which reads a disk and writes on the screen;
        the guest and its device model are gone after destroy, and its memory is back"""
        free = self.free_memory()
        self.create(self.hvm_guest("cd", cd=CD, files={"word": "forty-two"}))
        self.dom0.wait_for("grep -q forty-two /tmp/serial-cd", 120)
        log = self.machine.log_path.read_text(errors="replace")
        self.assertRegex(log, r"\(d\d+\) HVM Loader")
        self.assertRegex(log, r"\(d\d+\) SeaBIOS \(version")
        size = self.dom0.run("xl qemu-monitor-command cd 'screendump /tmp/screen.ppm' >/dev/null;"
                             " sed -n 2p /tmp/screen.ppm", 60)
        self.assertEqual(size.strip(), "720 400")
        self.dom0.run("test $(tail -c +16 /tmp/screen.ppm | tr -d '\\0' | head -c 100 | wc -c) = 100")
        self.dom0.run("xl destroy cd", 60)
        self.assertIsNone(self.domain("cd"))
        self.dom0.wait_for("! pgrep -f xen-qemu-system", 30)
        self.assertEqual(self.free_memory(), free)
