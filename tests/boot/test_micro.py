# SPDX-License-Identifier: GPL-2.0-or-later
"""Micro-kernels with two vCPUs that run at the same time."""

from micro import MicroTest


class MicroTwoCpus(MicroTest):
    def test_race(self):
        """micro-kernel: two vCPUs at the same tables, frames and ports"""
        # Xen 4.17 was seen to keep a part of the domain for good after this one.
        self.passes("race", vcpus=2, seconds=180, leaves_nothing=self.ours())

    def test_events(self):
        """micro-kernel: event channels, timers, vCPUs, on two CPUs"""
        self.passes("events")

    def test_half_way(self):
        """micro-kernel: a guest dies while one of its vCPUs is half-way through a hypercall, and alone"""
        self.dies("half-way", "", vcpus=2)
