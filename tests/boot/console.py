# SPDX-License-Identifier: GPL-2.0-or-later
"""A serial console as a test sees it: wait for text, type, run a command and get its answer."""

import os
import re
import select
import socket
import time

# All time-outs are for an idle machine with two CPUs, and are stretched by this on a slower one.
PATIENCE = float(os.environ.get("VITRINE_TEST_PATIENCE", "1"))

# Colours and cursor movements, which say nothing to a test.
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\r")

# Lines of the hypervisor and of guests' early boot, which share the serial console with dom0.
NOISE = re.compile(r"^\((?:d\d+|XEN|vitrine)\) .*\n?", re.M)


class Timeout(AssertionError):
    """Text that a test waits for did not come."""


class CommandFailed(AssertionError):
    """A command that a test needs ended with a status other than 0."""


def connect(path, why_dead):
    """A socket connected to a unix socket that QEMU is about to make."""
    deadline = time.monotonic() + 60
    while True:
        try:
            result = socket.socket(socket.AF_UNIX)
            result.connect(path)
            return result
        except OSError:
            result.close()
            if why_dead() or time.monotonic() > deadline:
                raise Timeout(f"the machine does not start: {why_dead() or path + ' is missing'}")
            time.sleep(0.05)


class Console:
    """One end of a unix socket on which the machine's serial port is."""

    def __init__(self, path, log_path, alive):
        """alive: a function that returns None, or a sentence on why nothing will come any more."""
        self.socket = connect(path, alive)
        self.log = open(log_path, "wb", buffering=0)
        self.alive = alive
        self.buffer = b""
        self.received = 0
        self.count = 0

    def _read(self, timeout):
        """Takes in what has come; False when nothing came in time."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return False
        data = self.socket.recv(65536)
        if not data:
            raise Timeout(f"the machine ended: {self.alive() or 'console closed'}\n" + self.tail())
        self.log.write(data)
        self.buffer += data
        self.received += len(data)
        return True

    def tail(self, size=2000):
        """The last of what came and nobody took."""
        return ESCAPES.sub(b"", self.buffer)[-size:].decode(errors="replace")

    def expect(self, pattern, timeout):
        """Waits for a regular expression; returns the match and forgets all text up to its end."""
        expression = re.compile(pattern.encode() if isinstance(pattern, str) else pattern, re.M)
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            # An escape sequence may be cut in two by the socket: the raw bytes stay in the buffer.
            text = ESCAPES.sub(b"", self.buffer)
            match = expression.search(text)
            if match:
                self.buffer = text[match.end():]
                return match
            left = deadline - time.monotonic()
            if left <= 0:
                raise Timeout(f"no {pattern!r} in {timeout} s; the console's last words:\n"
                              + self.tail())
            self._read(min(left, 1.0))

    def drain(self, seconds=0.0):
        """Takes in everything for a while, so that it is in the log."""
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            self._read(max(0.0, min(0.2, left)))
            if left <= 0:
                return

    def send_silent(self, text):
        """Types a few characters that are not echoed."""
        self.socket.sendall(text.encode())

    def send(self, text):
        """Types. A hypervisor holds few characters until dom0 fetches them and drops the rest, so
        each piece waits for the echo of the one before."""
        data = text.encode() if isinstance(text, str) else text
        for start in range(0, len(data), 24):
            piece = data[start:start + 24]
            want = self.received + len(piece)
            self.socket.sendall(piece)
            deadline = time.monotonic() + 2
            while self.received < want and time.monotonic() < deadline:
                self._read(0.2)

    def login(self, timeout):
        """Takes the root prompt over with a plain shell that has no line editor."""
        if not self.expect(r"dom0:~# ?|(initrd: a shell follows)", timeout).group(1) is None:
            raise Timeout("dom0 finds no root file system:\n" + self.tail())
        self.send("exec sh\n")
        time.sleep(0.5)
        self.send("export TERM=dumb SYSTEMD_PAGER=; stty cols 500; PS1=; PS2=; dmesg -n 1; echo lo''gin-done\n")
        self.expect(r"login-done$", 30)

    def call(self, command, timeout=60, whole=False):
        """Runs a command; returns its output (both streams) and its exit status. What the
        hypervisor says meanwhile is in the output only when that is wanted whole."""
        # The marks are quoted so that the echo of the command does not hold them.
        self.count += 1
        mark = f"=={self.count}=="
        self.send(f"echo '{mark}'begin; {{ {command}\n}} </dev/null 2>&1; echo '{mark}'end $?\n")
        self.expect(rf"{mark}begin\n", timeout)
        match = self.expect(rf"(?s)^(.*?){mark}end (\d+)$", timeout)
        output = match.group(1).decode(errors="replace")
        return output if whole else NOISE.sub("", output), int(match.group(2))

    def run(self, command, timeout=60, whole=False):
        """Runs a command that must succeed; returns its output."""
        output, status = self.call(command, timeout, whole)
        if status != 0:
            raise CommandFailed(f"'{command}' ended with {status}:\n{output}")
        return output

    def wait_for(self, command, timeout, interval=0.5):
        """Runs a command again and again until it succeeds; returns its output."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            output, status = self.call(command, max(10, timeout))
            if status == 0:
                return output
            if time.monotonic() > deadline:
                raise Timeout(f"'{command}' still ends with {status} after {timeout} s:\n{output}")
            time.sleep(interval)
