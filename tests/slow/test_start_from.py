# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that was made for an installer which is a kernel: that restarts, and what it has left on the guest's disk
is started from there, by GRUB's image for that kind of guest. The installer's part is played by the boot tests' own guest."""

from dom0 import GUESTS
from hvm import HvmTest
from service import LIB, ServiceTest

MENU = "linux /vmlinuz console=hvc0 quiet mitigations=off from=disk\ninitrd /initrd.img\nboot"


class StartFrom(ServiceTest, HvmTest):
    smp = 2

    def wait_for_property(self, name, value):
        self.dom0.wait_for(f"test \"$(get guests/made Guest1 {name})\" = '{value}'", 60)

    def install(self, kind):
        self.do(f"vitrinectl create --kernel={GUESTS}/vmlinuz --initrd={GUESTS}/initrd.img --memory=192M --disk=64M "
                f"--extra='console=hvc0 quiet mitigations=off' --kind={kind} made", 240)
        self.attach("made")
        self.dom0.expect("guest# ", 120)
        self.dom0.send("reboot -f\n")
        self.detach()
        self.wait_for_property("State", "stopped")
        self.wait_for_property("InstallerEnded", "true")
        disk = self.disk("installed", {"boot/grub/grub.cfg": MENU, "vmlinuz": f"{GUESTS}/vmlinuz",
                                       "initrd.img": f"{GUESTS}/initrd.img"})
        self.do(f"cat {disk} > {LIB}/disks/made.img")

    def from_disk(self, kind):
        self.install(kind)
        self.do("vitrinectl set made start-from=disk")
        self.do("vitrinectl start made", 240)
        self.attach("made")
        self.dom0.expect("Welcome to GRUB!", 60)
        self.dom0.expect("guest# ", 240)
        self.detach()
        self.assertIn("from=disk", self.in_guest("made", "cat /proc/cmdline"))
        self.assertEqual(self.in_guest("made", "cat /sys/hypervisor/guest_type").strip(), kind.upper())
        self.works("act made ForceOff")
        self.works("act made Delete")

    def test_pv(self):
        """a PV guest's installer is followed by what is on the disk, by GRUB in the guest"""
        self.from_disk("pv")

    def test_pvh(self):
        """a PVH guest's installer is followed by what is on the disk, by GRUB in the guest"""
        self.from_disk("pvh")
