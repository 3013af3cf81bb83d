/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shifts and rotations. (SDM vol. 2: SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD, SHRD.) OF is defined
 * for a count of 1 only; for others it is what it would be if the last bit were shifted alone. */
#include "hvm/emulate/emulate-private.h"

static bool top_bit(uint64_t value, unsigned int size)
{
    return value >> (8 * size - 1) & 1;
}

/* CF, and OF as set when `of`; the flags of the result stay. */
static void rotate_flags(uint64_t *flags, bool cf, bool of)
{
    *flags = (*flags & ~(EFLAGS_CF | EFLAGS_OF)) | (cf ? EFLAGS_CF : 0) | (of ? EFLAGS_OF : 0);
}

static void shift_flags(uint64_t *flags, uint64_t result, unsigned int size, bool cf, bool of)
{
    *flags = alu_result_flags(result, size) | (cf ? EFLAGS_CF : 0) | (of ? EFLAGS_OF : 0);
}

/* By less than the operand has bits. */
static uint64_t rotate_left(uint64_t a, unsigned int count, unsigned int size)
{
    return count ? (a << count | a >> (8 * size - count)) & size_mask(size) : a;
}

static uint64_t rol(uint64_t a, unsigned int count, unsigned int size, uint64_t *flags)
{
    uint64_t r = rotate_left(a, count % (8 * size), size);

    rotate_flags(flags, r & 1, (r & 1) != top_bit(r, size));
    return r;
}

static uint64_t ror(uint64_t a, unsigned int count, unsigned int size, uint64_t *flags)
{
    unsigned int bits = 8 * size;
    uint64_t r = rotate_left(a, (bits - count % bits) % bits, size);

    rotate_flags(flags, top_bit(r, size), top_bit(r, size) != top_bit(r << 1, size));
    return r;
}

/* One bit at a time: CF is one of the bits that go round. */
static uint64_t rcl(uint64_t a, unsigned int count, unsigned int size, uint64_t *flags)
{
    bool carry = *flags & EFLAGS_CF;

    for (count %= 8 * size + 1; count; count--) {
        bool out = top_bit(a, size);

        a = (a << 1 | carry) & size_mask(size);
        carry = out;
    }
    rotate_flags(flags, carry, carry != top_bit(a, size));
    return a;
}

static uint64_t rcr(uint64_t a, unsigned int count, unsigned int size, uint64_t *flags)
{
    bool carry = *flags & EFLAGS_CF;

    for (count %= 8 * size + 1; count; count--) {
        bool out = a & 1;

        a = a >> 1 | (uint64_t)carry << (8 * size - 1);
        carry = out;
    }
    rotate_flags(flags, carry, top_bit(a, size) != top_bit(a << 1, size));
    return a;
}

/* Of bytes and words, the count may exceed the bits: then all is 0. It is at most 63. */
static uint64_t shl(uint64_t a, unsigned int count, unsigned int size, uint64_t *flags)
{
    uint64_t before = (a << (count - 1)) & size_mask(size);
    uint64_t r = (before << 1) & size_mask(size);

    shift_flags(flags, r, size, top_bit(before, size), top_bit(before, size) != top_bit(r, size));
    return r;
}

static uint64_t shr(uint64_t a, unsigned int count, unsigned int size, uint64_t *flags)
{
    uint64_t before = a >> (count - 1), r = before >> 1;

    shift_flags(flags, r, size, before & 1, top_bit(before, size));
    return r;
}

static uint64_t sar(uint64_t a, unsigned int count, unsigned int size, uint64_t *flags)
{
    int64_t before = (int64_t)sign_extend(a, size) >> (count - 1);
    uint64_t r = (uint64_t)(before >> 1) & size_mask(size);

    shift_flags(flags, r, size, before & 1, false);
    return r;
}

static unsigned int masked(unsigned int count, unsigned int size)
{
    return count & (size == 8 ? 63 : 31);
}

uint64_t shift_single(enum shift_op op, uint64_t a, unsigned int count, unsigned int size,
                      uint64_t *flags)
{
    static uint64_t (*const ways[])(uint64_t, unsigned int, unsigned int, uint64_t *) = {
        [SHIFT_ROL] = rol, [SHIFT_ROR] = ror, [SHIFT_RCL] = rcl, [SHIFT_RCR] = rcr,
        [SHIFT_SHL] = shl, [SHIFT_SHR] = shr, [SHIFT_SAL] = shl, [SHIFT_SAR] = sar,
    };

    count = masked(count, size);
    return count ? ways[op](a, count, size, flags) : a;
}

uint64_t shift_double(bool right, uint64_t a, uint64_t fill, unsigned int count, unsigned int size,
                      uint64_t *flags)
{
    unsigned int bits = 8 * size;
    uint64_t r;
    bool out;

    count = masked(count, size);
    if (count > bits) /* a word, further than it is wide: what comes of it is not defined */
        count -= bits;
    if (!count)
        return a;
    if (right) {
        r = (a >> count | fill << (bits - count)) & size_mask(size);
        out = a >> (count - 1) & 1;
    } else {
        r = (a << count | fill >> (bits - count)) & size_mask(size);
        out = a >> (bits - count) & 1;
    }
    shift_flags(flags, r, size, out, top_bit(r, size) != top_bit(a, size));
    return r;
}
