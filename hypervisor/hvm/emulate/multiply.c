/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Products and quotients of twice the width. (SDM vol. 2: MUL, IMUL, DIV, IDIV.) */
#include "hvm/emulate/emulate-private.h"

struct wide multiply_unsigned(uint64_t a, uint64_t b, unsigned int size)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (struct wide){(uint64_t)product & size_mask(size),
                         (uint64_t)(product >> 8 * size) & size_mask(size)};
}

struct wide multiply_signed(uint64_t a, uint64_t b, unsigned int size)
{
    unsigned __int128 product = (unsigned __int128)((__int128)(int64_t)sign_extend(a, size) *
                                                    (int64_t)sign_extend(b, size));

    return (struct wide){(uint64_t)product & size_mask(size),
                         (uint64_t)(product >> 8 * size) & size_mask(size)};
}

/* The quotient has 64 bits: the upper half of the dividend is less than the divisor. Bit by bit, as
 * the compiler's own would need a library. */
static struct wide divide_128(struct wide value, uint64_t divisor)
{
    uint64_t rest = value.high, quotient = 0;

    for (unsigned int bit = 64; bit--;) {
        bool carry = rest >> 63;

        rest = rest << 1 | (value.low >> bit & 1);
        if (carry || rest >= divisor) {
            rest -= divisor;
            quotient |= 1ULL << bit;
        }
    }
    return (struct wide){quotient, rest};
}

bool divide_unsigned(struct wide *value, uint64_t divisor, unsigned int size)
{
    uint64_t dividend;

    if (value->high >= divisor) /* or it is 0 */
        return false;
    if (size == 8) {
        *value = divide_128(*value, divisor);
        return true;
    }
    dividend = value->high << 8 * size | value->low;
    *value = (struct wide){dividend / divisor, dividend % divisor};
    return true;
}

static struct wide negate_wide(struct wide value, unsigned int size)
{
    uint64_t low = -value.low & size_mask(size);

    return (struct wide){low, (~value.high + !low) & size_mask(size)};
}

/* The remainder has the dividend's sign. */
bool divide_signed(struct wide *value, uint64_t divisor, unsigned int size)
{
    uint64_t sign = 1ULL << (8 * size - 1), limit;
    bool minus = value->high & sign, opposite = minus != !!(divisor & sign);

    if (divisor & sign)
        divisor = -divisor & size_mask(size);
    if (minus)
        *value = negate_wide(*value, size);
    if (!divide_unsigned(value, divisor, size))
        return false;
    limit = opposite ? sign : sign - 1;
    if (value->low > limit)
        return false;
    if (opposite)
        value->low = -value->low & size_mask(size);
    if (minus)
        value->high = -value->high & size_mask(size);
    return true;
}
