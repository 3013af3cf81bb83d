/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration that a device is in, the settings of its interfaces, and so which endpoints it
 * has: kept by what the guest changes, all of which goes through dom0's kernel.
 */
#ifndef USB_PASSTHROUGH_SETTINGS_H
#define USB_PASSTHROUGH_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "host.h"
#include "request.h"

struct settings {
    struct host_device host;
    unsigned configuration;
    uint8_t alternates[DESCRIPTORS_INTERFACES];
    struct endpoints endpoints;
    uint32_t claimed; /* interfaces, bit by bit */
};

/*
 * Takes all interfaces of the configuration that @host is in. On failure a negative errno, and
 * dom0's drivers have them.
 */
int settings_take(struct settings *settings, const struct host_device *host);

/* Gives the device to dom0 as it was: what a guest has set in it is gone, and drivers find it. */
void settings_give_back(struct settings *settings);

/* The same for a device that is not there any more. */
void settings_forget(struct settings *settings);

/* The kind of an endpoint's transfers, USB_ENDPOINT_XFER_*, or ENDPOINT_NONE. */
uint8_t settings_endpoint(const struct settings *settings, unsigned number, bool in);

/*
 * Does a control request that must not simply be passed on. Returns 0 or a negative errno; 1 if it
 * is one that can be.
 */
int settings_obey(struct settings *settings, const struct request *request);

#endif
