# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest of the template records on a stock dom0: silence, or what the desktop's microphone hears. In
the microphone's place is a source of PulseAudio's own that is a tone."""

import re

import sound
from console import PATIENCE
from service import ServiceTest

GUEST = "desk"
TONE_HZ = 440
# Who makes the tone and listens to nothing.
SOURCE = "module-sine-source source_name=tone"
PACTL = "PULSE_SERVER=unix:/run/vitrine-sound/native pactl"
RAW = "/root/heard"
# How many samples, how loud the loudest is, and at which of them the wave rises through zero.
MEASURE = ("od -An -v -td2 -w2 {} | awk '{{ n++; if ($1 > m) m = $1; if (-$1 > m) m = -$1;"
           " if (last < 0 && $1 >= 0) rises = rises \" \" NR; last = $1 }}"
           " END {{ print \"samples\", n + 0, \"loudest\", m + 0, \"rises\" rises \".\" }}'")


class Recording(ServiceTest):
    smp = 2

    def setUp(self):
        super().setUp()
        if self.dom0.call(f"xl domid {GUEST}")[1]:
            self.make_guest()

    def _tidy(self):
        """The guest stays from one test to the next, without the microphone."""
        self.detach()
        self.dom0.call(f"vitrinectl microphone {GUEST} off", 60)

    def make_guest(self):
        self.dom0.run("systemctl start vitrine-sound.socket", 120)
        self.dom0.wait_for(f"{PACTL} info", 60)
        self.dom0.run(f"{PACTL} load-module {SOURCE} frequency={TONE_HZ} && {PACTL} set-default-source tone", 60)
        self.works(f"create {GUEST} debian-12-desktop", 300)
        self.log_in(GUEST)
        self.do(f"soon silent get guests/{GUEST} Guest1 SoundState")

    # --- the guest's side ---

    def begin(self, seconds):
        """The guest begins to record, one channel at dom0's rate."""
        self.in_guest(GUEST, f"rm -f {RAW}; (arecord -q -t raw -f S16_LE -r {sound.RATE} -c 1 -d {seconds}"
                             f" {RAW}.part && mv {RAW}.part {RAW}) >/dev/null 2>/root/problem & true")

    def end(self):
        """Waits until it has recorded."""
        said = self.in_guest(GUEST, f"n=0; until [ -e {RAW} ] || [ $n -gt 60 ]; do sleep 1; n=$((n + 1)); done; "
                                    f"[ -e {RAW} ] || {{ echo over; cat /root/problem; dmesg | tail -n 5; }}", 120)
        if "over" in said:
            self.fail(said + self.dom0.run(f"journalctl -b -n 30; {PACTL} list short source-outputs", 60))

    def heard(self, skip=0, take=None):
        """(loudest sample, frequency) of seconds of what was recorded, from one on."""
        part = f"{RAW}.taken"
        count = f"count={int(take * 10)}" if take else ""
        text = self.in_guest(GUEST, f"dd if={RAW} of={part} bs={sound.RATE // 10 * 2} skip={int(skip * 10)} {count}"
                                    f" status=none; {MEASURE.format(part)}", 120)
        match = re.search(r"samples (\d+) loudest (\d+) rises([\d\s]*)\.", text)
        self.assertIsNotNone(match, text)
        self.assertGreater(int(match.group(1)), sound.RATE // 2, text)
        return int(match.group(2)), sound.usual_frequency([int(word) for word in match.group(3).split()])

    # --- the person's side ---

    def is_now(self, name, value):
        self.do(f"soon {value} get guests/{GUEST} Guest1 {name}", 180)

    def test_1_not_granted(self):
        """without a grant a guest records silence, and is seen to ask"""
        self.is_now("AsksForMicrophone", "false")
        self.begin(8)
        self.is_now("AsksForMicrophone", "true")
        self.assertEqual(self.dom0.run(f"{PACTL} list short source-outputs", 60).strip(), "")
        self.end()
        self.assertEqual(self.heard(), (0, 0))
        self.is_now("AsksForMicrophone", "false")

    def test_2_granted(self):
        """with a grant it records what dom0's source gives, and it is seen to listen"""
        self.do(f"vitrinectl microphone {GUEST} on")
        self.begin(4)
        self.is_now("Recording", "true")
        self.end()
        loudest, frequency = self.heard(skip=1)
        print(f"       loudest {loudest}, {frequency:.1f} Hz")
        self.assertGreater(loudest, 1000)
        self.assertAlmostEqual(frequency, TONE_HZ, delta=3)
        self.is_now("Recording", "false")

    def test_3_taken_away(self):
        """taken away in the middle of a recording, the rest of it is silence"""
        self.do(f"vitrinectl microphone {GUEST} once")
        self.begin(20)
        self.is_now("Recording", "true")
        self.machine.console.drain(2 * PATIENCE)
        self.do(f"vitrinectl microphone {GUEST} off")
        self.is_now("Recording", "false")
        self.end()
        # Where dom0 is slow, the first of it is silence too: until its sound server has begun.
        loudest, frequency = self.heard(take=9)
        self.assertGreater(loudest, 1000)
        self.assertAlmostEqual(frequency, TONE_HZ, delta=3)
        self.assertEqual(self.heard(skip=18), (0, 0))

    def test_4_over(self):
        """a grant ends with the guest, also one that was for as long as it runs"""
        self.do(f"vitrinectl microphone {GUEST} on")
        self.works(f"act {GUEST} ForceOff")
        self.is_now("Microphone", "off")
        self.works(f"act {GUEST} Start", 300)
        self.log_in(GUEST)
        self.is_now("SoundState", "silent")
        self.begin(3)
        self.end()
        self.assertEqual(self.heard(), (0, 0))
        self.works(f"act {GUEST} ForceOff")
        self.works(f"act {GUEST} Delete")
