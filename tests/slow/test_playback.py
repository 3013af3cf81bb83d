# SPDX-License-Identifier: GPL-2.0-or-later
"""How whole, and how late, what a guest plays for long is heard. The emulated computer's clock counts
instructions here, so that it is never busy with anything but its own work, whatever this one does."""

import base64
import math
import os
import re
import struct

import sound
from console import PATIENCE
from dom0 import SHARED
from machine import keep_logs_in
from service import ServiceTest

GUEST = "desk"
TONE_HZ = 480
LOUDNESS = 12000
SECONDS = int(os.environ.get("VITRINE_TEST_PLAYBACK", "60"))
RECORDING = "playback.wav"
PULSE = "PULSE_SERVER=unix:/run/vitrine-sound/native"
PACTL = f"{PULSE} pactl"
# A program of dom0's own that plays silence beside the guest, and wishes for what guests' streams are asked for.
OWN = "own"
OWN_WISH_MS = 20


class Playback(ServiceTest):
    def setUp(self):
        self.machine = SHARED.get(smp=1, service=True, accel="counted",
                                  sound=f"wav,path={keep_logs_in() / RECORDING},timer-period=1000,"
                                        f"out.frequency={sound.RATE}")
        self.dom0 = self.machine.console
        self.addCleanup(self._tidy)
        if ServiceTest.prepared is not self.machine:
            self.prepare()

    def make_guest(self):
        self.dom0.run("systemctl start vitrine-sound.socket", 300)
        self.dom0.wait_for(f"{PACTL} info", 300)
        self.works(f"create {GUEST} debian-12-desktop", 1200)
        self.log_in(GUEST)
        self.do(f"soon silent get guests/{GUEST} Guest1 SoundState")

    def put_tone(self):
        """A second of the tone as a file of the guest's that is in memory: whole waves, no sample of which is 0."""
        period = sound.RATE // TONE_HZ
        wave = b"".join(struct.pack("<h", round(LOUDNESS * math.sin(2 * math.pi * (i + 0.5) / period))) for i in range(period))
        text = base64.b64encode(wave).decode()
        self.in_guest(GUEST, f"cd /dev/shm && echo {text} | base64 -d > wave && "
                             f"for i in $(seq {TONE_HZ}); do cat wave; done > second && sleep 20", 300)

    def start_own(self):
        self.dom0.run(f"{PULSE} pacat --raw --client-name={OWN} --rate={sound.RATE} --channels=1 --format=s16le"
                      f" --latency-msec={OWN_WISH_MS} < /dev/zero > /dev/null 2>&1 &")
        self.dom0.wait_for(f"{PACTL} list sink-inputs | grep 'application.name = \"{OWN}\"'", 60)

    def on_their_way(self):
        """By the sound server's word, what is on its way to the ear of each program's stream, in ms."""
        found = {}
        for text in self.dom0.run(f"{PACTL} list sink-inputs", 60).split("Sink Input #")[1:]:
            name = re.search(r'application\.name = "(.*)"', text).group(1)
            found[name] = sum(int(number) for number in re.findall(r"Latency: (\d+) usec", text)) / 1000
        return found

    def compare(self):
        """Prints how late the guest is heard, and how late a program of dom0's own."""
        looks = [self.on_their_way() for _ in range(10)]
        for name in (GUEST, OWN):
            late = [look[name] for look in looks]
            print(f"       {name}: {min(late):.1f} to {max(late):.1f} ms on its way, {sum(late) / len(late):.1f} on average")
        print("       " + self.in_guest(GUEST, "grep -E 'delay|avail' /proc/asound/card0/pcm0p/sub0/status", 60).strip())

    def test_playback(self):
        """a guest's tone of a minute is heard without a frame missing in it"""
        self.make_guest()
        self.put_tone()
        self.in_guest(GUEST, f"(for i in $(seq {SECONDS}); do cat second; done | aplay -q -t raw -f S16_LE -c 1 "
                             f"-r {sound.RATE} --buffer-time=200000 2>problem; echo $? >over) >/dev/null 2>&1 & true", 60)
        self.do(f"soon playing get guests/{GUEST} Guest1 SoundState", 600)
        self.start_own()
        self.compare()
        print(self.dom0.run(f"{PACTL} list sinks | grep -E 'Sample|Latency'; {PACTL} list sink-inputs"
                            " | grep -E 'Sample|Latency|name'; journalctl -b -u vitrine-sound | grep -i 'inside a VM'", 60))
        print("       " + self.in_guest(GUEST, "until [ -e over ]; do sleep 5; done; cat over problem",
                                        60 * SECONDS).strip())
        print(self.dom0.run("journalctl -b | grep -E 'sound was late' | tail -n 20; true", 60))
        self.machine.console.drain(2 * PATIENCE)
        self.machine.close()
        whole = sound.wholeness(keep_logs_in() / RECORDING, TONE_HZ)
        print(f"       {whole}")
        self.assertEqual(whole.frames, SECONDS * sound.RATE)
        self.assertEqual(whole.silent, 0)
        self.assertEqual(whole.breaks, 0)
