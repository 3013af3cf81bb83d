/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of octets. */
#include "octets.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MIN 4096

/* An empty queue that was long once does not keep its memory. */
#define KEEP_MAX (512 * 1024)

static void grow(struct octets *octets, size_t size)
{
    uint8_t *data;
    size_t wanted = octets->size ? octets->size : SIZE_MIN;

    while (wanted < size)
        wanted *= 2;
    data = malloc(wanted);
    if (!data)
        abort();
    if (octets->used)
        memcpy(data, octets_front(octets), octets->used);
    free(octets->data);
    octets->data = data;
    octets->size = wanted;
    octets->start = 0;
}

uint8_t *octets_extend(struct octets *octets, size_t length)
{
    size_t used = octets->used;

    if (octets->start + used + length > octets->size) {
        /* Moved within its memory only if half of that is free: so it is not moved often. */
        if (used + length <= octets->size / 2) {
            memmove(octets->data, octets_front(octets), used);
            octets->start = 0;
        } else {
            grow(octets, 2 * (used + length));
        }
    }
    octets->used += length;
    return octets->data + octets->start + used;
}

void octets_append(struct octets *octets, const void *from, size_t length)
{
    if (length > 0)
        memcpy(octets_extend(octets, length), from, length);
}

void octets_drop(struct octets *octets, size_t length)
{
    octets->start += length;
    octets->used -= length;
    if (octets->used > 0)
        return;
    octets->start = 0;
    if (octets->size > KEEP_MAX)
        octets_clear(octets);
}

void octets_clear(struct octets *octets)
{
    free(octets->data);
    *octets = (struct octets){0};
}
