#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is read of a screen in text mode is what stands there."""

import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "boot"))
from text_screen import COLUMNS, FONT_BYTES, GLYPH_WIDTH, GLYPHS, HEIGHT, ROWS, UNKNOWN, WIDTH, read_text

BLACK, GREY, BLUE = b"\x00\x00\x00", b"\xa8\xa8\xa8", b"\x00\x00\xa8"
LINES = range(0xc0, 0xe0)  # whose last column is drawn twice


def make_font():
    """No two glyphs are alike, but for the space and 255, which are blank; code 0xdb is full."""
    dice = random.Random(437)
    font = bytearray(dice.randbytes(FONT_BYTES))
    for code in (0x20, 0xff):
        font[code * HEIGHT:(code + 1) * HEIGHT] = bytes(HEIGHT)
    font[0xdb * HEIGHT:0xdc * HEIGHT] = b"\xff" * HEIGHT
    return bytes(font)


class Picture:
    """A screen that is drawn as a VGA does it."""

    def __init__(self, font):
        self.font = font
        self.pixels = bytearray(COLUMNS * WIDTH * ROWS * HEIGHT * 3)

    def dot(self, x, y, colour):
        start = (y * COLUMNS * WIDTH + x) * 3
        self.pixels[start:start + 3] = colour

    def write(self, row, column, codes, front=GREY, back=BLACK):
        for place, code in enumerate(codes, column):
            for line in range(HEIGHT):
                bits = self.font[code * HEIGHT + line] << 1
                bits |= bits >> 1 & 1 if code in LINES else 0
                for x in range(WIDTH):
                    self.dot(place * WIDTH + x, row * HEIGHT + line, front if bits >> WIDTH - 1 - x & 1 else back)

    def screen(self):
        return COLUMNS * WIDTH, ROWS * HEIGHT, bytes(self.pixels)


class TextScreen(unittest.TestCase):
    def setUp(self):
        self.picture = Picture(make_font())

    def read(self):
        return read_text(self.picture.screen(), self.picture.font).split("\n")

    def test_words(self):
        """words are where they were written, in any colours, and nothing is anywhere else"""
        self.picture.write(0, 0, b"GRUB is here")
        self.picture.write(12, 70, b"grub> ~{|}", GREY, BLUE)
        self.picture.write(24, 79, b"!", BLACK, GREY)
        lines = self.read()
        self.assertEqual(len(lines), ROWS)
        self.assertEqual((lines[0], lines[12], lines[24]),
                         ("GRUB is here", " " * 70 + "grub> ~{|}", " " * 79 + "!"))
        self.assertEqual("".join(lines[1:12] + lines[13:24]), "")

    def test_all_codes(self):
        """each character but the blank ones and the block is told from all others"""
        codes = bytes(set(range(0x21, GLYPHS)) - {0xdb, 0xff})
        for row in range(len(codes) // COLUMNS + 1):
            self.picture.write(row, 0, codes[row * COLUMNS:(row + 1) * COLUMNS])
        self.assertEqual("".join(self.read()), codes.decode("cp437"))

    def test_cursor(self):
        """what is no glyph is said to be unknown, and hides nothing beside it"""
        self.picture.write(3, 0, b"abc")
        for x in range(GLYPH_WIDTH):
            for y in (13, 14):
                self.picture.dot(WIDTH + x, 3 * HEIGHT + y, GREY)
        self.assertEqual(self.read()[3], f"a{UNKNOWN}c")

    def test_graphics(self):
        """a screen that is not one in text mode is refused"""
        with self.assertRaises(ValueError):
            read_text((640, 480, bytes(640 * 480 * 3)), self.picture.font)


if __name__ == "__main__":
    unittest.main()
