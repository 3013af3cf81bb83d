# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine with the hypervisor and the modules of a test, and no disk: up in a second or two."""

import os
import re
import subprocess
import time
from pathlib import Path

from console import PATIENCE, Timeout
from machine import keep_logs_in

# As image/machine has it.
CPU = "EPYC,+svm,+npt,-smap,-smep,-monitor,-rdtscp"

HYPERVISOR = os.environ.get("VITRINE_TEST_HYPERVISOR", "peer")


class Bare:
    """One run of QEMU. Use it in a with statement. modules: file names, each with its arguments. counted: its
    clock counts instructions."""

    def __init__(self, name, arguments="", modules=(), memory=1024, smp=1, cpu=CPU, machine="q35",
                 kernel=HYPERVISOR, counted=False):
        self.log = Path(keep_logs_in() / f"boot-{name}.log")
        self.log.write_bytes(b"")
        command = ["qemu-system-x86_64", "-machine", machine, "-accel", "tcg", "-cpu", cpu,
                   "-smp", str(smp), "-m", str(memory), "-display", "none", "-no-reboot",
                   "-nodefaults", "-serial", f"file:{self.log}", "-monitor", "stdio",
                   "-kernel", str(kernel), "-append", arguments]
        if counted:
            command += ["-icount", "shift=0,sleep=off"]
        if modules:
            command += ["-initrd", ",".join(str(module) for module in modules)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def text(self):
        return self.log.read_bytes().decode(errors="replace").replace("\r", "")

    def expect(self, pattern, timeout=30):
        """Waits for a regular expression on the serial console; returns everything so far."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            ended = self.process.poll() is not None
            text = self.text()
            if re.search(pattern, text, re.M):
                return text
            if ended:
                raise Timeout(f"the machine ended without {pattern!r}: "
                              + self.process.stderr.read()[-500:] + text[-2000:])
            if time.monotonic() > deadline:
                raise Timeout(f"no {pattern!r} in {timeout} s:\n{text[-2000:]}")
            time.sleep(0.1)

    def monitor(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait_end(self, timeout):
        """Waits until the machine has ended or reset itself."""
        try:
            self.process.wait(timeout * PATIENCE)
        except subprocess.TimeoutExpired:
            raise Timeout(f"the machine still runs after {timeout} s:\n{self.text()[-2000:]}")
