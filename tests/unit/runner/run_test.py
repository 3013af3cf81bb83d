#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The runner of the tests: nothing that fails goes unheard, and no test is run by two lanes."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
import run

SAMPLE = '''
import unittest

class Sample(unittest.TestCase):
    def test_pass(self):
        """passes"""

    def test_fail(self):
        """fails"""
        self.fail("as it should")

    def test_part_fails(self):
        """fails in a part"""
        for number in (1, 2, 3):
            with self.subTest(number):
                self.assertNotEqual(number, 2)

    def test_skip(self):
        """is skipped"""
        self.skipTest("no reason")

class NoSetUp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise OSError("nothing there")

    def test_never(self):
        """is never run"""
'''


class Runner(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        root = Path(self.folder.name)
        (root / "tests/boot").mkdir(parents=True)
        (root / "tests/boot/test_sample.py").write_text(SAMPLE)
        self.claims = root / "claims"
        self.claims.mkdir()
        self.root, run.ROOT = run.ROOT, root
        self.own, run.OWN_MACHINES = run.OWN_MACHINES, ["test_sample"]
        self.path = list(sys.path)

    def tearDown(self):
        run.ROOT, run.OWN_MACHINES = self.root, self.own
        sys.path[:] = self.path

    def test_relay(self):
        """what a test of the other lane prints is shown, and what comes behind it is counted"""
        tally = run.Tally()
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            run.relay(["a word\n", "5\n", '[["boot: one", true, 1.5], {}]\n'], tally)
        self.assertEqual((tally.passed, tally.failed), (1, []))
        self.assertEqual(said.getvalue(), "a word\n5\n  ok   boot: one  1.5 s\n")

    def lane(self, names=(), only=()):
        """Runs a lane; returns the tally and what was said."""
        tally, said = run.Tally(), io.StringIO()
        with contextlib.redirect_stdout(said):
            run.run_lane(tally, only, list(names), self.claims)
        return tally, said.getvalue()

    def test_all_is_heard(self):
        tally, said = self.lane()
        self.assertEqual(tally.passed, 1)
        self.assertEqual(sorted(name.partition(" (")[0] for name in tally.failed),
                         ["boot: fails", "boot: fails in a part", "boot: setUpClass"])
        self.assertIn("ok   boot: passes", said)
        self.assertIn("as it should", said)
        self.assertIn("skip boot: is skipped", said)
        self.assertIn("nothing there", said)

    def test_no_test_twice(self):
        self.lane(only=["test_fail", "test_never"])
        tally, said = self.lane()
        self.assertEqual(tally.failed, ["boot: fails in a part"])
        self.assertEqual(tally.passed, 1)
        tally, said = self.lane()
        self.assertEqual((tally.passed, tally.failed, said), (0, [], ""))

    def test_shared_ones_are_run_whole(self):
        run.OWN_MACHINES = []
        tally, _ = self.lane(["test_sample"])
        self.assertEqual((tally.passed, len(tally.failed)), (1, 3))


if __name__ == "__main__":
    unittest.main()
