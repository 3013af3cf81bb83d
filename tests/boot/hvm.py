# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of hardware guests with a whole machine share."""

import base64
import gzip
from pathlib import Path

from dom0 import CD, GUESTS, Dom0Test
from machine import read_ppm
from text_screen import FONT_BYTES, read_text

# How often a screen is looked at, a second after another, for what is to come onto it.
LOOKS = 30
# What GRUB has on the screen when it has nothing to do.
GRUBS_PROMPT = "GNU GRUB  version", "grub>"
HVM = ['type = "hvm"', "usb = 0", "vnc = 0"]
# Disks that a firmware reads by DMA; an IDE disk comes two bytes at a time, through the device model. Linux has QEMU unplug
# IDE disks only: of these, one with the drivers would have each twice.
FAST_DISKS = 'hdtype = "ahci"'
KERNEL = {"vmlinuz": f"{GUESTS}/vmlinuz", "initrd.img": f"{GUESTS}/initrd.img"}


def menu(console, disk="hd1", more=""):
    """A boot loader's commands for a stock kernel on a guest's disk."""
    return f"""linux ({disk})/vmlinuz console={console} quiet mitigations=off cryptomgr.notests
initrd ({disk})/initrd.img {more}
boot"""


class HvmTest(Dom0Test):
    def hvm_guest(self, name, memory=160, vcpus=1, cd=None, grub_disk=None, files=None, boot="dc", extra=()):
        """Writes the xl.cfg of a guest that its firmware boots: from a CD, if that is given a file's name, or
        from its first disk, which is made a copy of grub_disk. boot: what comes first, of a disk (c) and a CD (d).
        files: what is on its (other) disk, by name, as text, or as a file of dom0 (a name that begins with /).
        Its serial line is in /tmp/serial-NAME. Returns the configuration's path."""
        path = f"{GUESTS}/{name}.cfg"
        lines = [f'name = "{name}"', f"memory = {memory}", f"vcpus = {vcpus}", *HVM,
                 f'serial = "file:/tmp/serial-{name}"', *extra]
        disks = []
        if grub_disk:
            copy = f"/tmp/{name}-grub.img"
            self.addCleanup(self.dom0.call, f"rm -f {copy}")
            self.dom0.run(f"cp {grub_disk} {copy}")
            # QEMU's own, so that there is one hotplug script less that a busy computer is late with.
            disks.append(f"'format=raw,vdev=xvda,access=rw,backendtype=qdisk,target={copy}'")
        if files is not None:
            vdev = "xvdb" if grub_disk else "xvda"
            disks.append(f"'format=raw,vdev={vdev},access=rw,target={self.disk(name, files)}'")
        if cd:
            disks.append(f"'format=raw,vdev=hdc,access=ro,devtype=cdrom,target={cd}'")
            lines.append(f'boot = "{boot}"')
        if disks:
            lines.append(f"disk = [{', '.join(disks)}]")
        self.dom0.run("cat > %s <<'END'\n%s\nEND" % (path, "\n".join(lines)))
        return path

    def start_linux(self, name, memory=192, modules="", extra=(), **options):
        """A guest with a stock kernel off its disk, at its prompt. modules: drivers that it is given to load
        (load_modules). options: of hvm_guest."""
        files = {"word": "forty-two", "grub.cfg": menu("hvc0"), **KERNEL}
        if modules:
            files |= {"modules.img": self.modules_image(modules), "grub.cfg": menu("hvc0", more="(hd1)/modules.img")}
        self.create(self.hvm_guest(name, memory=memory, grub_disk=CD, files=files, boot="cd",
                                   extra=[FAST_DISKS, *extra], **options))
        self.wait_linux(name)

    def wait_linux(self, name):
        self.attach(name)
        self.dom0.expect("guest: ready", 400)
        self.dom0.expect("guest# ", 20)
        self.detach()
        self.assertEqual(self.in_guest(name, "cat /sys/hypervisor/guest_type").strip(), "HVM")

    def modules_image(self, modules):
        """More for the guest's root: drivers, and the list of them, in /drivers. They are dom0's, whose kernel is the
        same."""
        self.addCleanup(self.dom0.call, "rm -rf /tmp/modules-tree /tmp/modules.img")
        self.dom0.run("mkdir -p /tmp/modules-tree/drivers && cd /tmp/modules-tree && "
                      f"modprobe --show-depends -a {modules} | awk '$1 == \"insmod\" && !seen[$2]++ {{ print $2 }}' > list && "
                      "cp $(cat list) drivers && sed 's|.*/||' list > drivers/list && "
                      "find drivers | cpio --quiet -o -H newc > /tmp/modules.img; cd /")
        return "/tmp/modules.img"

    def load_modules(self, name):
        self.in_guest(name, "cd /drivers; while read -r module; do insmod $module; done < list; cd /", 120)

    def disk(self, name, files):
        """A disk without partitions, with these files on it; its path in dom0."""
        path, tree = f"/tmp/{name}.img", f"/tmp/{name}-files"
        self.addCleanup(self.dom0.call, f"rm -rf {path} {tree}")
        self.dom0.run(f"rm -rf {path} {tree}; mkdir {tree}")
        for file, content in files.items():
            self.dom0.run(f"mkdir -p $(dirname {tree}/{file})")
            self.dom0.run(f"cp {content} {tree}/{file}" if content.startswith("/") else
                          f"cat > {tree}/{file} <<'END'\n{content}\nEND")
        self.dom0.run(f"mke2fs -q -t ext2 -d {tree} {path} 48M", 60)
        return path

    def assert_firmware_ran(self):
        log = self.machine.log_path.read_text(errors="replace")
        self.assertRegex(log, r"\(d\d+\) HVM Loader")
        self.assertRegex(log, r"\(d\d+\) SeaBIOS \(version")

    def assert_text_on_screen(self, name, *words):
        """The guest's screen is in text mode, and these words come to stand on it, as its pixels have them."""
        font = self.guest_font(name)
        for _ in range(LOOKS):
            text = read_text(self.guest_screen(name), font)
            if all(word in text for word in words):
                return
            self.dom0.drain(1)
        self.fail(f"not all of {words} on the screen:\n{text}")

    def guest_font(self, name):
        """The font that the guest's BIOS draws with: it is where the vector of interrupt 0x43 points to."""
        vector = self.guest_memory(name, 0x43 * 4, 4)
        offset, segment = int.from_bytes(vector[:2], "little"), int.from_bytes(vector[2:], "little")
        return self.guest_memory(name, segment * 16 + offset, FONT_BYTES)

    def guest_memory(self, name, address, size):
        """Bytes of the guest's memory, as its device model has them. The name is in quotes lest it be divided by."""
        return self.from_device_model(name, f'pmemsave {address} {size} "/tmp/memory"', "/tmp/memory")

    def from_device_model(self, name, command, path):
        """What the device model writes to a file of dom0's by this command."""
        text = self.dom0.run(f"rm -f {path}; xl qemu-monitor-command {name} '{command}' > /tmp/said;"
                             f" test -e {path} || {{ cat /tmp/said; false; }}; gzip -c {path} | base64 -w 1000", 120)
        return gzip.decompress(base64.b64decode(text))

    def guest_screen(self, name):
        """A guest's screen, as machine.screen()."""
        path = Path(self.machine.work) / "guest.ppm"
        path.write_bytes(self.from_device_model(name, "screendump /tmp/screen.ppm", "/tmp/screen.ppm"))
        return read_ppm(path)

    def answers(self, word):
        """GRUB, at its prompt, says of a word that is typed that it is no command."""
        keys = " ".join([*word, "ret"])
        self.dom0.run(f"for key in {keys}; do xl qemu-monitor-command pc \"sendkey $key\"; done")
        self.dom0.wait_for(f"grep -q 'command .{word}' /tmp/serial-pc", 30)

    def what_there_is(self):
        """What guests may leave behind, once their device models have gone: domains, names in the store, processes
        and sockets of the toolstack's, memory."""
        self.dom0.wait_for("! pgrep -f xen-qemu-system && ! pgrep -x xl", 30)
        return (self.dom0.run("xl list | awk '{ print $1, $2 }'"), self.dom0.run("xenstore-ls -f | cut -d ' ' -f 1"),
                self.dom0.run("ls /run/xen"), self.free_memory())

    def destroy_all_of(self, name, free):
        """The guest and its device model go, and as much memory is free as was before it."""
        self.dom0.run(f"xl destroy {name}", 60)
        self.assertIsNone(self.domain(name))
        self.dom0.wait_for("! pgrep -f xen-qemu-system", 30)
        self.assertEqual(self.free_memory(), free)
