/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's virtual USB host controller (vhci-hcd), by its files in sysfs. Each port of it is
 * either high speed or SuperSpeed, and takes a device that answers over a socket.
 */
#ifndef GUEST_TOOLS_USB_VHCI_H
#define GUEST_TOOLS_USB_VHCI_H

#include <stdbool.h>
#include <stdint.h>

/* Where they are, when the module is loaded. */
#define VHCI_DIRECTORY "/sys/devices/platform/vhci_hcd.0"

struct vhci_port {
    unsigned number;
    bool super;
    bool free;
};

/* Reads a line of a "status" file; false if it describes no port. */
bool vhci_parse_port(const char *line, struct vhci_port *ret_port);

/*
 * Gives the kernel a device: @socket is where its USB/IP comes from, of which the kernel keeps a
 * hold of its own; @speed is the kernel's number. Returns 0 and the port; -ENOSPC if no port of
 * that speed is free; another negative errno if the kernel can't or would not.
 */
int vhci_attach(const char *directory, int socket, uint32_t devid, uint32_t speed,
                unsigned *ret_port);

/* Takes it away; nothing happens if it has gone by itself. */
void vhci_detach(const char *directory, unsigned port);

#endif
