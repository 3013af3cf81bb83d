/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which control requests must not simply be passed on, because dom0's kernel has to know what they
 * do to the device, or because they reach further than the device.
 */
#ifndef USB_PASSTHROUGH_REQUEST_H
#define USB_PASSTHROUGH_REQUEST_H

#include <stdint.h>

enum request_kind {
    REQUEST_PASS,              /* the device's own business */
    REQUEST_REFUSE,            /* the guest gets a stall */
    REQUEST_SET_CONFIGURATION, /* value */
    REQUEST_SET_INTERFACE,     /* index: the interface; value: its setting */
    REQUEST_CLEAR_HALT,        /* index: the endpoint's address */
    REQUEST_RESET,             /* of the device's port */
};

struct request {
    enum request_kind kind;
    uint16_t value, index, length;
};

/* Reads the eight octets of a setup packet (USB 2.0, chapter 9.3). */
struct request request_read(const uint8_t *setup);

#endif
