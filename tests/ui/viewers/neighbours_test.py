#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two guests that are played, each behind a display server of its own, on one CPU: one floods its server
in every way that it has, and the other goes on drawing what is asked of it, and is seen."""

import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

PATIENCE = 60 * float(os.environ.get("VITRINE_TEST_PATIENCE", "1"))  # seconds
STAND_IN = os.environ["DISPLAY_STAND_IN"]

# display/local/protocol.h
READY, KEY = 1, 2
FRAME = struct.Struct("7I80i")
REQUEST = struct.Struct("4I")
CODE_D = 0x20

# How many frames of the neighbour's are waited for.
FRAMES = 40
# How often a guest's event channel wakes its server (backend/events.c).
WAKE_UPS, WINDOW_MS = 100, 100


class Server:
    """A display server with its guest. It ends with the test."""

    def __init__(self, test, directory, name, cpu, *arguments, **env):
        self.socket = os.path.join(directory, name)
        self.lines = []
        self.process = subprocess.Popen(
            [STAND_IN, "--domid", "7", "--name", name, "--local-socket", self.socket, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **env},
            preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
        test.addCleanup(self.end)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def says(self, pattern):
        """Waits for a line that matches; the match."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for line in self.lines:
                match = re.fullmatch(pattern, line)
                if match:
                    return match
            time.sleep(0.05)
        raise AssertionError(f"not said: {pattern}, but: {self.lines[-20:]}")

    def finish(self):
        """Asks it to end; its status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        self.reader.join()
        return status

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        self.process.stdout.close()


class Viewer:
    """One who maps the picture, but does not look at it."""

    def __init__(self, test, server):
        server.says("ready")
        self.socket = socket.socket(socket.AF_UNIX)
        test.addCleanup(self.socket.close)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(server.socket)

    def say(self, kind, *numbers):
        self.socket.sendall(REQUEST.pack(kind, *numbers, *[0] * (3 - len(numbers))))

    def see(self):
        """Asks for the next frame, and waits for it."""
        self.say(READY)
        data = b""
        while len(data) < FRAME.size:
            part, pictures, _, _ = socket.recv_fds(self.socket, FRAME.size - len(data), 1)
            for picture in pictures:
                os.close(picture)
            if not part:
                raise AssertionError("the server hung up")
            data += part

    def press(self, code):
        self.say(KEY, code, 0, 1)
        self.say(KEY, code, 0, 0)


class Onlooker(threading.Thread):
    """Looks at the guest that floods, as fast as that is shown, so that its server has all to do."""

    def __init__(self, viewer):
        super().__init__(daemon=True)
        self.viewer = viewer
        self.frames = 0
        self.start()

    def run(self):
        try:
            while True:
                self.viewer.see()
                self.frames += 1
        except (AssertionError, OSError):
            pass  # the server has ended


class Neighbours(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.cpu = min(os.sched_getaffinity(0))

    def serve(self, name, *arguments, **env):
        return Server(self, self.directory, name, self.cpu, *arguments, **env)

    def live_beside(self, flooder):
        """The neighbour shows so many frames, each for a key, while the other's guest floods; what that says at its
        end."""
        quiet = self.serve("quiet")
        viewer = Viewer(self, quiet)
        viewer.see()  # the whole, before the guest has one, or with it
        onlooker = Onlooker(Viewer(self, flooder))
        flooder.says("guest floods")
        quiet.says(".*vkbd is connected.*")
        quiet.says(".*vfb is connected.*")
        for _ in range(FRAMES):
            viewer.press(CODE_D)
            viewer.see()
        self.assertIsNone(flooder.process.poll(), flooder.lines[-5:])
        self.assertGreater(onlooker.frames, 0)
        self.assertEqual(flooder.finish(), 0)
        self.assertEqual(quiet.finish(), 0)
        said = flooder.says(r"guest flooded (\d+) times in (\d+) ms, screen heard (\d+), keyboard heard (\d+)")
        return [int(number) for number in said.groups()]

    def assert_bounded(self, floods, milliseconds, *heard):
        """It was heard, and no more often than it may be."""
        limit = WAKE_UPS * (milliseconds // WINDOW_MS + 2)
        for times in heard:
            self.assertGreater(times, 0)
            self.assertGreater(floods, times)
            self.assertLessEqual(times, limit)

    def test_screen(self):
        self.assert_bounded(*self.live_beside(self.serve("flooder", STAND_IN_FLOODS="1")))

    def test_card(self):
        flooder = self.serve("flooder", "--monitors", "640x480,400x300", STAND_IN_FLOODS="1", STAND_IN_MONITORS="1")
        self.assert_bounded(*self.live_beside(flooder))


if __name__ == "__main__":
    unittest.main()
