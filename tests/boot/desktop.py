# SPDX-License-Identifier: GPL-2.0-or-later
"""dom0 with its desktop, which is looked at."""

import time

from console import PATIENCE, Timeout
from dom0 import Dom0Test
from machine import keep_logs_in, share_of_colour

# The shell's own background, while it has no guest to show.
SHELL = (0xFA, 0xFA, 0xFA)


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
