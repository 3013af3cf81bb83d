/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB/IP 1.1.1, the part that follows once a device is handed over. */
#include "usbip.h"

#include <limits.h>
#include <string.h>

#include "wire.h"

/* Where the fields of a header are, in octets. */
enum {
    AT_CODE = 0,
    AT_SEQNUM = 4,
    AT_DEVID = 8,
    AT_DIRECTION = 12,
    AT_ENDPOINT = 16,

    AT_FLAGS = 20,
    AT_LENGTH = 24,
    AT_START_FRAME = 28,
    AT_PACKETS = 32,
    AT_SETUP = 40,

    AT_UNLINK_SEQNUM = 20,

    AT_STATUS = 20,
    AT_ACTUAL = 24,
    AT_ERRORS = 36,
};

enum {
    AT_PACKET_OFFSET = 0,
    AT_PACKET_LENGTH = 4,
    AT_PACKET_ACTUAL = 8,
    AT_PACKET_STATUS = 12,
};

/* What a transfer without packets has in place of their number; Linux itself says 0. */
#define NO_PACKETS UINT32_MAX

#define ENDPOINT_MAX 15

static bool decode_submit(const uint8_t *octets, struct usbip_submit *submit)
{
    submit->flags = wire_get_be32(octets + AT_FLAGS);
    submit->length = wire_get_be32(octets + AT_LENGTH);
    submit->start_frame = wire_get_be32(octets + AT_START_FRAME);
    submit->packets = wire_get_be32(octets + AT_PACKETS);
    memcpy(submit->setup, octets + AT_SETUP, USBIP_SETUP_SIZE);
    if (submit->packets == NO_PACKETS)
        submit->packets = 0;
    return submit->length <= INT_MAX && submit->packets <= USBIP_PACKETS_MAX;
}

bool usbip_decode(const uint8_t *octets, struct usbip_command *ret_command)
{
    uint32_t code = wire_get_be32(octets + AT_CODE);
    uint32_t direction = wire_get_be32(octets + AT_DIRECTION);
    uint32_t endpoint = wire_get_be32(octets + AT_ENDPOINT);
    struct usbip_command command = {
        .seqnum = wire_get_be32(octets + AT_SEQNUM),
        .devid = wire_get_be32(octets + AT_DEVID),
        .in = direction == 1,
        .endpoint = (uint8_t)endpoint,
    };

    if (direction > 1 || endpoint > ENDPOINT_MAX)
        return false;
    switch (code) {
    case USBIP_CMD_SUBMIT:
        if (!decode_submit(octets, &command.submit))
            return false;
        break;
    case USBIP_CMD_UNLINK:
        command.unlink_seqnum = wire_get_be32(octets + AT_UNLINK_SEQNUM);
        break;
    default:
        return false;
    }
    command.code = (enum usbip_code)code;
    *ret_command = command;
    return true;
}

uint32_t usbip_data_size(const struct usbip_command *command)
{
    return command->code == USBIP_CMD_SUBMIT && !command->in ? command->submit.length : 0;
}

bool usbip_decode_packets(const uint8_t *octets, uint32_t count, uint32_t length,
                          struct usbip_packet *packets)
{
    uint32_t left = length;

    for (uint32_t i = 0; i < count; i++, octets += USBIP_PACKET_SIZE) {
        struct usbip_packet packet = {
            .offset = wire_get_be32(octets + AT_PACKET_OFFSET),
            .length = wire_get_be32(octets + AT_PACKET_LENGTH),
        };

        if (packet.offset > length || packet.length > length - packet.offset ||
            packet.length > left)
            return false;
        left -= packet.length;
        packets[i] = packet;
    }
    return true;
}

/* What every reply begins with. Device, direction and endpoint of a reply say nothing. */
static void start_reply(uint8_t *octets, enum usbip_code code, uint32_t seqnum, int32_t status)
{
    memset(octets, 0, USBIP_HEADER_SIZE);
    wire_put_be32(octets + AT_CODE, code);
    wire_put_be32(octets + AT_SEQNUM, seqnum);
    wire_put_be32(octets + AT_STATUS, (uint32_t)status);
}

void usbip_encode_submit(const struct usbip_result *result, uint8_t *octets)
{
    start_reply(octets, USBIP_RET_SUBMIT, result->seqnum, result->status);
    wire_put_be32(octets + AT_ACTUAL, result->actual);
    wire_put_be32(octets + AT_START_FRAME, result->start_frame);
    wire_put_be32(octets + AT_PACKETS, result->packets);
    wire_put_be32(octets + AT_ERRORS, result->errors);
}

void usbip_encode_unlink(uint32_t seqnum, int32_t status, uint8_t *octets)
{
    start_reply(octets, USBIP_RET_UNLINK, seqnum, status);
}

void usbip_encode_packets(const struct usbip_packet *packets, uint32_t count, uint8_t *octets)
{
    for (uint32_t i = 0; i < count; i++, octets += USBIP_PACKET_SIZE) {
        wire_put_be32(octets + AT_PACKET_OFFSET, packets[i].offset);
        wire_put_be32(octets + AT_PACKET_LENGTH, packets[i].length);
        wire_put_be32(octets + AT_PACKET_ACTUAL, packets[i].actual);
        wire_put_be32(octets + AT_PACKET_STATUS, (uint32_t)packets[i].status);
    }
}
