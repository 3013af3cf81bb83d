/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A little RAM with a frame table, and an allocator that watches: what is freed twice, with
 * another size, or not at all ends the test. */
#ifndef FAKES_MEMORY_MEMORY_H
#define FAKES_MEMORY_MEMORY_H

#include "memory/allocator.h"

#define FAKE_FRAMES 512

/* Empty RAM of FAKE_FRAMES frames. */
void fake_memory_init(void);
/* Gives it up; returns how many frames and objects of hv_alloc's had not been freed. */
unsigned long fake_memory_leaks(void);
/* From now on that many allocations succeed, and then none; -1: as many as there is room for. */
extern long fake_memory_left;

#endif
