# SPDX-License-Identifier: GPL-2.0-or-later
"""Micro-kernels that are hardware guests: what they may do, how they die, and what they can't do to others
however long they go on."""

from hvm import HVM
from micro import LOGS, MicroTest
from pvh import PVH

# The ways of hw_fatal.c to die, and what Vitrine's log says then.
DEATHS = {
    "code-place": "it runs at 0xd0000000, where there is no memory",
    "instruction": "an instruction not known: db 2[0-9a-f]",
    "table-place": "its page tables lead to 0xd0000[0-9a-f]*, where there is no memory",
    "idt-place": "could not be delivered, for lack of memory at 0xd0000",
    "stack-place": "could not be delivered, for lack of memory",
    "changed-code": "an instruction not known: 90 c3",
}
# What only QEMU's CPU lets a guest do; its VMRUN then has the last word.
REFUSED = {"control-register": "its registers are in a state that the CPU refuses"}
# Its ways to go on for ever.
LIVES = ("breakpoints", "alignment", "timer", "interrupts", "nmis", "calls")


class MicroHardware(MicroTest):
    extra = PVH

    def test_cpu(self):
        """micro-kernel of a hardware guest: registers, MSRs and instructions that are not its own"""
        self.passes("hw_cpu")

    def test_io(self):
        """micro-kernel of a hardware guest: ports and memory where nothing is; the local APIC"""
        self.passes("hw_io")

    def test_calls(self):
        """micro-kernel of a hardware guest: hypercalls, pointers, frames"""
        self.passes("hw_calls")

    def test_tasks(self):
        """micro-kernel of a hardware guest: task switches"""
        self.passes("hw_tasks")

    def test_grants(self):
        """micro-kernels of hardware guests: one maps what the other has granted to it"""
        giver = self.launch("hw_grants", part="-giver")
        free = self.free_before
        self.dom0.wait_for(f"grep -q ready {LOGS}/guest-{giver}.log", 60)
        taker = self.launch("hw_grants", words=f"from={self.domain(giver)[0]}")
        self.free_before = free
        self.ends_well(taker)
        self.ends_well(giver)
        self.check_well()

    def test_grants_are_not_run(self):
        """micro-kernel of a hardware guest: it dies of what it runs of a granted page, and alone"""
        self.dies("granted-code", DEATHS["code-place"], kernel="hw_fatal")

    def lives(self, how):
        name = self.launch("hw_fatal", words=f"how={how}")
        self.dom0.wait_for(f"grep -q 'fatal: {how}' {LOGS}/guest-{name}.log", 60)
        before = self.cpu_seconds()[name]
        for _ in range(3):
            self.dom0.run("sha256sum /proc/cpuinfo; sleep 0.5", 60)
        self.assertGreater(self.cpu_seconds()[name], before)
        self.assertNotIn("micro:", self.output(name))
        self.dom0.run(f"xl destroy {name}", 60)
        self.check_well()


class MicroEmulatedTsc(MicroTest):
    def test_pv(self):
        """micro-kernel: events and timers, with a TSC that is emulated"""
        self.extra = ['tsc_mode = "always_emulate"']
        self.passes("events")

    def test_hardware(self):
        """micro-kernel of a hardware guest: registers, MSRs, instructions, with a TSC that is emulated"""
        self.extra = [*PVH, 'tsc_mode = "always_emulate"']
        self.passes("hw_cpu")


class MicroMachine(MicroTest):
    """With a whole machine: the kernel is in the place of the firmware."""

    extra = HVM
    boots = "firmware_override"

    def test_machine(self):
        """micro-kernel of a hardware guest with a whole machine: its devices under nonsense, strings to the
        device model, what this PC has not"""
        self.passes("hw_machine", memory=24, seconds=120)


def _death(how, why):
    def test(self):
        self.dies(how, why, kernel="hw_fatal")

    test.__doc__ = f"micro-kernel of a hardware guest: it dies by its {how}, and alone"
    return test


def _life(how):
    def test(self):
        self.lives(how)

    test.__doc__ = f"micro-kernel of a hardware guest: its {how} without end are its own trouble"
    return test


for _how, _why in {**DEATHS, **REFUSED}.items():
    setattr(MicroHardware, f"test_fatal_{_how}", _death(_how, _why))
for _how in LIVES:
    setattr(MicroHardware, f"test_lives_{_how}", _life(_how))
