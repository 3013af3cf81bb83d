# SPDX-License-Identifier: GPL-2.0-or-later
"""The template's desktop on a graphics card with two monitors, as the shell shows it."""

from console import PATIENCE
from desktop import DesktopTest
from machine import keep_logs_in, share_of_colour

# The one colour of the template's wallpaper, and of its terminal's paper.
WALLPAPER = (0x1C, 0x6E, 0x8C)
MONITORS = "800x600,640x480"
# A connector's line of xrandr, in which it has a place.
PLACES = r"(?s)connected[^\n]* 800x600\+0\+0.*connected[^\n]* 640x480\+800\+0"


class DesktopMonitors(DesktopTest):
    def create(self):
        """A guest as the shell makes it by itself; its name."""
        self.machine.key("ctrl-n")
        self.machine.console.drain(5 * PATIENCE)
        self.machine.key("ctrl-ret")
        self.dom0.wait_for("xl list | tail -n +3 | grep -q .", 120)
        return self.dom0.run("xl list | tail -n +3 | awk '{ print $1 }'").strip()

    def wait_for_wallpaper(self, share):
        return self.wait_for_screen("the guest's wallpaper",
                                    lambda screen: share_of_colour(screen, WALLPAPER) > share, 400)

    def test_two(self):
        """X has its desktop over both monitors, side by side; the pointer and the keyboard are the guest's there"""
        self.wait_for_shell()
        name = self.create()
        self.wait_for_wallpaper(0.25)
        self.dom0.run(f"vitrinectl shutdown {name}", 240)
        self.dom0.run(f"vitrinectl set {name} monitors={MONITORS}", 60)
        self.dom0.run(f"vitrinectl start {name}", 240)
        self.wait_for_wallpaper(0.2)
        self.machine.console.drain(40 * PATIENCE)
        self.machine.screenshot(keep_logs_in() / "desktop-monitors.png")
        width, height, _ = self.machine.screen()
        self.machine.click(width // 2, height // 2, width, height)
        self.attach(name)
        self.machine.type("(xrandr; echo typed-$((6*7))) | sudo tee /dev/hvc0\n")
        said = self.dom0.expect(r"(?s)Screen 0.*typed-42", 90).group().decode()
        self.detach()
        self.machine.screenshot(keep_logs_in() / "desktop-monitors-typed.png")
        self.assertRegex(said, PLACES)
        self.windows(name)

    def windows(self, name):
        """Each monitor in a window of its own: together they show more of the desktop than the page did; the keyboard
        is the guest's in them, too."""
        before = share_of_colour(self.machine.screen(), WALLPAPER)
        self.machine.key("ctrl-alt")  # the keys are the shell's again
        self.machine.key("ctrl-shift-o")
        self.wait_for_screen("a monitor in a window", lambda screen: share_of_colour(screen, WALLPAPER) > 1.2 * before, 60)
        self.machine.screenshot(keep_logs_in() / "desktop-monitors-windows.png")
        self.machine.key("ctrl-g")
        self.attach(name)
        self.machine.type("echo typed-$((7*8)) | sudo tee /dev/hvc0\n")
        self.dom0.expect("typed-56", 60)
        self.detach()
        self.machine.screenshot(keep_logs_in() / "desktop-monitors-windows-typed.png")
