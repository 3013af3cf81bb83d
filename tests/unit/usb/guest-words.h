/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's vhci_hcd says and hears, written down independently of what reads it. */
#ifndef TESTS_USB_GUEST_WORDS_H
#define TESTS_USB_GUEST_WORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define WORDS_HEADER 48

static inline void words_put(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)(value >> 16);
    to[2] = (uint8_t)(value >> 8);
    to[3] = (uint8_t)value;
}

static inline uint32_t words_get(const uint8_t *from)
{
    return (uint32_t)from[0] << 24 | from[1] << 16 | from[2] << 8 | from[3];
}

static inline void words_submit(uint8_t *to, uint32_t seqnum, uint32_t devid, bool in,
                                unsigned endpoint, uint32_t length, uint32_t packets)
{
    memset(to, 0, WORDS_HEADER);
    words_put(to, 1);
    words_put(to + 4, seqnum);
    words_put(to + 8, devid);
    words_put(to + 12, in);
    words_put(to + 16, endpoint);
    words_put(to + 24, length);
    words_put(to + 32, packets);
}

static inline void words_setup(uint8_t *header, uint8_t type, uint8_t request, uint16_t value,
                               uint16_t index, uint16_t length)
{
    const uint8_t setup[8] = {
        type,
        request,
        (uint8_t)value,
        (uint8_t)(value >> 8),
        (uint8_t)index,
        (uint8_t)(index >> 8),
        (uint8_t)length,
        (uint8_t)(length >> 8),
    };

    memcpy(header + 40, setup, sizeof(setup));
}

static inline void words_unlink(uint8_t *to, uint32_t seqnum, uint32_t devid, uint32_t victim)
{
    memset(to, 0, WORDS_HEADER);
    words_put(to, 2);
    words_put(to + 4, seqnum);
    words_put(to + 8, devid);
    words_put(to + 20, victim);
}

static inline void words_packet(uint8_t *to, uint32_t offset, uint32_t length)
{
    memset(to, 0, 16);
    words_put(to, offset);
    words_put(to + 4, length);
}

#endif
