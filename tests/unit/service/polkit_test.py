#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may manage guests: what polkit is told by default, and what its rules say of whom. The rules are
JavaScript, and run by what Debian's polkit runs them by (duktape). Argument: the tree."""

import json
from pathlib import Path
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

TREE = Path(sys.argv.pop(1))
POLICY = TREE / "dom0-shell/data/org.vitrine.policy"
RULES = TREE / "dom0-shell/data/50-org.vitrine.rules"
DESKTOP = TREE / "image/dom0/files/etc/polkit-1/rules.d/49-vitrine-desktop.rules"

# What polkit makes of a file of rules, and of an answer that leaves the question to the defaults.
POLKIT = """
var rules = [];
var polkit = {
    Result: {YES: "yes", NO: "no", NOT_HANDLED: null},
    addRule: function (rule) { rules.push(rule); }
};
input.files.forEach(function (text) { new Function("polkit", text)(polkit); });
print(JSON.stringify(input.subjects.map(function (subject) {
    subject.isInGroup = function (group) { return subject.groups.indexOf(group) >= 0; };
    for (var i = 0; i < rules.length; i++) {
        var answer = rules[i]({id: input.action}, subject);
        if (answer)
            return answer;
    }
    return "default";
})));
"""


def subject(user, groups, session, local, active):
    return {"user": user, "groups": groups, "session": session, "local": local, "active": active}


MEMBERS = ["vitrine"]
# Whom the rules are asked about, what the service's own say, and what they say with the desktop's.
SUBJECTS = (
    ("a member at the computer", subject("anna", MEMBERS, "2", True, True), "yes", "yes"),
    ("a member, in a service of the user's", subject("anna", MEMBERS, None, True, True), "yes", "yes"),
    ("a member who has switched away", subject("anna", MEMBERS, "2", True, False), "default", "default"),
    ("a member over the network", subject("anna", MEMBERS, "5", False, True), "default", "default"),
    ("a member without a session", subject("anna", MEMBERS, None, False, False), "default", "default"),
    ("another at the computer", subject("otto", ["otto"], "3", True, True), "default", "default"),
    ("another without a session", subject("otto", ["otto"], None, False, False), "default", "default"),
    ("the desktop's shell", subject("vitrine", MEMBERS, None, False, False), "default", "yes"),
    ("the desktop's compositor", subject("vitrine", MEMBERS, "1", True, True), "yes", "yes"),
    ("the desktop's user over the network", subject("vitrine", MEMBERS, "5", False, True), "default",
     "default"),
)


def ask(files, action="org.vitrine.manage"):
    """What the rules in FILES say of all SUBJECTS."""
    question = {"files": [file.read_text(encoding="utf-8") for file in files], "action": action,
                "subjects": [row[1] for row in SUBJECTS]}
    with tempfile.NamedTemporaryFile("w", suffix=".js") as script:
        script.write(f"var input = {json.dumps(question)};\n{POLKIT}")
        script.flush()
        said = subprocess.run(["duk", script.name], check=True, text=True, stdout=subprocess.PIPE).stdout
    return json.loads(said)


class Policy(unittest.TestCase):
    def test_defaults(self):
        """who is not of the group is asked at the computer, and refused from elsewhere"""
        actions = ElementTree.parse(POLICY).getroot().findall("action")
        self.assertEqual([action.get("id") for action in actions], ["org.vitrine.manage"])
        defaults = {child.tag: child.text for child in actions[0].find("defaults")}
        self.assertEqual(defaults, {"allow_any": "no", "allow_inactive": "no",
                                    "allow_active": "auth_admin_keep"})


class Rules(unittest.TestCase):
    def compare(self, files, column):
        for answer, row in zip(ask(files), SUBJECTS, strict=True):
            with self.subTest(row[0]):
                self.assertEqual(answer, row[column])

    def test_service(self):
        """members may at the computer itself"""
        self.compare([RULES], 2)

    def test_desktop(self):
        """the desktop's user may without a session, too"""
        self.compare([DESKTOP, RULES], 3)

    def test_others(self):
        """other actions are left alone"""
        self.assertEqual(set(ask([DESKTOP, RULES], "org.freedesktop.login1.reboot")), {"default"})


if __name__ == "__main__":
    unittest.main()
