# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads what stands on a PC's screen in text mode, from a picture of it: each cell of pixels is looked up in the font
that the screen is drawn with."""

COLUMNS, ROWS = 80, 25
# A cell's pixels. A glyph has eight columns; the ninth repeats the last one of glyphs that are lines, or is background.
WIDTH, HEIGHT = 9, 16
GLYPH_WIDTH = 8
GLYPHS = 256
FIRST = 0x20  # that is a character
SIZE = COLUMNS * WIDTH, ROWS * HEIGHT
FONT_BYTES = GLYPHS * HEIGHT
# For a cell that is no glyph, as one with the cursor on it, and for glyphs that are no characters: smileys, arrows.
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def glyph_table(font):
    """Characters by their glyphs, of a font of 16 bytes for each character of code page 437. Of those that look alike,
    such as the blank ones, ASCII's is read."""
    table = {}
    for code in range(FIRST, GLYPHS):
        table.setdefault(bytes(font[code * HEIGHT:(code + 1) * HEIGHT]), bytes([code]).decode("cp437"))
    return table


def cell_rows(screen, row, column):
    """The rows of a cell, each a list of its pixels' colours."""
    width, _, pixels = screen
    for line in range(row * HEIGHT, (row + 1) * HEIGHT):
        start = (line * width + column * WIDTH) * 3
        yield [pixels[start + 3 * i:start + 3 * i + 3] for i in range(WIDTH)]


def read_cell(rows, table):
    """The character that a cell shows, whichever of its two colours is the background."""
    rows = list(rows)
    background = rows[0][GLYPH_WIDTH]
    glyph = bytes(sum((row[i] != background) << 7 - i for i in range(GLYPH_WIDTH)) for row in rows)
    inverse = bytes(byte ^ 0xff for byte in glyph)
    return table.get(glyph) or table.get(inverse, UNKNOWN)


def read_text(screen, font):
    """The text of a screen, (width, height, RGB bytes), as lines without the blanks at their ends; ValueError if it is
    not one in text mode."""
    if screen[:2] != SIZE:
        raise ValueError(f"a screen of {screen[0]} x {screen[1]} pixels has no text")
    table = glyph_table(font)
    lines = ("".join(read_cell(cell_rows(screen, row, column), table) for column in range(COLUMNS))
             for row in range(ROWS))
    return "\n".join(line.rstrip() for line in lines)
