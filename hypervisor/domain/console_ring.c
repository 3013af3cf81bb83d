/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring of logged bytes; see console_ring.h. */
#include "domain/console_ring.h"

static char ring[CONSOLE_RING_SIZE];
static uint32_t first, end; /* positions; end - first is never more than the ring's size */

void console_ring_append(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        ring[end++ % CONSOLE_RING_SIZE] = text[i];
    if (end - first > CONSOLE_RING_SIZE)
        first = end - CONSOLE_RING_SIZE;
}

size_t console_ring_copy(char *buf, size_t size, uint32_t *index)
{
    uint32_t from = *index;
    size_t n = 0;

    /* Neither overwritten nor still to come: at most as far behind the end as the oldest is. */
    if (end - from > end - first)
        from = first;
    while (n < size && from != end)
        buf[n++] = ring[from++ % CONSOLE_RING_SIZE];
    *index = from;
    return n;
}

uint32_t console_ring_oldest(void)
{
    return first;
}

void console_ring_forget(void)
{
    first = end;
}
