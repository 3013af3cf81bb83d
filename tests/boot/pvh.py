# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of PVH guests share."""

from dom0 import Dom0Test

PVH = ['type = "pvh"']
DISKS = "/var/lib/vitrine/disks"


class PvhTest(Dom0Test):
    def start_pvh(self, name, extra=(), **options):
        self.start(name, extra=[*PVH, *extra], **options)
