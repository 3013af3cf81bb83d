# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware, a memory test and boot loaders that Debian has, each as the only thing that a guest has, or the first. They come
as packages, which are unpacked here and not installed, and reach dom0 on a USB stick."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from debs import unpacked
from dom0 import GUESTS
from hvm import HvmTest

STICK = "/mnt/stick"
# Where in their packages they are.
IMAGES = {
    "grub-xen-host": "usr/lib/grub-xen/grub-i386-xen_pvh.bin",
    "ipxe": "usr/lib/ipxe/ipxe.iso",
    "memtest86+": "usr/lib/memtest86+/memtest86+x64.iso",
    "grub-rescue-pc": "usr/lib/grub-rescue/grub-rescue-cdrom.iso",
}


def make_stick(path):
    with tempfile.TemporaryDirectory() as tree:
        for package, image in IMAGES.items():
            shutil.copy(unpacked(package) / image, f"{tree}/{package}{Path(image).suffix}")
        subprocess.run(["mke2fs", "-q", "-t", "ext2", "-d", tree, path, "32M"], check=True)


class Images(HvmTest):
    def setUp(self):
        super().setUp()
        if self.dom0.call(f"test -e {STICK}/ipxe.iso")[1]:
            self.plug_in()

    def plug_in(self):
        path = f"{self.machine.work}/stick.img"
        make_stick(path)
        self.machine.monitor("blockdev-add", **{"driver": "raw", "node-name": "stick", "read-only": True,
                                                "file": {"driver": "file", "filename": path}})
        self.machine.monitor("device_add", driver="usb-storage", drive="stick", id="stick")
        self.dom0.wait_for("ls /dev/disk/by-id/usb-*", 60)
        self.dom0.run(f"mkdir -p {STICK} && mount -o ro /dev/disk/by-id/usb-* {STICK}")

    def on_screen(self, name):
        """The text on a guest's screen, which its device model keeps where a PC has it."""
        memory = self.dom0.run(f"xl qemu-monitor-command {name} 'xp /4000xb 0xb8000'", 60)
        values = re.findall(r"0x([0-9a-f]{2})\b", re.sub(r"^\S+:", "", memory, flags=re.M))
        return bytes(int(value, 16) for value in values[::2]).decode("cp437")

    def shows(self, package, *words):
        free = self.free_memory()
        self.create(self.hvm_guest("pc", memory=128, cd=f"{STICK}/{package}.iso"))
        for word in words:
            for _ in range(60):
                text = self.on_screen("pc")
                if re.search(word, text):
                    break
                self.machine.console.drain(2)
            self.assertRegex(text, word)
        self.destroy_all_of("pc", free)

    def test_ipxe(self):
        """iPXE starts from its CD, in real and in protected mode, and finds no network card"""
        self.shows("ipxe", "iPXE 1", "No more network devices")

    def test_memtest(self):
        """Memtest86+ tests a guest's memory, and finds no error"""
        self.shows("memtest86+", r"Memtest86\+", r"Pass +[1-9]\d*%", r"Errors: 0 ")

    def test_grub_rescue(self):
        """the boot loader of Debian's rescue CD shows its menu"""
        self.shows("grub-rescue-pc", "GNU GRUB +version 2", r"\*GNU/Linux")

    def test_grub_pvh(self):
        """GRUB as the kernel of a PVH guest, 32-bit code, reads the guest's disk and starts the 64-bit kernel from there"""
        disk = self.disk("chain", {
            "boot/grub/grub.cfg": "linux /vmlinuz console=hvc0 quiet mitigations=off\ninitrd /initrd.img\nboot",
            "vmlinuz": f"{GUESTS}/vmlinuz", "initrd.img": f"{GUESTS}/initrd.img"})
        lines = ['name = "chain"', 'type = "pvh"', "memory = 192", "vcpus = 2",
                 f'kernel = "{STICK}/grub-xen-host.bin"', f'disk = ["format=raw,vdev=xvda,access=rw,target={disk}"]']
        self.dom0.run("cat > %s/chain.cfg <<'END'\n%s\nEND" % (GUESTS, "\n".join(lines)))
        free = self.free_memory()
        self.create(f"{GUESTS}/chain.cfg")
        self.attach("chain")
        self.dom0.expect("Welcome to GRUB!", 60)
        self.dom0.expect("guest: ready", 240)
        self.dom0.expect("guest# ", 20)
        self.detach()
        self.assertEqual(self.in_guest("chain", "cat /sys/hypervisor/guest_type").strip(), "PVH")
        self.assertEqual(self.in_guest("chain", "nproc").strip(), "2")
        self.dom0.run("xl destroy chain", 60)
        self.assertEqual(self.free_memory(), free)
