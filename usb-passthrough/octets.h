/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of octets. It grows as needed; who fills it sees to it that there is a bound. Running out
 * of memory ends the process.
 */
#ifndef USB_PASSTHROUGH_OCTETS_H
#define USB_PASSTHROUGH_OCTETS_H

#include <stddef.h>
#include <stdint.h>

struct octets {
    uint8_t *data;
    size_t size;  /* of the memory at data */
    size_t start; /* where the oldest octet is */
    size_t used;
};

/* Makes room for @length octets more and returns where they go; they are in it at once. */
uint8_t *octets_extend(struct octets *octets, size_t length);

void octets_append(struct octets *octets, const void *from, size_t length);

/* The oldest octet; all others follow. Valid until something is added. */
static inline const uint8_t *octets_front(const struct octets *octets)
{
    return octets->data + octets->start;
}

/* Forgets the @length oldest octets, of which there must be so many. */
void octets_drop(struct octets *octets, size_t length);

/* Forgets everything, and gives the memory back. */
void octets_clear(struct octets *octets);

#endif
