/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the vchan and the kernel: each channel is a device, and has a socket of which the kernel
 * holds the other end. What comes on one goes out on the other, unread.
 */
#ifndef GUEST_TOOLS_USB_BRIDGE_H
#define GUEST_TOOLS_USB_BRIDGE_H

#include <poll.h>
#include <stdbool.h>

#include "usb-passthrough/link.h"

struct bridge;

/* @directory: of the kernel's controller, VHCI_DIRECTORY. It and @stream stay the caller's. */
struct bridge *bridge_new(const char *directory, const struct link_stream *ops, void *stream);

/* Takes all devices away from the kernel. Accepts NULL. */
void bridge_free(struct bridge *bridge);

/* True once dom0 has answered. */
bool bridge_is_met(const struct bridge *bridge);

/*
 * Moves what can be moved now. LINK_BUSY: call again soon. LINK_BROKEN: the other side has gone, or
 * does not make sense.
 */
enum link_state bridge_run(struct bridge *bridge);

/* Writes to @fds what to wait for before the next bridge_run(), at most FRAME_CHANNELS; returns how
 * many. */
unsigned bridge_poll(const struct bridge *bridge, struct pollfd *fds);

#endif
