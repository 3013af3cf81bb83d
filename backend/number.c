/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that a guest wrote into xenstore. */
#include "backend/number.h"

#include <stddef.h>

bool number_parse(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t number = 0;

    if (!text || *text == '\0')
        return false;
    for (; *text; text++) {
        unsigned digit = (unsigned char)*text - '0';

        if (digit > 9 || number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (number > max)
        return false;
    *ret = number;
    return true;
}
