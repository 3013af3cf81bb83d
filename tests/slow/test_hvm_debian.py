# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian on the disk of a guest with a whole machine, as its own tools put it there: GRUB in the disk's first
sectors, a menu by update-grub, an initial RAM disk with what this machine needs."""

import os
import subprocess
import tempfile
from pathlib import Path

from dom0 import ROOT
from hvm import HvmTest
from machine import keep_logs_in, share_of_colour, write_png

BUILD = Path(os.environ.get("VITRINE_TEST_BUILD", ROOT / "build"))
PACKAGES = "linux-image-amd64,grub-pc,dbus"
DISK = "/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_debian-0:0"
# Where the file system begins on the disk, and how large it is; in MiB.
START, SIZE = 1, 2500
# No more than a second at the menu, and the console of the hypervisor beside the screen.
GRUB = "GRUB_CMDLINE_LINUX='console=tty0 console=hvc0 mitigations=off'\nGRUB_TIMEOUT=1\n"
# In its initial RAM disk. With all drivers there, GRUB was not done after 25 minutes on a computer that did other things beside.
DRIVERS = "xen-blkfront\nata_piix\nsd_mod\next4"
# From a disk that is read two bytes at a time, by an emulated CPU in an emulated CPU.
BOOT_SECONDS = 1500
BLACK = (0, 0, 0)


def make_disk(path):
    """A disk with one partition, with a Debian in it that has no boot loader yet. It takes root."""
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="debian-") as work:
        root = f"{work}/root"
        subprocess.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=important", f"--include={PACKAGES}",
                        '--essential-hook=mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"',
                        '--essential-hook=echo MODULES=list > "$1/etc/initramfs-tools/conf.d/test"',
                        f'--essential-hook=printf "{DRIVERS}" > "$1/usr/share/initramfs-tools/modules.d/test"',
                        '--customize-hook=chroot "$1" passwd --delete root',
                        '--customize-hook=echo debian > "$1/etc/hostname"',
                        '--customize-hook=echo "LABEL=debian / ext4 errors=remount-ro 0 1" > "$1/etc/fstab"',
                        "bookworm", root], check=True)
        Path(f"{root}/etc/default/grub.d").mkdir(exist_ok=True)
        Path(f"{root}/etc/default/grub.d/test.cfg").write_text(GRUB)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-L", "debian", "-d", root, f"{work}/part", f"{SIZE}M"],
                       check=True)
        with open(path, "wb") as disk:
            disk.truncate((START + SIZE) << 20)
        subprocess.run(["sfdisk", "--quiet", path], check=True, text=True,
                       input=f"label: dos\nstart={START}MiB, type=83, bootable\n")
        subprocess.run(["dd", f"if={work}/part", f"of={path}", "bs=1M", f"seek={START}", "conv=notrunc,sparse",
                        "status=none"], check=True)


class InstalledDebian(HvmTest):
    def setUp(self):
        super().setUp()
        path = BUILD / "debian-guest.img"
        self.addCleanup(path.unlink, missing_ok=True)
        make_disk(path)
        self.assertEqual(self.plug_in("debian", path), DISK)
        self.dom0.wait_for(f"test -e {DISK}-part1", 60)

    def install_grub(self):
        """What the installer does last, in a shell in the new system."""
        self.dom0.run(f"mkdir -p /mnt/debian && mount {DISK}-part1 /mnt/debian && "
                      "for what in dev proc sys; do mount --bind /$what /mnt/debian/$what; done")
        self.dom0.run(f"chroot /mnt/debian grub-install $(realpath {DISK})", 600)
        self.dom0.run("chroot /mnt/debian update-grub", 600)
        self.dom0.run("umount -R /mnt/debian", 60)

    def log_in(self):
        self.attach("debian")
        self.dom0.expect("debian login: ", BOOT_SECONDS)
        self.dom0.send("root\n")
        self.dom0.expect("root@debian:~# ", 120)
        self.detach()

    def restart(self):
        """There is no prompt to come back to."""
        self.in_guest("debian", "echo kept > /root/file")
        self.attach("debian")
        self.dom0.send("systemctl reboot\n")
        self.dom0.expect("reboot: Restarting system", 300)
        self.detach()

    def test_installed(self):
        """a Debian starts from its disk by its own GRUB: all its services, on the hypervisor's disk and network in
        place of the emulated ones, its prompt on the screen; it is written to, restarts, and shuts down"""
        self.install_grub()
        free = self.free_memory()
        self.create(self.hvm_guest("debian", memory=512, extra=[
            f'disk = ["format=raw,vdev=hda,access=rw,target={DISK}"]', 'vif = ["bridge=vitrine0"]']))
        self.log_in()
        self.assertEqual(self.in_guest("debian", "systemctl is-system-running --wait", 600).strip(), "running")
        self.assertIn("/dev/xvda1", self.in_guest("debian", "findmnt -no SOURCE /"))
        inside = self.in_guest("debian", "ls /dev/sd* /dev/hd*; ls /sys/class/net; cat /sys/hypervisor/guest_type")
        self.assertRegex(inside, r"(?s)/dev/sd\*'?: No such file.*eth0|enX0.*HVM")
        screen = self.guest_screen("debian")
        write_png(keep_logs_in() / "hvm-debian.png", screen)
        self.assertTrue(0.5 < share_of_colour(screen, BLACK) < 0.999)
        first = self.domain("debian")[0]
        self.restart()
        # Its console is there a moment after itself.
        self.dom0.wait_for(f"test $(xl domid debian) -gt {first} && "
                           "xenstore-exists /local/domain/$(xl domid debian)/console/tty", 240)
        self.log_in()
        self.assertEqual(self.in_guest("debian", "cat /root/file").strip(), "kept")
        self.dom0.run("xl shutdown -w debian", 300)
        # It is xl's other process that clears up behind it.
        self.dom0.wait_for("! xl domid debian && ! pgrep -f xen-qemu-system", 60)
        self.assertEqual(self.free_memory(), free)
