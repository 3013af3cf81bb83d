# SPDX-License-Identifier: GPL-2.0-or-later
"""Icons: ours are what the icon theme's rules and GTK want of them, and what the shell names is there.
icons_test.py SOURCE_ROOT ICON_CHECK"""

import configparser
import re
import subprocess
import sys
import unittest
from pathlib import Path
from xml.etree import ElementTree

ROOT, CHECK = Path(sys.argv[1]).resolve(), sys.argv[2]
ICONS = ROOT / "icons/hicolor"
THEMES = Path("/usr/share/icons")
SVG = "{http://www.w3.org/2000/svg}"

# Where an icon may be in hicolor, with the size that it is drawn for.
PLACES = {"scalable/apps": 128, "scalable/actions": 16, "symbolic/apps": 16}

# What GTK fills with the colour of a button's text, and what it is drawn with before.
RECOLOURED = {f"{SVG}{name}" for name in ("path", "rect", "circle", "ellipse", "polygon")}
DRAWN_WITH = {"#2e3436", None}
PLAIN_ATTRIBUTES = {"d", "x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "points", "fill", "fill-rule"}


def ours():
    return {path.stem: path for path in sorted(ICONS.rglob("*.svg"))}


def named():
    """Icons that the shell, and templates of ours, have by name; with where."""
    sources = [path for path in (ROOT / "dom0-shell/app").rglob("*") if path.suffix in (".c", ".ui", ".desktop")]
    names = {}
    for path in [*sources, *(ROOT / "image/templates").rglob("template.ini")]:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r'["=>]([a-z0-9.-]+-symbolic)["<\n]', text) + \
                re.findall(r'icon-name">([^<\s]+)<', text) + re.findall(r"(?m)^Icon=(.*)$", text):
            names.setdefault(name, path.relative_to(ROOT))
    return names


def check(names):
    """What GTK says of each: whether it is there, pixels painted, pixels of another colour."""
    out = subprocess.run([CHECK, *names], capture_output=True, text=True, check=True, timeout=60).stdout
    return {line.split()[0]: tuple(map(int, line.split()[1:])) for line in out.splitlines()}


class Files(unittest.TestCase):
    def test_places_are_of_the_theme(self):
        theme = configparser.ConfigParser(interpolation=None, strict=False)
        theme.read(THEMES / "hicolor/index.theme", encoding="utf-8")
        directories = theme["Icon Theme"]["Directories"].split(",")
        self.assertEqual({str(path.parent.relative_to(ICONS)) for path in ours().values()}, set(PLACES))
        for place in PLACES:
            self.assertIn(place, directories)
        others = [path for path in ICONS.rglob("*") if path.is_file() and path.suffix != ".svg"]
        self.assertEqual(others, [])

    def test_names_are_ours(self):
        for name, path in ours().items():
            self.assertRegex(name, r"^(org\.vitrine\.Shell|vitrine-[a-z-]+)(-symbolic)?$")
            self.assertEqual(name.endswith("-symbolic"), str(path.parent.relative_to(ICONS)) != "scalable/apps", name)

    def test_sizes(self):
        for name, path in ours().items():
            size = PLACES[str(path.parent.relative_to(ICONS))]
            root = ElementTree.parse(path).getroot()
            self.assertEqual(root.tag, f"{SVG}svg", name)
            self.assertEqual((root.get("width"), root.get("height"), root.get("viewBox")),
                             (str(size), str(size), f"0 0 {size} {size}"), name)

    def test_symbolic_ones_are_plain_shapes(self):
        for name, path in ours().items():
            if not name.endswith("-symbolic"):
                continue
            shapes = list(ElementTree.parse(path).getroot().iter())[1:]
            self.assertGreater(len(shapes), 0, name)
            for shape in shapes:
                self.assertIn(shape.tag, RECOLOURED, name)
                self.assertIn(shape.get("fill"), DRAWN_WITH, name)
                self.assertLessEqual(set(shape.keys()), PLAIN_ATTRIBUTES, name)

    def test_all_are_in_the_program(self):
        resources = ElementTree.parse(ROOT / "dom0-shell/app/vitrine-shell.gresource.xml")
        listed = {ICONS / file.text for file in resources.iter("file") if file.text.endswith(".svg")}
        self.assertEqual(listed, set(ours().values()))


class Shown(unittest.TestCase):
    def test_ours_are_painted(self):
        seen = check(ours())
        self.assertEqual(set(seen), set(ours()))
        for name, (there, painted, others) in seen.items():
            self.assertEqual(there, 1, name)
            self.assertGreater(painted, 200, name)
            if name.endswith("-symbolic"):
                self.assertEqual(others, 0, name)
            else:
                self.assertGreater(others, 200, name)

    def test_what_is_named_is_there(self):
        names = named()
        self.assertGreater(len(names), 30)
        for name, (there, painted, _) in check(names).items():
            self.assertEqual(there, 1, f"{name}, which {names[name]} names")
            self.assertGreater(painted, 0, name)

    def test_what_is_not_ours_is_in_what_the_image_installs(self):
        packages = (ROOT / "image/dom0/packages").read_text(encoding="utf-8").split()
        self.assertIn("adwaita-icon-theme", packages)
        adwaita = {path.name.split(".")[0] for path in (THEMES / "Adwaita").rglob("*-symbolic.*")}
        others = set(named()) - set(ours())
        self.assertGreater(len(others), 20)
        self.assertEqual(others - adwaita, set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
