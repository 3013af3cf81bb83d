# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardware guests with a whole machine (HVM), by stock xl: hvmloader, SeaBIOS, and QEMU in dom0 as device
model. A stock kernel comes in small pieces, from the device model or from a disk, which takes minutes on an
emulated CPU."""

from dom0 import CD, GUESTS, OTHER_CD
from hvm import FAST_DISKS, GRUBS_PROMPT, KERNEL, HvmTest, menu

# What Linux needs for an emulated CD drive, and for an IDE disk.
CD_MODULES = "ata_piix sr_mod isofs"
ATA_MODULES = "ata_piix sr_mod sd_mod"
# Who has made the PCI devices that QEMU emulates: graphics card and network card.
CIRRUS, REALTEK = "0x1013", "0x10ec"
CMDLINE = "console=hvc0 quiet mitigations=off do="
SAVED = "/var/lib/vitrine/disks/machine.save"

# Drives as GRUB calls them, by the numbers that SeaBIOS has for them.
HARD_DISK, CD_DRIVE = "hd0", "hd96"


class HvmKernel(HvmTest):
    def test_firmware(self):
        """the firmware finds its devices and nothing to boot from, and says so on the guest's screen; the
        guest and its device model are gone after destroy, and its memory is back"""
        free = self.free_memory()
        self.create(self.hvm_guest("firmware"))
        # The lines before come while xl still runs, and are read with what that says.
        self.dom0.expect(r"\(d\d+\) No bootable device", 120)
        self.assert_firmware_ran()
        self.assert_text_on_screen("firmware", "No bootable device.")
        self.destroy_all_of("firmware", free)

    def test_kernel(self):
        """a stock kernel, which the firmware gets from the device model, runs on the guest's own devices and knows the
        hypervisor, whose disk and network take the place of the emulated ones; destroying the guest ends its device model"""
        free = self.free_memory()
        self.addCleanup(self.dom0.call, "rm -f /tmp/kernel-initrd.img")
        self.dom0.run(f"gzip -1 < {self.modules_image(ATA_MODULES)} | cat {GUESTS}/initrd.img - > /tmp/kernel-initrd.img")
        self.create(self.hvm_guest("kernel", cd=CD, files={"word": "forty-two"}, extra=[
            'vif = ["bridge=vitrine0"]', f'kernel = "{GUESTS}/vmlinuz"', 'ramdisk = "/tmp/kernel-initrd.img"',
            f'cmdline = "{CMDLINE}"']))
        self.wait_linux("kernel")
        self.load_modules("kernel")
        # The drive is there, so a disk beside it would have been found.
        self.assertRegex(self.in_guest("kernel", "ls /dev/sr0 /dev/xvda /dev/sd*; true"),
                         r"(?s)/dev/sd\*: No such file.*/dev/sr0.*/dev/xvda")
        self.assert_no_emulated_card("kernel")
        self.destroy_all_of("kernel", free)

    def assert_no_emulated_card(self, name):
        """QEMU's network card is no PCI device any more; its graphics card still is."""
        vendors = self.in_guest(name, "cat /sys/bus/pci/devices/*/vendor; ls /sys/class/net").split()
        self.assertIn("eth0", vendors)
        self.assertIn(CIRRUS, vendors)
        self.assertNotIn(REALTEK, vendors)

    def test_cd(self):
        """the firmware boots GRUB from a CD, which reads the guest's disk and writes on its screen"""
        free = self.free_memory()
        self.create(self.hvm_guest("cd", cd=CD, files={"word": "forty-two"}))
        self.dom0.wait_for("grep -q forty-two /tmp/serial-cd", 120)
        self.assert_firmware_ran()
        self.assert_text_on_screen("cd", *GRUBS_PROMPT)
        self.destroy_all_of("cd", free)

    def test_other_cd(self):
        """what is put into the drive while the guest runs is what it reads, and an empty drive is one"""
        self.start_linux("cd", cd=CD, modules=CD_MODULES)
        self.load_modules("cd")
        self.assertIn("/cd/boot/grub/grub.cfg\n", self.on_cd())
        self.dom0.run(f"xl cd-insert cd hdc {OTHER_CD}", 60)
        self.assertIn("the-other-one\n", self.on_cd())
        self.dom0.run("xl cd-eject cd hdc", 60)
        self.assertIn("nothing", self.on_cd())
        self.dom0.run(f"xl cd-insert cd hdc {CD}", 60)
        self.assertIn("/cd/boot/grub/grub.cfg\n", self.on_cd())

    def on_cd(self):
        """What Linux in the guest finds in its drive. QEMU has a drive that was changed say first that it is empty, and
        then that it has another medium: there is nobody in this guest who asks meanwhile, so the first looks fail."""
        return self.in_guest("cd", "mkdir -p /cd; for i in 1 2 3 4; do mount -t iso9660 -o ro /dev/sr0 /cd && break; done; "
                             "find /cd -type f; cat /cd/the-other-one; umount /cd || echo nothing", 60)

    def test_boot_order(self):
        """of a CD and a disk that can both be started, the firmware starts what the guest's file has first"""
        for first, drive in (("cd", HARD_DISK), ("dc", CD_DRIVE)):
            with self.subTest(boot=first):
                self.create(self.hvm_guest("order", cd=CD, grub_disk=CD, boot=first))
                self.dom0.wait_for(f"grep -q 'GRUB is here, from .{drive}' /tmp/serial-order", 120)
                self.dom0.run("xl destroy order; rm -f /tmp/serial-order", 60)

    def test_from_disk(self):
        """GRUB on a CD starts a stock kernel from the guest's disk, with two CPUs; in place of the emulated network card
        it uses the hypervisor's, and its disk; saved and restored, it goes on with both"""
        free = self.free_memory()
        self.create(self.hvm_guest("disk", memory=256, vcpus=2, cd=CD, files={
            "word": "forty-two", "grub.cfg": menu("hvc0", "hd0"), **KERNEL},
            extra=[FAST_DISKS, 'vif = ["bridge=vitrine0"]']))
        self.wait_linux("disk")
        self.assertEqual(self.in_guest("disk", "nproc").strip(), "2")
        counts = self.in_guest("disk", "grep -E 'resched|callfuncsingle' /proc/interrupts")
        for line in counts.strip().splitlines():
            self.assertGreater(sum(map(int, line.split()[1:3])), 0, counts)
        self.address("disk")
        self.in_guest("disk", "ping -c 3 10.77.0.1")
        self.in_guest("disk", "dd if=/dev/urandom of=/dev/xvda bs=1M seek=40 count=4; sync", 60)
        self.assert_no_emulated_card("disk")
        inside = self.in_guest("disk", "dd if=/dev/xvda bs=1M skip=40 count=4 2>/dev/null | md5sum", 60)
        outside = self.dom0.run("dd if=/tmp/disk.img bs=1M skip=40 count=4 iflag=direct 2>/dev/null | md5sum")
        self.assertEqual(inside.split()[-2], outside.split()[-2])
        self.goes_on_after_save("disk", outside.split()[-2])
        self.destroy_all_of("disk", free)

    def goes_on_after_save(self, name, disk_sum):
        """With two CPUs, its memory, its disk, its network and its clock."""
        self.in_guest(name, "echo kept > /tmp/file; (while :; do date +%s > /tmp/clock; sleep 1; done) & true")
        self.addCleanup(self.dom0.call, f"rm -f {SAVED}")
        self.dom0.run(f"xl save {name} {SAVED}", 240)
        self.assertIsNone(self.domain(name))
        self.dom0.run(f"xl restore {SAVED}", 240)
        inside = self.in_guest(name, "cat /tmp/file; nproc; echo 3 > /proc/sys/vm/drop_caches;"
                               " dd if=/dev/xvda bs=1M skip=40 count=4 2>/dev/null | md5sum", 120)
        self.assertRegex(inside, r"^kept\s+2\s")
        self.assertEqual(inside.split()[-2], disk_sum)
        self.in_guest(name, "ping -c 3 -W 20 10.77.0.1", 90)
        clock = self.in_guest(name, "cat /tmp/clock; usleep 2500000; cat /tmp/clock; date +%s", 60).split()
        self.assertGreater(int(clock[1]), int(clock[0]))
        now = int(self.dom0.run("date +%s"))
        self.assertLess(abs(now - int(clock[2])), 30)
