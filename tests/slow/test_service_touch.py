# SPDX-License-Identifier: GPL-2.0-or-later
"""Fingers on a guest's screen: what a viewer in dom0 does is what Linux's own driver tells in the guest."""

import re
import time

from console import PATIENCE
from service import ServiceTest, description

GUEST = "gt"
TEMPLATE = "touch"
TOUCH = f"/usr/local/lib/touch-client /run/vitrine/display/{GUEST}.sock.local"
# The module that hands a guest's programs what its devices tell is none of the boot tests' guest's.
MORE = """mkdir more.d && cp $(modprobe -S $(uname -r) --show-depends evdev | sed -n 's/^insmod //p') more.d"""

# <linux/input-event-codes.h>
EV_SYN, EV_KEY, EV_ABS = 0, 1, 3
SLOT, X, Y, TRACKING = 0x2f, 0x35, 0x36, 0x39
# What the first contact does is also told for programs that know one finger only.
IGNORED = {(EV_KEY, 0x14a), (EV_ABS, 0), (EV_ABS, 1)}
RANGE = 32767


class Touch(ServiceTest):
    def setUp(self):
        super().setUp()
        self.template_with(TEMPLATE, description("Touch"), MORE)

    def start(self):
        """The guest, in which what its touch screen tells goes into a file."""
        self.works(f"create {GUEST} {TEMPLATE}")
        self.do(f"said {GUEST} 'guest: ready'")
        device = self.in_guest(GUEST, "insmod /more.d/evdev.ko; cat /proc/bus/input/devices", 60)
        match = re.search(r'Name="Xen Virtual Multi-touch"(?s:.*?)Handlers=.*?(event\d+)', device)
        self.assertIsNotNone(match, device)
        self.in_guest(GUEST, f"until [ -e /dev/input/{match[1]} ]; do sleep 0.2; done; "
                             f"cat /dev/input/{match[1]} >/touches & sleep 1")

    def touched(self, count):
        """What was told since the start, once so many fingers' changes were: lists of (finger, what, value)."""
        deadline = time.monotonic() + 60 * PATIENCE
        while True:
            text = self.in_guest(GUEST, "od -An -v -tu2 -w24 /touches")
            changes = self.parse(text)
            if len(changes) >= count or time.monotonic() > deadline:
                return changes

    @staticmethod
    def parse(text):
        """One list for each end that was told."""
        changes, now, slot = [], [], 0
        for line in text.splitlines():
            words = [int(word) for word in line.split()]
            if len(words) != 12:
                continue
            kind, code, value = words[8], words[9], words[10] | words[11] << 16
            if kind == EV_SYN:
                changes += [now] if now else []
                now = []
            elif (kind, code) == (EV_ABS, SLOT):
                slot = value
            elif (kind, code) not in IGNORED:
                now.append((slot, code, value))
        return changes

    def assert_touch(self, change, finger, place, **down_or_up):
        """One change: of one finger, at a place of the picture (fractions), or None if that is not told."""
        self.assertEqual({slot for slot, _, _ in change}, {finger}, change)
        told = {code: value for _, code, value in change}
        if place:
            for code, at in zip((X, Y), place):
                self.assertAlmostEqual(told[code] / RANGE, at, delta=0.01)
        tracking = told.get(TRACKING)
        self.assertEqual(down_or_up, {} if tracking is None else {"up" if tracking == 0xffffffff else "down": True})

    def test_1_fingers(self):
        """two fingers come down, move and go up, and what is down when the viewer leaves is lifted"""
        self.start()
        said = self.do(f"{TOUCH} 3:down:200,150 7:down:600,450 3:motion:400,300 3:up 5:down:80,540")
        match = re.fullmatch(r"10 fingers (\d+)x(\d+)", said)
        self.assertIsNotNone(match, said)
        width, height = (int(side) for side in match.groups())
        changes = self.touched(7)
        self.assertEqual(len(changes), 7, changes)
        self.assert_touch(changes[0], 0, (200 / width, 150 / height), down=True)
        self.assert_touch(changes[1], 1, (600 / width, 450 / height), down=True)
        self.assert_touch(changes[2], 0, (400 / width, 300 / height))
        self.assert_touch(changes[3], 0, None, up=True)
        self.assert_touch(changes[4], 0, (80 / width, 540 / height), down=True)
        self.assert_touch(changes[5], 0, None, up=True)
        self.assert_touch(changes[6], 1, None, up=True)
        self.works(f"act {GUEST} ForceOff")
        self.works(f"act {GUEST} Delete")
        self.assert_nothing_left()
