# SPDX-License-Identifier: GPL-2.0-or-later
"""The catalogue: nothing that is marked is missing from it, and each translation is whole.

Arguments: the source tree, and the directory that the translations were built in.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, BUILT = (Path(path).resolve() for path in sys.argv[1:3])
PO = ROOT / "po"

# What is marked, in each kind of file that may have sentences for a person.
MARKS = {
    ".c": re.compile(r"\bN?C?_\(|\bg_dngettext\("),
    ".ui": re.compile(r'\btranslatable="(1|yes|true)"'),
    ".desktop": re.compile(r"^Name=", re.M),
    ".xml": re.compile(r"<component type="),
    ".policy": re.compile(r"<message>"),
}

# As meson's preset for GLib has them.
KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "g_dcgettext:2", "g_dngettext:2,3", "g_dpgettext2:2c,3"]


def lines(path):
    return [line for line in path.read_text(encoding="utf-8").splitlines()
            if line and not line.startswith("#")]


def run(*words):
    environment = dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="")
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def marked_sources():
    """Files, counted from the source tree, that have a marked sentence."""
    for path in sorted((ROOT / "dom0-shell").rglob("*")):
        mark = MARKS.get(path.suffix)
        if mark and mark.search(path.read_text(encoding="utf-8")):
            yield str(path.relative_to(ROOT))


class Sources(unittest.TestCase):
    maxDiff = None

    def test_list_is_whole(self):
        self.assertEqual(lines(PO / "POTFILES"), sorted(marked_sources()))

    def test_complaints_and_phases_are_marked(self):
        plain = re.compile(r'client_complain\(\s*"(?!%s")|\.phase = "|_set_phase\([^,]+, "[^"]')
        sources = [path for room in ("ctl", "service") for path in (ROOT / "dom0-shell" / room).glob("*.c")]
        self.assertGreater(len(sources), 50)
        for path in sources:
            self.assertIsNone(plain.search(path.read_text(encoding="utf-8")), path)

    def test_errors_are_marked(self):
        plain = re.compile(r'SERVICE_ERROR_[A-Z_]+,\s*"[A-Z“][^"]* ')
        sources = [path for path in (ROOT / "dom0-shell/service").glob("*.c") if "simulate" not in path.name]
        self.assertGreater(sum("SERVICE_ERROR_" in path.read_text(encoding="utf-8") for path in sources), 50)
        for path in sources:
            self.assertIsNone(plain.search(path.read_text(encoding="utf-8")), path)

    def test_help_is_marked(self):
        table = (ROOT / "dom0-shell/ctl/commands.c").read_text(encoding="utf-8").split("commands[] = {")[1]
        rows = re.findall(r'\{"[a-z-]+",\s*"[^"]*",\s*(\S)', table)
        self.assertGreater(len(rows), 30)
        self.assertEqual(set(rows), {"N"})


class Languages(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.template = Path(directory.name) / "vitrine.pot"
        listed = Path(directory.name) / "files"
        listed.write_text("\n".join(lines(PO / "POTFILES")) + "\n", encoding="utf-8")
        done = run("xgettext", "--from-code=UTF-8", f"--files-from={listed}", f"--directory={ROOT}",
                   *(f"--keyword={word}" for word in KEYWORDS), f"--output={cls.template}")
        assert done.returncode == 0 and cls.template.exists(), done.stderr

    @staticmethod
    def each():
        return [(language, PO / f"{language}.po") for language in lines(PO / "LINGUAS")]

    def test_german_is_one(self):
        self.assertIn("de", dict(self.each()))

    def test_every_sentence_is_translated(self):
        for _, path in self.each():
            done = run("msgcmp", str(path), str(self.template))
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_nothing_is_left_over(self):
        for _, path in self.each():
            for which in ("--only-obsolete", "--only-fuzzy", "--untranslated"):
                self.assertEqual(run("msgattrib", which, str(path)).stdout, "", which)
            done = run("msgcmp", "--use-untranslated", str(self.template), str(path))
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_formats_and_keys_fit(self):
        for _, path in self.each():
            for check in ("--check", "--check-accelerators=_"):
                done = run("msgfmt", check, "--output-file=/dev/null", str(path))
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_it_is_built(self):
        for language, _ in self.each():
            self.assertGreater((BUILT / language / "LC_MESSAGES" / "vitrine.mo").stat().st_size, 10000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
