# SPDX-License-Identifier: GPL-2.0-or-later
"""Micro-kernels that need no second CPU: what guests may do, and every way in which they die of it."""

from micro import MicroTest

# The ways of fatal.c to die, and what Vitrine's log says then ("": nothing, it is no crash).
NO_STACK = "no room for an exception frame"
DEATHS = {
    "handler": "no handler for what happened",
    "stack": NO_STACK,
    "hypervisor-stack": NO_STACK,
    "table-stack": NO_STACK,
    "handler-place": NO_STACK,
    "iret-stack": "iret: its stack",
    "iret-hypervisor": "iret: its stack",
    "iret-user": "without a user page table",
    "user-trap": NO_STACK,
    "event": "no handler for what happened",
    "itself": "",
}


class Micro(MicroTest):
    smp = 1
    service = True

    def test_start(self):
        """micro-kernel: the state a guest starts in, traps, user mode"""
        self.passes("hello")

    def test_hypercalls(self):
        """micro-kernel: hypercalls refuse unknown numbers, bad pointers, lack of rights"""
        self.passes("hypercalls")

    def test_entries(self):
        """micro-kernel: page-table entries that must not be"""
        self.passes("entries")

    def test_pins(self):
        """micro-kernel: a frame is one thing at a time"""
        self.passes("pins")

    def test_table_writes(self):
        """micro-kernel: plain writes to page tables"""
        self.passes("table_writes")

    def test_descriptors(self):
        """micro-kernel: GDT, LDT and descriptors"""
        self.passes("descriptors")

    def test_instructions(self):
        """micro-kernel: privileged instructions"""
        self.passes("instructions")

    def test_modes(self):
        """micro-kernel: between kernel and user mode"""
        self.passes("modes")

    def test_events(self):
        """micro-kernel: event channels, timers, vCPUs"""
        self.passes("events")

    def test_grants(self):
        """micro-kernel: grants, mapped and copied"""
        self.passes("grants")

    def test_memory(self):
        """micro-kernel: frames come and go"""
        self.passes("memory")

    def test_batches(self):
        """micro-kernel: long lists and large trees"""
        self.passes("batches", seconds=120)


def _death(how, why):
    def test(self):
        self.dies(how, why)

    test.__doc__ = f"micro-kernel: a guest dies by its {how}, and alone"
    return test


for _how, _why in DEATHS.items():
    setattr(Micro, f"test_fatal_{_how}", _death(_how, _why))
