/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One transfer of the guest's: from its command to what the device is asked, and back to the reply.
 */
#ifndef USB_PASSTHROUGH_URB_H
#define USB_PASSTHROUGH_URB_H

#include <stdbool.h>
#include <stddef.h>

#include "host.h"
#include "usbip.h"

struct urb {
    uint32_t seqnum;
    bool in;
    uint8_t type;    /* USB_ENDPOINT_XFER_*, or ENDPOINT_NONE */
    int32_t refusal; /* 0, or the status of a transfer that the device is not asked for */
    bool unlinked;   /* the guest does not want it any more, and said so in unlink_seqnum */
    uint32_t unlink_seqnum;
    size_t cost;  /* urb_cost() of it */
    void *device; /* whose it is; not used here */
    struct usbip_submit command;
    struct usbip_packet *packets;
    uint8_t *data;
    struct host_transfer transfer;
};

/* Where the octets of a reply go. */
typedef void (*urb_emit)(void *data, const void *octets, size_t length);

/* What a transfer takes of memory, at most, until its reply has been written; no reply is longer.
 */
size_t urb_cost(const struct usbip_command *command);

/*
 * The transfer that @command submits, on an endpoint of @type. It is refused if it makes no sense,
 * or if @refusal says so; then it has no memory for its data.
 */
struct urb *urb_new(const struct usbip_command *command, uint8_t type, int32_t refusal);

/* Accepts NULL. */
void urb_free(struct urb *urb);

/* Where the data that follows the command goes, usbip_data_size() octets; NULL if it was refused.
 */
uint8_t *urb_data(struct urb *urb);

/*
 * Takes the packet descriptors that follow the data of an isochronous transfer. False if they make
 * no sense. After it the transfer can be submitted, as one of another kind can when its data is
 * there.
 */
bool urb_take_packets(struct urb *urb, const uint8_t *octets);

/*
 * The reply to the guest. @done: the device has done with the transfer, and what came of it is of
 * interest.
 */
void urb_reply(const struct urb *urb, bool done, int32_t status, urb_emit emit, void *data);

#endif
