/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that somebody else has opened, by libusb in the main loop. Nothing is looked for, listed
 * or opened here: a process without any rights can do all of it.
 */
#ifndef USB_PASSTHROUGH_LIBUSB_HOST_H
#define USB_PASSTHROUGH_LIBUSB_HOST_H

#include "host.h"

struct libusb_host;

/* NULL and *@ret_problem, a sentence to be freed with g_free(), on failure. */
struct libusb_host *libusb_host_new(char **ret_problem);

/* All devices must be closed. Accepts NULL. */
void libusb_host_free(struct libusb_host *host);

/*
 * Opens the device behind @fd, a node of usbfs that stays the caller's and open until the device is
 * closed. @gone is called once, from the main loop, if it is unplugged while it is open.
 *
 * Returns 0 or a negative errno: -ENODEV if it is not there any more, -EOPNOTSUPP if it is of a
 * speed that we do not know or describes itself badly.
 */
int libusb_host_open(struct libusb_host *host, int fd, void (*gone)(void *data), void *data,
                     struct host_device *ret_device);

#endif
