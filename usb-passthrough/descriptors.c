/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device says of itself. */
#include "descriptors.h"

#include <string.h>

#include <linux/usb/ch9.h>

#include "wire.h"

/* Offsets within descriptors (USB 2.0, chapter 9.6). */
enum {
    AT_LENGTH = 0,
    AT_TYPE = 1,
    AT_CLASS = 4,

    AT_TOTAL_LENGTH = 2,
    AT_VALUE = 5,

    AT_INTERFACE = 2,
    AT_ALTERNATE = 3,

    AT_ADDRESS = 2,
    AT_ATTRIBUTES = 3,
};

/* All that have a meaning here, and what they must have at least. */
static size_t least_length(uint8_t type)
{
    switch (type) {
    case USB_DT_CONFIG:
        return USB_DT_CONFIG_SIZE;
    case USB_DT_INTERFACE:
        return USB_DT_INTERFACE_SIZE;
    case USB_DT_ENDPOINT:
        return USB_DT_ENDPOINT_SIZE;
    default:
        return 2;
    }
}

/* The descriptor at @at, if it lies before @end and is as long as its kind is; or NULL. */
static const uint8_t *whole(const uint8_t *at, const uint8_t *end)
{
    if (end - at < 2 || at[AT_LENGTH] < least_length(at[AT_TYPE]) || end - at < at[AT_LENGTH])
        return NULL;
    return at;
}

bool descriptors_check(const struct descriptors *descriptors)
{
    const uint8_t *end = descriptors->octets + descriptors->length;
    const uint8_t *first;

    if (descriptors->length < USB_DT_DEVICE_SIZE ||
        descriptors->octets[AT_LENGTH] < USB_DT_DEVICE_SIZE ||
        descriptors->octets[AT_TYPE] != USB_DT_DEVICE)
        return false;
    first = whole(descriptors->octets + USB_DT_DEVICE_SIZE, end);
    return first && first[AT_TYPE] == USB_DT_CONFIG;
}

uint8_t descriptors_class(const struct descriptors *descriptors)
{
    return descriptors->octets[AT_CLASS];
}

/* Where configuration @value is, from its own descriptor on to *@ret_end; or NULL. */
static const uint8_t *find_configuration(const struct descriptors *descriptors, unsigned value,
                                         const uint8_t **ret_end)
{
    const uint8_t *end = descriptors->octets + descriptors->length;
    const uint8_t *at = descriptors->octets + USB_DT_DEVICE_SIZE;

    while (at < end && whole(at, end) && at[AT_TYPE] == USB_DT_CONFIG) {
        size_t total = wire_get_le16(at + AT_TOTAL_LENGTH);

        if (total < at[AT_LENGTH])
            return NULL;
        if (total > (size_t)(end - at))
            total = (size_t)(end - at);
        if (at[AT_VALUE] == value) {
            *ret_end = at + total;
            return at;
        }
        at += total;
    }
    return NULL;
}

/* The descriptor after @at, or NULL. What is broken ends a configuration. */
static const uint8_t *next(const uint8_t *at, const uint8_t *end)
{
    return whole(at + at[AT_LENGTH], end);
}

uint32_t descriptors_interfaces(const struct descriptors *descriptors, unsigned value)
{
    const uint8_t *end = NULL;
    uint32_t interfaces = 0;

    for (const uint8_t *at = find_configuration(descriptors, value, &end); at; at = next(at, end))
        if (at[AT_TYPE] == USB_DT_INTERFACE && at[AT_INTERFACE] < DESCRIPTORS_INTERFACES)
            interfaces |= 1u << at[AT_INTERFACE];
    return interfaces;
}

static void note_endpoint(const uint8_t *at, struct endpoints *endpoints)
{
    unsigned number = at[AT_ADDRESS] & USB_ENDPOINT_NUMBER_MASK;
    uint8_t type = at[AT_ATTRIBUTES] & USB_ENDPOINT_XFERTYPE_MASK;

    /* Endpoint 0 is none of an interface's. */
    if (number == 0)
        return;
    if (at[AT_ADDRESS] & USB_DIR_IN)
        endpoints->in[number] = type;
    else
        endpoints->out[number] = type;
}

void descriptors_endpoints(const struct descriptors *descriptors, unsigned value,
                           const uint8_t alternates[DESCRIPTORS_INTERFACES],
                           struct endpoints *ret_endpoints)
{
    bool active = false;
    const uint8_t *end = NULL;

    memset(ret_endpoints, ENDPOINT_NONE, sizeof(*ret_endpoints));
    ret_endpoints->in[0] = ret_endpoints->out[0] = USB_ENDPOINT_XFER_CONTROL;
    for (const uint8_t *at = find_configuration(descriptors, value, &end); at; at = next(at, end)) {
        if (at[AT_TYPE] == USB_DT_INTERFACE)
            active = at[AT_INTERFACE] < DESCRIPTORS_INTERFACES &&
                     at[AT_ALTERNATE] == alternates[at[AT_INTERFACE]];
        else if (at[AT_TYPE] == USB_DT_ENDPOINT && active)
            note_endpoint(at, ret_endpoints);
    }
}
