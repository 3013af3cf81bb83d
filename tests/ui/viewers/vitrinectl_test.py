# SPDX-License-Identifier: GPL-2.0-or-later
"""vitrinectl's picture and keys on the real display server, with a guest that is played; the service's machine is a
simulated one. Runs under dbus-run-session."""

import json
import os
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "boot"))
from machine import read_png  # noqa: E402

PATIENCE = 40 * float(os.environ.get("VITRINE_TEST_PATIENCE", "1"))  # seconds
CTL, SERVICE, STAND_IN = (os.environ[name] for name in ("VITRINECTL", "SERVICE", "DISPLAY_STAND_IN"))

# The played guest's domain has a number of its own. The service hears of its server that it is ready, and hangs up.
SERVER = """#!/bin/bash
exec "{program}" "$@" --domid 7 > >(while read -r line; do
    echo "$line" >>"{log}"
    [ "$line" != ready ] || echo ready
done)
"""


class Screen(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.log = self.directory / "guest.log"
        server = self.directory / "server"
        server.write_text(SERVER.format(program=STAND_IN, log=self.log))
        server.chmod(server.stat().st_mode | stat.S_IXUSR)
        service = subprocess.Popen([SERVICE, "--session", "--simulate", "--simulate-pace", "5", "--usb-program", "",
                                    "--state-dir", directory.name, "--run-dir", directory.name,
                                    "--display-program", server])
        self.addCleanup(service.wait, PATIENCE)
        self.addCleanup(service.terminate)
        self.wait_for(lambda: self.ctl("list").returncode == 0)
        self.ok("create", "debian-12-minimal", "g")

    @staticmethod
    def ctl(*words):
        return subprocess.run([CTL, "--session", *words], capture_output=True, text=True, timeout=PATIENCE, check=False)

    def ok(self, *words):
        done = self.ctl(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def wait_for(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def said(self):
        return self.log.read_text().splitlines()

    def look(self):
        path = self.directory / "screen.png"
        self.assertEqual(json.loads(self.ok("--json", "screenshot", "g", str(path))), {"width": 640, "height": 480})
        return read_png(path.read_bytes())

    def assert_colours(self, screen, places):
        width, _, pixels = screen
        for (x, y), colour in places.items():
            at = (y * width + x) * 3
            self.assertEqual(pixels[at:at + 3].hex(), colour, (x, y))

    def test_screenshot(self):
        """the picture is the guest's: its four fields, and what it draws later"""
        fields = {(1, 1): "ff0000", (638, 1): "00ff00", (1, 478): "0000ff", (638, 478): "ffffff",
                  (319, 239): "ff0000", (320, 239): "00ff00", (319, 240): "0000ff", (320, 240): "ffffff"}
        # The guest takes its devices up in its own time.
        self.wait_for(lambda: any(self.look()[2]))
        self.assert_colours(self.look(), {(0, 0): "ff0000", **fields})
        self.ok("send-keys", "g", "d")
        self.wait_for(lambda: self.look()[2][:3] != b"\xff\0\0")
        self.assert_colours(self.look(), {(0, 0): "ffffff", **fields})

    def test_send_keys(self):
        """each word's keys go down in the guest one after the other, and come up the other way round"""
        self.wait_for(lambda: any(self.look()[2]))
        self.ok("send-keys", "g", "h", "shift-2", "ctrl-alt-del", "f12", "enter")
        wanted = ["+35", "-35", "+42", "+3", "-3", "-42", "+29", "+56", "+111", "-111", "-56", "-29",
                  "+88", "-88", "+28", "-28"]
        self.wait_for(lambda: len(self.said()) > len(wanted))
        self.assertEqual(self.said(), ["ready", *(f"guest {key}" for key in wanted)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
