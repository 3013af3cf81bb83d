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
PACTL = "PULSE_SERVER=unix:/run/vitrine-sound/native pactl"


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

    def lateness(self):
        """What the sound server says is on its way to the ear, in ms."""
        text = self.dom0.run(f"{PACTL} list sink-inputs | grep Latency", 60)
        return sum(int(number) for number in re.findall(r"Latency: (\d+) usec", text)) / 1000

    def test_playback(self):
        """a guest's tone of a minute is heard without a frame missing in it"""
        self.make_guest()
        self.put_tone()
        self.in_guest(GUEST, f"(for i in $(seq {SECONDS}); do cat second; done | aplay -q -t raw -f S16_LE -c 1 "
                             f"-r {sound.RATE} --buffer-time=200000 2>problem; echo $? >over) >/dev/null 2>&1 & true", 60)
        self.do(f"soon playing get guests/{GUEST} Guest1 SoundState", 600)
        late = [self.lateness() for _ in range(10)]
        print(f"       late by {min(late):.1f} to {max(late):.1f} ms")
        print(self.dom0.run(f"{PACTL} list sinks | grep -E 'Sample|Latency'; {PACTL} list sink-inputs"
                            " | grep -E 'Sample|Latency'", 60))
        print("       " + self.in_guest(GUEST, "until [ -e over ]; do sleep 5; done; cat over problem",
                                        60 * SECONDS).strip())
        print(self.dom0.run("journalctl -b | grep -E 'sound was late' | tail -n 20; true", 60))
        self.machine.console.drain(2 * PATIENCE)
        self.machine.close()
        whole = sound.wholeness(keep_logs_in() / RECORDING, TONE_HZ)
        print(f"       {whole}")
        # What is on its way when the guest stops the stream, at the end, is forgotten.
        self.assertLessEqual(whole.frames, SECONDS * sound.RATE)
        self.assertGreater(whole.frames, (SECONDS - 0.2) * sound.RATE)
        self.assertEqual(whole.silent, 0)
        self.assertEqual(whole.breaks, 0)
