# SPDX-License-Identifier: GPL-2.0-or-later
"""Snapshots of real guests' disks, copies of guests and templates out of them, on dom0's own file system."""

import json

from service import LIB, ServiceTest

DISK = f"{LIB}/disks/g.img"


class ServiceCopies(ServiceTest):
    def write(self, word):
        """Puts a word at the beginning of the guest's disk, as the guest would."""
        self.do(f"echo {word} | dd of={DISK} conv=notrunc status=none")

    def word(self, disk=DISK):
        return self.do(f"head -n 1 {disk}")

    def test_copies(self):
        """a guest's disk goes back to a snapshot; a copy of the guest, and a guest of a template out of it, start
        with its disk's contents; a running guest's disk is left alone"""
        self.works("create g tiny \"{'start': <false>}\"")
        self.write("first")
        number = self.do("vitrinectl snapshot g 'as it was' 2>/dev/null")
        self.write("second")
        (shown,) = json.loads(self.do("vitrinectl --json snapshots g"))
        self.assertEqual((shown["id"], shown["label"]), (number, "as it was"))
        self.do(f"vitrinectl clone g copy && vitrinectl roll-back g {number}")
        self.assertEqual((self.word(), self.word(f"{LIB}/disks/copy.img")), ("first", "second"))
        self.addCleanup(self.dom0.call, f"rm -rf {LIB}/templates/made")
        self.do("vitrinectl make-template g made 'Made of g'")
        self.works("act copy Start")
        self.works("create second made")
        for name in ("copy", "second"):
            self.do(f"said {name} 'guest: ready'")
        self.assertIn("second", self.in_guest("copy", "head -n 1 /dev/xvda"))
        self.assertIn("first", self.in_guest("second", "head -n 1 /dev/xvda"))
        for command in ("snapshot copy", "clone copy more", "make-template copy more"):
            output, status = self.dom0.call(f"vitrinectl {command}", 60)
            self.assertNotEqual(status, 0, command)
            self.assert_sentence(output.strip().splitlines()[-1].partition(": ")[2], "hut")
        for name in ("copy", "second"):
            self.works(f"act {name} ForceOff")
            self.works(f"act {name} Delete")
        self.works("act g Delete")
        self.assert_nothing_left()
        self.assertEqual(self.do(f"find {LIB} -name '*making*' -o -path '*snapshots/*'"), "")
