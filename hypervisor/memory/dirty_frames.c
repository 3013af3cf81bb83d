/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bit for each frame; see dirty_frames.h. */
#include "memory/dirty_frames.h"

#include "lib/bits.h"
#include "memory/allocator.h"
#include "memory/frame.h"

static uint64_t *bits;

bool dirty_frames_init(void)
{
    uint64_t bytes = BITMAP_WORDS(frame_limit) * sizeof(*bits);

    bits = pages_alloc(order_of(DIV_ROUND_UP(bytes, PAGE_SIZE)));
    return bits;
}

void dirty_frames_set(uint64_t mfn)
{
    if (mfn < frame_limit && !bit_test(bits, (unsigned int)mfn))
        atomic_bit_set(bits, (unsigned int)mfn);
}

bool dirty_frames_take(uint64_t mfn)
{
    return mfn < frame_limit && bit_test(bits, (unsigned int)mfn) &&
           atomic_bit_test_and_clear(bits, (unsigned int)mfn);
}
