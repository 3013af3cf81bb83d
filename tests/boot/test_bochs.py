# SPDX-License-Identifier: GPL-2.0-or-later
"""CPUs of Intel's kind, in Bochs: the hypervisor on them, PV kernels, and hardware guests by VMX. A micro-kernel
is dom0; hardware guests are made by one that is a toolstack in small (tests/guests/builder.c)."""

import re
import shutil
import unittest

from bochs import GUESTS, HYPERVISOR, Bochs
from machine import keep_logs_in
from test_pvh_micro import DEATHS, LIVES

# Ways to go on for ever in which the guest never comes to write anything.
STUCK = ("alignment",)

BAD = r"PANIC|met a |BUG|Call trace"


class BochsTest(unittest.TestCase):
    """A machine that boots a kernel and a guest. `cpu` is Bochs's name of its CPU."""

    cpu = "corei7_skylake_x"

    def run_kernel(self, kernel, **options):
        """A kernel that runs to its end with no check failed; returns what came on the serial port."""
        options.setdefault("cpu", self.cpu)
        with Bochs(GUESTS / f"micro-{kernel}-dom0", log=keep_logs_in() / f"bochs-{self.id()}.log",
                   **options) as machine:
            machine.expect(r"^micro: (\d+) passed|Restarting in", 90)
            machine.expect("dom0 has shut down|Restarting in", 10)
            text = machine.output()
        self.assertRegex(text, r"(?m)^micro: [1-9]\d* passed, 0 failed$")
        self.assertNotRegex(text, BAD)
        self.assertNotIn("FAIL: ", text)
        return text

    def run_guest(self, kernel, words="", **options):
        return self.run_kernel("builder", module=GUESTS / f"micro-{kernel}", words=words, **options)

    def passes(self, kernel, words="", **options):
        text = self.run_guest(kernel, words, **options)
        self.assertRegex(text, r"(?m)^\| micro: [1-9]\d* passed, 0 failed$")
        self.assertNotIn("skip: ", text)

    def dies(self, how, why, reason):
        text = self.run_guest("hw_fatal", f"how={how}")
        self.assertIn(f"| fatal: {how}", text)
        self.assertNotIn("| micro:", text)
        self.assertRegex(text, why)
        self.assertIn(f"builder: the guest ended for reason {reason}", text)

    def lives(self, how, **options):
        words = " writes=no" if how in STUCK else ""
        text = self.run_guest("hw_fatal", f"how={how} ends=no{words}", **options)
        self.assertRegex(text, "(?m)^pass: it goes on for ever$")
        self.assertNotIn("| micro:", text)


@unittest.skipIf(HYPERVISOR == "peer", "these are our sentences")
@unittest.skipUnless(shutil.which("bochs"), "Bochs is not installed")
class BochsMicro(BochsTest):
    def test_pv(self):
        """Bochs: PV micro-kernel on a CPU of Intel's kind"""
        self.run_kernel("hello")

    def test_pv_modes(self):
        """Bochs: PV micro-kernel on a CPU of Intel's kind: segments, flags, 32-bit code"""
        self.run_kernel("modes")

    def test_cpu(self):
        """Bochs: micro-kernel of a hardware guest by VMX: registers, MSRs, instructions"""
        self.passes("hw_cpu")

    def test_clock(self):
        """Bochs: micro-kernel of a hardware guest by VMX, with a TSC of another rate by the CPU"""
        text = self.run_guest("hw_cpu", "khz=60000 by=cpu")
        self.assertRegex(text, r"(?m)^\| micro: [1-9]\d* passed, 0 failed$")
        self.assertIn("| pass: and RDTSC is the CPU's", text)

    def test_old_cpu_clock(self):
        """Bochs: micro-kernel of a hardware guest by VMX, with a TSC of another rate by the hypervisor"""
        text = self.run_guest("hw_cpu", "khz=60000", cpu="corei7_sandy_bridge_2600k")
        self.assertRegex(text, r"(?m)^\| micro: [1-9]\d* passed, 0 failed$")
        self.assertIn("| pass: and RDTSC is not the CPU's", text)

    def test_io(self):
        """Bochs: micro-kernel of a hardware guest by VMX: ports, memory where nothing is, the local APIC"""
        self.passes("hw_io")

    def test_calls(self):
        """Bochs: micro-kernel of a hardware guest by VMX: hypercalls, pointers, frames"""
        self.passes("hw_calls")

    def test_tasks(self):
        """Bochs: micro-kernel of a hardware guest by VMX: task switches"""
        self.passes("hw_tasks")

    def test_old_cpu(self):
        """Bochs: VMX whose extended page tables have no 1 GiB pages and no dirty bits"""
        self.passes("hw_io", cpu="corei7_sandy_bridge_2600k")

    def test_old_cpu_notes_writes(self):
        """Bochs: writes of a hardware guest are noted by VMX without dirty bits"""
        self.lives("interrupts", cpu="corei7_sandy_bridge_2600k")

    def test_too_old(self):
        """Bochs: a CPU whose VMX is too old for hardware guests is told so in a sentence"""
        text = self.run_kernel("hello", cpu="core2_penryn_t9600")
        self.assertIn("Hardware guests: none, since the CPU's VMX has no extended page tables", text)

    def test_bad_state(self):
        """Bochs: a hardware guest with registers that the CPU refuses is ended, with a report"""
        text = self.run_guest("hw_cpu", "start=v86")
        self.assertIn("d1 crashed: its registers are in a state that the CPU refuses", text)
        self.assertIn("builder: the guest ended for reason 3", text)

    def test_restart(self):
        """Bochs: a machine whose CPU was in VMX restarts"""
        with Bochs(GUESTS / "micro-builder-dom0", module=GUESTS / "micro-hw_cpu", words="then=restart start=v86",
                   log=keep_logs_in() / f"bochs-{self.id()}.log") as machine:
            machine.expect("dom0 asked for a restart", 90)
            machine.expect("Hardware guests: by Intel VMX", 90)

    def test_grants_are_not_run(self):
        """Bochs: micro-kernel of a hardware guest by VMX: it dies of what it runs of a granted page"""
        self.dies("granted-code", DEATHS["code-place"], 3)

    def test_triple_fault(self):
        """Bochs: micro-kernel of a hardware guest by VMX: a triple fault restarts it"""
        self.dies("triple-fault", "d1 vCPU 0: triple fault", 1)


@unittest.skipIf(HYPERVISOR == "peer", "these are our sentences")
@unittest.skipUnless(shutil.which("bochs"), "Bochs is not installed")
class BochsSvm(BochsTest):
    """AMD's SVM with NRIP-save, decode assists and flush-by-ASID, which QEMU's has not. (It loses a guest's virtual
    interrupts, does not load CR2, and takes CR0.PG without PE.)"""

    cpu = "ryzen"

    def test_alignment(self):
        """Bochs: micro-kernel of a hardware guest by SVM: its alignment without end is its own trouble"""
        self.lives("alignment")


def _death(how, why):
    def test(self):
        self.dies(how, re.compile(why), 3)

    test.__doc__ = f"Bochs: micro-kernel of a hardware guest by VMX: it dies by its {how}, and alone"
    return test


def _life(how):
    def test(self):
        self.lives(how)

    test.__doc__ = f"Bochs: micro-kernel of a hardware guest by VMX: its {how} without end are its own trouble"
    return test


for _how, _why in DEATHS.items():
    setattr(BochsMicro, f"test_fatal_{_how}", _death(_how, _why))
for _how in LIVES:
    setattr(BochsMicro, f"test_lives_{_how}", _life(_how))
