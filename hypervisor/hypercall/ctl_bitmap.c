/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of CPUs between us and the toolstack; see ctl_bitmap.h. */
#include "hypercall/ctl_bitmap.h"

#include "domain/guest_copy.h"
#include "lib/bits.h"

/* A toolstack that wants more zeros than that is mistaken. */
#define MAX_BYTES 4096u

static uint32_t bytes_of(const struct xenctl_bitmap *bitmap)
{
    return bitmap->nr_bits / 8 + !!(bitmap->nr_bits % 8);
}

/* Only the bits that the bitmap is said to have. */
static uint64_t within(const struct xenctl_bitmap *bitmap, uint64_t set)
{
    return bitmap->nr_bits < 64 ? set & (BIT(bitmap->nr_bits) - 1) : set;
}

int ctl_bitmap_get(const struct xenctl_bitmap *bitmap, uint64_t *set)
{
    *set = 0;
    if (copy_from_guest(set, guest_address(bitmap->bitmap),
                        MIN(bytes_of(bitmap), (uint32_t)sizeof(*set))))
        return -XEN_EFAULT;
    *set = within(bitmap, *set);
    return 0;
}

int ctl_bitmap_put(const struct xenctl_bitmap *bitmap, uint64_t set)
{
    uint32_t bytes = MIN(bytes_of(bitmap), MAX_BYTES);
    uint32_t filled = MIN(bytes, (uint32_t)sizeof(set));

    set = within(bitmap, set);
    if (copy_to_guest(guest_address(bitmap->bitmap), &set, filled))
        return -XEN_EFAULT;
    if (bytes == filled)
        return 0;
    return clear_guest(guest_address(bitmap->bitmap) + filled, bytes - filled);
}
