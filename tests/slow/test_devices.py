# SPDX-License-Identifier: GPL-2.0-or-later
"""USB devices of QEMU's in a guest of the template, by the service: many times, of several kinds, and when
something goes wrong in the middle. Of what the guest has it is asked itself."""

import hashlib
import os
import re
from pathlib import Path

from service import ServiceTest

GUEST = "desk"
STICK_MIB = 64
ROUNDS = 100
# Where dom0's own drivers show a stick.
DOM0_STICK = "/dev/disk/by-id/usb-*"
# Each on a hub of its own of the emulated controller's: what its driver makes of it in the guest.
KINDS = {
    "usb-serial": ("ls /dev/ttyUSB0", {"chardev": "line", "always-plugged": True}),
    "usb-audio": ("grep -i usb /proc/asound/cards", {}),
    "usb-kbd": ("grep -i 'QEMU USB Keyboard' /proc/bus/input/devices", {}),
}


class Devices(ServiceTest):
    smp = 2

    def setUp(self):
        super().setUp()
        if self.dom0.call(f"xl domid {GUEST}")[1]:
            self.make_guest()

    def _tidy(self):
        """The guest stays from one test to the next; devices don't."""
        self.detach()
        self.dom0.call(f"for key in $(vitrinectl usb | awk '/{GUEST}/ {{ print $1 }}'); do"
                       " vitrinectl usb release $key; done", 60)

    def make_guest(self):
        self.works(f"create {GUEST} debian-12-desktop", 300)
        self.attach(GUEST)
        self.dom0.expect("login: $", 300)
        self.dom0.send("root\n")
        self.dom0.expect("# $", 60)
        self.dom0.send("exec sh\n")
        self.dom0.expect("\n# $", 60)
        self.dom0.send("export TERM=dumb PS1=; stty cols 500; dmesg -n 1; echo in-''side\n")
        self.dom0.expect("in-side", 30)
        self.detach()
        self.wait_in_guest("systemctl is-active vitrine-usb", 120)

    def wait_in_guest(self, command, timeout=60):
        """Until a command at the guest's prompt succeeds; what it says."""
        return self.in_guest(GUEST, f"n=0; until {command}; do n=$((n+1)); [ $n -lt {timeout} ] || break;"
                                    f" sleep 1; done; {command}", timeout + 30)

    # --- the emulated computer's side ---

    def make_stick(self):
        """A file full of noise as a node of QEMU's; its checksum."""
        path = Path(self.machine.work) / "stick.img"
        path.write_bytes(os.urandom(STICK_MIB << 20))
        self.machine.monitor("blockdev-add", **{"driver": "raw", "node-name": "stick", "read-only": True,
                                                "file": {"driver": "file", "filename": str(path)}})
        self.addCleanup(self.remove_stick)
        return hashlib.md5(path.read_bytes()).hexdigest()

    def remove_stick(self):
        """Once QEMU is done with the device that had it."""
        for _ in range(60):
            try:
                self.machine.monitor("blockdev-del", **{"node-name": "stick"})
                return
            except RuntimeError:
                self.machine.console.drain(0.5)
        self.fail("the stick stays in use")

    def plug(self, driver, **more):
        """Plugs a device in; the key that dom0 gives it."""
        before = set(self.keys())
        self.machine.monitor("device_add", driver=driver, id="new", **more)
        self.dom0.wait_for(f"test $(vitrinectl usb | grep -c '^[0-9]') -gt {len(before)}", 60)
        (key,) = set(self.keys()) - before
        return key

    def unplug(self):
        self.machine.monitor("device_del", id="new")

    def keys(self):
        return re.findall(r"^(\d\S*)", self.dom0.run("vitrinectl usb"), re.M)

    def assign(self, key):
        self.dom0.run(f"vitrinectl usb assign {key} {GUEST} --confirmed", 60)

    def release(self, key):
        self.dom0.run(f"vitrinectl usb release {key}", 60)

    def gone_from_guest(self):
        self.wait_in_guest("! test -e /dev/sda")

    # --- tests ---

    def test_rounds(self):
        """a stick goes to the guest and comes back 100 times; it can be read before, after, and in dom0"""
        checksum = self.make_stick()
        key = self.plug("usb-storage", drive="stick")
        self.addCleanup(self.unplug)
        self.dom0.wait_for(f"ls {DOM0_STICK}", 60)
        self.assign(key)
        self.wait_in_guest("test -b /dev/sda")
        self.assertIn(checksum, self.in_guest(GUEST, "md5sum < /dev/sda", 300))
        self.release(key)
        handles = "ls /proc/$(pgrep -x vitrine-usb)/fd | wc -l"
        before = self.dom0.run(handles)
        self.dom0.run(f"for round in $(seq {ROUNDS}); do vitrinectl usb assign {key} {GUEST} &&"
                      f" vitrinectl usb release {key} || break; echo $round; done > /tmp/rounds 2>&1;"
                      f" tail -n 1 /tmp/rounds | grep -x {ROUNDS} || {{ cat /tmp/rounds; false; }}", 1200)
        self.assertEqual(self.dom0.run(handles), before)
        self.dom0.wait_for(f"ls {DOM0_STICK}", 60)
        self.assertIn(checksum, self.dom0.run(f"md5sum < $(ls {DOM0_STICK} | head -n 1)", 300))
        self.gone_from_guest()
        self.assign(key)
        self.wait_in_guest("test -b /dev/sda")
        self.assertIn(checksum, self.in_guest(GUEST, "md5sum < /dev/sda", 300))
        self.release(key)

    def test_unplugged(self):
        """a stick that is pulled out while the guest reads it is an error there, and no more; it works again"""
        checksum = self.make_stick()
        key = self.plug("usb-storage", drive="stick")
        self.assign(key)
        self.wait_in_guest("test -b /dev/sda")
        self.in_guest(GUEST, "{ (dd if=/dev/sda of=/dev/null bs=64k 2> /tmp/read; echo read-$? >> /tmp/read)"
                             " > /dev/null 2>&1 & }")
        self.machine.console.drain(1)
        self.unplug()
        self.wait_in_guest("grep -q read- /tmp/read")
        self.assertIn("read-1", self.in_guest(GUEST, "cat /tmp/read"))
        self.gone_from_guest()
        self.dom0.wait_for(f"! vitrinectl usb | grep -q '^{key} '", 60)
        key = self.plug("usb-storage", drive="stick")
        self.addCleanup(self.unplug)
        self.assign(key)
        self.wait_in_guest("test -b /dev/sda")
        self.assertIn(checksum, self.in_guest(GUEST, "md5sum < /dev/sda", 300))
        self.release(key)

    def test_killed(self):
        """a process that dies in the middle of it, at either end, leaves the device to dom0, and it can be given again"""
        self.make_stick()
        key = self.plug("usb-storage", drive="stick")
        self.addCleanup(self.unplug)
        for where, kill in (("dom0", lambda: self.dom0.run("pkill -KILL -x vitrine-usb")),
                            ("guest", lambda: self.in_guest(GUEST, "pkill -KILL vitrine-usb-gue"))):
            with self.subTest(where):
                self.dom0.wait_for(f"ls {DOM0_STICK}", 60)
                self.dom0.wait_for(f"vitrinectl usb assign {key} {GUEST}", 120)
                self.wait_in_guest("test -b /dev/sda")
                kill()
                self.dom0.wait_for(f"ls {DOM0_STICK} && vitrinectl usb | grep '^{key} *here'", 60)
                self.gone_from_guest()

    def test_kinds(self):
        """a serial line, a sound card and a keyboard, each behind a hub, are what they are in the guest too"""
        self.machine.monitor("chardev-add", id="line", backend={"type": "null", "data": {}})
        self.machine.monitor("device_add", driver="usb-hub", id="hub", port="4")
        self.addCleanup(self.machine.monitor, "device_del", id="hub")
        for kind, (question, more) in KINDS.items():
            with self.subTest(kind):
                key = self.plug(kind, port="4.1", **more)
                self.assertIn(".", key)
                self.assign(key)
                self.wait_in_guest(question)
                self.release(key)
                self.wait_in_guest(f"! {question}")
                self.unplug()
                self.dom0.wait_for(f"! vitrinectl usb | grep -q '^{key} '", 60)
