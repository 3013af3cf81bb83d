/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of one guest: each has the service's name for it, a channel to the guest's tool, and
 * what it is to libusb.
 *
 *   attach -> opened, offered -> the tool's answer -> attached -> detach -> given back to dom0
 *
 * Whatever happens to a device, in the end dom0 has it again and one sentence was said about it.
 */
#ifndef USB_PASSTHROUGH_PASSTHROUGH_H
#define USB_PASSTHROUGH_PASSTHROUGH_H

#include <stdbool.h>

#include "host.h"
#include "link.h"

/* All devices of a guest together: octets for transfers under way and for replies. */
#define PASSTHROUGH_OCTETS_MAX (32 * 1024 * 1024)

/* How long a tool has to answer an offer. */
#define PASSTHROUGH_ANSWER_MS 10000

/* How a device is opened, libusb_host_open() or a test's. */
typedef int (*passthrough_open)(void *host, int fd, void (*gone)(void *data), void *data,
                                struct host_device *ret_device);

/* The vchan, or a test's. */
struct passthrough_line {
    const struct link_stream *stream;
    bool (*is_open)(void *line);
    void (*hang_up)(void *line);
    void (*renew)(void *line);
};

struct passthrough_owner {
    /* What is to be said to the service: "attached 3-1", say. */
    void (*say)(void *data, const char *first, const char *second, const char *third);
    /* After passthrough_end(): no device is left. */
    void (*ended)(void *data);
};

struct passthrough;

struct passthrough *passthrough_new(passthrough_open open, void *host,
                                    const struct passthrough_line *line, void *line_data,
                                    const struct passthrough_owner *owner, void *data);

/* After ended(). Accepts NULL. */
void passthrough_free(struct passthrough *passthrough);

/* Gives the device behind @fd, which is ours now, to the guest. */
void passthrough_attach(struct passthrough *passthrough, const char *key, int fd);

/* Takes it back. */
void passthrough_detach(struct passthrough *passthrough, const char *key);

/* Something has changed at the line's other end. */
void passthrough_run(struct passthrough *passthrough);

/* Takes all devices back, and tells the owner when that is done. */
void passthrough_end(struct passthrough *passthrough);

#endif
