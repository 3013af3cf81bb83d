/* SPDX-License-Identifier: GPL-2.0-or-later */
/* struct xenctl_bitmap, the toolstack's sets of CPUs and nodes: little-endian bytes, of any
 * number of bits. */
#ifndef HYPERCALL_CTL_BITMAP_H
#define HYPERCALL_CTL_BITMAP_H

#include "lib/compiler.h"

#include <xen/xen.h>
#include <xen/domctl.h>

/* Reads a set; bits that ours has no room for are left out. 0 or -XEN_EFAULT. */
must_check int ctl_bitmap_get(const struct xenctl_bitmap *bitmap, uint64_t *set);
/* Writes a set, as far as there is room, and zeros behind it. 0 or -XEN_EFAULT. */
must_check int ctl_bitmap_put(const struct xenctl_bitmap *bitmap, uint64_t set);

#endif
