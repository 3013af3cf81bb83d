# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks of real guests, and files that people wrote for xl, by the service."""

from dom0 import GUESTS
from service import LIB, ServiceTest

MIB = 1 << 20


class ServiceDisks(ServiceTest):
    def sectors(self, guest, disk):
        """How large the guest finds its disk, in 512 bytes; 0 if it has none."""
        return int(self.in_guest(guest, f"cat /sys/block/{disk}/size 2>/dev/null || echo 0").split()[-1])

    def wait_for_disk(self, guest, disk):
        self.in_guest(guest, f"until [ -b /dev/{disk} ]; do sleep 0.2; done", 60)

    def test_disks(self):
        """a disk comes to a running guest, keeps what is written to it, grows while that is off, and goes again"""
        self.works("create gk")
        self.do("said gk 'guest: ready'")
        self.do("vitrinectl add-disk gk 64M")
        self.wait_for_disk("gk", "xvdb")
        self.assertEqual(self.sectors("gk", "xvdb"), 64 * MIB // 512)
        self.in_guest("gk", "echo kept | dd of=/dev/xvdb conv=sync; sync")
        self.assertIn("xvdb", self.do("vitrinectl disks gk"))
        output, status = self.dom0.call("vitrinectl resize-disk gk xvdb 96M", 60)
        self.assertNotEqual(status, 0, output)
        self.assertIn("hut", output)  # shut it down
        self.works("act gk Shutdown")
        self.do("vitrinectl resize-disk gk xvdb 96M")
        self.works("act gk Start")
        self.do("soon running state gk; said gk 'guest: ready'")
        self.assertEqual(self.sectors("gk", "xvdb"), 96 * MIB // 512)
        self.assertIn("kept", self.in_guest("gk", "head -n 1 /dev/xvdb"))
        # This Linux lets go of a disk that a program of its has open, and goes on.
        self.in_guest("gk", "{ sleep 1000 < /dev/xvdb & }")
        self.do("vitrinectl remove-disk gk xvdb")
        self.assertEqual(self.sectors("gk", "xvdb"), 0)
        self.do(f"test ! -e {LIB}/disks/gk@xvdb.img")
        self.works("act gk ForceOff")
        self.works("act gk Delete")
        self.assert_nothing_left()

    def test_import(self):
        """a guest of a person's xl.cfg has a copy of its disk, and starts"""
        disk = f"{GUESTS}/own.img"
        self.do(f"truncate -s 4M {disk}; echo mine | dd of={disk} conv=notrunc,sync status=none")
        self.addCleanup(self.dom0.call, f"rm -f {disk}")
        config = self.guest("own", memory=96, disk=disk)
        self.do(f"vitrinectl import {config} gl", 240)
        self.do("soon running state gl; said gl 'guest: ready'")
        self.assertIn("mine", self.in_guest("gl", "head -n 1 /dev/xvda"))
        self.in_guest("gl", "echo changed | dd of=/dev/xvda conv=sync; sync")
        self.assertIn("mine", self.do(f"head -n 1 {disk}"))
        self.works("act gl Shutdown")
        self.assertIn("changed", self.do(f"head -n 1 {LIB}/disks/gl.img"))
        self.works("act gl Delete")
        self.do(f"test -e {disk}")
        self.assert_nothing_left()

    def test_import_as_person(self):
        """who is not root imports what that person may read, and nothing else; the guest has copies"""
        own = "/srv/own"
        as_person = f"runuser -u vitrine -- vitrinectl import {own}/own.cfg gn"
        config = self.guest("own", memory=96, disk=f"{own}/own.img")
        self.addCleanup(self.dom0.call, f"rm -rf {own}")
        self.do(f"mkdir -p {own} && cp {GUESTS}/vmlinux {GUESTS}/initrd.img {own} && "
                f"sed s,{GUESTS},{own}, {config} > {own}/own.cfg && (cd {own} && chmod 644 * && "
                "truncate -s 4M own.img; echo mine | dd of=own.img conv=notrunc,sync status=none; chmod 600 own.img)")
        output, status = self.dom0.call(as_person, 120)
        self.assertNotEqual(status, 0, output)
        self.assertIn("you may not read it", output)
        self.assert_nothing_left()
        self.do(f"chown -R vitrine {own}")
        self.do(as_person, 240)
        self.do(f"soon running state gn; rm -r {own}; said gn 'guest: ready'")
        self.assertIn("mine", self.in_guest("gn", "head -n 1 /dev/xvda"))
        self.assertIn(f'"{LIB}/files/gn/kernel"', self.do(f"cat {LIB}/guests/gn.cfg"))
        self.works("act gn ForceOff")
        self.works("act gn Delete")
        self.do(f"test ! -e {LIB}/files/gn")
        self.assert_nothing_left()
