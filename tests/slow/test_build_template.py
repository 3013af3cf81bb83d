# SPDX-License-Identifier: GPL-2.0-or-later
"""A template that the service makes of the recipe, out of packages that it fetches, and a guest of that."""

import re

from service import LIB, ServiceTest

NAME = "mine"
RECIPES = "/usr/lib/vitrine/image/templates"
# The recipe's packages but for the desktop, for an emulated computer's sake.
SMALL = ("linux-image-amd64 systemd-sysv systemd-resolved dbus udev kmod busybox-static e2fsprogs"
         " libxenmisc4.17 libxenstore4 iproute2 procps sudo")
BUILD_SECONDS = 3600


class BuildTemplate(ServiceTest):
    smp = 2

    def build(self, recipe):
        """A template of it with a user, a language, a keyboard and a package; then a guest, logged in to."""
        said = self.dom0.run(f"vitrinectl build-template {recipe} {NAME} user=anna locale=de_DE.UTF-8 keyboard=de "
                             "packages=tree 2>&1", BUILD_SECONDS)
        self.addCleanup(self.dom0.call, f"rm -rf {LIB}/templates/{NAME}")
        self.assertIn(NAME, self.do("vitrinectl templates"))
        self.assertEqual(self.do(f"ls -A {LIB}/templates | grep '^[.]' || true"), "")
        self.works(f"create g {NAME}", 600)
        self.addCleanup(self.works, "act g Delete")
        self.addCleanup(self.works, "act g ForceOff")
        self.log_in("g")
        return said

    def test_small(self):
        """its user, language and keyboard are those that were wanted; how far it was, was told; what is made
        meanwhile is gone"""
        self.do(f"cp -r {RECIPES}/debian-12-desktop {RECIPES}/small && echo '{SMALL}' >{RECIPES}/small/packages")
        self.addCleanup(self.dom0.call, f"rm -r {RECIPES}/small")
        said = self.build("small")
        inside = self.in_guest("g", "id -nu 1000; cat /etc/default/locale; grep LAYOUT /etc/default/keyboard;"
                               " locale -a | grep -i de_de; tree --version", 60)
        for word in ("anna", "LANG=de_DE.UTF-8", "XKBLAYOUT=de", "de_DE.utf8", "tree v"):
            self.assertIn(word, inside)
        told = [int(percent) for percent in re.findall(r"(\d+) %", said)]
        self.assertEqual(told, sorted(told))
        self.assertGreater(len([percent for percent in told if 20 < percent < 84]), 20)

    def test_desktop(self):
        """the whole recipe's guest comes up with its desktop, as its user"""
        self.build("debian-12-desktop")
        self.in_guest("g", "until pgrep -u anna icewm; do sleep 1; done", 120)

    def test_cancelled(self):
        """Ctrl-C ends it, and leaves nothing"""
        self.do(f"vitrinectl build-template debian-12-desktop {NAME} >/tmp/said 2>&1 & job=$!; "
                f"until ls -d {LIB}/templates/.work/mmdebstrap.*/var/lib/dpkg; do sleep 1; done; kill -INT $job; wait $job; "
                "test $? -ne 0", 900)
        self.dom0.wait_for(f"! test -e {LIB}/templates/.work && ! pgrep mmdebstrap", 120)
        self.assertEqual(self.dom0.call(f"grep {LIB} /proc/mounts | grep work")[1], 1)
