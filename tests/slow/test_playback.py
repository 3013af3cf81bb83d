# SPDX-License-Identifier: GPL-2.0-or-later
"""How whole, and how late, what a guest plays for long is heard. The emulated computer's clock counts
instructions here, so that it is never busy with anything but its own work, whatever this one does."""

import base64
import math
import os
import re
import struct

import sound
from dom0 import CD, GUESTS, SHARED
from machine import keep_logs_in
from service import LIB, ServiceTest

GUEST = "desk"
TONE_HZ = 480
LOUDNESS = 12000
SECONDS = int(os.environ.get("VITRINE_TEST_PLAYBACK", "60"))
# Of guests of other kinds than the first.
FEW_SECONDS = min(SECONDS, 20)
RECORDING = "playback.wav"
PULSE = "PULSE_SERVER=unix:/run/vitrine-sound/native"
PACTL = f"{PULSE} pactl"
# A program of dom0's own that plays silence beside the guest, and wishes for what guests' streams are asked for.
OWN = "own"
OWN_WISH_MS = 20
APLAY = "aplay -q -t raw -f S16_LE -r {rate} -c {channels} --buffer-time=200000"

# The modules of the card that QEMU gives an HVM guest, and those that they need, in that order, for a guest of the
# boot tests; and programs that play on it, with all that they need. Laid over that guest's initial RAM disk.
PC_INITRD = f"""set -e
tree=/tmp/pc-tree; rm -rf $tree; mkdir -p $tree/modules.d $tree/usr/share $tree/root
cp -r /usr/share/alsa $tree/usr/share/
for program in aplay amixer; do
    for file in /usr/bin/$program $(ldd /usr/bin/$program | grep -o '/[^ ]*'); do
        mkdir -p $tree$(dirname $file); cp -L $file $tree$file
    done
done
(cd $tree && zcat -f {GUESTS}/initrd.img | cpio -i --quiet --to-stdout modules) > $tree/modules
for module in snd-hda-codec-generic snd-hda-intel; do modprobe --show-depends $module; done |
    awk '$1 == "insmod" && !seen[$2]++ {{ print $2 }}' > /tmp/pc-modules
while read -r path; do
    cp $path $tree/modules.d/; basename $path >> $tree/modules
done < /tmp/pc-modules
cp /tmp/second $tree/second
(cd $tree && find . | cpio -o --quiet -H newc | gzip -1) > /tmp/pc-more.img
cat {GUESTS}/initrd.img /tmp/pc-more.img > /tmp/pc-initrd.img
rm -rf $tree"""


def second_of_tone(channels):
    """Whole waves, no sample of which is 0: one of them, in base64, and how often it comes in a second."""
    period = sound.RATE // TONE_HZ
    samples = [round(LOUDNESS * math.sin(2 * math.pi * (i + 0.5) / period)) for i in range(period)]
    return base64.b64encode(b"".join(struct.pack("<h", sample) * channels for sample in samples)).decode()


def make_second(channels, path):
    """The command that makes a file with a second of the tone."""
    return (f"echo {second_of_tone(channels)} | base64 -d > {path}.wave && "
            f"for i in $(seq {TONE_HZ}); do cat {path}.wave; done > {path}")


class Playback(ServiceTest):
    def setUp(self):
        self.recording = keep_logs_in() / RECORDING
        self.machine = SHARED.get(smp=1, service=True, accel="counted",
                                  sound=f"wav,path={self.recording},timer-period=1000,out.frequency={sound.RATE}")
        self.dom0 = self.machine.console
        self.addCleanup(self._tidy)
        if ServiceTest.prepared is not self.machine:
            self.prepare()
        self.dom0.run("systemctl start vitrine-sound.socket", 300)
        self.dom0.wait_for(f"{PACTL} info", 300)
        self.began = self.recording.stat().st_size if self.recording.exists() else 0

    # --- the guest ---

    def make_guest(self, kind):
        self.works(f"create {GUEST} debian-12-desktop \"{{'kind': <'{kind}'>}}\"", 1200)
        self.log_in(GUEST)
        self.is_now("SoundState", "silent")

    def is_now(self, name, value):
        self.do(f"soon {value} get guests/{GUEST} Guest1 {name}", 600)

    def end_guest(self):
        self.works(f"act {GUEST} ForceOff")
        self.works(f"act {GUEST} Delete")

    def begin(self, seconds):
        """A guest of the template begins to play."""
        self.in_guest(GUEST, f"cd /dev/shm && rm -f over && {make_second(1, 'second')} && sleep 20", 300)
        self.in_guest(GUEST, f"(for i in $(seq {seconds}); do cat second; done | "
                             f"{APLAY.format(rate=sound.RATE, channels=1)} 2>problem; echo $? >over) >/dev/null 2>&1 & true", 60)
        self.is_now("SoundState", "playing")

    def end(self, seconds):
        said = self.in_guest(GUEST, "until [ -e over ]; do sleep 5; done; cat over problem", 60 * seconds)
        self.assertEqual(said.split(), ["0"], said)
        # Until dom0's card rests: by then QEMU has written all of it down.
        self.dom0.run("sleep 10", 300)

    def plays_whole(self, seconds):
        whole = sound.wholeness(self.recording, TONE_HZ, self.began)
        print(f"       {whole}")
        self.assertEqual(whole.frames, seconds * sound.RATE)
        self.assertEqual(whole.silent, 0)
        self.assertEqual(whole.breaks, 0)

    # --- how late it is ---

    def start_own(self):
        self.dom0.run(f"{PULSE} pacat --raw --client-name={OWN} --rate={sound.RATE} --channels=1 --format=s16le"
                      f" --latency-msec={OWN_WISH_MS} < /dev/zero > /dev/null 2>&1 & echo $! > /tmp/{OWN}")
        self.dom0.wait_for(f"{PACTL} list sink-inputs | grep 'application.name = \"{OWN}\"'", 60)

    def on_their_way(self):
        """By the sound server's word, what is on its way to the ear of each program's stream, in ms."""
        found = {}
        for text in self.dom0.run(f"{PACTL} list sink-inputs", 60).split("Sink Input #")[1:]:
            name = re.search(r'application\.name = "(.*)"', text).group(1)
            found[name] = sum(int(number) for number in re.findall(r"Latency: (\d+) usec", text)) / 1000
        return found

    def compare(self):
        """Prints how much of the guest's is on its way, and how much of a program's of dom0's own. Of the guest's
        that is part of what its own card says is to be heard yet."""
        self.start_own()
        looks = [self.on_their_way() for _ in range(10)]
        for name in (GUEST, OWN):
            late = [look[name] for look in looks]
            print(f"       {name}: {min(late):.1f} to {max(late):.1f} ms on its way, {sum(late) / len(late):.1f} on average")
        delay = self.in_guest(GUEST, "grep delay /proc/asound/card0/pcm0p/sub0/status", 60)
        print(f"       {GUEST}'s card: {delay.strip()} frames")
        self.dom0.run(f"kill $(cat /tmp/{OWN})")

    # --- tests ---

    def test_pv(self):
        """a guest's tone of a minute is heard without a frame missing in it"""
        self.make_guest("pv")
        self.begin(SECONDS)
        self.compare()
        self.end(SECONDS)
        print(self.dom0.run("journalctl -b | grep -E 'sound was late' | tail -n 20; true", 60))
        self.end_guest()
        self.plays_whole(SECONDS)

    def test_pvh(self):
        """what a PVH guest plays is heard without a frame missing in it"""
        self.make_guest("pvh")
        self.assertEqual(self.in_guest(GUEST, "cat /sys/hypervisor/guest_type").split(), ["PVH"])
        self.begin(FEW_SECONDS)
        self.end(FEW_SECONDS)
        self.end_guest()
        self.plays_whole(FEW_SECONDS)

    def test_hvm(self):
        """what an HVM guest plays on the card that QEMU emulates is heard as the tone that it is"""
        iso = f"{LIB}/iso/grub.iso"
        self.addCleanup(self.dom0.call, f"rm -f {iso} /tmp/pc-* /tmp/second*")
        self.do(f"cp {CD} {iso} && {make_second(2, '/tmp/second')}", 120)
        self.do(f"cat > /tmp/pc-script <<'END'\n{PC_INITRD}\nEND\nsh /tmp/pc-script", 300)
        options = ("{'iso': <'grub.iso'>, 'disk-size': <uint64 67108864>, 'memory': <uint64 268435456>, "
                   "'vcpus': <uint32 1>, 'start': <false>}")
        self.works(f"job Manager Manager1.Create \"''\" \"'{GUEST}'\" \"{options}\"")
        self.do(f"printf '%s\\n' 'kernel = \"{GUESTS}/vmlinuz\"' 'ramdisk = \"/tmp/pc-initrd.img\"' "
                f"'cmdline = \"console=hvc0 quiet mitigations=off do=\"' >> {LIB}/guests/{GUEST}.cfg")
        self.works(f"act {GUEST} Start", 300)
        self.attach(GUEST)
        self.dom0.expect("guest: ready", 900)
        self.dom0.expect("guest# ", 20)
        self.detach()
        self.in_guest(GUEST, "PATH=$PATH:/usr/bin; n=0; until amixer -q -c 0 sset Master 100% unmute || [ $n -gt 30 ]; do"
                             " sleep 1; n=$((n + 1)); done; [ $n -lt 30 ] || { dmesg | tail -n 20; false; }", 120)
        self.in_guest(GUEST, f"for i in $(seq {FEW_SECONDS}); do cat /second; done | "
                             f"{APLAY.format(rate=sound.RATE, channels=2)} -D hw:0,0", 60 * FEW_SECONDS)
        self.dom0.run("sleep 10", 300)
        self.end_guest()
        for tone in sound.heard(self.recording, self.began):
            print(f"       {tone}")
            self.assertAlmostEqual(tone.frequency, TONE_HZ, delta=3, msg=tone)
            self.assertAlmostEqual(tone.seconds, FEW_SECONDS, delta=0.5, msg=tone)
            self.assertLess(tone.gap, 0.05, tone)
