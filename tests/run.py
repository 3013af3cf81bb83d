#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the tests, part by part, and ends with one line: how many passed, how many failed."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("VITRINE_TEST_BUILD", ROOT / "build"))
# Boot tests that share a machine of one CPU; most others share one of two. The two kinds run beside
# each other, since one emulator leaves almost half of two CPUs idle. With a second emulator of two
# CPUs instead, the service's tests took three times as long.
# test_bios, as test_uefi among the others, is the last that uses its machine: it ends it.
ONE_CPU = ("test_one_cpu", "test_one_cpu_guests", "test_one_cpu_micro", "test_service",
           "test_service_copies", "test_service_monitors", "test_service_save", "test_service_disks",
           "test_bios")
# Those on machines of their own: whoever is done with its kind takes the next of them.
OWN_MACHINES = ("test_launcher", "test_machines", "test_bad_boot", "test_bochs")
PARTS = ("lint", "unit", "boot", "ui")
# What takes too long for every change; run when it is asked for.
SLOW = "slow"


class Tally:
    """What has passed and failed so far, said line by line."""

    def __init__(self):
        self.passed = 0
        self.failed = []
        self.lock = threading.Lock()

    def add(self, *line, **more):
        with self.lock:
            self._add(*line, **more)

    def _add(self, name, good, seconds, detail="", skipped=False):
        word = "skip" if skipped else "ok  " if good else "FAIL"
        print(f"  {word} {name}  {seconds:.1f} s", flush=True)
        if not good and detail:
            print("       " + detail.strip().replace("\n", "\n       "), flush=True)
        if skipped:
            return
        if good:
            self.passed += 1
        else:
            self.failed.append(name)


class Report(Tally):
    """A tally kept by another process, which is told each line of it."""

    def add(self, *line, **more):
        print(json.dumps((line, more)), flush=True)


class Result(unittest.TestResult):
    """Tells the tally about each test of unittest."""

    def __init__(self, tally, part):
        super().__init__()
        self.tally = tally
        self.part = part

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def _add(self, test, good, detail="", skipped=False):
        name = f"{self.part}: {test.shortDescription() or test.id()}"
        self.tally.add(name, good, time.monotonic() - self.began, detail, skipped)

    def addSuccess(self, test):
        self._add(test, True)

    def addFailure(self, test, error):
        self._add(test, False, self._exc_info_to_string(error, test))

    def addError(self, test, error):
        # setUpClass errors come with no startTest before them.
        self.began = getattr(self, "began", time.monotonic())
        self._add(test, False, self._exc_info_to_string(error, test))

    def addSubTest(self, test, subtest, error):
        # Without this one that fails is told by nobody: the whole is then no success, nor a failure.
        if error:
            self._add(test, False, f"{subtest}\n" + self._exc_info_to_string(error, test))

    def addSkip(self, test, reason):
        self.began = getattr(self, "began", time.monotonic())
        self._add(test, True, reason, skipped=True)


class Meson:
    """What meson calls a test, while it runs: host unit tests, short fuzz runs, the app on a stand-in service."""

    LOG = BUILD / "meson-logs/testlog.json"

    # One more at once than there are CPUs: some tests do little but wait.
    def __init__(self, *choice, at_once=os.cpu_count() + 1):
        self.LOG.unlink(missing_ok=True)
        self.output = tempfile.TemporaryFile()
        self.process = subprocess.Popen(["meson", "test", "-C", str(BUILD), "--no-rebuild",
                                         "--num-processes", str(at_once),
                                         "--timeout-multiplier", os.environ.get("VITRINE_TEST_PATIENCE", "1"),
                                         *choice],
                                        stdout=self.output, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait()
        self.output.close()

    def finish(self, tally, part):
        """Waits for its end, and tells the tally about each test."""
        self.process.wait()
        count = 0
        for line in self.LOG.read_text().splitlines() if self.LOG.exists() else ():
            test = json.loads(line)
            count += 1
            tally.add(f"{part}: {test['name'].split(' / ')[-1]}",
                      test["result"] in ("OK", "EXPECTEDFAIL", "SKIP"),
                      test["duration"], "\n".join((test.get("stdout") or "").splitlines()[-15:]),
                      skipped=test["result"] == "SKIP")
        if not count:
            self.output.seek(0)
            said = self.output.read().decode(errors="replace")
            tally.add(f"{part}: meson test", False, 0, said[-2000:] or "no test ran")


def python_tests(part, only, names):
    """The unittest files of a folder that have these names, as one suite."""
    sys.path[:0] = [str(ROOT / "tests" / part), str(ROOT / "tests/boot")]
    loader = unittest.TestLoader()
    if only:
        loader.testNamePatterns = [f"*{word}*" for word in only]
    return loader.loadTestsFromNames(names)


def all_names(part):
    return [path.stem for path in sorted((ROOT / "tests" / part).glob("test_*.py"))]


def each_test(suite):
    """The single tests of a suite."""
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from each_test(item)
        else:
            yield item


def run_lane(tally, only, names, claims):
    """The boot tests with these names, and then those on machines of their own that the other lane
    has not begun. A test is begun by making its directory in claims."""
    python_tests("boot", only, names).run(Result(tally, "boot"))
    close_shared_machine()
    for test in each_test(python_tests("boot", only, OWN_MACHINES)):
        try:
            (claims / test.id()).mkdir()
        except FileExistsError:
            continue
        unittest.TestSuite([test]).run(Result(tally, "boot"))


def close_shared_machine():
    """The emulator that the tests have shared takes memory and time from those that follow."""
    if "dom0" in sys.modules:
        sys.modules["dom0"].SHARED.close()


def run_boot(tally, only):
    """All boot tests: those on one CPU in a second process, beside the others."""
    with tempfile.TemporaryDirectory(prefix="vitrine-tests-") as claims:
        lane = subprocess.Popen([sys.executable, __file__, "boot", "--lane", claims]
                                + [f"--only={word}" for word in only],
                                stdout=subprocess.PIPE, text=True)
        reader = threading.Thread(target=relay, args=(lane.stdout, tally))
        reader.start()
        try:
            run_lane(tally, only, [name for name in all_names("boot")
                                   if name not in ONE_CPU + OWN_MACHINES], Path(claims))
        except KeyboardInterrupt:
            lane.terminate()
            raise
        finally:
            reader.join()
            lane.wait()
    if lane.returncode:
        tally.add("boot: the tests on one CPU", False, 0, f"they ended with {lane.returncode}")


def relay(lines, tally):
    """Takes in what another process reports; what a test prints there is only shown."""
    for line in lines:
        try:
            words, more = json.loads(line)
        except (TypeError, ValueError):
            print(line, end="", flush=True)
            continue
        tally.add(*words, **more)


def run_part(tally, part, only):
    """One part of the tests; with words in only, of boot and ui those tests that hold one."""
    print(f"{part}:", flush=True)
    if part == "lint":
        with Meson("--suite", "lint") as meson:
            meson.finish(tally, part)
    elif part == "unit":
        with Meson("--no-suite", "ui", "--no-suite", "lint") as meson:
            meson.finish(tally, part)
    elif part == "boot":
        run_boot(tally, only)
    elif part == "ui" and not only:
        run_ui(tally, part)
    else:
        python_tests(part, only, all_names(part)).run(Result(tally, part))


def run_ui(tally, part):
    """Those on a stand-in service one by one beside the whole product, whose emulator leaves a CPU idle."""
    with Meson("--suite", "ui", at_once=1) as meson:
        python_tests(part, (), all_names(part)).run(Result(tally, part))
        meson.finish(tally, part)


def main():
    parser = argparse.ArgumentParser(prog="./vitrine test", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, SLOW, []], metavar="PART",
                        help="lint, unit, boot, ui (default: all of these); slow")
    parser.add_argument("--hypervisor", help="multiboot image to test, or 'peer' (default: ours)")
    parser.add_argument("--only", action="append", default=[], metavar="WORD",
                        help="only boot and ui tests whose names contain this")
    parser.add_argument("--lane", metavar="CLAIMS", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.lane:
        os.environ["VITRINE_TEST_HYPERVISOR"] = (options.hypervisor
                                                 or str(BUILD / "hypervisor/vitrine"))
    os.environ["VITRINE_TEST_BUILD"] = str(BUILD)

    # Ended from outside, this still ends the emulators that it started. A SystemExit would be taken
    # for one test's error, and the next test begun.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    if options.lane:
        os.environ["VITRINE_TEST_LANE"] = "one-"
        run_lane(Report(), options.only, ONE_CPU, options.lane)
        return

    tally = Tally()
    started = time.monotonic()
    try:
        for part in options.parts or PARTS:
            run_part(tally, part, options.only)
    except KeyboardInterrupt:
        tally.failed.append("the rest: ended from outside")
    print(f"{time.monotonic() - started:.0f} s in all")
    for name in tally.failed:
        print(f"failed: {name}")
    print(f"{tally.passed} passed, {len(tally.failed)} failed")
    sys.exit(1 if tally.failed or not tally.passed else 0)


if __name__ == "__main__":
    main()
