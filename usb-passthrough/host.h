/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A USB device as dom0's kernel lets us have it: the table of functions that libusb is behind, so
 * that tests can have a device of their own. Functions return 0 or a negative errno.
 *
 * Interfaces are claimed before anything but endpoint 0 is used. What is not a transfer may take as
 * long as the device likes, up to the kernel's own five seconds.
 */
#ifndef USB_PASSTHROUGH_HOST_H
#define USB_PASSTHROUGH_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "descriptors.h"

struct host_packet {
    uint32_t length;
    uint32_t actual;
    int32_t status;
};

/*
 * One transfer. It, its data and its packets stay where they are until @done was called, which is
 * called once for each that was submitted, and never from within submit() or cancel().
 */
struct host_transfer {
    uint8_t type;     /* USB_ENDPOINT_XFER_* */
    uint8_t endpoint; /* its address, with USB_DIR_IN */
    bool zero_packet; /* ends with an empty packet if it ends on a whole one */
    uint8_t *data;    /* of a control transfer the setup packet is the beginning */
    uint32_t length;  /* with that; of an isochronous one, all packets one behind another */
    uint32_t packets; /* of an isochronous one */
    struct host_packet *packet;

    void (*done)(struct host_transfer *transfer);
    void *owner;

    /* Set before @done is called. */
    int32_t status;
    uint32_t actual; /* without the setup packet; not of an isochronous one */

    void *host; /* the implementation's own */
};

struct host_ops {
    /* Takes the interface, from the kernel's driver if need be. -EBUSY if it can't be taken. */
    int (*claim)(void *handle, unsigned interface);
    /* Lets it go. @give_back: the kernel's driver may have it. */
    int (*release)(void *handle, unsigned interface, bool give_back);
    /* No interface may be claimed. 0 is no configuration. */
    int (*set_configuration)(void *handle, unsigned value);
    int (*set_interface)(void *handle, unsigned interface, unsigned alternate);
    int (*clear_halt)(void *handle, uint8_t endpoint);
    /* What was claimed still is. -ENODEV if it came back as another device. */
    int (*reset)(void *handle);
    int (*submit)(void *handle, struct host_transfer *transfer);
    /* Its done() comes with -ECONNRESET, or as if this had not been called. */
    void (*cancel)(void *handle, struct host_transfer *transfer);
    /* All transfers are done, all interfaces released. Not from within done(). */
    void (*close)(void *handle);
};

/* Speeds are the kernel's, enum usb_device_speed: 1 low, 2 full, 3 high, 5 super, 6 super+. */
struct host_device {
    const struct host_ops *ops;
    void *handle;
    unsigned speed;
    unsigned configuration; /* that it is in, or 0 */
    struct descriptors descriptors;
};

#endif
