# SPDX-License-Identifier: GPL-2.0-or-later
"""Real guests that do not do what the service asks of them: they keep a disk, or go on."""

from service import LIB, ServiceTest

UNIT = "/run/systemd/system/vitrine-service.service.d"


class Stubborn(ServiceTest):
    def test_kept_disk(self):
        """a disk that the guest does not let go of stays with it, and with its file, and that is said"""
        self.works("create gk")
        self.do("said gk 'guest: ready'")
        # A disk that no driver there looks after: nobody hears that it is to go.
        self.in_guest("gk", "echo 0 > /sys/bus/xen/drivers_autoprobe")
        self.do("vitrinectl add-disk gk 64M")
        output, status = self.dom0.call("vitrinectl remove-disk gk xvdb", 120)
        self.assertNotEqual(status, 0, output)
        self.assert_sentence(output.strip().splitlines()[-1].removeprefix("vitrinectl: "))
        self.do(f"test -e {LIB}/disks/gk@xvdb.img && grep -q xvdb {LIB}/guests/gk.cfg")
        self.assertIn("xvdb", self.do("vitrinectl disks gk"))
        self.works("act gk ForceOff")
        self.works("act gk Delete")
        self.assert_nothing_left()

    def test_ignores(self):
        """a guest that hears that it is to shut down, and goes on, is said not to respond; Force Off ends it"""
        self.restart_service("--stop-timeout 8000")
        self.addCleanup(self.restart_service)
        self.works("create gm")
        self.do("said gm 'guest: ready'")
        self.in_guest("gm", "printf '#!/bin/sh\\n' > /sbin/poweroff")
        self.fails("act gm Shutdown", "has not shut down")
        domid = self.domain("gm")[0]
        self.do(f"soon 'not-responding {domid} true' state gm")
        self.assertIn("goes on all the same", self.do("state gm"))
        self.works("act gm ForceOff")
        self.works("act gm Delete")
        self.assert_nothing_left()

    def restart_service(self, words=None):
        """With other words on its command line, or as it was."""
        lines = f"[Service]\\nExecStart=\\nExecStart=/usr/libexec/vitrine/vitrine-service {words}\\n"
        self.do(f"mkdir -p {UNIT}; printf '{lines}' > {UNIT}/test.conf" if words else f"rm -rf {UNIT}")
        self.do("systemctl daemon-reload; systemctl restart vitrine-service")
        self.dom0.wait_for("systemctl is-active vitrine-service && call Manager Manager1.ListIsos", 60)
