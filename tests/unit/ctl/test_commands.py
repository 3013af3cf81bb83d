# SPDX-License-Identifier: GPL-2.0-or-later
"""vitrinectl as a person uses it, against the service with a simulated machine.

Arguments: vitrinectl, the service, the stand-ins of the display server and of the USB process, the
directory of the completion.
Runs under dbus-run-session.
"""
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

CTL, SERVICE, DISPLAY, USB, SOURCE = [os.path.abspath(path) for path in sys.argv[1:6]]
TIMEOUT = 40
# Where the German locale is: with it glibc leaves something allocated, which takes the sanitizer a quarter of a
# second to find out, so it is there for who asks for it only.
LOCALES = os.environ.pop("LOCPATH", "")


def ctl(*words, environment=None):
    done = subprocess.run([CTL, "--session", *words], capture_output=True, text=True,
                          timeout=TIMEOUT, check=False, env=environment)
    # libgvnc has coroutines, of which the sanitizer says that it does not know all about them.
    done.stderr = re.sub("==[0-9]+==WARNING: ASan doesn't fully support makecontext.*\n", "", done.stderr)
    return done


class Commands(unittest.TestCase):
    pace = "5"
    sound = None

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.start_service(self.pace)

    def start_service(self, pace):
        self.service = subprocess.Popen(
            [SERVICE, "--session", "--simulate", "--simulate-pace", pace,
             "--state-dir", self.directory.name, "--run-dir", self.directory.name,
             "--display-program", DISPLAY, "--usb-program", USB,
             "--grub-dir", self.directory.name, "--recipes-dir", f"{self.directory.name}/recipes",
             *(["--sound-program", self.sound] if self.sound else [])])
        self.addCleanup(self.stop_service)
        self.wait_for(lambda: ctl("list").returncode == 0)

    def stop_service(self):
        if self.service.poll() is None:
            self.service.terminate()
        self.service.wait(TIMEOUT)

    def wait_for(self, condition):
        end = time.monotonic() + TIMEOUT
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def ok(self, *words):
        done = ctl(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refused(self, status, sentence, *words):
        done = ctl(*words)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertTrue(done.stderr.startswith("vitrinectl: "), done.stderr)
        self.assertIn(sentence, done.stderr)
        self.assertEqual(done.stdout, "")

    def guest(self, name):
        return json.loads(self.ok("--json", "info", name))

    def test_life(self):
        created = ctl("create", "debian-12-desktop", "desk", "--memory", "512M", "--vcpus", "2")
        self.assertEqual((created.returncode, created.stdout), (0, ""), created.stderr)
        self.assertIn(" % ", created.stderr)  # progress
        guest = self.guest("desk")
        self.assertEqual((guest["state"], guest["memory"], guest["vcpus"], guest["template"]),
                         ("running", 512 << 20, 2, "debian-12-desktop"))
        self.assertIn("desk", self.ok("list"))
        self.assertIn("512 MiB", self.ok("info", "desk"))
        self.ok("pause", "desk")
        self.wait_for(lambda: self.guest("desk")["state"] == "paused")
        self.ok("unpause", "desk")
        self.wait_for(lambda: self.guest("desk")["state"] == "running")
        self.refused(1, ".", "delete", "desk")
        self.ok("reboot", "desk")
        self.ok("shutdown", "desk")
        self.assertEqual(self.guest("desk")["state"], "stopped")
        self.refused(1, ".", "shutdown", "desk")
        self.ok("start", "desk")
        self.ok("force-off", "desk")
        done = ctl("--quiet", "delete", "desk")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.refused(3, "no guest “desk”", "info", "desk")
        self.assertEqual(json.loads(self.ok("--json", "list")), [])

    def test_save(self):
        self.ok("create", "debian-12-minimal", "g")
        self.refused(1, "saved", "discard", "g")
        self.ok("save", "g")
        self.assertEqual(self.guest("g")["state"], "saved")
        self.assertIn("saved", self.ok("list"))
        self.refused(1, "saved", "set", "g", "memory=128M")
        self.refused(1, "saved", "snapshot", "g")
        started = ctl("start", "g")
        self.assertEqual(started.returncode, 0, started.stderr)
        self.assertIn("Restoring", started.stderr)
        self.assertEqual(self.guest("g")["state"], "running")
        self.ok("save", "g")
        self.ok("discard", "g")
        self.assertEqual(self.guest("g")["state"], "stopped")
        self.assertEqual(self.complete("--session", "sav"), ["save"])
        self.assertEqual(self.complete("--session", "save", "g"), ["g"])

    def test_switched_off(self):
        self.assertEqual(self.ok("switched-off"), "shut-down\n")
        self.refused(1, "“save”", "switched-off", "burn")
        self.refused(2, "seconds", "end-guests", "soon")
        self.assertEqual(self.ok("end-guests"), "")
        self.ok("create", "debian-12-minimal", "g")
        self.ok("create", "deaf", "h")
        self.assertEqual(self.ok("end-guests", "1"),
                         "The guest g was shut down.\n"
                         "The guest h did not shut down in time, and was forced off.\n")
        self.ok("switched-off", "save")
        self.assertEqual(self.ok("switched-off"), "save\n")
        self.ok("start", "g")
        self.assertEqual(json.loads(self.ok("--json", "end-guests")), [{"name": "g", "how": "saved"}])
        self.assertEqual(self.guest("g")["state"], "saved")
        self.assertEqual(self.complete("--session", "switched-off", "s"), ["shut-down", "save"])

    def test_network(self):
        self.ok("create", "debian-12-minimal", "g")
        self.assertIn("network-access=all", self.ok("show", "g"))
        self.ok("set", "g", "network-access=hosts",
                "network-hosts=192.0.2.7/24, [2001:db8::1]:443")
        guest = self.guest("g")
        self.assertEqual((guest["network_access"], guest["network_hosts"]),
                         ("hosts", ["192.0.2.0/24", "[2001:db8::1]:443"]))
        shown = self.ok("show", "g")
        self.assertIn("network-hosts=192.0.2.0/24,[2001:db8::1]:443\n", shown)
        self.assertNotIn("restarts", shown)
        self.refused(1, "Names can't be used", "set", "g", "network-hosts=example.org")
        self.refused(1, "“all”", "set", "g", "network-access=some")
        self.ok("set", "g", "network-hosts=")
        self.assertEqual(self.guest("g")["network_hosts"], [])
        self.assertEqual(self.complete("--session", "set", "g", "network-"),
                         ["network-access=", "network-hosts="])
        for words, values in ((["network", "="], ["nat", "bridged", "none"]),
                              (["network", "=", "br"], ["bridged"]),
                              (["network-access", "=", "h"], ["hosts"]), (["vcpus", "="], [])):
            self.assertEqual(self.complete("--session", "set", "g", *words), values)

    def test_bridged(self):
        self.ok("create", "debian-12-minimal", "g")
        self.refused(1, "no bridge “vitrine-lan”", "set", "g", "network=bridged")
        self.assertIn("network=nat\n", self.ok("show", "g"))
        os.makedirs(os.path.join(self.directory.name, "net/vitrine-lan/brif/enp0s2"))
        done = ctl("set", "g", "network=bridged")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("when the guest restarts", done.stderr)
        self.assertIn("network=bridged\n", self.ok("show", "g"))
        self.assertEqual(json.loads(self.ok("--json", "show", "g"))["network"], "bridged")
        self.assertEqual(self.guest("g")["network"], "bridged")

    def test_create(self):
        name = self.ok("create", "debian-12-minimal", "--no-start", "--color", "#2a7f7f").strip()
        guest = self.guest(name)
        self.assertEqual((guest["state"], guest["color"]), ("stopped", "#2a7f7f"))
        self.assertEqual([each["name"] for each in json.loads(self.ok("--json", "list"))], [name])
        self.refused(1, ".", "create", "nonsense")
        self.refused(1, ".", "create", "nonsense", "g")
        self.refused(1, ".", "create", "debian-12-minimal", "a/b")
        self.refused(1, ".", "create", "debian-12-minimal", name)
        self.refused(2, "no size of memory", "create", "debian-12-minimal", "g", "-m", "1.5G")
        self.refused(2, "--vcpus", "create", "debian-12-minimal", "g", "-c", "0")

    def add_iso(self, name):
        path = os.path.join(self.directory.name, "iso", name)
        with open(path, "wb") as file:
            file.write(bytes(16 * 2048) + b"\x01CD001" + bytes(2042))
        return path

    def test_iso(self):
        first = self.add_iso("Install 1.iso")
        second = self.add_iso("second.iso")
        self.assertEqual([each["path"] for each in json.loads(self.ok("--json", "isos"))],
                         [first, second])
        self.assertIn(second, self.ok("isos"))
        name = self.ok("create", "--iso", "Install 1.iso", "--disk", "128M").strip()
        self.assertEqual(name, "Install-1")
        guest = self.guest(name)
        self.assertEqual((guest["kind"], guest["iso"], guest["state"], guest["template"]),
                         ("hvm", first, "running", ""))
        self.assertEqual(os.path.getsize(f"{self.directory.name}/disks/{name}.img"), 128 << 20)
        self.ok("insert", name, os.path.relpath(second))
        self.assertEqual(self.guest(name)["iso"], second)
        self.ok("eject", name)
        self.assertEqual(self.guest(name)["iso"], "")
        self.refused(1, "not a file", "insert", name, "/dev/null")
        self.refused(3, "no guest", "insert", "none", second)
        self.refused(3, "no guest", "eject", "none")
        self.assertEqual(self.complete("--session", "insert", name, "sec"), ["second.iso"])
        self.assertEqual(self.complete("--session", "create", "--kind", "pv"), ["pv", "pvh"])

    def test_import(self):
        image = os.path.join(self.directory.name, "my-disk.img")
        with open(image, "wb") as file:
            file.write(b"content")
            file.truncate(64 << 20)
        name = self.ok("import", image, "--no-start", "--memory", "512M").strip()
        guest = self.guest(name)
        self.assertEqual((guest["kind"], guest["state"], guest["memory"]),
                         ("hvm", "stopped", 512 << 20))
        with open(f"{self.directory.name}/disks/{name}.img", "rb") as file:
            self.assertEqual(file.read(7), b"content")
        self.refused(1, "no such file", "import", "none.img", "g")
        with open(image, "wb") as file:
            file.write(b"QFI\xfb" + bytes(100))
        self.refused(1, "qemu-img convert", "import", image, "g")
        self.refused(2, "vitrinectl import", "import")
        self.assertEqual(self.complete("--session", "import", f"{self.directory.name}/my"), [image])

    def test_import_config(self):
        kernel = f"{self.directory.name}/templates/debian-12-minimal/vmlinuz"
        disk = os.path.join(self.directory.name, "old.img")
        config = os.path.join(self.directory.name, "old.cfg")
        with open(disk, "wb") as file:
            file.write(b"content")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'name = "mine"\nkernel = "{kernel}"\ndisk = [ "{disk},raw,xvda,rw" ]\n')
        name = self.ok("import", config, "--no-start", "--color", "#102030").strip()
        self.assertEqual((name, self.guest(name)["color"]), ("old", "#102030"))
        with open(f"{self.directory.name}/disks/old.img", "rb") as file:
            self.assertEqual(file.read(), b"content")
        self.ok("import", config, "second", "--no-start", "--disks", "keep")
        self.refused(1, "“copy”", "import", config, "third", "--disks", "steal")
        self.refused(2, "only --disks", "import", config, "third", "--memory", "1G")
        self.refused(2, "xl.cfg", "import", disk, "third", "--disks", "move")
        self.ok("import", config, "third", "--no-start", "--disks", "move")
        self.assertFalse(os.path.exists(disk))
        self.assertEqual(self.complete("--session", "import", "--disks", "m"), ["move"])

    def test_disks(self):
        self.ok("create", "debian-12-minimal", "g")
        self.assertEqual(self.ok("add-disk", "g", "128M"), "xvdb\n")
        self.refused(1, "shut it down", "resize-disk", "g", "xvdb", "1G")
        self.ok("force-off", "g")
        self.ok("resize-disk", "g", "xvdb", "1G")
        disks = json.loads(self.ok("--json", "disks", "g"))
        self.assertEqual([(each["name"], each["size"]) for each in disks],
                         [("xvda", len("simulated")), ("xvdb", 1 << 30)])
        self.assertIn(f"{self.directory.name}/disks/g@xvdb.img", self.ok("disks", "g"))
        self.refused(1, "64 MiB", "add-disk", "g", "1")
        self.refused(2, "no size", "add-disk", "g", "big")
        self.refused(2, "no size", "resize-disk", "g", "xvdb", "big")
        self.refused(3, "no guest", "disks", "none")
        self.assertEqual(self.complete("--session", "remove-disk", "g", "xvdb"), ["xvdb"])
        self.ok("remove-disk", "g", "xvdb")
        self.refused(1, "no disk", "remove-disk", "g", "xvdb")

    def test_disk_does_not_answer(self):
        """for the simulated machine a FIFO is a file on such a file system"""
        self.ok("create", "debian-12-minimal", "g", "--no-start")
        disk, config = f"{self.directory.name}/stuck.img", f"{self.directory.name}/guests/g.cfg"
        os.mkfifo(disk)
        with open(config, encoding="utf-8") as file:
            text = file.read()
        with open(config, "w", encoding="utf-8") as file:
            file.write(text.replace("disk = [", f"disk = [ '{disk},raw,xvdd,rw',"))
        self.assertRegex(self.ok("disks", "g"), rf"xvdd +unknown +unknown +{disk}\nxvda +0 MiB")

    def test_kernel(self):
        template = f"{self.directory.name}/templates/debian-12-minimal"
        kernel, ramdisk = f"{template}/vmlinuz", f"{template}/initrd.img"
        name = self.ok("create", "--kernel", kernel, "--initrd", ramdisk, "--disk", "128M",
                       "--extra", "priority=low").strip()
        self.assertEqual(name, "vmlinuz")
        guest = self.guest(name)
        self.assertEqual((guest["kind"], guest["state"]), ("pvh", "running"))
        with open(guest["config_path"], encoding="utf-8") as file:
            config = file.read()
        self.assertIn(f'kernel = "{kernel}"\nramdisk = "{ramdisk}"\ncmdline = "priority=low"\n',
                      config)
        self.assertEqual(os.path.getsize(f"{self.directory.name}/disks/{name}.img"), 128 << 20)
        self.refused(1, "grub-xen-host", "set", name, "start-from=disk")
        with open(f"{self.directory.name}/grub-i386-xen_pvh.bin", "wb"):
            pass
        done = ctl("set", name, "start-from=disk")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("when the guest restarts", done.stderr)
        self.assertIn("start-from=disk\n", self.ok("show", name))
        self.assertIn("start-from=", self.complete("--session", "set", name, "start"))
        self.refused(1, "no CD drive", "set", name, "start-from=cd")
        self.ok("set", name, "start-from=kernel")
        self.refused(1, "can't be used", "create", "--kernel", ramdisk, "g")
        self.refused(1, "kernel", "create", "--kernel", kernel, "--kind", "hvm", "g")
        self.refused(1, "kernel", "create", "--kernel", kernel, "--iso", "x", "g")

    def test_kind(self):
        self.ok("create", "debian-12-minimal", "g", "--kind", "pvh", "--no-start")
        self.assertEqual(self.guest("g")["kind"], "pvh")
        self.ok("create", "debian-12-minimal", "h", "--no-start")
        self.assertEqual(self.guest("h")["kind"], "pv")
        self.refused(1, "kind", "create", "debian-12-minimal", "i", "--kind", "vm")
        self.refused(1, "ISO", "insert", "g", "none.iso")
        self.refused(2, "size of a disk", "create", "--iso", "x", "--disk", "big")
        self.refused(2, "“create” only", "start", "g", "--kind", "pv")
        self.refused(2, "vitrinectl create", "create", "--iso", "x", "debian-12-minimal", "i")

    def test_settings(self):
        self.ok("create", "debian-12-minimal", "g")
        done = ctl("set", "g", "memory=128M", "weight=512", "color=#102030", "autostart=yes")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(self.ok("show", "g").splitlines(), [
            "memory=128M", "maximum-memory=128M", "vcpus=2", "weight=512", "network=nat",
            "network-access=all", "network-hosts=", "color=#102030", "group=", "autostart=yes", "sound=yes",
            "start-from=kernel", "monitors=none"])
        done = ctl("set", "g", "memory=1G", "network=none")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("when the guest restarts", done.stderr)
        self.assertIn("when the guest restarts", self.ok("show", "g"))
        settings = json.loads(self.ok("--json", "show", "g"))
        self.assertEqual(settings, {
            "name": "g", "needs_restart": True, "memory": 1 << 30, "maximum_memory": 1 << 30,
            "vcpus": 2, "weight": 512, "network": "none", "network_access": "all",
            "network_hosts": [], "color": "#102030", "group": "", "autostart": True, "sound": True,
            "start_from": "kernel", "monitors": []})
        self.assertEqual(ctl("--quiet", "set", "g", "memory=1G").stderr, "")
        self.ok("reboot", "g")
        self.assertFalse(self.guest("g")["needs_restart"])
        self.ok("set", "g", "group= Büro 1 ")
        self.assertIn("group=Büro 1\n", self.ok("show", "g"))
        self.ok("set", "g", "group=")
        self.assertIn("group=\n", self.ok("show", "g"))
        self.ok("set", "g", "maximum-memory=2G")
        self.ok("set", "g", "maximum-memory=memory", "weight=default", "autostart=off", "monitors=2")
        shown = self.ok("show", "g")
        for line in "maximum-memory=1G", "weight=default", "autostart=no", "monitors=1280x800,1280x800":
            self.assertIn(f"{line}\n", shown)
        self.assertIn("128 MiB", self.ok("set", "g", "memory=128") or self.ok("info", "g"))

    def test_bad_settings(self):
        self.ok("create", "debian-12-minimal", "g", "--no-start")
        before = self.ok("show", "g")
        self.refused(2, "vitrinectl set NAME KEY=VALUE", "set", "g")
        self.refused(2, "no “=”", "set", "g", "memory")
        self.refused(2, "no setting “name”. There are: memory, ", "set", "g", "name=x")
        self.refused(2, "twice", "set", "g", "vcpus=1", "vcpus=2")
        self.refused(2, "Say 512M", "set", "g", "vcpus=1", "memory=lots")
        self.refused(2, "Say a number", "set", "g", "vcpus=-1")
        self.refused(2, "Say yes or no", "set", "g", "vcpus=1", "autostart=maybe")
        self.refused(1, "64 MiB", "set", "g", "vcpus=1", "memory=1")
        self.refused(1, "between 1 and 128", "set", "g", "color=#000000", "vcpus=129")
        self.refused(1, "40 letters", "set", "g", "vcpus=1", "group=" + 41 * "ü")
        self.refused(1, "one line", "set", "g", "vcpus=1", "group=a\nb")
        self.refused(1, "#rrggbb", "set", "g", "vcpus=1", "color=red")
        self.refused(1, "“nat”, “bridged” or “none”", "set", "g", "vcpus=1", "network=x")
        self.refused(1, "65535", "set", "g", "vcpus=1", "weight=65536")
        self.refused(3, "no guest “x”", "set", "x", "vcpus=1")
        self.refused(3, "no guest “x”", "show", "x")
        self.assertEqual(self.ok("show", "g"), before)

    def test_snapshots(self):
        self.ok("create", "debian-12-minimal", "g", "--no-start")
        disk = os.path.join(self.directory.name, "disks", "g.img")
        with open(disk, "w", encoding="utf-8") as file:
            file.write("old")
        snapshot = self.ok("snapshot", "g", "before it broke").strip()
        listed = json.loads(self.ok("--json", "snapshots", "g"))
        self.assertEqual([(each["id"], each["label"]) for each in listed],
                         [(snapshot, "before it broke")])
        self.assertLess(abs(listed[0]["taken"] - time.time()), 60)
        self.assertRegex(self.ok("snapshots", "g"), f"{snapshot} +2.* before it broke\n")
        self.assertEqual(self.complete("--session", "roll-back", "g", ""), [snapshot])
        with open(disk, "w", encoding="utf-8") as file:
            file.write("new")
        self.ok("roll-back", "g", snapshot)
        with open(disk, encoding="utf-8") as file:
            self.assertEqual(file.read(), "old")
        self.ok("delete-snapshot", "g", snapshot)
        self.assertEqual(json.loads(self.ok("--json", "snapshots", "g")), [])
        self.refused(1, "no snapshot", "roll-back", "g", snapshot)
        self.refused(1, "no snapshot", "delete-snapshot", "g", snapshot)
        self.ok("start", "g")
        self.refused(1, "shut it down first", "snapshot", "g")
        for command in ("snapshot", "snapshots"):
            self.refused(3, "no guest", command, "none")
        for command in ("roll-back", "delete-snapshot", "clone", "make-template"):
            self.refused(3, "no guest", command, "none", "x")

    def test_computer(self):
        shown = self.ok("info")
        for line in "CpuCount +4", "TotalMemory +16 GiB", "FreeMemory +[0-9.]+ GiB", "FreeDisk +[0-9.]+ [MG]iB", "DiskState +ok":
            self.assertRegex(shown, f"(?m)^{line}$")
        self.assertRegex(shown, "(?m)^Version +[0-9][0-9.]*$")
        computer = json.loads(self.ok("--json", "info"))
        self.assertEqual((computer["cpu_count"], computer["total_memory"]), (4, 16 << 30))
        self.assertGreater(computer["free_disk"], 0)
        before = computer["free_memory"]
        self.ok("create", "debian-12-minimal", "g", "--memory", "512M")
        self.wait_for(lambda: json.loads(self.ok("--json", "info"))["free_memory"] < before)
        self.ok("set", "g", "group=Office", "monitors=2")
        shown = self.ok("info", "g")
        self.assertRegex(shown, "(?m)^Group +Office$")
        self.assertRegex(shown, "(?m)^Monitors +.*1280x800")

    def test_delete_template(self):
        self.ok("create", "debian-12-minimal", "g", "--no-start")
        self.refused(1, "“g”", "delete-template", "debian-12-minimal")
        self.refused(1, "no template", "delete-template", "none")
        self.assertEqual(self.complete("--session", "delete-template", "debian-12-min"), ["debian-12-minimal"])
        self.ok("delete", "g")
        self.assertEqual(self.ok("delete-template", "debian-12-minimal"), "")
        self.wait_for(lambda: "debian-12-minimal" not in self.ok("templates"))
        self.assertFalse(os.path.exists(f"{self.directory.name}/templates/debian-12-minimal"))

    def screenshot(self):
        """What the simulated screen shows: a PNG's bytes."""
        path = os.path.join(self.directory.name, "screen.png")
        self.assertEqual(json.loads(self.ok("--json", "screenshot", "g", path)), {"width": 800, "height": 600})
        with open(path, "rb") as file:
            return file.read()

    def test_screen(self):
        self.ok("create", "debian-12-minimal", "g")
        first = self.screenshot()
        self.assertEqual(first[:8] + first[12:16], b"\x89PNG\r\n\x1a\nIHDR")
        self.assertEqual(struct.unpack(">II", first[16:24]), (800, 600))
        self.assertEqual(self.screenshot(), first)
        # Control keys show nothing there, letters do.
        self.assertEqual(self.ok("send-keys", "g", "ctrl-alt-del"), "")
        self.assertEqual(self.screenshot(), first)
        self.ok("send-keys", "g", "a", "minus", "b")
        typed = self.screenshot()
        self.assertNotEqual(typed, first)
        self.ok("send-keys", "g", "c", "Backspace")
        self.assertEqual(self.screenshot(), typed)
        self.ok("send-keys", "g", "Enter")
        self.assertEqual(self.screenshot(), first)
        # Nothing is pressed of what has a key that is not known.
        self.refused(2, "“hyper”", "send-keys", "g", "a", "hyper-b")
        self.refused(2, "ctrl-alt-del", "send-keys", "g", "a", "")
        self.refused(2, "too many", "send-keys", "g", "-".join("abcdefghi"))
        self.assertEqual(self.screenshot(), first)
        self.refused(1, "can't be written", "screenshot", "g", f"{self.directory.name}/none/x.png")
        self.refused(3, "no guest", "screenshot", "none", "x.png")
        self.refused(3, "no guest", "send-keys", "none", "a")
        self.ok("force-off", "g")
        self.refused(1, ".", "screenshot", "g", f"{self.directory.name}/x.png")
        self.assertFalse(os.path.exists(f"{self.directory.name}/x.png"))
        self.assertEqual(self.complete("--session", "send-keys", "g", "ctrl-alt-d"), ["ctrl-alt-del"])

    def console(self, *words):
        """vitrinectl console at a terminal of its own; the process, the terminal's other end, and its mode before."""
        ours, its = os.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, its)
        before = termios.tcgetattr(its)
        return self.start("console", *words, stdin=its, stdout=its, stderr=its), ours, its, before

    def read_until(self, terminal, text):
        said = ""
        end = time.monotonic() + TIMEOUT
        while text not in said:
            self.assertLess(time.monotonic(), end, said)
            if select.select([terminal], [], [], 0.1)[0]:
                said += os.read(terminal, 4096).decode()
        return said

    def test_console(self):
        self.ok("create", "debian-12-minimal", "g")
        process, ours, its, before = self.console("g")
        said = self.read_until(ours, "g, simulated\r\n")
        self.assertIn("Ctrl+] leaves", said)
        os.write(ours, b"date\r")
        self.read_until(ours, "date\r\n")
        os.write(ours, b"\x03\x1a\x04x")  # the guest's, too
        self.read_until(ours, "\x03\x1a\x04x")
        self.assertFalse(termios.tcgetattr(its)[3] & (termios.ECHO | termios.ICANON | termios.ISIG))
        os.write(ours, b"\x1d")
        self.assertEqual(process.wait(TIMEOUT), 0)
        self.assertEqual(termios.tcgetattr(its), before)

    def test_console_ends(self):
        """by a signal, or with the guest: the terminal gets its mode back"""
        self.ok("create", "debian-12-minimal", "g")
        process, ours, its, before = self.console("g")
        self.read_until(ours, "simulated")
        process.terminate()
        self.assertEqual(process.wait(TIMEOUT), -signal.SIGTERM)
        self.assertEqual(termios.tcgetattr(its), before)
        process, ours, its, before = self.console("g")
        self.read_until(ours, "leaves the console")
        os.write(ours, b"here")
        self.read_until(ours, "here")
        self.ok("force-off", "g")
        self.read_until(ours, "The guest has stopped")
        self.assertEqual(process.wait(TIMEOUT), 0)
        self.assertEqual(termios.tcgetattr(its), before)

    def test_console_refused(self):
        self.ok("create", "mute", "g")
        self.refused(1, "no text console", "console", "g")
        self.ok("force-off", "g")
        self.refused(1, "not running", "console", "g")
        self.refused(3, "no guest", "console", "none")

    def test_console_piped(self):
        self.ok("create", "debian-12-minimal", "g")
        done = subprocess.run([CTL, "--session", "console", "g"], input=b"", capture_output=True,
                              timeout=TIMEOUT, check=True)
        self.assertEqual((done.stdout, done.stderr), (b"g, simulated\r\n", b""))

    def test_copies(self):
        self.ok("create", "debian-12-minimal", "g", "--no-start", "--color", "#2a7f7f")
        self.ok("clone", "g", "h")
        self.wait_for(lambda: ctl("info", "h").returncode == 0)
        self.assertEqual(self.guest("h")["color"], "#2a7f7f")
        self.refused(1, "already", "clone", "g", "h")
        with open(os.path.join(self.directory.name, "disks", "g.img"), "w", encoding="utf-8") as file:
            file.write("disk")
        self.ok("make-template", "g", "mine", "My own")
        self.wait_for(lambda: "mine" in self.ok("templates"))
        mine = [each for each in json.loads(self.ok("--json", "templates")) if each["id"] == "mine"]
        self.assertEqual((mine[0]["description"], mine[0]["broken"]), ("My own", ""))
        self.ok("create", "mine", "i")
        self.refused(1, "already", "make-template", "g", "mine")

    def write_recipe(self):
        """A recipe, and a program that has it made of another template."""
        recipe = os.path.join(self.directory.name, "recipes", "templates", "small")
        os.makedirs(recipe)
        for name, text in (("packages", "icewm\n"), ("template.ini", "[template]\ntitle=Small\n")):
            with open(os.path.join(recipe, name), "w", encoding="utf-8") as file:
                file.write(text)
        program = os.path.join(self.directory.name, "recipes", "make-template")
        with open(program, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\ncd ${0%/*}/..\nprintf '%s\\n' \"$@\" > words\n"
                       "while [ $1 != --output ]; do shift; done\n"
                       "cp -r templates/debian-12-desktop $2\n")
        os.chmod(program, 0o755)

    def test_recipes(self):
        self.assertEqual(json.loads(self.ok("--json", "recipes")), [])
        self.write_recipe()
        recipes = json.loads(self.ok("--json", "recipes"))
        self.assertEqual([(each["id"], each["packages"]) for each in recipes], [("small", ["icewm"])])
        self.assertIn("Small", self.ok("recipes"))
        self.ok("build-template", "small", "mine", "packages=mc, vim", "user=anna", "title=My own")
        self.wait_for(lambda: "mine" in self.ok("templates"))
        with open(os.path.join(self.directory.name, "words"), encoding="utf-8") as file:
            words = file.read().splitlines()
        self.assertEqual([words[words.index(key) + 1] for key in ("--packages", "--user", "--title")],
                         ["mc vim", "anna", "My own"])
        self.refused(1, "already", "build-template", "small", "mine")
        self.refused(1, "no recipe", "build-template", "large", "other")
        self.refused(1, "UTF-8", "build-template", "small", "other", "locale=de")
        self.refused(2, "no wish", "build-template", "small", "other", "size=2G")
        self.refused(2, "no wish", "build-template", "small", "other", "user")
        self.assertEqual(self.complete("--session", "build-template", "s"), ["small"])
        self.assertEqual(self.complete("--session", "build-template", "small", "other", "key"), ["keyboard="])

    def usb(self, key):
        found = [each for each in json.loads(self.ok("--json", "usb")) if each["key"] == key]
        return found[0] if found else None

    def start_with_sound(self):
        """A service whose guests have a sound that notes its orders."""
        self.stop_service()
        self.sound = os.path.join(self.directory.name, "sound")
        with open(self.sound, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho ready\nwhile read -r order; do\n"
                       "  echo \"$order\" >> ${0%/*}/orders\n  echo playing on\ndone\n")
        os.chmod(self.sound, 0o755)
        self.start_service(self.pace)

    def test_sound(self):
        self.start_with_sound()
        self.ok("create", "debian-12-minimal", "g")
        self.wait_for(lambda: "silent" in self.ok("list"))
        self.ok("microphone", "g", "on")
        self.assertEqual(self.guest("g")["microphone"], "running")
        self.wait_for(lambda: "playing+microphone" in self.ok("list"))
        self.assertRegex(self.ok("info", "g"), r"(?m)^Microphone +running$")
        self.ok("microphone", "g", "once")
        self.assertEqual(self.guest("g")["microphone"], "once")
        self.ok("microphone", "g", "off")
        self.ok("mute", "g", "on")
        self.wait_for(lambda: " muted\n" in self.ok("list"))
        self.ok("mute", "g", "off")
        with open(os.path.join(self.directory.name, "orders"), encoding="utf-8") as file:
            self.assertEqual(file.read().splitlines(), [
                "microphone on", "microphone on", "microphone off", "mute on", "mute off"])
        self.assertEqual(self.ok("volume", "g"), "100%\n")
        self.ok("volume", "g", "40%")
        self.ok("mute", "g", "on")
        self.assertEqual(self.ok("volume", "g"), "40%, muted\n")
        self.assertEqual(json.loads(self.ok("--json", "volume", "g")),
                         {"volume": 40, "muted": True})
        self.assertRegex(self.ok("info", "g"), r"(?m)^Volume +40$")
        self.ok("mute", "g", "off")
        for word in ("101", "4 0", "loud", "%", ""):
            self.refused(2, "between 0 and 100", "volume", "g", word)
        self.refused(3, "no guest", "volume", "x")
        self.assertEqual(self.complete("--session", "volume", "g"), ["g"])
        self.refused(2, "none of on, once and off", "microphone", "g", "yes")
        self.refused(2, "none of on and off", "mute", "g", "yes")
        self.refused(3, "no guest", "microphone", "x", "on")
        self.ok("set", "g", "sound=no")
        self.assertIn("sound=no\n", self.ok("show", "g"))
        self.ok("reboot", "g")
        self.wait_for(lambda: " -\n" in self.ok("list"))
        self.refused(1, "has no sound now", "microphone", "g", "on")
        self.assertEqual(self.complete("--session", "microphone", "g", "o"), ["on", "once", "off"])
        self.assertEqual(self.complete("--session", "mute", "g"), ["g"])

    def test_usb(self):
        self.ok("create", "debian-12-minimal", "g")
        self.wait_for(lambda: self.usb("1-4"))
        listed = self.ok("usb")
        self.assertRegex(listed, r"1-2 +here +- +- +camera, sound +Logitech Webcam C270\n")
        self.assertIn("/media/holiday photos", listed)
        self.assertEqual(self.ok("usb", "list"), listed)
        self.ok("usb", "assign", "1-2", "g", "--remember", "kind")
        camera = self.usb("1-2")
        self.assertEqual((camera["state"], camera["guest"], camera["remembered"], camera["vendor_id"]),
                         ("attached", "g", "g", 0x46d))
        self.assertRegex(self.ok("usb"), r"1-2 +attached +g +g +camera")
        self.refused(1, "“g” has the device", "usb", "assign", "046d:0825", "g")
        self.ok("usb", "release", "Logitech Webcam C270")
        self.assertEqual(self.usb("1-2")["state"], "here")
        self.ok("usb", "forget", "1-2")
        self.assertEqual(self.usb("1-2")["remembered"], "")
        self.ok("usb", "remember", "1-3", "never")
        self.assertEqual(self.usb("1-3")["remembered"], "never")
        self.ok("usb", "remember", "1-2", "g", "--remember", "port")
        self.assertEqual(self.usb("1-2")["remembered"], "g")

    def test_usb_refused(self):
        self.ok("create", "debian-12-minimal", "g")
        self.wait_for(lambda: self.usb("1-4"))
        self.refused(1, "say --confirmed", "usb", "assign", "1-1", "g")
        self.ok("usb", "assign", "1-1", "g", "--confirmed")
        self.refused(1, "holiday photos", "usb", "assign", "1-4", "g", "--confirmed")
        self.refused(1, "“device”, the “port”", "usb", "assign", "1-2", "g", "--remember", "x")
        self.refused(1, "No guest has", "usb", "release", "1-2")
        self.refused(3, "no guest “x”", "usb", "assign", "1-2", "x")
        self.refused(3, "no guest “x”", "usb", "remember", "1-2", "x")
        self.refused(3, "no USB device “9-9”", "usb", "release", "9-9")
        self.refused(3, "no USB device", "usb", "forget", "046d:9999")
        self.refused(2, "usb assign DEVICE GUEST", "usb", "assign", "1-2")
        self.refused(2, "usb release DEVICE", "usb", "release")
        self.refused(2, "nothing to do", "usb", "eat")
        self.refused(2, "“usb” only", "list", "--confirmed")
        self.refused(2, "“usb” only", "list", "--remember", "port")

    def test_usb_twins(self):
        """two of a name have to be told apart"""
        self.wait_for(lambda: self.usb("1-4"))
        tree = os.path.join(self.directory.name, "usb")
        devices = os.path.join(tree, "sys/bus/usb/devices")
        subprocess.run(["cp", "-r", f"{devices}/1-2", f"{tree}/1-5"], check=True)
        os.rename(f"{tree}/1-5", f"{devices}/1-5")
        self.wait_for(lambda: self.usb("1-5"))
        self.refused(3, "Several", "usb", "forget", "Logitech Webcam C270")
        self.refused(3, "Several", "usb", "forget", "046D:0825")
        self.ok("usb", "forget", "1-5")

    def test_usb_completion(self):
        self.ok("create", "debian-12-minimal", "gamma", "--no-start")
        self.wait_for(lambda: self.usb("1-4"))
        self.assertEqual(self.complete("--session", "usb", "ass"), ["assign"])
        self.assertEqual(self.complete("--session", "usb", "assign", "1-"), ["1-1", "1-2", "1-3", "1-4"])
        self.assertEqual(self.complete("--session", "usb", "assign", "1-1", "g"), ["gamma"])
        self.assertEqual(self.complete("--session", "usb", "assign", "--remember", "p"), ["port"])
        self.assertEqual(self.complete("--session", "usb", "release", "--con"), ["--confirmed"])

    def test_templates(self):
        templates = {each["id"]: each for each in json.loads(self.ok("--json", "templates"))}
        self.assertEqual(templates["debian-12-desktop"]["broken"], "")
        self.assertGreater(templates["debian-12-desktop"]["disk_size"], 0)
        self.assertIn("broken: ", self.ok("templates"))

    def test_usage(self):
        self.refused(2, "Which command", )
        self.refused(2, "no command", "dance")
        self.refused(2, "vitrinectl start NAME", "start")
        self.refused(2, "vitrinectl list", "list", "x")
        self.refused(2, "“create” only", "start", "x", "--vcpus", "1")
        self.refused(2, "--help", "--nonsense")
        self.refused(3, "no guest “x”", "start", "x")
        self.assertIn("force-off NAME", self.ok("--help"))

    def test_no_service(self):
        self.stop_service()
        self.refused(4, "can't be reached", "list")

    def start(self, *words, **pipes):
        process = subprocess.Popen([CTL, "--session", *words], text=True, **pipes)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        for pipe in (process.stdout, process.stderr):
            if pipe:
                self.addCleanup(pipe.close)
        return process

    def test_watch(self):
        self.ok("create", "debian-12-minimal", "first", "--no-start")
        watch = self.start("--json", "watch", stdout=subprocess.PIPE)
        self.assertIn("first", watch.stdout.readline())
        self.ok("create", "debian-12-minimal", "w", "--no-start")
        self.ok("delete", "w")
        seen = []
        for line in watch.stdout:
            seen.append(json.loads(line))
            if "removed" in seen[-1]:
                break
        watch.send_signal(signal.SIGINT)
        self.assertEqual(watch.wait(TIMEOUT), 0)
        self.assertEqual(seen[-1], {"removed": "w"})
        jobs = [each["job"] for each in seen if "job" in each]
        states = [job["state"] for job in jobs
                  if (job["kind"], job["guest_name"]) == ("create", "w")]
        self.assertEqual((states[0], states[-1]), ("running", "succeeded"))
        self.assertTrue(any(each.get("guest", {}).get("state") == "stopped" for each in seen))

    def complete(self, *words):
        script = ('. "$1/vitrinectl.bash"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '_vitrinectl; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", SOURCE, CTL, *words],
                              capture_output=True, text=True, timeout=TIMEOUT, check=True)
        return done.stdout.split()

    def test_completion(self):
        self.ok("create", "debian-12-minimal", "alpha", "--no-start")
        self.assertEqual(self.complete("--session", "shu"), ["shutdown"])
        self.assertEqual(self.complete("--session", "start", "al"), ["alpha"])
        self.assertEqual(self.complete("--session", "start", "alpha", ""), [])
        self.assertIn("debian-12-desktop", self.complete("--session", "create", "deb"))
        self.assertEqual(self.complete("--session", "create", "--no"), ["--no-start"])
        self.assertEqual(self.complete("--session", "create", "--memory", ""), [])
        self.assertEqual(self.complete("--session", "set", "al"), ["alpha"])
        self.assertEqual(self.complete("--session", "set", "alpha", "mem"), ["memory="])

    def test_manual(self):
        with open(os.path.join(SOURCE, "vitrinectl.1"), encoding="utf-8") as file:
            manual = file.read()
        offered = [line.split()[0] for line in self.ok("--help").split("Commands:\n")[1].split("\n\n")[0]
                   .splitlines()]
        self.assertGreater(len(offered), 10)
        for command in offered:
            self.assertRegex(manual, rf'(?m)^\.BI? .*\b{command}\b')
            self.assertIn(command, self.complete("--session", command))


class Slow(Commands):
    """With steps that last long enough to be interrupted."""
    pace = "400"

    def test_cancel(self):
        running = self.start("create", "debian-12-desktop", "desk", stderr=subprocess.PIPE)
        running.stderr.readline()  # at work
        running.send_signal(signal.SIGINT)
        said = running.stderr.read()
        self.assertEqual(running.wait(TIMEOUT), 130, said)
        self.assertIn("Cancelled.", said)
        self.wait_for(lambda: ctl("info", "desk").returncode == 3)

    def test_service_dies(self):
        running = self.start("create", "debian-12-desktop", "desk", stderr=subprocess.PIPE)
        running.stderr.readline()
        self.service.kill()
        said = running.stderr.read()
        self.assertEqual(running.wait(TIMEOUT), 4, said)
        self.assertIn("gone away", said)


class German(Commands):
    """For a person whose language is German; the locale is one that the build made."""

    def german(self, *words):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("LC_")}
        environment.update(LOCPATH=LOCALES, LANG=os.environ["GERMAN"], LANGUAGE="de")
        return ctl(*words, environment=environment)

    def test_sentences(self):
        said = self.german("start", "nobody")
        self.assertEqual((said.returncode, said.stderr),
                         (3, "vitrinectl: Es gibt keinen Gast „nobody“. Siehe „vitrinectl list“.\n"))
        said = self.german("create", "debian-12-minimal", "g", "-c", "0")
        self.assertIn("eine Zahl von 1 bis 4096", said.stderr)
        said = self.german("set", "g", "vcpus=many")
        self.assertIn("„many“ ist kein Wert für vcpus. Geben Sie an: eine Zahl.", said.stderr)

    def test_help(self):
        said = self.german("--help").stdout
        for words in ("Befehle:", "Alle Gäste zeigen", "JSON schreiben", "BEFEHL [ARGUMENT...]"):
            self.assertIn(words, said)
        for words in ("Show ", "Commands:"):
            self.assertNotIn(words, said)

    def test_phases(self):
        said = self.german("create", "debian-12-minimal", "g")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("Der Gast wird aufgebaut", said.stderr)
        self.assertNotIn("Building", said.stderr)

    def test_what_the_service_says(self):
        """A refusal in German, with a reason in it that is a sentence of its own."""
        self.ok("create", "debian-12-minimal", "g", "--no-start")
        said = self.german("create", "debian-12-minimal", "g")
        self.assertEqual((said.returncode, said.stderr), (
            1, "vitrinectl: Es gibt schon einen Gast „g“: Wählen Sie einen anderen Namen.\n"))
        said = self.german("create", "broken", "b")
        self.assertIn("Die Vorlage „Broken template“ kann nicht benutzt werden. Ihr Kernel fehlt. Nehmen Sie", said.stderr)

    def test_words_that_programs_read(self):
        """They are the same in all languages."""
        self.ok("create", "debian-12-minimal", "g", "--no-start")
        self.assertEqual(json.loads(self.german("--json", "list").stdout), json.loads(self.ok("--json", "list")))
        self.assertEqual(self.german("show", "g").stdout, self.ok("show", "g"))


for heir in (Slow, German):
    for inherited in [name for name in dir(Commands) if name.startswith("test_")]:
        setattr(heir, inherited, None)
del heir  # else it is found as one more class of tests

if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[6:], verbosity=2)
