# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of the shell share that meet it as a reader of the screen does: by its tree on the
accessibility bus, from another process. The test's arguments are SHELL STANDIN."""

import os
import subprocess
import sys
import time
import unittest

try:
    import gi
    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi, Gio, GLib
except (ImportError, ValueError) as reason:
    print(f"skipped: {reason}")
    sys.exit(77)

SHELL, STANDIN = sys.argv[1:3]
PATIENCE = 15  # seconds

# What a person does something with, and hence has to be told the name of.
NAMED = {Atspi.Role.PUSH_BUTTON, Atspi.Role.TOGGLE_BUTTON, Atspi.Role.CHECK_BOX, Atspi.Role.ENTRY,
         Atspi.Role.TEXT, Atspi.Role.LIST_ITEM, Atspi.Role.SPIN_BUTTON, Atspi.Role.COMBO_BOX,
         Atspi.Role.MENU_ITEM, Atspi.Role.FRAME, Atspi.Role.WINDOW, Atspi.Role.DIALOG}


def walk(node):
    """The node and all below it that are there for a person."""
    try:
        states = node.get_state_set()
        if not states.contains(Atspi.StateType.VISIBLE):
            return
        yield node
        for index in range(node.get_child_count()):
            child = node.get_child_at_index(index)
            if child:
                yield from walk(child)
    except GLib.Error:
        pass  # it went away while it was looked at


def windows():
    """The tops of the shell's trees."""
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        program = desktop.get_child_at_index(index)
        if program and program.get_name() == "vitrine-shell":
            yield from (program.get_child_at_index(i) for i in range(program.get_child_count()))


def everything():
    return [node for window in windows() if window for node in walk(window)]


def find(role, name):
    """The first one of that role and name, or None."""
    for node in everything():
        if node.get_role() == role and node.get_name() == name:
            return node
    return None


def find_window(title):
    """The shell's window of that title, or None."""
    return next((window for window in windows() if window and window.get_name() == title), None)


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            found = condition()
        except GLib.Error:
            found = None  # a widget went while it was looked at
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"still not there: {what}\n" + "\n".join(
        f"  {node.get_role_name()}: {node.get_name()!r}" for node in everything()))


def describe_unnamed(node):
    """What is wrong with a node's name; None if nothing is."""
    name = node.get_name()
    if node.get_role() not in NAMED:
        return None
    # The choices of libadwaita's rows have their words as a label in them.
    if node.get_role() == Atspi.Role.LIST_ITEM and not name:
        name = " ".join(part.get_name() for part in walk(node)
                        if part.get_role() == Atspi.Role.LABEL)
    # GTK falls back to the name of the type.
    if not name or name.startswith(("Gtk", "Adw", "Vitrine")):
        return f"a {node.get_role_name()} without a name: {name!r}"
    if "_" in name:
        return f"a {node.get_role_name()} whose name has the mark of a key: {name!r}"
    words = name.split()
    if len(words) > 1 and words[:len(words) // 2] == words[len(words) // 2:]:
        return f"a {node.get_role_name()} whose name is said twice: {name!r}"
    return None


class ReaderTest(unittest.TestCase):
    """The shell with two guests, one of which runs."""
    maxDiff = None
    # What the shell finds in its environment beside what is there.
    environment = {}
    # What the list says of the guest that runs.
    running = "web, Running"

    @classmethod
    def setUpClass(cls):
        cls.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        cls.standin = subprocess.Popen([STANDIN])
        cls.addClassCleanup(cls.end, cls.standin)
        wait_for(lambda: cls.try_tell("ClearGuests"), "the stand-in")
        cls.tell("AddGuest", "(ss)", "web", "running")
        cls.tell("AddGuest", "(ss)", "bank", "stopped")
        cls.shell = subprocess.Popen([SHELL, "--session"],
                                     env={**os.environ, "GTK_A11Y": "atspi", **cls.environment})
        cls.addClassCleanup(cls.end, cls.shell)
        wait_for(lambda: find(Atspi.Role.LIST_ITEM, cls.running), "the guest in the list")

    @staticmethod
    def end(process):
        process.kill()
        process.wait()

    @classmethod
    def tell(cls, method, signature=None, *arguments):
        cls.bus.call_sync("org.vitrine.Vitrine1", "/org/vitrine/Standin", "org.vitrine.Standin1",
                          method, GLib.Variant(signature, arguments) if signature else None, None,
                          Gio.DBusCallFlags.NONE, 5000)

    @classmethod
    def try_tell(cls, method):
        try:
            cls.tell(method)
            return True
        except GLib.Error:
            return False

    def check_names(self, at_least, window=None):
        """Of the window, or of all that are there."""
        nodes = list(walk(window)) if window else everything()
        problems = [problem for problem in map(describe_unnamed, nodes) if problem]
        self.assertEqual(problems, [])
        self.assertGreaterEqual(sum(node.get_role() in NAMED for node in nodes), at_least)
