/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From ticks a second to what makes nanoseconds of ticks; see time.h. */
#include "machine/time.h"

#define NS_PER_SECOND 1000000000ULL

struct tsc_scale tsc_scale_for(uint64_t hz)
{
    struct tsc_scale scale = {0, 0};
    uint64_t tps = hz;

    while (tps > 2 * NS_PER_SECOND) {
        tps >>= 1;
        scale.shift--;
    }
    while (tps <= NS_PER_SECOND) {
        tps <<= 1;
        scale.shift++;
    }
    scale.mul = (uint32_t)((NS_PER_SECOND << 32) / tps);
    return scale;
}
