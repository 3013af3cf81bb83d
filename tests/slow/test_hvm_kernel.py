# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel in a hardware guest with a whole machine: its firmware reads it in small pieces, which takes
minutes on an emulated CPU."""

from dom0 import Dom0Test, GUESTS
from test_hvm import hvm_guest


class HvmKernel(Dom0Test):
    def test_kernel(self):
        """a stock kernel, which the firmware gets from the device model, runs on the guest's own devices
        and knows the hypervisor; destroying the guest ends its device model"""
        path = hvm_guest(self.dom0, "kernel", extra=[
            f'kernel = "{GUESTS}/vmlinuz"', f'ramdisk = "{GUESTS}/initrd.img"',
            'cmdline = "console=hvc0 quiet do="'])
        self.create(path)
        self.attach("kernel")
        self.dom0.expect("guest: ready", 300)
        self.dom0.expect("guest# ", 20)
        self.detach()
        self.assertEqual(self.in_guest("kernel", "cat /sys/hypervisor/guest_type").strip(), "HVM")
        self.dom0.run("xl destroy kernel", 60)
        self.dom0.wait_for("! pgrep -f xen-qemu-system", 30)
