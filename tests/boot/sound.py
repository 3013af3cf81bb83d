# SPDX-License-Identifier: GPL-2.0-or-later
"""What a machine's sound card played, out of the file that QEMU writes while it plays."""

import array
import math
from dataclasses import dataclass

RATE = 48000  # as dom0.boot() asks QEMU for it, in stereo, 16 bits
HEADER = 44
FRAME = 4
TENTH = 40  # blocks
BLOCK = RATE // 400  # no shorter than a wave of what is played
LOUD = 300


@dataclass
class Tone:
    """What was heard, of one channel, from the first sound to the last."""
    seconds: float = 0
    frequency: float = 0
    gap: float = 0  # the longest silence in it, in seconds
    marred: float = 0  # which part of it, of 1, are tenths of a second with a silence in them


def read_frames(path, after):
    """The samples of both channels by turns."""
    with open(path, "rb") as file:
        file.seek(max(after, HEADER) // FRAME * FRAME)
        data = file.read()
    return array.array("h", data[:len(data) // FRAME * FRAME])


def heard(path, after=HEADER):
    """The tone in a recording, of each channel; what lies before a number of bytes is left out."""
    samples = read_frames(path, after)
    return [measure(samples[channel::2]) for channel in range(2)]


def measure(samples):
    blocks = [samples[start:start + BLOCK] for start in range(0, len(samples), BLOCK)]
    loud = [number for number, block in enumerate(blocks) if max(map(abs, block)) > LOUD]
    if not loud:
        return Tone()
    gaps = [later - earlier - 1 for earlier, later in zip(loud, loud[1:])]
    length = loud[-1] - loud[0] + 1
    marred = {number // TENTH for number in set(range(loud[0], loud[-1])) - set(loud)}
    return Tone(seconds=length * BLOCK / RATE, frequency=pitch(samples),
                gap=max(gaps, default=0) * BLOCK / RATE, marred=min(1, len(marred) * TENTH / length))


def pitch(samples):
    """The frequency that most of the waves have, which neither silence nor a click changes."""
    return usual_frequency([number for number in range(1, len(samples)) if samples[number - 1] < 0 <= samples[number]])


def usual_frequency(rising):
    """The same, out of the numbers of the samples at which waves begin."""
    lengths = sorted(later - earlier for earlier, later in zip(rising, rising[1:]))
    return RATE / lengths[len(lengths) // 2] if lengths else 0


@dataclass
class Wholeness:
    """Of one channel, from the first sound to the last."""
    frames: int = 0
    silent: int = 0  # frames that are 0
    breaks: int = 0  # where a frame does not follow from the two before it


def wholeness(path, frequency, after=HEADER):
    """What is missing of a tone that was played without a pause, and of which no frame is 0."""
    samples = read_frames(path, after)[::2]
    first = next((number for number, sample in enumerate(samples) if sample), 0)
    last = next((number for number in range(len(samples) - 1, 0, -1) if samples[number]), 0)
    return Wholeness(frames=last - first + 1, silent=samples[first:last + 1].count(0),
                     breaks=count_breaks(samples, first, last, frequency))


def count_breaks(samples, first, last, frequency):
    """A break is counted once, however many samples are out of order at it."""
    factor = 2 * math.cos(2 * math.pi * frequency / RATE)
    breaks, before = 0, -RATE
    for number in range(first + 3, last - 2):
        expected = factor * samples[number - 1] - samples[number - 2]
        if abs(samples[number] - expected) > 20:
            breaks += number - before > 8
            before = number
    return breaks
