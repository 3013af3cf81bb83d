# SPDX-License-Identifier: GPL-2.0-or-later
"""A template that the service makes of the recipe, out of packages that it fetches, and a guest of that."""

from service import LIB, ServiceTest

NAME = "mine"
# An emulated computer unpacks and sets up some three hundred packages.
BUILD_SECONDS = 3600


class BuildTemplate(ServiceTest):
    smp = 2

    def build(self, *words):
        return self.dom0.run(f"vitrinectl build-template debian-12-desktop {NAME} {' '.join(words)} 2>&1", BUILD_SECONDS)

    def test_build(self):
        """its user, language and keyboard are those that were wanted; what is made meanwhile is gone"""
        self.build("user=anna", "locale=de_DE.UTF-8", "keyboard=de", "packages=tree")
        self.assertIn(NAME, self.do("vitrinectl templates"))
        self.assertEqual(self.do(f"ls -A {LIB}/templates | grep '^[.]' || true"), "")
        self.works(f"create g {NAME}", 600)
        self.log_in("g")
        inside = self.in_guest("g", "id -nu 1000; cat /etc/default/locale; grep LAYOUT /etc/default/keyboard;"
                               " locale -a | grep -i de_de; tree --version", 60)
        for word in ("anna", "LANG=de_DE.UTF-8", "XKBLAYOUT=de", "de_DE.utf8", "tree v"):
            self.assertIn(word, inside)
        self.in_guest("g", "until pgrep -u anna icewm; do sleep 1; done", 120)
        self.works("act g ForceOff")
        self.works("act g Delete")
        self.do(f"rm -r {LIB}/templates/{NAME}")

    def test_cancelled(self):
        """Ctrl-C ends it, and leaves nothing"""
        self.do(f"vitrinectl build-template debian-12-desktop {NAME} >/tmp/said 2>&1 & job=$!; "
                f"until ls -d {LIB}/templates/.work/mmdebstrap.*/var/lib/dpkg; do sleep 1; done; kill -INT $job; wait $job; "
                "test $? -ne 0", 900)
        self.dom0.wait_for(f"! test -e {LIB}/templates/.work && ! pgrep mmdebstrap", 120)
        self.assertEqual(self.dom0.call(f"grep {LIB} /proc/mounts | grep work")[1], 1)
