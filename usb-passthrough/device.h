/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One device that a guest has: what its vhci_hcd says (USB/IP) becomes transfers, and their ends
 * become replies.
 *
 * A guest can have so much memory of ours and no more, counted from a transfer's command until its
 * reply was sent. What is beyond it is answered with -ENOMEM, as the kernel does, and not left to
 * wait: the command that takes a waiting transfer back could be behind it. A guest that does not
 * take its replies is not listened to.
 */
#ifndef USB_PASSTHROUGH_DEVICE_H
#define USB_PASSTHROUGH_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "host.h"

/* Of one device: transfers under way, and octets for them and for replies. */
#define DEVICE_URBS_MAX   512
#define DEVICE_OCTETS_MAX (8 * 1024 * 1024)

/* With so much to be sent, nothing more is taken. */
#define DEVICE_BACKLOG_MAX (1024 * 1024)

/* What all devices of a guest share. */
struct device_budget {
    size_t limit;
    size_t used;
};

struct device_owner {
    void (*reply)(void *data, const void *octets, size_t length);
    /* Octets of replies that were not sent yet. */
    size_t (*backlog)(void *data);
    /* After device_close(), from the main loop: dom0 has the device again, and it is freed. */
    void (*closed)(void *data);
};

struct device;

/*
 * Takes @host, and all interfaces of its configuration. @devid: by which the guest calls it. On
 * failure a negative errno, and @host is the caller's still.
 */
int device_new(const struct host_device *host, uint32_t devid, struct device_budget *budget,
               const struct device_owner *owner, void *data, struct device **ret_device);

/*
 * Takes what the guest says. Returns how many of @length octets were used up: fewer, if a header is
 * not whole yet or replies have to be sent first; -1 if it makes no sense: close it.
 */
ssize_t device_take(struct device *device, const uint8_t *octets, size_t length);

/* Replies have been sent: they do not count any more. */
void device_sent(struct device *device);

/*
 * Ends everything. @gone: the device is not there any more. Otherwise it is reset and given back to
 * dom0. Then closed() is called. Where it was called before, it may only become known that it is
 * gone.
 */
void device_close(struct device *device, bool gone);

#endif
