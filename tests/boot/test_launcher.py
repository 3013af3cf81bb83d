# SPDX-License-Identifier: GPL-2.0-or-later
"""./vitrine as a person uses it: at a terminal, with Ctrl-C, and with nothing left behind."""

import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from console import ESCAPES, PATIENCE, Timeout
from machine import ROOT, image_path, keep_logs_in


class Terminal:
    """./vitrine with a terminal of its own, whose keys reach whoever is in the foreground."""

    def __init__(self, arguments, environment, log):
        self.text = ""
        self.log = open(log, "wb", buffering=0)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Who was started in the background passes on that it does not hear of it.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execve(ROOT / "vitrine", ["vitrine", *arguments], environment)

    def expect(self, pattern, timeout):
        """Waits for a regular expression; returns the match and forgets all text up to its end."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            match = re.search(pattern, self.text, re.M)
            if match:
                self.text = self.text[match.end():]
                return match
            if time.monotonic() > deadline or not self._read():
                raise Timeout(f"no {pattern!r} at the terminal; its last words:\n{self.text[-2000:]}")

    def _read(self):
        """Takes in what has come; False when the other end is closed."""
        if select.select([self.fd], [], [], 0.5)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return False
            self.log.write(data)
            self.text += ESCAPES.sub(b"", data).decode(errors="replace")
        return True

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def end(self, timeout):
        """Waits until it has ended by itself; returns its exit status."""
        deadline = time.monotonic() + timeout * PATIENCE
        while time.monotonic() < deadline:
            self._read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                while self._read() and select.select([self.fd], [], [], 0)[0]:
                    pass
                return os.waitstatus_to_exitcode(status)
        raise Timeout(f"./vitrine does not end in {timeout} s:\n{self.text[-2000:]}")

    def close(self):
        if self.pid:
            for member in session(self.pid):
                os.kill(member, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
        self.log.close()


def session(leader):
    """Process ids of everything that was started in a terminal's session."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            members.append(int(stat.parent.name))
    return members


class Launcher(unittest.TestCase):
    def setUp(self):
        self.state = Path(tempfile.mkdtemp(prefix="vitrine-launcher-"))
        self.addCleanup(shutil.rmtree, self.state)
        (self.state / "tmp").mkdir()
        # As a person's own data disk, which --throw-away leaves as it is.
        (self.state / "data.img").symlink_to(image_path("data"))

    def launch(self, *arguments, display=None):
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        environment.update(VITRINE_STATE=str(self.state), TMPDIR=str(self.state / "tmp"),
                           TERM="dumb", **({"DISPLAY": display} if display else {}))
        terminal = Terminal(arguments, environment,
                            keep_logs_in() / f"boot-launcher-{self._testMethodName}.log")
        self.addCleanup(terminal.close)
        return terminal

    def launch_machine(self, command, *arguments, **options):
        hypervisor = os.environ.get("VITRINE_TEST_HYPERVISOR", "peer")
        return self.launch(command, "--hypervisor", hypervisor, "--throw-away", *arguments, **options)

    def ends_clean(self, terminal, leader):
        """It ends with status 0 and leaves no process and no file."""
        self.assertEqual(terminal.end(20), 0, terminal.text)
        self.assertEqual(session(leader), [])
        self.assertEqual(os.listdir(self.state / "tmp"), [])

    def test_shell(self):
        """./vitrine shell leads to a root prompt; Ctrl-A X ends it and leaves nothing"""
        terminal = self.launch_machine("shell", "--smp", "1")
        leader = terminal.pid
        terminal.expect("Ctrl-A X ends it", 200)
        terminal.expect("dom0:~#", 200)
        terminal.type("xl list\n")
        terminal.expect(r"^Domain-0 +0 +1024 ", 30)
        self.assertNotEqual(os.listdir(self.state / "tmp"), [])
        terminal.type("\x01x")
        self.ends_clean(terminal, leader)

    def test_run_headless(self):
        """./vitrine run --headless serves the screen where it says; Ctrl-C ends it"""
        terminal = self.launch_machine("run", "--headless")
        leader = terminal.pid
        port = int(terminal.expect(r"vnc://127\.0\.0\.1:(\d+)", 200).group(1))
        self.assertRegex(self.banner(port), rb"^RFB 003\.\d{3}\n$")
        terminal.type("\x03")
        terminal.expect("Vitrine has ended", 20)
        self.ends_clean(terminal, leader)

    @staticmethod
    def banner(port):
        """What a VNC server says first."""
        deadline = time.monotonic() + 20 * PATIENCE
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), 5) as client:
                    return client.recv(12)
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def test_run_window(self):
        """./vitrine run on a desktop opens a window; ended from outside it leaves nothing"""
        reader, writer = os.pipe()
        # -noreset: an X server starts anew whenever its last client leaves, and who comes meanwhile
        # is turned away. Until the window is there, each xwininfo is the last client.
        screen = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp",
                                   "-noreset"],
                                  pass_fds=[writer], stderr=subprocess.DEVNULL)
        self.addCleanup(screen.wait)
        self.addCleanup(screen.terminate)
        os.close(writer)
        with os.fdopen(reader) as number:
            display = ":" + number.readline().strip()
        terminal = self.launch_machine("run", display=display)
        leader = terminal.pid
        terminal.expect("a window opens", 200)
        deadline = time.monotonic() + 30 * PATIENCE
        while "Vitrine" not in self.windows(display):
            self.assertLess(time.monotonic(), deadline, f"no window:\n{self.windows(display)}")
            time.sleep(0.5)
        os.kill(leader, signal.SIGTERM)
        self.ends_clean(terminal, leader)

    @staticmethod
    def windows(display):
        return subprocess.run(["xwininfo", "-display", display, "-root", "-tree"],
                              stdout=subprocess.PIPE, text=True, check=True).stdout

    def wait_until(self, condition, seconds=60):
        deadline = time.monotonic() + seconds * PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it does not begin")
            time.sleep(0.05)

    def test_deb(self):
        """./vitrine deb makes the packages; Ctrl-C in the middle leaves none"""
        where = self.state / "packages"
        terminal = self.launch("deb", str(where))
        leader = terminal.pid
        terminal.expect("making the Debian packages", 200)
        # Not while one program is about to become the next, which then would not hear of it.
        self.wait_until(lambda: list(self.state.glob("tmp/vitrine-packages.*/tree/debian/.debhelper")))
        terminal.type("\x03")
        self.assertEqual(terminal.end(20), -signal.SIGINT)
        self.assertEqual(session(leader), [])
        self.assertEqual(os.listdir(self.state / "tmp"), [])
        self.assertEqual(list(self.state.glob("packages/*")), [])
        terminal = self.launch("deb", str(where))
        leader = terminal.pid
        terminal.expect("the packages are in", 200)
        self.ends_clean(terminal, leader)
        self.assertIn("vitrine-hypervisor", {path.name.split("_")[0] for path in where.iterdir()})

    def test_wrong_options(self):
        """what it can't do it refuses in one sentence, before it does anything"""
        for arguments, words in ((["fly"], "no command 'fly'"),
                                 (["run", "--fast"], "unknown option '--fast'"),
                                 (["shell", "--smp"], "--smp needs a value"),
                                 (["run", "--smp", "many"], "--smp.*'many'"),
                                 (["run", "--memory", "1"], "--memory.*'1'"),
                                 (["shell", "--hypervisor", "/no/such"], "no hypervisor image"),
                                 (["deb", "one", "two"], "only one directory"),
                                 (["deb", "/etc/passwd"], "/etc/passwd is no directory"),
                                 (["image", "--fast"], "unknown option '--fast'"),
                                 (["image", "/"], "/ is no file"),
                                 (["image", "/no/such/disk"], "no directory /no/such")):
            with self.subTest(" ".join(arguments)):
                terminal = self.launch(*arguments)
                self.assertEqual(terminal.end(20), 1)
                self.assertRegex(terminal.text.splitlines()[-1], f"^vitrine: .*{words}")
