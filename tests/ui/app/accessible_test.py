# SPDX-License-Identifier: GPL-2.0-or-later
"""The shell as a reader of the screen meets it: names, states, dialogs. accessible_test.py SHELL STANDIN"""

import sys
import unittest

from reader import Atspi, GLib, ReaderTest, find, wait_for, walk


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


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
