# SPDX-License-Identifier: GPL-2.0-or-later
"""dom0 with its desktop, which is looked at."""

import time

from console import PATIENCE, Timeout
from dom0 import Dom0Test
from machine import keep_logs_in, share_of_colour

# The shell's own background, while it has no guest to show.
SHELL = (0xFA, 0xFA, 0xFA)
# What it paints the button in that it suggests.
SUGGESTED = (53, 132, 228)


def pixel(screen, x, y):
    width, _, pixels = screen
    at = (y * width + x) * 3
    return tuple(pixels[at:at + 3])


def is_like(colour, other, tolerance=6):
    return all(abs(a - b) <= tolerance for a, b in zip(colour, other))


def part(screen, left, top, right, bottom):
    """A piece of a screen, as a screen."""
    width, _, pixels = screen
    rows = [pixels[(y * width + left) * 3:(y * width + right) * 3] for y in range(top, bottom)]
    return right - left, bottom - top, b"".join(rows)


def middle_of(screen, colour, before=None):
    """Where most of a colour is: the middle of what has it, or None if nothing has; what had it before, on another
    screen, does not count. Of rows of pixels that have it, those that hang together and have most of it count, so
    that of two buttons it is one, and a frame is none."""
    width, height, _ = screen
    groups = [[]]
    for y in range(0, height, 2):
        row = [(x, y) for x in range(0, width, 2) if is_like(pixel(screen, x, y), colour)
               and not (before and is_like(pixel(before, x, y), colour))]
        if row:
            groups[-1].append(row)
        elif groups[-1]:
            groups.append([])
    most = max(groups, key=lambda rows: sum(map(len, rows)))
    if max(map(len, most), default=0) < 4:
        return None
    columns = [x for row in most for x, _ in row]
    return (min(columns) + max(columns)) // 2, (most[0][0][1] + most[-1][0][1]) // 2


class DesktopTest(Dom0Test):
    desktop = True

    def wait_for_screen(self, what, condition, timeout):
        """Waits until the screen is as wanted, and returns it; keeps the last picture when it never is."""
        deadline = time.monotonic() + timeout * PATIENCE
        while not condition(screen := self.machine.screen()):
            if time.monotonic() > deadline:
                path = keep_logs_in() / "screen-at-failure.png"
                self.machine.screenshot(path)
                raise Timeout(f"the screen does not show {what} after {timeout} s: see {path}")
            self.machine.console.drain(1)
        return screen

    def wait_for_shell(self):
        self.dom0.wait_for("pgrep -x vitrine-shell", 120)
        self.wait_for_screen("the shell",
                             lambda screen: share_of_colour(screen, SHELL, 2) > 0.5, 120)

    def suggested_button(self, what, before=None, timeout=60):
        """Where the button is that the shell suggests, once it stays there; before: a screen on which it was not."""
        places = [None, None]

        def stays(screen):
            places[:] = places[1], middle_of(screen, SUGGESTED, before)
            return places[1] is not None and places[0] == places[1]

        self.wait_for_screen(what, stays, timeout)
        return places[1]
