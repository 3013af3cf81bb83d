/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fixup table (fixup.S fills it, the link script brings it together). */
#include "machine/fixup.h"

struct fixup {
    int32_t from, to; /* relative to their own addresses */
};

extern const struct fixup fixups_start[], fixups_end[];

uint64_t fixup_find(uint64_t address)
{
    for (const struct fixup *f = fixups_start; f < fixups_end; f++)
        if ((uint64_t)&f->from + (uint64_t)(int64_t)f->from == address)
            return (uint64_t)&f->to + (uint64_t)(int64_t)f->to;
    return 0;
}
