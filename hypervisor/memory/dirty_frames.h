/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which frames of RAM were written to, a bit for each, while somebody watches their owner. */
#ifndef MEMORY_DIRTY_FRAMES_H
#define MEMORY_DIRTY_FRAMES_H

#include "lib/compiler.h"

/* Makes the bits, if there are none yet: they stay for whoever watches next. 0 or -XEN_ENOMEM. One
 * caller at a time. */
int dirty_frames_init(void);
/* Sets one; what is no RAM has none. After the frame was written to, or before it can be. Any
 * context. */
void dirty_frames_set(uint64_t mfn);
/* Clears one, and tells whether it was set. */
bool dirty_frames_take(uint64_t mfn);

#endif
