# SPDX-License-Identifier: GPL-2.0-or-later
"""USB devices of QEMU's in a guest of the template, by the service: many times, of several kinds, and when
something goes wrong in the middle. Of what the guest has it is asked itself."""

import contextlib
import hashlib
import os
import re
import secrets
import subprocess
from pathlib import Path

import sound
from console import connect
from machine import keep_logs_in
from service import ServiceTest

GUEST = "desk"
STICK_MIB = 64
# So much of it is read by QEMU's EHCI controller, which is slow.
EHCI_MIB = 4
ROUNDS = 100
# What is known of a round that went wrong.
ROUNDS_SEEN = ("tail -n 4 /tmp/rounds; vitrinectl usb; dmesg | grep -i usb | tail -n 20;"
               " journalctl -b -u vitrine-service -n 20 --no-pager")
# Where dom0's own drivers show a stick.
DOM0_STICK = "/dev/disk/by-id/usb-*"
# QEMU's name of the controller that all machines have.
XHCI = "usb-bus.0"
# Each on a hub of its own of the emulated controller's: what its driver makes of it in the guest.
KINDS = {
    "usb-serial": ("ls /dev/ttyUSB0", {"chardev": "line", "always-plugged": True}),
    "usb-audio": ("grep -i usb /proc/asound/cards", {"audiodev": "speaker"}),
    "usb-kbd": ("grep -i 'QEMU USB Keyboard' /proc/bus/input/devices", {}),
}
# What the USB sound card plays, among the logs.
SOUND = "usb-sound.wav"
TONE_HZ = 440
# In dom0's log when a stick is the guest's again.
BACK = "usb-test: back"
# What a mouse's driver calls its first button (linux/input-event-codes.h).
BTN_LEFT = 272


class DeviceTest(ServiceTest):
    """A guest that devices are given to, and QEMU's devices for it."""

    qemu = ("-device", "usb-ehci,id=ehci", "-device", "piix3-usb-uhci,id=uhci",
            "-audiodev", f"wav,id=speaker,path={keep_logs_in() / SOUND},out.frequency={sound.RATE}")

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
        self.log_in(GUEST)
        self.wait_in_guest("systemctl is-active vitrine-usb", 120)

    def in_background(self, command, output):
        """Starts a command in the guest that writes to a file there."""
        self.in_guest(GUEST, f"{{ ({command}) > {output} 2>&1 & }}")

    def wait_in_guest(self, command, timeout=60):
        """Until a command at the guest's prompt succeeds; what it says."""
        return self.in_guest(GUEST, f"n=0; until {command}; do n=$((n+1)); [ $n -lt {timeout} ] || break;"
                                    f" sleep 1; done; {command}", timeout + 30)

    # --- the emulated computer's side ---

    def make_stick(self):
        """A file full of noise as a node of QEMU's; its checksum."""
        path = Path(self.machine.work) / "stick.img"
        path.write_bytes(os.urandom(STICK_MIB << 20))
        self.add_node(path)
        return hashlib.md5(path.read_bytes()).hexdigest()

    def add_node(self, path):
        self.machine.monitor("blockdev-add", **{"driver": "raw", "node-name": "stick", "read-only": True,
                                                "file": {"driver": "file", "filename": str(path)}})
        self.addCleanup(self.remove_stick)

    def remove_stick(self):
        """Once QEMU is done with the device that had it."""
        for _ in range(60):
            try:
                self.machine.monitor("blockdev-del", **{"node-name": "stick"})
                return
            except RuntimeError:
                self.machine.console.drain(0.5)
        self.fail("the stick stays in use")

    def plug(self, driver, bus=XHCI, **more):
        """Plugs a device in; the key that dom0 gives it."""
        before = set(self.keys())
        self.machine.monitor("device_add", driver=driver, id="new", bus=bus, **more)
        self.addCleanup(self.unplug)
        self.dom0.wait_for(f"test $(vitrinectl usb | grep -c '^[0-9]') -gt {len(before)}", 60)
        (key,) = set(self.keys()) - before
        return key

    def unplug(self):
        with contextlib.suppress(RuntimeError):  # it is gone already
            self.machine.monitor("device_del", id="new")

    def keys(self):
        return re.findall(r"^(\d\S*)", self.dom0.run("vitrinectl usb"), re.M)

    def assign(self, key):
        self.dom0.run(f"vitrinectl usb assign {key} {GUEST} --confirmed", 60)

    def release(self, key):
        self.dom0.run(f"vitrinectl usb release {key}", 60)

    def gone_from_guest(self):
        self.wait_in_guest("! test -e /dev/sda")

    def given(self, kind, question, **more):
        """Plugs a device in and gives it to the guest, where a question has to be answered; its key."""
        key = self.plug(kind, **more)
        self.assign(key)
        self.wait_in_guest(question)
        return key

    def taken_away(self, key):
        self.release(key)
        self.unplug()
        self.dom0.wait_for(f"! vitrinectl usb | grep -q '^{key} '", 60)

    def refused_to(self, guest, key, *words):
        said, status = self.dom0.call(f"vitrinectl usb assign {key} {guest}", 60)
        self.assertNotEqual(status, 0, said)
        for word in words:
            self.assertIn(word, said)

    def plugged_in_again(self, key):
        """Plugs the stick in where it was; waits until the guest has it, and says how long that took since dom0's
        kernel saw it. The service's own signals are waited for, as who asks again and again takes the time away."""
        path = "usb/" + key.replace("-", "_2d").replace(".", "_2e")
        self.dom0.run(f"{{ $CLIENT until attached {path} UsbDevice1 State && echo '{BACK}' > /dev/kmsg; }} >/dev/null 2>&1 &")
        self.machine.monitor("device_add", driver="usb-storage", id="new", bus=XHCI, drive="stick", port="3")
        self.dom0.run("wait", 120)
        return self.logged(BACK) - self.logged(f"usb {key}: new")

    def logged(self, words):
        """When dom0's kernel has last logged something, in seconds."""
        return float(self.dom0.run(f"dmesg | grep '{words}' | tail -n 1 | tr -d '[]'").split()[0])


class Devices(DeviceTest):
    smp = 2

    def test_rounds(self):
        """a stick goes to the guest and comes back 100 times; it can be read before, after, and in dom0"""
        checksum = self.make_stick()
        key = self.plug("usb-storage", drive="stick")
        self.dom0.wait_for(f"ls {DOM0_STICK}", 60)
        self.assign(key)
        self.wait_in_guest("test -b /dev/sda")
        self.assertIn(checksum, self.in_guest(GUEST, "md5sum < /dev/sda", 300))
        self.release(key)
        handles = "ls /proc/$(pgrep -x vitrine-usb)/fd | wc -l"
        before = self.dom0.run(handles)
        self.dom0.run(f"for round in $(seq {ROUNDS}); do vitrinectl usb assign {key} {GUEST} &&"
                      f" vitrinectl usb release {key} || break; echo $round; done > /tmp/rounds 2>&1;"
                      f" tail -n 1 /tmp/rounds | grep -x {ROUNDS} || {{ {ROUNDS_SEEN}; false; }}", 1200)
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
        self.in_background("dd if=/dev/sda of=/dev/null bs=64k; echo read-$?", "/tmp/read")
        self.machine.console.drain(1)
        self.unplug()
        self.wait_in_guest("grep -q read- /tmp/read")
        # An error, or, if the disk is gone by the time of the next read, its end.
        self.assertNotRegex(self.in_guest(GUEST, "cat /tmp/read"), rf"(?m)^{STICK_MIB << 20} bytes")
        self.gone_from_guest()
        self.dom0.wait_for(f"! vitrinectl usb | grep -q '^{key} '", 60)
        key = self.plug("usb-storage", drive="stick")
        self.assign(key)
        self.wait_in_guest("test -b /dev/sda")
        self.assertIn(checksum, self.in_guest(GUEST, "md5sum < /dev/sda", 300))
        self.release(key)

    def test_restored(self):
        """a guest that had a stick, and was saved and restored since, is given it again, and reads it"""
        checksum = self.make_stick()
        key = self.plug("usb-storage", drive="stick")
        self.assign(key)
        self.wait_in_guest("test -b /dev/sda")
        self.release(key)
        self.works(f"act {GUEST} Save", 600)
        self.works(f"act {GUEST} Start", 600)
        self.dom0.wait_for(f"vitrinectl usb assign {key} {GUEST}", 120)
        self.wait_in_guest("test -b /dev/sda")
        self.assertIn(checksum, self.in_guest(GUEST, "md5sum < /dev/sda", 300))
        self.release(key)

    def test_killed(self):
        """a process that dies in the middle of it, at either end, leaves the device to dom0, and it can be given again"""
        self.make_stick()
        key = self.plug("usb-storage", drive="stick")
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
        self.machine.monitor("device_add", driver="usb-hub", id="hub", bus=XHCI, port="4")
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

    def test_ehci(self):
        """a stick on a controller of USB 2 is one of 480 Mbit/s in the guest, and is read there"""
        self.make_stick()
        checksum = hashlib.md5((Path(self.machine.work) / "stick.img").read_bytes()[:EHCI_MIB << 20]).hexdigest()
        key = self.given("usb-storage", "test -b /dev/sda", drive="stick", bus="ehci.0")
        speed = self.in_guest(GUEST, "cat $(readlink -f /sys/block/sda/device | sed 's|/[^/]*/host.*||')/speed")
        self.assertEqual(speed.strip(), "480")
        self.assertIn(checksum, self.in_guest(GUEST, f"head -c {EHCI_MIB}M /dev/sda | md5sum", 300))
        self.taken_away(key)

    def test_uhci_serial(self):
        """a serial line on a controller of USB 1 carries what is said at both of its ends"""
        path = str(Path(self.machine.work) / "line")
        self.machine.monitor("chardev-add", id="far", backend={"type": "socket", "data": {
            "addr": {"type": "unix", "data": {"path": path}}, "server": True, "wait": False}})
        self.addCleanup(self.machine.monitor, "chardev-remove", id="far")
        far = connect(path, self.machine.why_dead)
        self.addCleanup(far.close)
        far.settimeout(1)
        key = self.given("usb-serial", "test -c /dev/ttyUSB0", chardev="far", bus="uhci.0")
        there, back = secrets.token_hex(8), secrets.token_hex(8)
        self.in_guest(GUEST, "stty -F /dev/ttyUSB0 raw -echo 9600")
        self.in_background("head -n 1 /dev/ttyUSB0", "/tmp/heard")
        self.in_guest(GUEST, f"echo {there} > /dev/ttyUSB0")
        self.assertIn(there, self.heard_at(far, len(there) + 1))
        far.sendall(f"{back}\n".encode())
        self.wait_in_guest(f"grep {back} /tmp/heard")
        self.taken_away(key)

    def heard_at(self, far, length):
        """What comes out of the line's far end, of at least this length if it comes at all."""
        heard = b""
        for _ in range(30):
            self.dom0.drain()
            with contextlib.suppress(TimeoutError):
                heard += far.recv(4096)
            if len(heard) >= length:
                break
        return heard.decode(errors="replace")

    def test_uhci_mouse(self):
        """a press of a mouse's button on a controller of USB 1 comes to the guest"""
        name = "QEMU USB Mouse"
        key = self.given("usb-mouse", f"grep -q '{name}' /proc/bus/input/devices", bus="uhci.0")
        event = self.in_guest(GUEST, f"sed -n '/{name}/,/^$/ s/.*Handlers=.*\\(event[0-9]*\\).*/\\1/p' "
                                     "/proc/bus/input/devices").split()[-1]
        # Of an event of 24 octets the last eight are its type, its code, its value. The first is the
        # button's number in the mouse's own words. QEMU gives presses to the mouse that was asked last.
        self.in_background(f"dd if=/dev/input/{event} bs=24 count=2 status=none | od -An -tu2 -w24 -v", "/tmp/presses")
        self.dom0.drain(2)
        self.machine.button(True)
        self.machine.button(False)
        self.wait_in_guest(f"grep -E '(^| )1 +{BTN_LEFT} +1 +0$' /tmp/presses")
        self.taken_away(key)

    def test_sound(self):
        """what the guest plays on a USB sound card (isochronous transfers) is the tone that it should be"""
        key = self.given("usb-audio", "grep -i usb /proc/asound/cards", audiodev="speaker")
        self.wait_in_guest("ls /dev/snd/by-id")
        self.in_guest(GUEST, "card=$(sed -n 's/^ *\\([0-9]*\\) .*USB.*/\\1/p' /proc/asound/cards | head -n 1); "
                             f"speaker-test -D plughw:$card -c 2 -t sine -f {TONE_HZ} -l 1", 120)
        self.taken_away(key)
        for tone in sound.heard(keep_logs_in() / SOUND):
            print(f"       {tone}")
            self.assertGreater(tone.seconds, 2, tone)
            self.assertAlmostEqual(tone.frequency, TONE_HZ, delta=5, msg=tone)

    def test_refused(self):
        """what another guest has, and a disk that dom0 has mounted, is refused with a sentence, and stays where it is"""
        path = Path(self.machine.work) / "disk.img"
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", path, "16M"], check=True)
        self.add_node(path)
        key = self.plug("usb-storage", drive="stick")
        self.dom0.wait_for(f"ls {DOM0_STICK}", 60)
        self.dom0.run(f"mkdir -p /mnt/stick && mount -o ro,noload {DOM0_STICK} /mnt/stick")
        self.refused_to(GUEST, key, "/mnt/stick", "Unmount it first")
        self.dom0.run("ls /mnt/stick/lost+found && umount /mnt/stick && vitrinectl usb | "
                      f"grep '^{key} *here'")
        self.works("create other")
        self.addCleanup(self.do, "act other ForceOff && act other Delete")
        self.assign(key)
        self.refused_to("other", key, GUEST)
        self.dom0.run(f"vitrinectl usb | grep '^{key} *attached *{GUEST}'")
        self.wait_in_guest("dd if=/dev/sda of=/dev/null bs=64k count=1 iflag=direct")
        self.release(key)


class Times(DeviceTest):
    """By the clock of an emulated computer on which an instruction takes a nanosecond."""

    smp = 1
    accel = "counted"

    def test_remembered(self):
        """a stick that is the guest's once and for all comes to it by itself when it is plugged in again"""
        checksum = self.make_stick()
        key = self.plug("usb-storage", drive="stick", port="3")
        self.dom0.wait_for(f"ls {DOM0_STICK}", 60)
        seconds = self.dom0.run(f"a=$(date +%s.%N); vitrinectl usb assign --remember=device {key} {GUEST} && "
                                "echo $a $(date +%s.%N)", 60).split()
        print(f"       given after {float(seconds[1]) - float(seconds[0]):.2f} s")
        self.addCleanup(self.dom0.call, f"vitrinectl usb forget {key}")
        self.wait_in_guest("test -b /dev/sda")
        for _ in range(3):
            self.unplug()
            self.dom0.wait_for(f"! vitrinectl usb | grep -q '^{key} '", 60)
            self.gone_from_guest()
            print(f"       back after {self.plugged_in_again(key):.2f} s")
            self.wait_in_guest("test -b /dev/sda")
        self.assertIn(checksum, self.in_guest(GUEST, "md5sum < /dev/sda", 300))
        self.dom0.run(f"vitrinectl usb forget {key}")
        self.taken_away(key)
