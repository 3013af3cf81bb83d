/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This kernel's pages, which are mapped where they are. */
#include "hw.h"

#define POOL_PAGES 64

static page_aligned uint8_t pool[POOL_PAGES][PAGE_SIZE];
static unsigned int pool_used;

void *page_alloc(void)
{
    if (pool_used == POOL_PAGES)
        __builtin_trap();
    return pool[pool_used++];
}
