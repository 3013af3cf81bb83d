# SPDX-License-Identifier: GPL-2.0-or-later
"""The service on real guests: what a person can do, what others do behind its back, and what bad
input gets. Each ends with nothing left behind and a sentence that says what is wrong."""

import base64
import json
import re
import time

from console import PATIENCE
from dom0 import GUESTS
from machine import read_png
from service import CALLS, DESCRIPTION, LIB, TINY, ServiceTest


class Service(ServiceTest):
    def test_1_life(self):
        """a guest is made, paused, rebooted, shut down, started, forced off and deleted"""
        self.works("create g1")
        self.do("soon 'running' state g1; said g1 'guest: ready'")
        domid = self.domain("g1")[0]
        self.assertEqual(self.do("state g1"), f"running {domid} true")
        self.do(f"connected {domid}")
        self.assertIn("handle", self.do("call guests/g1 Guest1.OpenDisplay vnc"))
        self.console("g1")
        self.screenshot("g1")
        self.send_keys("g1")
        self.refused("act g1 Start", "WrongState", "running already")
        self.refused("act g1 Delete", "WrongState", "shut it down")
        self.do("call guests/g1 Guest1.Pause")
        self.assertIn("p", self.domain("g1")[3])
        self.assertEqual(self.do("state g1"), f"paused {domid} true")
        self.do("call guests/g1 Guest1.Unpause")
        self.assertNotIn("p", self.domain("g1")[3])
        self.works("act g1 Reboot")
        self.do("soon 'running' state g1; said g1 'guest: ready'")
        self.assertNotEqual(self.domain("g1")[0], domid)
        self.works("act g1 Shutdown")
        self.assertEqual(self.do("state g1"), "stopped -1 false")
        self.assertIsNone(self.domain("g1"))
        self.assertIn("guest: ready", self.do("call guests/g1 Guest1.ReadConsoleLog"))
        self.works("act g1 Start")
        self.do("soon 'running' state g1")
        self.works("act g1 ForceOff")
        self.assertEqual(self.do("state g1"), "stopped -1 false")
        self.works("act g1 Delete")
        self.assert_nothing_left()

    def console(self, name):
        """What the guest has said is shown once, and it hears what is typed; there is one terminal for all."""
        said = self.do(f"vitrinectl console {name} </dev/null")
        self.assertEqual(said.count("guest: ready"), 1, said)
        typed = (f"(echo; echo 'echo $((40 + 2))answer'; sleep {round(3 * PATIENCE)}) | "
                 f"vitrinectl console {name}")
        self.assertIn("\n42answer", self.do(typed).replace("\r", ""))
        self.assertIn("42answer", self.do(f"vitrinectl console {name} </dev/null"))

    def screenshot(self, name):
        """The picture that vitrinectl saves is what the guest has on its screen: a third of it in each colour."""
        octets = ("\\002\\003\\004\\001", "\\360\\201\\040\\001", "\\041\\303\\145\\001")  # blue, green, red, unused
        self.in_guest(name, "for octets in " + " ".join(f"'{four}'" for four in octets) + "; do a=$(printf \"$octets\");"
                      " for i in 1 2 3 4 5 6 7 8 9 10; do a=$a$a; done;"
                      " for i in $(seq 160); do printf %s \"$a\"; done; done > /dev/fb0; :", 120)
        wanted = [(4, 3, 2), (0x20, 0x81, 0xF0), (0x65, 0xC3, 0x21)]
        deadline = time.monotonic() + 30 * PATIENCE
        while True:
            said = self.do(f"vitrinectl --json screenshot {name} /tmp/screen.png; base64 -w 0 /tmp/screen.png")
            size, _, picture = said.partition("\n")
            screen = read_png(base64.b64decode(picture))
            self.assertEqual(json.loads(size), {"width": screen[0], "height": screen[1]})
            self.assertEqual(screen[:2], (800, 600))
            there = [tuple(screen[2][(y * 800 + 400) * 3:][:3]) for y in (100, 300, 500)]
            if there == wanted or time.monotonic() > deadline:
                break
        self.assertEqual(there, wanted)

    def send_keys(self, name):
        """Keys that vitrinectl presses are typed in the guest."""
        self.in_guest(name, "head -n 1 </dev/tty1 >/tmp/typed & sleep 1")
        self.do(f"vitrinectl send-keys {name} h e l l o space shift-w 4 2 enter")
        self.assertIn("hello W42", self.in_guest(name, "until [ -s /tmp/typed ]; do sleep 0.2; done; cat /tmp/typed"))

    def test_2_by_xl(self):
        """a guest that xl shuts down or destroys is stopped, and cleared away; what the shell made, xl create starts, and
        the service shows it, with a display"""
        self.works("create g2")
        self.do("said g2 'guest: ready' && xl shutdown g2")
        self.do("soon 'stopped -1 false' state g2")
        self.do(f"xl create {LIB}/guests/g2.cfg")
        self.do("soon 'running' state g2; said g2 'guest: ready'")
        domid = self.domain("g2")[0]
        self.do(f"soon 'running {domid} true' state g2 && connected {domid}")
        self.assertIn("/dev/fb0", self.in_guest("g2", "ls /dev/fb0"))
        self.assertIn("Xen Virtual Keyboard", self.in_guest("g2", "cat /proc/bus/input/devices"))
        self.do("xl destroy g2")
        self.do("soon 'stopped -1 false' state g2")
        self.do(f"xl create {LIB}/guests/g2.cfg && xl destroy g2")
        self.do("soon 'stopped -1 false' state g2")
        self.do(f"xl create {LIB}/guests/g2.cfg")
        self.works("act g2 ForceOff")
        self.works("act g2 Start")
        self.works("act g2 ForceOff")
        self.works("act g2 Delete")
        self.assert_nothing_left()

    def test_4_restarts(self):
        """a guest outlives the service, its display server and its sound's back end, and is served again"""
        self.works("create g4")
        self.do("said g4 'guest: ready'")
        domid = self.domain("g4")[0]
        running = f"running {domid} true"
        helpers = "pgrep -x 'vitrine-display|vitrine-audio'"
        kill = {"helpers": "pkill -KILL -x 'vitrine-display|vitrine-audio'",
                "service": "pkill -KILL -x vitrine-service",
                "restart": "systemctl restart vitrine-service"}
        for what, command in kill.items():
            self.do(f"connected {domid}")
            self.dom0.wait_for(f"test $({helpers} | wc -l) = 2", 30)
            old = self.do(helpers).split()
            self.do(command)
            self.do(f"soon '{running}' state g4; for old in {' '.join(old)}; do "
                    f"while kill -0 $old; do sleep 0.2; done; done; soon '{running}' state g4")
            self.dom0.wait_for(f"test $({helpers} | wc -l) = 2", 30)
            self.assertEqual(self.domain("g4")[0], domid, what)
            self.assertFalse(set(self.do(helpers).split()) & set(old), what)
            self.assertIn("handle", self.do("call guests/g4 Guest1.OpenDisplay vnc"), what)
        self.assertIn("guest", self.in_guest("g4", "hostname"))
        self.works("act g4 Shutdown")
        self.works("act g4 Delete")
        self.assert_nothing_left()

    def test_5_who_may(self):
        """the desktop's user may manage guests; another user may look, and is refused in words"""
        self.do("id stranger || useradd stranger")
        as_user = f"runuser -u {{}} -- sh -c '. {CALLS}; {{}}'"
        self.works(as_user.format("vitrine", "create g5 tiny \"{\\\"start\\\": <false>}\""))
        self.do("soon stopped state g5")
        self.assertEqual(self.do(as_user.format("stranger", "state g5")), "stopped -1 false")
        for call in ("act g5 Start", "act g5 Delete", "create g6",
                     "call guests/g5 Guest1.OpenDisplay vnc", "call guests/g5 Guest1.OpenConsole",
                     "call guests/g5 Guest1.ReadConsoleLog"):
            self.refused(as_user.format("stranger", call), "NotAuthorized", "administrator")
        self.assertEqual(self.do("state g5"), "stopped -1 false")
        self.works(as_user.format("vitrine", "act g5 Delete"))
        self.assert_nothing_left()

    def test_6_refused(self):
        """names, numbers and options that can't be are refused at once, in words"""
        self.works('create g6 tiny "{\'start\': <false>}"')
        self.refused("create g6", "NameTaken", "g6", "another name")
        names = ["a/b", "..", "../../etc/x", "two words", "new\\nline", "grün", "", "x" * 300, "-x",
                 "\\\"quoted\\\"", "$(reboot)"]
        for name in names:
            self.refused(f"create \"{name}\"" if "$" not in name else f"create '{name}'",
                         "InvalidName")
        self.refused("create Domain-0", "NameTaken")
        for options, error, word in (("memory: <uint64 0>", "InvalidOption", "64 MiB"),
                                     ("memory: <uint64 1048576>", "InvalidOption", "64 MiB"),
                                     ("memory: <uint64 16777216>", "InvalidOption", "64 MiB"),
                                     ("memory: <uint64 1099511627776>", "NoMemory", "less"),
                                     ("vcpus: <uint32 0>", "InvalidOption", "between 1 and"),
                                     ("vcpus: <uint32 10000>", "InvalidOption", "between 1 and"),
                                     ("vcpus: <4>", "InvalidOption", "vcpus"),
                                     ("colour: <1>", "InvalidOption", "colour")):
            key, _, value = options.partition(": ")
            self.refused(f"create g7 tiny \"{{'{key}': {value}}}\"", error, word)
        self.refused("create g7 nonsense", "UnknownTemplate", "nonsense")
        # Less than there is in all, more than is free.
        self.fails("create g7 tiny \"{'memory': <uint64 2684354560>}\"", "Not enough memory", "MiB")
        self.works("act g6 Delete")
        self.assert_nothing_left()

    def test_7_broken_templates(self):
        """a template that is not whole is told as such; one that lies fails when it is started"""
        path = self.template("bad")
        self.addCleanup(self.dom0.call, f"rm -rf {LIB}/templates/bad")
        good = self.do(f"cat {path}/template.ini")
        for damage, word in (("mv vmlinux k", "kernel is missing"),
                             ("head -c 1000000 /dev/urandom > vmlinux", "not a Linux kernel"),
                             (": > vmlinux", "empty"),
                             ("head -c 3000000 k > vmlinux", "cut off"),
                             ("mv k vmlinux; mv initrd.img i", "initial ramdisk is missing"),
                             ("mv i initrd.img; rm disk.img", "disk image is missing"),
                             ("truncate -s 4M disk.img; echo nonsense > template.ini",
                              "template.ini")):
            self.do(f"cd {path}; {damage}; cd /root")
            self.refused("create g7 bad", "TemplateBroken", word, "another template")
        # Damage that shows only in the running guest.
        self.do(f"cd {path}; cat > template.ini <<'END'\n{good}\nEND\n"
                "echo nonsense > initrd.img; cd /root")
        self.works("create g7 bad")
        self.do("soon crashed state g7")
        self.assertIn("Kernel panic - not syncing: VFS", self.do("state g7"))
        self.works("act g7 Delete")
        self.do("head -c 8M /dev/zero | tr '\\000' '\\314' | "
                f"dd of={path}/vmlinux bs=1M seek=2 conv=notrunc status=none")
        self.dom0.call("create g7 bad", 180)
        self.do("soon crashed state g7")
        self.assert_sentence(self.do("get guests/g7 Guest1 Problem"), "crashed")
        self.works("act g7 Delete")
        self.assert_nothing_left()

    def test_8_crash(self):
        """a guest whose kernel panics is shown as crashed, with its last words"""
        self.template("crashing", DESCRIPTION + " do=crash")
        self.addCleanup(self.dom0.call, f"rm -rf {LIB}/templates/crashing")
        self.works("create g8 crashing")
        self.do("soon 'crashed -1 false' state g8")
        self.assertRegex(self.do("get guests/g8 Guest1 Problem"),
                         "^The guest crashed. It said: “Kernel panic - not syncing: sysrq")
        # Started by xl, it ends the same way here.
        self.do(f"xl create {LIB}/guests/g8.cfg")
        self.do("soon 'running' state g8")
        self.do("soon 'crashed -1 false' state g8")
        self.works("act g8 Delete")
        self.assert_nothing_left()

    def test_9_full_disk(self):
        """with a full disk a guest is not made, and one that is there is held until there is room"""
        self.works("create g9")
        self.addCleanup(self.dom0.call, f"rm -f {LIB}/full")
        self.do(f"fallocate -l $(df --output=avail -B1 {LIB} | tail -n 1) {LIB}/full || "
                f"fallocate -l $(($(df --output=avail -B1 {LIB} | tail -n 1) - 1000000)) {LIB}/full")
        self.fails("create g10", "disk is full", "Delete a guest")
        self.do("soon 'out-of-disk' state g9")
        self.do(f"rm {LIB}/full")
        self.do("soon 'running' state g9")
        self.works("act g9 ForceOff")
        self.works("act g9 Delete")
        self.assert_nothing_left()

    def test_a_interrupted(self):
        """a create that is cancelled, or whose domain is destroyed meanwhile, leaves nothing"""
        for phase in ("", "Building", "Connecting"):
            output = self.do("n=$(start Manager Manager1.Create tiny ga {}); "
                             f"soon '{phase}' get jobs/$n Job1 Phase; "
                             "call jobs/$n Job1.Cancel; over $n", 120)
            if phase == "Connecting" and "can't be cancelled any more" in output:
                # The last step is a short one: the guest may be there before the call is.
                self.assertIn("succeeded:", output)
                self.works("act ga ForceOff")
                self.works("act ga Delete")
            else:
                self.assertIn("cancelled: It was cancelled.", output, phase)
            self.assert_nothing_left()
        output = self.do("n=$(start Manager Manager1.Create tiny ga {}); "
                         "until xl destroy ga 2>/dev/null; do :; done; over $n", 120)
        state, _, sentence = output.partition(": ")
        self.assertEqual(state, "failed", output)
        self.assert_sentence(sentence, "destroyed from outside")
        self.assert_nothing_left()

    def test_b_twice_at_once(self):
        """of two creates of one name at once, one makes the guest and the other is refused"""
        output = self.do("start Manager Manager1.Create tiny gb {} > /tmp/1 2>&1 & "
                         "start Manager Manager1.Create tiny gb {} > /tmp/2 2>&1 & wait; "
                         "cat /tmp/1 /tmp/2")
        self.assertIn("Error.NameTaken: There is a guest “gb” already", output)
        number = re.search(r"^(\d+)$", output, re.M)
        self.assertIsNotNone(number, output)
        self.works(f"over {number.group(1)}")
        self.works("act gb ForceOff")
        self.works("act gb Delete")
        self.assert_nothing_left()

    def test_c_files(self):
        """a file that is no guest's is shown with what is wrong; a bad NAME.ini does no harm"""
        self.works('create gc tiny "{\'start\': <false>}"')
        self.do(f"head -c 3000 /dev/urandom > {LIB}/guests/gc.ini; "
                f"printf 'name = \"gd\"\\nmemory = [ oops\\n' > {LIB}/guests/gd.cfg; "
                f"head -c 3000 /dev/urandom > {LIB}/guests/ge.cfg; "
                f"printf 'name = \"other\"\\nkernel = \"{TINY}/vmlinux\"\\n' > {LIB}/guests/gf.cfg; "
                f"mkfifo {LIB}/guests/gg.cfg; echo x > '{LIB}/guests/o dd.cfg'")
        for name, word in (("gd", "gd.cfg"), ("ge", "ge.cfg"), ("gf", "same name")):
            self.do(f"soon stopped state {name}")
            self.assert_sentence(self.do(f"get guests/{name} Guest1 Problem"), word)
            self.fails(f"act {name} Start", word)
            self.works(f"act {name} Delete")
        self.works("act gc Start")
        self.works("act gc ForceOff")
        self.works("act gc Delete")
        self.do(f"rm {LIB}/guests/gg.cfg '{LIB}/guests/o dd.cfg'")
        self.assert_nothing_left()

    def test_d_own_file(self):
        """a file that a person wrote for xl starts in the shell, and has a display by its vfb, which a
        viewer can come to as the file says; who serves it has few rights"""
        config = self.guest("gh", memory=96,
                            extra=("vfb = [ 'vnc=1,vncdisplay=3,vncunused=0,vncpasswd=abc' ]",))
        self.do(f"cp {config} {LIB}/guests/")
        self.do("soon stopped state gh")
        self.works("act gh Start")
        self.do("soon running state gh; said gh 'guest: ready'")
        domid = self.domain("gh")[0]
        self.do(f"connected {domid}")
        self.assertIn("vnc://127.0.0.1:5903", self.do("vitrinectl info gh"))
        self.assertIn("RFB 003.", self.do("bash -c 'head -c 12 </dev/tcp/127.0.0.1/5903'"))
        status = self.do("cat /proc/$(pgrep -x vitrine-display)/status")
        self.assertRegex(status, rf"Uid:\s+{1900000000 + domid}\s")
        self.assertRegex(status, r"CapEff:\s+0+\s")
        self.assertRegex(status, r"Seccomp:\s+2\s")
        self.works("act gh Shutdown")
        self.do("! grep -q '0100007F:170F 00000000:0000 0A' /proc/net/tcp")  # nobody listens there
        self.works("act gh Delete")
        self.assert_nothing_left()

    def test_e_cant_be_built(self):
        """what libxl can't build is told in words for a person, and leaves nothing"""
        self.works("create ge")
        disk = "disk = ['format=raw,vdev=xvda,access=rw,script=block-vitrine,target=%s']"
        for extra, word in ((disk % f"{LIB}/disks/ge.img", "in use by another guest"),
                            (disk % "/nowhere.img", "disk /nowhere.img is missing"),
                            ("vif = ['script=vif-vitrine,bridge=nosuch']", "network bridge"),
                            ("kernel = '/etc/passwd'", "Check the kernel"),
                            ("memory = 100000", "Not enough memory")):
            config = self.guest("gi", memory=96, extra=(extra,))
            self.do(f"cp {config} {LIB}/guests/ && soon stopped state gi")
            self.fails("act gi Start", word)
            self.works("act gi Delete")
        self.works("act ge ForceOff")
        self.works("act ge Delete")
        self.assert_nothing_left()

    def test_f_settings(self):
        """settings change a running guest where they can, and its file for the next start"""
        self.works("create gf")
        self.do("said gf 'guest: ready'")
        self.do("vitrinectl set gf memory=88M weight=512")
        self.dom0.wait_for("test $(xl list gf | awk 'END { print $3 }') = 88", 30)
        self.assertRegex(self.do("xl sched-credit2 -d gf"), r"gf +\d+ +512")
        self.assertEqual(self.do("get guests/gf Guest1 NeedsRestart"), "false")
        self.do("vitrinectl set gf vcpus=2")
        self.assertEqual(self.do("get guests/gf Guest1 NeedsRestart"), "true")
        self.assertEqual(self.domain("gf")[2], 1)
        self.works("act gf Reboot")
        self.do("soon 'running' state gf")
        # The second one is up when the guest's kernel has started it.
        self.dom0.wait_for("test $(xl list gf | awk 'END { print $4 }') = 2", 60)
        self.assertEqual(self.domain("gf")[1], 88)
        self.assertEqual(self.do("get guests/gf Guest1 NeedsRestart"), "false")
        before = self.do(f"cat {LIB}/guests/gf.cfg")
        for wrong in ("memory=1M", "vcpus=0", "weight=100000", "colour=7", "network=moon"):
            output, status = self.dom0.call(f"vitrinectl set gf vcpus=1 {wrong}", 60)
            self.assertNotEqual(status, 0, wrong)
            self.assertTrue(output.strip(), wrong)
        self.assertEqual(self.do(f"cat {LIB}/guests/gf.cfg"), before)
        self.works("act gf ForceOff")
        self.works("act gf Delete")
        self.assert_nothing_left()
