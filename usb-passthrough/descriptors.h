/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device says of itself, as the kernel has it (usbfs): its device descriptor, then its
 * configurations as they are. Pure functions on octets that the device made up.
 */
#ifndef USB_PASSTHROUGH_DESCRIPTORS_H
#define USB_PASSTHROUGH_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A device has no more octets of them for us. */
#define DESCRIPTORS_MAX (64 * 1024)

/* As many interfaces as Linux has in a configuration (USB_MAXINTERFACES), by their numbers. */
#define DESCRIPTORS_INTERFACES 32

#define DESCRIPTORS_ENDPOINTS 16

struct descriptors {
    const uint8_t *octets;
    size_t length;
};

/* Of each endpoint the kind of its transfers, USB_ENDPOINT_XFER_*, or ENDPOINT_NONE. */
struct endpoints {
    uint8_t out[DESCRIPTORS_ENDPOINTS];
    uint8_t in[DESCRIPTORS_ENDPOINTS];
};

#define ENDPOINT_NONE 0xff

/* That they begin with a device descriptor, and the first configuration's one is whole. */
bool descriptors_check(const struct descriptors *descriptors);

/* The device's class, USB_CLASS_*. */
uint8_t descriptors_class(const struct descriptors *descriptors);

/* The interfaces of configuration @value, bit by bit; 0 if there is no such configuration. */
uint32_t descriptors_interfaces(const struct descriptors *descriptors, unsigned value);

/*
 * The endpoints that there are in configuration @value while each interface has the setting that
 * @alternates say. Endpoint 0 is always there.
 */
void descriptors_endpoints(const struct descriptors *descriptors, unsigned value,
                           const uint8_t alternates[DESCRIPTORS_INTERFACES],
                           struct endpoints *ret_endpoints);

#endif
