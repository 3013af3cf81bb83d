# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of guests when the computer is switched off, and what there is of them when it is switched on again:
one computer, that is, one data disk, that is started three times."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from dom0 import SHARED, boot
from machine import ROOT, image_path
from service import CALLS, DESCRIPTION, LIB, ServiceTest

LAST_WORDS = "written-at-the-end"
# What the guest's system runs when it is asked to shut down.
POWEROFF = f"#!/bin/sh\\necho {LAST_WORDS} | dd of=/dev/xvda conv=sync\\nsync\\nexec /bin/poweroff -f\\n"


class SwitchedOff(ServiceTest):
    def setUp(self):
        SHARED.close()
        self.where = Path(tempfile.mkdtemp(prefix="switched-off-", dir=ROOT / "build"))
        self.addCleanup(shutil.rmtree, self.where)
        self.disk = self.where / "data.img"
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", image_path("data"), self.disk], check=True)
        self.machine = None
        self.addCleanup(self._tidy)

    def _tidy(self):
        if self.machine:
            self.machine.close()

    def switch_on(self, turn):
        self.machine = boot(f"switched-off-{turn}.log", smp=1, service=True, loader="bios", data=self.disk,
                            throw_away=False)
        self.dom0 = self.machine.console
        self.dom0.run(f". {CALLS}")
        self.dom0.wait_for("systemctl is-active vitrine-service vitrine-guests", 120)

    def switch_off(self, sentence):
        """As a person does; what became of the guest is said on the computer's console."""
        self.dom0.send("systemctl poweroff\n")
        self.dom0.expect(sentence, 180)
        self.machine.wait_end(240)
        self.machine.close()
        self.machine = None

    def make(self, name):
        self.dom0.call("systemctl is-system-running --wait", 180)
        self.works(f"create {name}", 240)
        self.do(f"said {name} 'guest: ready'", 240)

    def test_both(self):
        """a guest shuts down before the computer is off, or is saved and goes on when that is on again"""
        self.switch_on("shut-down")
        self.template("tiny", DESCRIPTION)
        self.make("g1")
        self.in_guest("g1", f"printf '{POWEROFF}' > /sbin/poweroff")
        self.switch_off("The guest g1 was shut down")

        self.switch_on("save")
        self.assertIn(LAST_WORDS, self.do(f"head -n 1 {LIB}/disks/g1.img"))
        self.do("soon 'stopped -1 false' state g1")
        self.do("vitrinectl switched-off save")
        self.make("g2")
        self.in_guest("g2", "echo kept > /tmp/word")
        self.switch_off("The guest g2 was saved")

        self.switch_on("again")
        self.do("soon running state g2", 180)
        self.assertIn("kept", self.in_guest("g2", "cat /tmp/word"))
        self.do("soon 'stopped -1 false' state g1")
