/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which control requests must not simply be passed on. */
#include "request.h"

#include <stddef.h>

#include <linux/usb/ch11.h>
#include <linux/usb/ch9.h>

#include "wire.h"

#define TYPE_MASK 0x7f /* all but the direction, which a hostile guest might set as it likes */
#define ANY       0xffff

/* In order; what is in no row is passed on. */
static const struct {
    uint8_t type_mask, type;
    uint8_t request;
    uint16_t value;
    enum request_kind kind;
} rules[] = {
    /* With another address the device would answer in another's place, or nobody find it again. */
    {USB_TYPE_MASK, USB_TYPE_STANDARD, USB_REQ_SET_ADDRESS, ANY, REQUEST_REFUSE},
    {TYPE_MASK, USB_RECIP_DEVICE, USB_REQ_SET_CONFIGURATION, ANY, REQUEST_SET_CONFIGURATION},
    {TYPE_MASK, USB_RECIP_INTERFACE, USB_REQ_SET_INTERFACE, ANY, REQUEST_SET_INTERFACE},
    /* The same to another recipient: no device needs it, some might do it. */
    {USB_TYPE_MASK, USB_TYPE_STANDARD, USB_REQ_SET_CONFIGURATION, ANY, REQUEST_REFUSE},
    {USB_TYPE_MASK, USB_TYPE_STANDARD, USB_REQ_SET_INTERFACE, ANY, REQUEST_REFUSE},
    {TYPE_MASK, USB_RECIP_ENDPOINT, USB_REQ_CLEAR_FEATURE, USB_ENDPOINT_HALT, REQUEST_CLEAR_HALT},
    /* Its port would send nothing but test patterns until the power goes. */
    {TYPE_MASK, USB_RECIP_DEVICE, USB_REQ_SET_FEATURE, USB_DEVICE_TEST_MODE, REQUEST_REFUSE},
    {TYPE_MASK, USB_RT_PORT, USB_REQ_SET_FEATURE, USB_PORT_FEAT_RESET, REQUEST_RESET},
};

static enum request_kind classify(uint8_t type, uint8_t request, uint16_t value)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if ((type & rules[i].type_mask) == rules[i].type && request == rules[i].request &&
            (rules[i].value == ANY || rules[i].value == value))
            return rules[i].kind;
    return REQUEST_PASS;
}

struct request request_read(const uint8_t *setup)
{
    uint16_t value = wire_get_le16(setup + 2);

    return (struct request){
        .kind = classify(setup[0], setup[1], value),
        .value = value,
        .index = wire_get_le16(setup + 4),
        .length = wire_get_le16(setup + 6),
    };
}
