# SPDX-License-Identifier: GPL-2.0-or-later
"""The shell as a reader of the screen meets it: names, states, dialogs. accessible_test.py SHELL STANDIN"""

import sys
import unittest

from reader import Atspi, GLib, ReaderTest, find, find_window, wait_for, walk


class AccessibleTest(ReaderTest):
    def test_window(self):
        self.check_names(at_least=12)
        for name in ("New", "Find a guest", "Text console", "Main menu"):
            self.assertIsNotNone(find(Atspi.Role.PUSH_BUTTON, name), name)
        self.assertIsNotNone(find(Atspi.Role.LIST, "Guests"))

    def test_rows_say_state(self):
        self.assertIsNotNone(find(Atspi.Role.LIST_ITEM, "bank, Stopped"))
        self.tell("SetGuest", "(sa{sv})", "web", {"State": GLib.Variant("s", "paused")})
        wait_for(lambda: find(Atspi.Role.LIST_ITEM, "web, Paused"), "the row's new state")
        self.assertIsNone(find(Atspi.Role.LIST_ITEM, "web, Running"))
        self.assertIsNotNone(find(Atspi.Role.PUSH_BUTTON, "Resume"))
        self.tell("SetGuest", "(sa{sv})", "web", {"State": GLib.Variant("s", "running")})
        wait_for(lambda: find(Atspi.Role.LIST_ITEM, "web, Running"), "the row's old state")

    def test_rows_say_load(self):
        self.tell("SetGuest", "(sa{sv})", "web", {"CpuUsage": GLib.Variant("d", 0.25)})
        wait_for(lambda: find(Atspi.Role.IMAGE,
                              "CPU use 25 %, at most 25 % in the last two minutes"), "the load")
        self.tell("SetGuest", "(sa{sv})", "web", {"Memory": GLib.Variant("t", 1 << 29),
                                                  "MemoryUsed": GLib.Variant("t", 1 << 28)})
        wait_for(lambda: find(Atspi.Role.IMAGE,
                              "Memory use 50 %, at most 50 % in the last two minutes"), "the memory")

    def test_volume(self):
        self.assertIsNone(find(Atspi.Role.PUSH_BUTTON, "Volume"))
        self.tell("SetGuest", "(sa{sv})", "web", {"SoundState": GLib.Variant("s", "silent")})
        button = wait_for(lambda: find(Atspi.Role.PUSH_BUTTON, "Volume"), "the button")
        next(part for part in walk(button) if part.get_n_actions()).do_action(0)
        slider = wait_for(lambda: find(Atspi.Role.SLIDER, "Volume of this guest, percent"), "the slider")
        self.assertEqual(slider.get_current_value(), 100)
        self.assertIsNotNone(find(Atspi.Role.PUSH_BUTTON, "Mute"))

    def test_dialog(self):
        self.assertTrue(find(Atspi.Role.PUSH_BUTTON, "New").do_action(0))
        wait_for(lambda: find(Atspi.Role.PUSH_BUTTON, "Create"), "the dialog")
        self.check_names(at_least=20)
        self.assertTrue(find(Atspi.Role.PUSH_BUTTON, "Cancel").do_action(0))
        wait_for(lambda: not find(Atspi.Role.PUSH_BUTTON, "Create"), "the dialog's end")


# What the menus open: the guest's state, the menu's button, the item, the title of the window, and how
# many things in it a person at least does something with; None: what is in it is the library's.
GUEST_MENU, MAIN_MENU = "What to do with the guest", "Main menu"
DIALOGS = [
    ("running", GUEST_MENU, "Settings…", "Settings of “web”", 10),
    ("running", GUEST_MENU, "Disks…", "Disks of “web”", 2),
    ("running", GUEST_MENU, "Force Off…", "Force “web” off?", 2),
    ("stopped", GUEST_MENU, "Snapshots…", "Snapshots of “web”", 2),
    ("stopped", GUEST_MENU, "Duplicate…", "Duplicate “web”", 3),
    ("stopped", GUEST_MENU, "Make a Template…", "Make a Template of “web”", 4),
    ("stopped", GUEST_MENU, "Delete…", "Delete “web”?", 2),
    ("running", MAIN_MENU, "USB Devices…", "USB Devices", 1),
    ("running", MAIN_MENU, "New Template…", "New Template", 5),
    ("running", MAIN_MENU, "Keyboard Shortcuts", "Keyboard shortcuts", None),
    ("running", MAIN_MENU, "About Vitrine", "About", None),
]


class DialogsTest(ReaderTest):
    """The windows that the menus open: each has its title for a name, and all in it a name, too."""

    def choose(self, menu, item):
        button = find(Atspi.Role.PUSH_BUTTON, menu)
        self.assertIsNotNone(button, menu)
        next(part for part in walk(button) if part.get_n_actions()).do_action(0)
        wait_for(lambda: find(Atspi.Role.MENU_ITEM, item), item).do_action(0)

    def close(self, window, title):
        # The library's own windows have one on each of their pages.
        closers = [node for node in walk(window) if node.get_role() == Atspi.Role.PUSH_BUTTON and
                   node.get_name() in ("Close", "Cancel")]
        for node in closers:
            if find_window(title):
                node.do_action(0)
        wait_for(lambda: not find_window(title), f"the end of {title}")

    def set_state(self, state, said):
        self.tell("SetGuest", "(sa{sv})", "web", {"State": GLib.Variant("s", state)})
        wait_for(lambda: find(Atspi.Role.LIST_ITEM, f"web, {said}"), said)

    def test_all(self):
        for state, menu, item, title, at_least in DIALOGS:
            with self.subTest(title):
                self.set_state(state, state.capitalize())
                self.choose(menu, item)
                window = wait_for(lambda: find_window(title), title)
                try:
                    if at_least:
                        self.check_names(at_least, window)
                finally:
                    self.close(window, title)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
