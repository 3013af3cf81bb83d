/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which frames of RAM were written to, a bit for each, while somebody watches their owner. */
#ifndef MEMORY_DIRTY_FRAMES_H
#define MEMORY_DIRTY_FRAMES_H

#include "lib/compiler.h"

/* Makes the bits, once, when there is memory: 32 KiB for each GiB, which nobody can lack later.
 * False if there is none. */
must_check bool dirty_frames_init(void);
/* Sets one; what is no RAM has none. After the frame was written to, or before it can be. Any
 * context. */
void dirty_frames_set(uint64_t mfn);
/* Clears one, and tells whether it was set. */
bool dirty_frames_take(uint64_t mfn);

#endif
