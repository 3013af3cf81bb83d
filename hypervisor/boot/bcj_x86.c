/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The x86 branch filter of .xz, decoding direction.
 *
 * The encoder replaced the 32-bit displacement behind E8 (call) and E9 (jmp) by an absolute
 * target wherever the displacement's top byte said "near" (00 or FF), which packs better. A byte
 * that looks like an opcode may really be part of an earlier operand; to stay reversible both
 * directions remember which of the last three bytes looked like an opcode and were left alone.
 */
#include <stdbool.h>

#include "boot/bcj_x86.h"

/* Opcode and operand. */
#define BRANCH_LEN 5

static bool is_opcode(uint8_t byte)
{
    return (byte & 0xfe) == 0xe8;
}

/* The top byte of a displacement that the encoder took for a near target. */
static bool is_near(uint8_t top)
{
    return top == 0x00 || top == 0xff;
}

/* True if one of eight bytes may be an opcode; a rare false alarm costs only a closer look. */
static bool may_hold_opcode(const uint8_t *data)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t word;

    __builtin_memcpy(&word, data, sizeof(word));
    word = (word & (ones * 0xfe)) ^ (ones * 0xe8);
    return ((word - ones) & ~word & (ones * 0x80)) != 0;
}

/* The first place from pos on that holds an opcode byte; end or beyond if there is none. */
static size_t find_opcode(const uint8_t *data, size_t pos, size_t end)
{
    while (pos + 8 <= end && !may_hold_opcode(data + pos))
        pos += 8;
    while (pos < end && !is_opcode(data[pos]))
        pos++;
    return pos;
}

/*
 * The displacement that was there before the encoder, for a branch that ends at position `next`.
 * back is how far behind the opcode a skipped one lies (1..3), 0 for none: where the plain result
 * would have shown that one a near top byte, the encoder took the complement instead. Once is
 * enough: the caller saw that the byte as stored does not look near.
 */
static uint32_t displacement(uint32_t target, uint32_t next, unsigned int back)
{
    uint32_t value = target - next;

    if (back && is_near((uint8_t)(value >> (24 - 8 * back))))
        value = (value ^ ((1u << (32 - 8 * back)) - 1)) - next;

    /* 25 significant bits, sign-extended: the top byte comes out as 00 or FF again. */
    return (value & 0x01000000) ? value | 0xff000000 : value & 0x01ffffff;
}

static void convert(uint8_t *operand, uint32_t next, unsigned int back)
{
    uint32_t value;

    __builtin_memcpy(&value, operand, sizeof(value));
    value = displacement(value, next, back);
    __builtin_memcpy(operand, &value, sizeof(value));
}

void bcj_x86_decode(uint8_t *data, size_t len, uint32_t start)
{
    /* From skipped opcodes 1, 2, 3 bytes back (bits 0, 1, 2): how far back, 4 for several. */
    static const uint8_t distance_of[8] = {0, 1, 2, 4, 3, 4, 4, 4};
    /* Bit n: a skipped opcode n bytes before `last`. */
    unsigned int skipped = 0;
    size_t pos = 0, last = 0, end;

    if (len < BRANCH_LEN)
        return;
    end = len - (BRANCH_LEN - 1);

    for (; (pos = find_opcode(data, pos, end)) < end; last = pos++) {
        unsigned int back;

        skipped = pos - last > 3 ? 0 : (skipped << (pos - last)) & 0xe;
        back = distance_of[skipped >> 1];
        if (back <= 3 && is_near(data[pos + 4]) && !(back && is_near(data[pos + 4 - back]))) {
            convert(data + pos + 1, start + (uint32_t)pos + BRANCH_LEN, back);
            pos += BRANCH_LEN - 1;
            skipped = 0;
        } else {
            skipped |= 1;
        }
    }
}
