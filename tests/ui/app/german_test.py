# SPDX-License-Identifier: GPL-2.0-or-later
"""The shell for a person whose language is German: what it says, from a catalogue that the build made,
in a locale that it made, too. german_test.py SHELL STANDIN"""

import os
import sys
import unittest

from reader import Atspi, GLib, ReaderTest, find, wait_for


class GermanTest(ReaderTest):
    # LC_ALL would go before LANG; empty, it is not there.
    environment = {"LC_ALL": "", "LANG": os.environ["GERMAN"], "LANGUAGE": "de"}
    running = "web, Läuft"

    def test_templates_of_windows(self):
        for name in ("Neu", "Gast suchen", "Textkonsole", "Hauptmenü"):
            self.assertIsNotNone(find(Atspi.Role.PUSH_BUTTON, name), name)
        for name in ("New", "Find a guest", "Text console", "Main menu"):
            self.assertIsNone(find(Atspi.Role.PUSH_BUTTON, name), name)
        self.assertIsNotNone(find(Atspi.Role.LIST, "Gäste"))

    def test_sentences_of_tables(self):
        self.assertIsNotNone(find(Atspi.Role.LIST_ITEM, "bank, Ausgeschaltet"))
        self.tell("SetGuest", "(sa{sv})", "web", {"State": GLib.Variant("s", "paused")})
        wait_for(lambda: find(Atspi.Role.LIST_ITEM, "web, Angehalten"), "the row's new state")
        self.assertIsNotNone(find(Atspi.Role.PUSH_BUTTON, "Fortsetzen"))
        self.tell("SetGuest", "(sa{sv})", "web", {"State": GLib.Variant("s", "running")})
        wait_for(lambda: find(Atspi.Role.LIST_ITEM, "web, Läuft"), "the row's old state")

    def test_sentences_with_numbers(self):
        self.tell("SetGuest", "(sa{sv})", "web", {"CpuUsage": GLib.Variant("d", 0.25)})
        wait_for(lambda: find(Atspi.Role.IMAGE, "CPU-Last 25 %, höchstens 25 % in den letzten zwei Minuten"),
                 "the load")

    def test_what_the_service_says(self):
        self.tell("SetGuest", "(sa{sv})", "web", {"Problem": GLib.Variant("s", "The guest crashed. Its console says more."),
                                                  "State": GLib.Variant("s", "crashed")})
        wait_for(lambda: find(Atspi.Role.LABEL, "Der Gast ist abgestürzt. Seine Konsole sagt mehr."), "what is wrong with it")
        self.tell("SetGuest", "(sa{sv})", "web", {"Problem": GLib.Variant("s", ""), "State": GLib.Variant("s", "running")})
        wait_for(lambda: find(Atspi.Role.LIST_ITEM, "web, Läuft"), "the row's old state")

    def test_dialog(self):
        self.assertTrue(find(Atspi.Role.PUSH_BUTTON, "Neu").do_action(0))
        wait_for(lambda: find(Atspi.Role.PUSH_BUTTON, "Erstellen"), "the dialog")
        self.check_names(at_least=20)
        self.assertTrue(find(Atspi.Role.PUSH_BUTTON, "Abbrechen").do_action(0))
        wait_for(lambda: not find(Atspi.Role.PUSH_BUTTON, "Erstellen"), "the dialog's end")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
