# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardware guests of the service's: those made for a CD, with QEMU's screen, disk and drive, and PVH guests of a
template."""

import re
import secrets
from pathlib import Path

from dom0 import CD
from hvm import GRUBS_PROMPT, HvmTest
from service import LIB, ServiceTest

ISO = f"{LIB}/iso/grub.iso"
CONFIG = f"{LIB}/guests/pc.cfg"

# The disk that dom0's driver makes of a stick.
DOM0_STICK = "/dev/disk/by-id/usb-*"

# What GRUB is to do with each disk that the firmware has found.
LOOK = """for disk in hd0 hd1; do
    if [ -e ($disk)/token ]; then
        cat ($disk)/token
    fi
done"""


class ServiceHardware(ServiceTest, HvmTest):
    def in_drive(self):
        """What is in the guest's CD drive, in its device model's words."""
        blocks = self.do("xl qemu-monitor-command pc 'info block' | tr -d '\\r'")
        return re.search(r"^ide-\d+(?: \(#block\d+\))?: (.*)$", blocks, re.M).group(1)

    def test_iso(self):
        """a guest made for an ISO image boots from it; its screen can be opened; the CD is taken out and put in
        while it runs; of a deleted guest nothing is left but the image"""
        self.make_pc()
        # On a disk without one, GRUB tries each file system that it knows, for minutes.
        self.do(f"mke2fs -q -F -t ext2 {LIB}/disks/pc.img")
        self.works("act pc Start")
        self.do("soon 'running' state pc")
        self.dom0.wait_for("grep -q 'GRUB is here' /tmp/serial-pc", 120)
        self.assert_firmware_ran()
        self.assert_text_on_screen("pc", *GRUBS_PROMPT)
        self.assertIn("handle", self.do("call guests/pc Guest1.OpenDisplay vnc"))
        self.assertEqual(self.in_drive(), f"{ISO} (raw, read-only)")
        self.do("vitrinectl eject pc")
        self.assertEqual(self.in_drive(), "[not inserted]")
        self.do("vitrinectl insert pc grub.iso")
        self.assertIn("(raw, read-only)", self.in_drive())
        self.works("act pc ForceOff")
        self.works("act pc Delete")
        self.do(f"rm {ISO}")
        self.assert_nothing_left()

    def make_pc(self):
        """A guest that starts from the CD and then does what is on a disk, by the name of pc; not started."""
        self.addCleanup(self.dom0.call, f"rm -f {ISO} /tmp/serial-pc")
        self.do(f"cp {CD} {ISO}")
        options = ("{'iso': <'grub.iso'>, 'disk-size': <uint64 67108864>, 'memory': <uint64 134217728>, "
                   "'vcpus': <uint32 1>, 'start': <false>}")
        self.works(f"job Manager Manager1.Create \"''\" \"'pc'\" \"{options}\"")
        self.do(f"echo 'serial = \"file:/tmp/serial-pc\"' >> {CONFIG}")

    def plug_stick(self):
        """Plugs a stick into the emulated computer, always at the same port."""
        self.machine.monitor("device_add", driver="usb-storage", drive="stick", id="stick", port="3")

    def stick_here(self):
        """Waits until dom0's driver has the stick; its key."""
        self.dom0.wait_for(f"vitrinectl usb | grep '^[0-9].*storage' && ls {DOM0_STICK}", 60)
        return self.do("vitrinectl usb | awk '/storage/ { print $1 }'")

    def format_stick(self, token):
        """A file system on the stick with this text in a file, and what GRUB is to do."""
        self.do(f"mkdir -p /tmp/stick && echo {token} > /tmp/stick/token && "
                f"cat > /tmp/stick/grub.cfg <<'END'\n{LOOK}\nEND")
        for target in (f"$(ls {DOM0_STICK} | head -n 1)", f"{LIB}/disks/pc.img"):
            self.do(f"mke2fs -q -F -t ext2 -d /tmp/stick {target} 8M && sync", 60)
            self.do("rm -f /tmp/stick/token")

    def in_model(self):
        """The USB devices that the guest's device model has, but for the tablet."""
        devices = self.dom0.run("xl qemu-monitor-command pc 'info usb' | tr -d '\\r'")
        return re.findall(r"ID: (usb_\S+)", devices)

    def test_usb(self):
        """a stick that is given to an HVM guest is dom0's again when that ends, and the guest's by itself when it
        starts, whose boot loader reads it; a restart of the service takes nothing from it; what is unplugged and
        plugged in again is the guest's again; taken back, it is dom0's"""
        image = Path(self.machine.work) / "stick.img"
        image.write_bytes(bytes(8 << 20))
        self.machine.monitor("blockdev-add", **{"driver": "raw", "node-name": "stick",
                                                "file": {"driver": "file", "filename": str(image)}})
        token = f"token-{secrets.token_hex(8)}"
        self.make_pc()
        self.plug_stick()
        key = self.stick_here()
        self.format_stick(token)

        self.works("act pc Start")
        self.do(f"vitrinectl usb assign --remember=device {key} pc", 60)
        self.assertRegex(self.do("vitrinectl usb"), r"attached +pc")
        self.assertEqual(len(self.in_model()), 1)
        self.assertNotEqual(self.dom0.call(f"ls {DOM0_STICK}")[1], 0)
        self.works("act pc ForceOff")
        self.dom0.wait_for(f"ls {DOM0_STICK}", 30)
        self.assertNotIn("attached", self.do("vitrinectl usb"))

        # It is there before the firmware looks for disks, which it does once.
        self.works("act pc Start")
        self.dom0.wait_for("vitrinectl usb | grep 'attached *pc'", 30)
        self.dom0.wait_for(f"grep -q {token} /tmp/serial-pc", 180)

        self.do("systemctl restart vitrine-service && soon 'running' state pc")
        self.dom0.wait_for("vitrinectl usb | grep 'attached *pc'", 30)
        self.do("systemctl kill -s KILL --kill-whom=main vitrine-service; systemctl restart vitrine-service && "
                "soon 'running' state pc")
        self.dom0.wait_for("vitrinectl usb | grep 'attached *pc'", 30)
        self.assertEqual(len(self.in_model()), 1)

        self.machine.monitor("device_del", id="stick")
        self.dom0.wait_for("! vitrinectl usb | grep storage", 30)
        self.dom0.wait_for("! xl qemu-monitor-command pc 'info usb' | grep usb_", 30)
        self.plug_stick()
        self.dom0.wait_for("vitrinectl usb | grep 'attached *pc'", 30)

        self.do(f"vitrinectl usb release {key}", 60)
        self.dom0.wait_for(f"ls {DOM0_STICK}", 30)
        self.assertEqual(self.in_model(), [])
        self.do(f"vitrinectl usb assign {key} pc", 60)
        self.do("pkill -KILL -f xen-qemu-system")
        self.dom0.wait_for(f"ls {DOM0_STICK} && vitrinectl usb | grep '^{key} *here'", 30)
        self.machine.monitor("device_del", id="stick")
        self.works("act pc ForceOff")
        self.works("act pc Delete")
        self.do(f"rm {ISO}")
        self.assert_nothing_left()

    def test_pvh(self):
        """a template's guest may be made as PVH, and has its display, keyboard, pointer and network"""
        self.works("create p tiny \"{'kind': <'pvh'>}\"")
        self.do("soon 'running' state p; said p 'guest: ready'")
        domid = self.domain("p")[0]
        self.assertEqual(self.do("state p"), f"running {domid} true")
        self.do(f"connected {domid}")
        self.assertIn("handle", self.do("call guests/p Guest1.OpenDisplay vnc"))
        self.assertEqual(self.in_guest("p", "cat /sys/hypervisor/guest_type").strip(), "PVH")
        self.in_guest("p", "test -e /dev/fb0 && ip link show eth0 >/dev/null")
        devices = self.in_guest("p", "cat /proc/bus/input/devices")
        self.assertIn("Xen Virtual Keyboard", devices)
        self.assertIn("Xen Virtual Pointer", devices)
        self.works("act p Shutdown")
        self.works("act p Delete")
        self.assert_nothing_left()
