/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes over the one vchan between vitrine-usb and vitrine-usb-guest. */
#include "frame.h"

#include <stdbool.h>
#include <string.h>

#include "wire.h"

/* What follows the header of a frame, in octets. */
static const struct {
    uint32_t min, max;
} sizes[FRAME_TYPE_END] = {
    [FRAME_HELLO] = {8, 8},  [FRAME_ATTACH] = {8, 8},
    [FRAME_RESULT] = {4, 4}, [FRAME_DATA] = {1, FRAME_DATA_MAX},
    [FRAME_CREDIT] = {4, 4}, [FRAME_DETACH] = {0, 0},
};

static bool decode_content(const uint8_t *octets, uint32_t length, struct frame *frame)
{
    switch (frame->type) {
    case FRAME_HELLO:
        frame->hello.magic = wire_get_le32(octets);
        frame->hello.version = wire_get_le32(octets + 4);
        return frame->channel == 0;
    case FRAME_ATTACH:
        frame->attach.devid = wire_get_le32(octets);
        frame->attach.speed = wire_get_le32(octets + 4);
        return true;
    case FRAME_RESULT:
        frame->result = wire_get_le32(octets);
        return frame->result < FRAME_RESULT_END;
    case FRAME_DATA:
        frame->data.octets = octets;
        frame->data.length = length;
        return true;
    case FRAME_CREDIT:
        frame->credit = wire_get_le32(octets);
        return frame->credit > 0 && frame->credit <= FRAME_WINDOW;
    case FRAME_DETACH:
        return true;
    default:
        return false;
    }
}

int frame_decode(const uint8_t *octets, size_t length, struct frame *ret_frame)
{
    struct frame frame = {0};
    uint32_t content;

    if (length < FRAME_HEADER_SIZE)
        return 0;
    content = wire_get_le32(octets + 4);
    if (octets[0] < FRAME_HELLO || octets[0] >= FRAME_TYPE_END || octets[1] >= FRAME_CHANNELS ||
        wire_get_le16(octets + 2) != 0 || content < sizes[octets[0]].min ||
        content > sizes[octets[0]].max)
        return -1;
    if (length - FRAME_HEADER_SIZE < content)
        return 0;
    frame.type = (enum frame_type)octets[0];
    frame.channel = octets[1];
    if (!decode_content(octets + FRAME_HEADER_SIZE, content, &frame))
        return -1;
    *ret_frame = frame;
    return (int)(FRAME_HEADER_SIZE + content);
}

/* Returns how many octets it has written. */
static uint32_t encode_content(const struct frame *frame, uint8_t *octets)
{
    switch (frame->type) {
    case FRAME_HELLO:
        wire_put_le32(octets, frame->hello.magic);
        wire_put_le32(octets + 4, frame->hello.version);
        break;
    case FRAME_ATTACH:
        wire_put_le32(octets, frame->attach.devid);
        wire_put_le32(octets + 4, frame->attach.speed);
        break;
    case FRAME_RESULT:
        wire_put_le32(octets, frame->result);
        break;
    case FRAME_DATA:
        memcpy(octets, frame->data.octets, frame->data.length);
        return frame->data.length;
    case FRAME_CREDIT:
        wire_put_le32(octets, frame->credit);
        break;
    default:
        break;
    }
    return sizes[frame->type].max;
}

size_t frame_encode(const struct frame *frame, uint8_t *octets)
{
    uint32_t length = encode_content(frame, octets + FRAME_HEADER_SIZE);

    octets[0] = (uint8_t)frame->type;
    octets[1] = (uint8_t)frame->channel;
    octets[2] = octets[3] = 0;
    wire_put_le32(octets + 4, length);
    return FRAME_HEADER_SIZE + length;
}
