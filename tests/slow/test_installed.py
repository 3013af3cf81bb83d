# SPDX-License-Identifier: GPL-2.0-or-later
"""A computer of one's own: the disk image that ./vitrine image makes, started by a PC's firmware, and what
its packages do when they go and come back."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from bare import CPU
from machine import ROOT, Machine, keep_logs_in

BUILD = Path(os.environ.get("VITRINE_TEST_BUILD", ROOT / "build"))
# Larger than the image, as real disks are. It costs nothing until it is written to.
DISK_GIB = 12
# To the login prompt of an emulated PC: firmware, GRUB, a kernel with all drivers, a whole Debian.
BOOT_SECONDS = 900
# What a Debian has beside its important packages to start by itself. It takes root to make.
PLAIN = ("linux-image-amd64", "grub-pc", "grub-efi-amd64-bin")
FIRMWARE = {"bios": [], "uefi": ["-bios", "/usr/share/ovmf/OVMF.fd"]}


class Installed(Machine):
    """A PC with one disk, and packages.img beside it if there is one. It has one CPU: emulated ones wait for
    each other on a busy computer."""

    def __init__(self, disk, firmware, log, packages=None):
        work = Path(tempfile.mkdtemp(prefix="vitrine-"))
        command = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", CPU,
                   "-smp", "1", "-m", "3072", *FIRMWARE[firmware],
                   "-drive", f"file={disk},if=none,id=disk,format=raw,discard=unmap",
                   "-device", "ahci,id=ahci", "-device", "ide-hd,drive=disk,bus=ahci.0", "-device", "VGA",
                   "-netdev", "user,id=uplink", "-device", "e1000e,netdev=uplink"]
        if packages:
            command += ["-drive", f"file={packages},if=none,id=packages,format=raw,snapshot=on",
                        "-device", "ide-hd,drive=packages,bus=ahci.1"]
        self._start(command, work, log)

    def login(self, timeout=BOOT_SECONDS):
        """Waits for the login prompt, and is root."""
        self.console.expect(r"dom0 login: $", timeout)
        self.console.send("root\n")
        return super().login(60)


class InstalledTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        where = tempfile.TemporaryDirectory(prefix="installed-", dir=BUILD)
        cls.addClassCleanup(where.cleanup)
        cls.where = Path(where.name)
        cls.image = cls.where / "vitrine.img"
        cls.make_image()

    @classmethod
    def make_image(cls):
        subprocess.run([ROOT / "vitrine", "image", cls.image], check=True)

    def new_disk(self):
        """A disk with the image at its beginning."""
        disk = self.where / f"{self._testMethodName}.img"
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", self.image, disk], check=True)
        os.truncate(disk, DISK_GIB << 30)
        self.addCleanup(disk.unlink)
        return disk

    def start(self, disk, firmware="bios", packages=None, number=1):
        log = keep_logs_in() / f"installed-{self._testMethodName}-{number}.log"
        machine = Installed(disk, firmware, log, packages)
        self.addCleanup(machine.close)
        return machine

    def is_vitrine(self, machine):
        """dom0 is up on our hypervisor with all that belongs to it."""
        dom0 = machine.console
        info = dom0.run("xl info")
        self.assertRegex(info, r"xen_commandline\s*: dom0_mem=2G,max:2G")
        self.assertRegex(info, r"nr_cpus\s*: 1\n")
        self.assertRegex(dom0.run("xl list"), r"Domain-0 +0 +2048 ")
        dom0.wait_for("systemctl is-active xenstored xenconsoled vitrine-service", 120)
        self.assertEqual(self.failed_units(dom0), "")
        self.assertIn("10.77.0.1/24", dom0.run("ip -4 -o address show vitrine0"))

    @staticmethod
    def shows_shell(machine):
        """The shell is on the screen, of which a picture is kept."""
        machine.console.wait_for("systemctl is-active vitrine-desktop vitrine-shell", 120)
        machine.console.drain(20)
        machine.screenshot(machine.log_path.with_suffix(".png"))

    @staticmethod
    def failed_units(dom0):
        dom0.call("systemctl is-system-running --wait", 600)
        return dom0.run("systemctl --failed --plain --no-legend").strip()

    def end(self, machine, command="poweroff"):
        machine.console.send(f"{command}\n")
        machine.wait_end(240)


class Disk(InstalledTest):
    def test_bios(self):
        """started by a BIOS from a disk it is a Vitrine machine, which has taken all of the disk"""
        machine = self.start(self.new_disk())
        dom0 = machine.login()
        self.is_vitrine(machine)
        self.shows_shell(machine)
        size = int(dom0.run("df --output=size -m / | tail -n 1"))
        self.assertGreater(size, (DISK_GIB - 1) * 1024)
        self.assertIn("debian-12-desktop", dom0.run("vitrinectl templates", 120))
        self.assertNotIn("EFI v", dom0.run("journalctl --boot --dmesg --output=cat --no-pager"))
        self.end(machine)

    def packages_disk(self):
        path = self.where / "packages.img"
        subprocess.run(["mke2fs", "-q", "-t", "ext2", "-L", "packages", "-d", BUILD / "deb", path, "32M"],
                       check=True)
        return path

    def test_remove_and_install(self):
        """started by UEFI, switched off, purged, installed anew by dpkg and update-grub: it is Vitrine, plain
        Debian, and Vitrine again"""
        disk, packages = self.new_disk(), self.packages_disk()
        machine = self.start(disk, "uefi", packages)
        dom0 = machine.login()
        self.is_vitrine(machine)
        self.assertIn("EFI v", dom0.run("journalctl --boot --dmesg --output=cat --no-pager"))
        dom0.run("touch /var/lib/vitrine/disks/keep")
        dom0.run("sed -i 's/^VITRINE_DEFAULT=.*/VITRINE_DEFAULT=false/' /etc/default/vitrine")
        dom0.run("echo 'GRUB_CMDLINE_LINUX=\"console=tty0 console=ttyS0\"' > /etc/default/grub.d/test.cfg")
        dom0.run("update-grub", 300)
        self.end(machine, "reboot")

        machine = self.start(disk, "uefi", packages, 2)
        linux = machine.login()
        self.assertEqual(linux.call("test -e /sys/hypervisor/type")[1], 1)
        self.assertEqual(self.failed_units(linux), "")
        self.assertEqual(linux.call("systemctl is-active xenstored vitrine-service")[0].split(),
                         ["inactive", "inactive"])
        said = linux.run("dpkg --purge $(dpkg-query -W -f '${Package} ' 'vitrine*')", 600)
        self.assertIn("guests and their disks stay in /var/lib/vitrine", said)
        linux.run("test -e /var/lib/vitrine/disks/keep")
        self.assertEqual(linux.call("grep -c multiboot2 /boot/grub/grub.cfg")[0].strip(), "0")
        linux.run("mount -o ro /dev/disk/by-label/packages /mnt && dpkg --install /mnt/*.deb", 600)
        # Once more changes nothing.
        linux.run("dpkg --install /mnt/*.deb", 600)
        self.assertEqual(self.failed_units(linux), "")
        self.end(machine, "reboot")

        machine = self.start(disk, "uefi", packages, 3)
        dom0 = machine.login()
        self.is_vitrine(machine)
        dom0.run("test -e /var/lib/vitrine/disks/keep")
        self.end(machine)


class PlainDebian(InstalledTest):
    """A Debian as its installer leaves it, in which apt has put our packages with what they recommend."""

    @classmethod
    def make_image(cls):
        system = cls.where / "plain.tar"
        packages = cls.where / "packages"
        subprocess.run([ROOT / "image/make-packages", BUILD, packages], check=True)
        subprocess.run([
            "mmdebstrap", "--mode=root", "--variant=important", f"--include={','.join(PLAIN)}",
            f"--customize-hook=copy-in {packages} /",
            '--customize-hook=chroot "$1" sh -c "apt-get install --yes /packages/*.deb"',
            '--customize-hook=chroot "$1" passwd --delete root',
            '--customize-hook=echo dom0 > "$1/etc/hostname"',
            '--customize-hook=echo "LABEL=vitrine / btrfs defaults 0 0" > "$1/etc/fstab"',
            "bookworm", system], check=True)
        subprocess.run([ROOT / "image/make-disk", "--output", cls.image, "--system", system],
                       check=True)

    def test_apt_install(self):
        """Debian with our packages installed by apt starts on Vitrine by UEFI, and has no other hypervisor"""
        machine = self.start(self.new_disk(), "uefi")
        dom0 = machine.login()
        self.is_vitrine(machine)
        self.assertEqual(dom0.run("ls /boot/xen* 2>/dev/null || echo none").strip(), "none")
        self.end(machine)
