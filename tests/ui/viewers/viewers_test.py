#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Viewers as people have them, each on a screen of its own, on the display server with a guest that
is played: the guest's picture comes up in the viewer's window, and what is typed there and where the
pointer is arrives at the guest."""

import faulthandler
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

STRETCH = float(os.environ.get("VITRINE_TEST_PATIENCE", "1"))
PATIENCE = 20 * STRETCH  # seconds
# All of it has this long, a little less than meson gives: then it says where it hangs.
WHOLE = 220 * STRETCH  # seconds
STAND_IN = os.environ["DISPLAY_STAND_IN"]
SPICE_VIEWER = os.environ["SPICE_VIEWER"]
VNC_PASSWORD = "blue42"
SPICE_PASSWORD = "a longer one: 42"

# The guest's picture: four fields of 320 x 240 pixels.
FIELDS = {"red": 0xff0000, "green": 0x00ff00, "blue": 0x0000ff, "white": 0xffffff}
FIELD = 320 * 240
KEY_A, KEY_F5 = 30, 63
UID = 1900000007 if os.getuid() == 0 else 0
TOOLS = ("Xvfb", "xdotool", "dbus-run-session", "openssl", "remmina", "remote-viewer", "vncviewer")


def wait_for(condition, what):
    """The condition's value once that is true; a failure if it never is."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {what() if callable(what) else what}")


class Program:
    """A process whose lines are kept. It ends with the test."""

    def __init__(self, test, *command, text="", **more):
        self.lines = []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace",
                                        start_new_session=True, **more)
        test.addCleanup(self.end)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def end(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process.stdin.close()
        # What a viewer has started in a session of its own may hold its output for longer.
        self.reader.join(PATIENCE)
        if not self.reader.is_alive():
            self.process.stdout.close()

    def says(self, line):
        wait_for(lambda: line in self.lines, lambda: f"“{line}”; it said: {self.lines[-20:]}")

    def place(self, scheme):
        """Where it listens, as it says."""
        def find():
            return next((line[len("at "):] for line in self.lines
                         if line.startswith(f"at {scheme}://")), None)
        return wait_for(find, f"a place of {scheme}; it said: {self.lines}")


class Screen:
    """An X server, of which the pixels can be looked at."""

    def __init__(self, test, directory):
        ready, number = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(number), "-screen", "0", "1024x768x24", "-nolisten", "tcp",
             "-noreset", "-fbdir", directory], pass_fds=[number], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        test.addCleanup(self.end)
        os.close(number)
        with open(ready, encoding="ascii") as file:
            self.display = ":" + file.readline().strip()
        self.file = os.path.join(directory, "Xvfb_screen0")
        wait_for(lambda: os.path.exists(self.file), "the pixels of Xvfb")

    def end(self):
        self.process.terminate()
        self.process.wait()

    def pixels(self):
        """All of them, as numbers 0xRRGGBB, and the width of a line."""
        with open(self.file, "rb") as file:
            data = file.read()
        # The header of xwd(1): 25 numbers, of which these tell where the pixels are.
        header = struct.unpack(">25I", data[:100])
        size, line, colours = header[0], header[12], header[19]
        start = size + colours * 12
        words = memoryview(data[start:start + line * header[5]]).cast("I")
        return [word & 0xffffff for word in words], line // 4

    def counts(self):
        pixels, _ = self.pixels()
        return {name: pixels.count(colour) for name, colour in FIELDS.items()}

    def find(self, colour):
        """The middle of what has that colour."""
        pixels, width = self.pixels()
        places = [i for i, pixel in enumerate(pixels) if pixel == colour]
        columns = [i % width for i in places]
        rows = [i // width for i in places]
        return (min(columns) + max(columns)) // 2, (min(rows) + max(rows)) // 2

    def do(self, *words):
        return subprocess.run(["xdotool", *map(str, words)], check=True, capture_output=True,
                              text=True, timeout=PATIENCE, env={**os.environ, "DISPLAY": self.display}).stdout

    def focus(self):
        """Gives the keyboard to the window of the guest's name or address, as a window manager
        would."""
        window = self.do("search", "--onlyvisible", "--name", "a guest|127[.]0[.]0[.]1").split()[0]

        def focused():
            self.do("windowfocus", window)
            return self.do("getwindowfocus", "-f").strip() == window
        wait_for(focused, "the keyboard's focus")


class Display(unittest.TestCase):
    """A display server with its guest, and what a person does with a viewer."""

    def serve(self, **environment):
        self.directory = tempfile.mkdtemp(prefix="viewers-")
        self.addCleanup(shutil.rmtree, self.directory, True)
        os.mkdir(self.path("screen"))
        self.server = Program(
            self, STAND_IN, "--domid", "7", "--name", "a guest", "--vnc-socket", self.path("vnc"),
            "--spice-socket", self.path("spice"), "--vnc-listen", "127.0.0.1:5940-5999",
            "--spice-listen", "127.0.0.1:6040-6099", "--spice-tls-listen", self.free_place(),
            "--tls-directory", self.certificate(), "--passwords", "0", "--uid", str(UID),
            text=f"vnc {VNC_PASSWORD}\nspice {SPICE_PASSWORD}\n", env={**os.environ, **environment})
        self.server.process.stdin.close()
        self.server.says("ready")

    def path(self, name):
        return os.path.join(self.directory, name)

    def free_place(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return "127.0.0.1:%d" % probe.getsockname()[1]

    def certificate(self):
        directory = self.path("tls")
        os.mkdir(directory)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", f"{directory}/server-key.pem",
                        "-out", f"{directory}/server-cert.pem"],
                       check=True, stderr=subprocess.DEVNULL)
        shutil.copy(f"{directory}/server-cert.pem", f"{directory}/ca-cert.pem")
        return directory

    def view(self, *command, **environment):
        """Starts a viewer, which is to show the guest; returns the screen that it is on."""
        screen = Screen(self, self.path("screen"))
        home = self.path("home")
        os.mkdir(home)
        more = {"DISPLAY": screen.display, "HOME": home, "XDG_RUNTIME_DIR": home,
                "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "XDG_CACHE_HOME": home,
                "GSETTINGS_BACKEND": "memory", "NO_AT_BRIDGE": "1", "GDK_BACKEND": "x11",
                "GIO_USE_VFS": "local", "LC_ALL": "C.UTF-8", **environment}
        viewer = Program(self, "dbus-run-session", "--", *command, env={**os.environ, **more})
        self.check_picture(screen, viewer)
        return screen

    def use(self, *command, **environment):
        """The same, and its input arrives."""
        self.check_input(self.view(*command, **environment))

    def check_picture(self, screen, viewer):
        """All four fields are there, but for a margin that a pointer or a bar may hide."""
        def whole():
            counts = screen.counts()
            return all(counts[name] >= FIELD * 0.8 for name in ("red", "green", "blue"))
        wait_for(whole, lambda: f"the picture; there is {screen.counts()}; "
                                f"the viewer said: {viewer.lines[-20:]}")

    def check_input(self, screen):
        screen.do("mousemove", *screen.find(FIELDS["blue"]))
        screen.focus()
        screen.do("click", 1)
        self.server.says("guest +272")
        x, y = [line for line in self.server.lines if "@" in line][-1][len("guest @"):].split(",")
        self.check_place(int(x), int(y))
        screen.do("key", "a")
        self.server.says(f"guest +{KEY_A}")
        self.server.says(f"guest -{KEY_A}")
        screen.do("key", "F5")
        self.server.says(f"guest +{KEY_F5}")

    def check_place(self, x, y):
        """The middle of the field below on the left, in what the guest counts as its width."""
        self.assertLess(abs(x / 0x7fff - 0.25), 0.02, (x, y))
        self.assertLess(abs(y / 0x7fff - 0.75), 0.02, (x, y))

    def connection(self, **settings):
        """A file of remote-viewer's."""
        path = self.path("guest.vv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("[virt-viewer]\n")
            for key, value in settings.items():
                file.write(f"{key.replace('_', '-')}={value}\n")
        return path


class Viewers(Display):
    def setUp(self):
        self.serve()

    def test_rights(self):
        """What is left to it: no user of importance, no capabilities, few system calls."""
        with open(f"/proc/{self.server.process.pid}/status", encoding="utf-8") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file)
        self.assertEqual(status["Seccomp"].strip(), "2")
        self.assertEqual(status["NoNewPrivs"].strip(), "1")
        if os.getuid() == 0:
            self.assertEqual(status["Uid"].split(), [str(UID)] * 4)
            self.assertEqual(status["Gid"].split(), [str(UID)] * 4)
            self.assertEqual(status["Groups"].strip(), "")
        for capabilities in ("CapEff", "CapPrm", "CapInh"):
            self.assertEqual(int(status[capabilities], 16), 0, capabilities)

    def test_remote_viewer_unix(self):
        self.use("remote-viewer", f"spice+unix://{self.path('spice')}")

    def test_remote_viewer_spice(self):
        port = self.server.place("spice").rpartition(":")[2]
        self.use("remote-viewer", self.connection(type="spice", host="127.0.0.1", port=port,
                                                   password=SPICE_PASSWORD))

    def test_remote_viewer_tls(self):
        port = self.server.place("spice+tls").rpartition(":")[2]
        with open(self.path("tls/ca-cert.pem"), encoding="utf-8") as file:
            ca = file.read().replace("\n", "\\n")
        self.use("remote-viewer", self.connection(type="spice", host="127.0.0.1", tls_port=port,
                                                   ca=ca, password=SPICE_PASSWORD))

    def test_remote_viewer_vnc(self):
        port = self.server.place("vnc").rpartition(":")[2]
        self.use("remote-viewer", self.connection(type="vnc", host="127.0.0.1", port=port,
                                                   password=VNC_PASSWORD))

    def ask_spice(self, scheme, password):
        """A viewer without a window, at the place that the server tells."""
        return Program(self, SPICE_VIEWER, self.server.place(scheme), self.path("picture"),
                       password, self.path("tls/ca-cert.pem"))

    def test_spice_password(self):
        for scheme in ("spice", "spice+tls"):
            with self.subTest(scheme):
                for wrong in ("a longer one: 43", ""):
                    viewer = self.ask_spice(scheme, wrong)
                    viewer.says("refused")
                    self.assertNotIn("open display", viewer.lines)
                self.ask_spice(scheme, SPICE_PASSWORD).says("open display")

    def test_remmina(self):
        place = self.server.place("vnc")[len("vnc://"):]
        self.use("remmina", "-c", f"vnc://:{VNC_PASSWORD}@{place}")

    def test_vncviewer_unix(self):
        self.use("vncviewer", self.path("vnc"))

    def test_vncviewer(self):
        place = self.server.place("vnc")[len("vnc://"):].replace(":", "::")
        self.use("vncviewer", place, VNC_PASSWORD=VNC_PASSWORD)


class Idle(Display):
    """While nothing changes, nothing runs, though somebody looks on."""

    def setUp(self):
        self.serve(STAND_IN_SLEEPS="1")

    def wakings(self):
        """How often each thread of the server has gone to sleep until now."""
        counts = {}
        tasks = f"/proc/{self.server.process.pid}/task"
        for thread in os.listdir(tasks):
            with open(f"{tasks}/{thread}/status", encoding="utf-8") as file:
                counts[thread] = next(line for line in file if line.startswith("voluntary_ctxt"))
        return counts

    def test_vnc(self):
        self.view("vncviewer", self.path("vnc"))
        time.sleep(1)
        before = self.wakings()
        time.sleep(4)
        self.assertEqual(self.wakings(), before)


if __name__ == "__main__":
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        print(f"skipped: {missing} are not installed")
        sys.exit(77)
    faulthandler.dump_traceback_later(WHOLE, exit=True)
    unittest.main(verbosity=2)
