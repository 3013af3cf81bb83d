/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One transfer of the guest's: from its command to what the device is asked, and back to the reply.
 */
#include "urb.h"

#include <errno.h>
#include <string.h>

#include <linux/usb/ch9.h>

#include <glib.h>

#include "request.h"

size_t urb_cost(const struct usbip_command *command)
{
    /* An isochronous one may have its data twice: as the guest has it, and packet behind packet. */
    size_t copies = command->submit.packets ? 2 : 1;

    return sizeof(struct urb) + USBIP_HEADER_SIZE + USBIP_SETUP_SIZE +
           copies * command->submit.length +
           command->submit.packets * (sizeof(struct usbip_packet) + sizeof(struct host_packet));
}

/* 0, or what is wrong with a control transfer: its setup packet is what the device goes by. */
static int32_t check_control(const struct urb *urb)
{
    struct request request = request_read(urb->command.setup);
    bool in = urb->command.setup[0] & USB_DIR_IN;

    if (request.length > urb->command.length || (request.length > 0 && in != urb->in))
        return -EINVAL;
    return 0;
}

static void set_up_control(struct urb *urb)
{
    struct request request = request_read(urb->command.setup);

    urb->data = g_malloc0(USBIP_SETUP_SIZE + urb->command.length);
    memcpy(urb->data, urb->command.setup, USBIP_SETUP_SIZE);
    urb->transfer.data = urb->data;
    urb->transfer.length = USBIP_SETUP_SIZE + request.length;
    urb->transfer.endpoint = 0;
}

static void set_up_data(struct urb *urb)
{
    urb->data = g_malloc0(urb->command.length);
    urb->transfer.data = urb->data;
    urb->transfer.length = urb->command.length;
    urb->transfer.zero_packet = !urb->in && (urb->command.flags & USBIP_ZERO_PACKET);
}

struct urb *urb_new(const struct usbip_command *command, uint8_t type, int32_t refusal)
{
    struct urb *urb = g_new0(struct urb, 1);

    urb->seqnum = command->seqnum;
    urb->in = command->in;
    urb->type = type;
    urb->command = command->submit;
    urb->packets = g_new0(struct usbip_packet, command->submit.packets);
    urb->cost = urb_cost(command);
    urb->transfer.type = type;
    urb->transfer.endpoint = command->endpoint | (command->in ? USB_DIR_IN : 0);
    urb->transfer.owner = urb;
    urb->refusal = refusal;
    if (!refusal && type == USB_ENDPOINT_XFER_CONTROL)
        urb->refusal = check_control(urb);
    else if (!refusal && type == USB_ENDPOINT_XFER_ISOC && command->submit.packets == 0)
        urb->refusal = -EINVAL;
    if (urb->refusal)
        return urb;
    if (type == USB_ENDPOINT_XFER_CONTROL)
        set_up_control(urb);
    else
        set_up_data(urb);
    return urb;
}

void urb_free(struct urb *urb)
{
    if (!urb)
        return;
    if (urb->transfer.data != urb->data)
        g_free(urb->transfer.data);
    g_free(urb->data);
    g_free(urb->transfer.packet);
    g_free(urb->packets);
    g_free(urb);
}

uint8_t *urb_data(struct urb *urb)
{
    if (urb->refusal)
        return NULL;
    return urb->type == USB_ENDPOINT_XFER_CONTROL ? urb->data + USBIP_SETUP_SIZE : urb->data;
}

/* The device takes and gives packets one behind another; the guest has them where it likes. */
static void set_up_packets(struct urb *urb)
{
    struct host_transfer *transfer = &urb->transfer;
    uint32_t at = 0;

    transfer->packets = urb->command.packets;
    transfer->packet = g_new0(struct host_packet, urb->command.packets);
    if (!urb->in)
        transfer->data = g_malloc0(urb->command.length);
    for (uint32_t i = 0; i < urb->command.packets; i++) {
        const struct usbip_packet *packet = &urb->packets[i];

        transfer->packet[i].length = packet->length;
        if (!urb->in && packet->length > 0)
            memcpy(transfer->data + at, urb->data + packet->offset, packet->length);
        at += packet->length;
    }
    transfer->length = at;
}

bool urb_take_packets(struct urb *urb, const uint8_t *octets)
{
    if (!usbip_decode_packets(octets, urb->command.packets, urb->command.length, urb->packets))
        return false;
    if (!urb->refusal)
        set_up_packets(urb);
    return true;
}

/* Notes what came of each packet. Returns how many octets came or went with all of them. */
static uint32_t note_packets(const struct urb *urb, bool done, int32_t status, uint32_t *ret_errors)
{
    uint32_t total = 0, errors = 0;

    for (uint32_t i = 0; i < urb->command.packets; i++) {
        struct usbip_packet *packet = &urb->packets[i];

        packet->status = done ? urb->transfer.packet[i].status : status;
        packet->actual = done ? MIN(urb->transfer.packet[i].actual, packet->length) : 0;
        total += packet->actual;
        errors += packet->status != 0;
    }
    *ret_errors = errors;
    return total;
}

/* The guest wants the octets of all packets, without what was left free between them. */
static void emit_packets(const struct urb *urb, urb_emit emit, void *data)
{
    uint8_t octets[USBIP_PACKET_SIZE];
    uint32_t at = 0;

    for (uint32_t i = 0; urb->in && i < urb->command.packets; i++) {
        emit(data, urb->transfer.data ? urb->transfer.data + at : NULL, urb->packets[i].actual);
        at += urb->packets[i].length;
    }
    for (uint32_t i = 0; i < urb->command.packets; i++) {
        usbip_encode_packets(&urb->packets[i], 1, octets);
        emit(data, octets, sizeof(octets));
    }
}

void urb_reply(const struct urb *urb, bool done, int32_t status, urb_emit emit, void *data)
{
    uint8_t header[USBIP_HEADER_SIZE];
    bool isochronous = urb->command.packets > 0;
    struct usbip_result result = {
        .seqnum = urb->seqnum,
        .status = status,
        .start_frame = urb->command.start_frame,
        .packets = urb->command.packets,
    };

    if (isochronous)
        result.actual = note_packets(urb, done, status, &result.errors);
    else if (done)
        result.actual = MIN(urb->transfer.actual, urb->command.length);
    if (!status && done && urb->in && (urb->command.flags & USBIP_SHORT_NOT_OK) &&
        result.actual < urb->command.length)
        result.status = -EREMOTEIO;
    usbip_encode_submit(&result, header);
    emit(data, header, sizeof(header));
    if (isochronous)
        emit_packets(urb, emit, data);
    else if (urb->in && result.actual > 0)
        emit(data, urb_data((struct urb *)urb), result.actual);
}
