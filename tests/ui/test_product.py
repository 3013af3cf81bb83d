# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole product as a person has it: by keyboard and pointer, judged by pixels."""

import hashlib
import os
from pathlib import Path

import sound
from console import PATIENCE, Timeout
from desktop import DesktopTest
from dom0 import SOUND
from machine import keep_logs_in, share_of_colour

# The one colour of the template's wallpaper, which nothing of dom0's desktop has.
WALLPAPER = (0x1C, 0x6E, 0x8C)
TERMINAL = (0xFF, 0xFF, 0xFF)
TONE_HZ = 480
# QEMU's USB stick, and the disk that dom0's driver makes of it.
STICK = "46f4:0001"
DOM0_STICK = "/dev/disk/by-id/usb-*"


class Product(DesktopTest):
    def test_1_shell(self):
        """the shell comes up by itself, as an ordinary user, with the service behind it"""
        self.dom0.wait_for("systemctl is-active vitrine-desktop vitrine-shell vitrine-service", 120)
        self.dom0.wait_for("pgrep -x vitrine-shell", 60)
        owner = self.dom0.run("stat -c %U /proc/$(pgrep -x vitrine-shell)").strip()
        self.assertEqual(owner, "vitrine")
        self.wait_for_shell()

    def test_2_click_to_desktop(self):
        """a click on New, one on Create: a guest's desktop appears in the shell, and takes typed text"""
        self.test_1_shell()
        self.click_two()
        self.dom0.wait_for("xl list | tail -n +3 | grep -q .", 120)
        self.wait_for_screen("the guest's wallpaper",
                             lambda screen: share_of_colour(screen, WALLPAPER) > 0.25, 300)
        # The shell reads it where the display server has it, and nothing goes by VNC.
        self.assertEqual(self.dom0.run("ss -xH state connected | grep -c 'sock[.]local'").strip(), "1")
        # The terminal is the last thing that the guest's session starts; it is as white as paper.
        self.wait_for_screen("the guest's terminal",
                             lambda screen: share_of_colour(screen, TERMINAL, 2) > 0.1, 240)
        self.machine.console.drain(5 * PATIENCE)
        self.machine.screenshot(keep_logs_in() / "guest-desktop.png")
        width, height, _ = self.machine.screen()
        self.machine.click(width // 2, height // 2, width, height)
        self.machine.type("sudo sh -c 'echo typed-$((6*7)) > /dev/hvc0'\n")
        name = self.dom0.run("xl list | tail -n +3 | awk '{ print $1 }'").strip()
        self.attach(name)
        self.dom0.expect("typed-42", 60)
        self.detach()
        self.machine.screenshot(keep_logs_in() / "guest-typed.png")

    def click_two(self):
        """All that a person does to have a guest: the template, a name and a colour are there already."""
        new = self.suggested_button("New Guest")
        before = self.machine.screen()
        self.click(new)
        create = self.suggested_button("Create", before)
        self.machine.screenshot(keep_logs_in() / "new-guest.png")
        self.click(create)

    def click(self, place):
        self.machine.click(*place, *self.machine.screen()[:2])

    def test_3_sound(self):
        """a tone that the guest plays comes out of dom0's sound card, at its pitch"""
        name = self.guest_there()
        if not name:
            self.test_2_click_to_desktop()
            name = self.guest_there()
        recording = keep_logs_in() / SOUND
        before = recording.stat().st_size
        self.attach(name)
        self.machine.type(f"speaker-test -tsine -f{TONE_HZ} -l1; "
                          "sudo sh -c 'echo played-$? >/dev/hvc0'\n")
        self.dom0.expect("played-0", 60)
        self.dom0.drain(2)
        self.detach()
        for tone in sound.heard(recording, before):
            self.assertGreater(tone.seconds, 2, tone)
            self.assertAlmostEqual(tone.frequency, TONE_HZ, delta=5, msg=tone)
            # How much is missing in between tells of the computer that emulates: it is kept, not judged.
            print(f"       {tone}")

    def guest_there(self):
        """The name of the guest that a test before has made."""
        return self.dom0.call("ls /var/lib/vitrine/guests | sed -n 's/\\.cfg$//p'")[0].strip()

    def test_4_usb(self):
        """a stick that is plugged in is given to the guest, which reads it, and is dom0's again afterwards"""
        name = self.guest_there()
        if not name:
            self.skipTest("no guest was made before")
        stick = Path(self.machine.work) / "stick.img"
        stick.write_bytes(os.urandom(1 << 20))
        self.machine.monitor("blockdev-add", **{
            "driver": "raw", "node-name": "stick",
            "file": {"driver": "file", "filename": str(stick)}})
        self.machine.monitor("device_add", driver="usb-storage", drive="stick", id="stick")
        self.dom0.wait_for(f"vitrinectl usb | grep '^[0-9].*storage' && ls {DOM0_STICK}", 60)
        self.dom0.run(f"vitrinectl usb assign {STICK} {name}", 60)
        self.assertRegex(self.dom0.run("vitrinectl usb"), rf"attached +{name}")
        self.assertNotEqual(self.dom0.call(f"ls {DOM0_STICK}")[1], 0)
        self.attach(name)
        self.machine.type("sudo sh -c 'until [ -e /dev/sda ]; do sleep 1; done; md5sum </dev/sda >/dev/hvc0'\n")
        self.dom0.expect(hashlib.md5(stick.read_bytes()).hexdigest(), 90)
        self.detach()
        self.dom0.run(f"vitrinectl usb release {STICK}", 60)
        self.dom0.wait_for(f"ls {DOM0_STICK}", 30)
        self.machine.monitor("device_del", id="stick")
        self.dom0.wait_for("! vitrinectl usb | grep storage", 30)

    def test_5_reopen(self):
        """the shell closed and opened again still has the guest"""
        name = self.guest_there()
        if not name:
            self.skipTest("no guest was made before")
        self.dom0.run("systemctl restart vitrine-shell")
        self.dom0.wait_for("systemctl is-active vitrine-shell", 60)
        self.assertIn(name, self.dom0.run(
            "gdbus call --system --dest org.vitrine.Vitrine1 --object-path /org/vitrine/Vitrine1 "
            "--method org.freedesktop.DBus.ObjectManager.GetManagedObjects", 60))

    def _tidy(self):
        """Guests stay between these tests: each goes on where the one before ended."""
        try:
            self.detach()
        except (Timeout, OSError):
            from dom0 import SHARED
            SHARED.close()
