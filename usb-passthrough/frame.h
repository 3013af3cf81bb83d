/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes over the one vchan between vitrine-usb in dom0 and vitrine-usb-guest in the guest:
 * frames, each for one channel, and a channel is one device. Pure functions on octets, built into
 * both programs; neither trusts the other.
 *
 *   octet 0     type
 *   octet 1     channel, 0 where there is none
 *   octets 2-3  0
 *   octets 4-7  length of what follows, little-endian as all numbers in it
 *
 *   frame     direction  what follows
 *   HELLO     both       u32 magic, u32 version   the first thing said, by the guest, and its
 * answer ATTACH    to guest   u32 devid, u32 speed     a device, with the kernel's number for its
 * speed RESULT    to dom0    u32 result               what became of it DATA      both       1
 * octet or more          USB/IP CREDIT    both       u32 octets               so many more may be
 * sent: they were used up DETACH    both       nothing                  this side says no more; a
 * channel ends when both have
 *
 * Credit keeps one device from holding up another: what was sent, the other side has room for, so
 * a channel whose octets lie about does not fill the ring that all share.
 */
#ifndef USB_PASSTHROUGH_FRAME_H
#define USB_PASSTHROUGH_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAGIC   0x42535556u /* "VUSB" */
#define FRAME_VERSION 1u

#define FRAME_HEADER_SIZE 8
#define FRAME_DATA_MAX    16384u
#define FRAME_SIZE_MAX    (FRAME_HEADER_SIZE + FRAME_DATA_MAX)

/* Devices at a time. */
#define FRAME_CHANNELS 16

/* Octets that a side may send on a new channel; never are more on their way or unused. */
#define FRAME_WINDOW (256u * 1024u)

enum frame_type {
    FRAME_HELLO = 1,
    FRAME_ATTACH,
    FRAME_RESULT,
    FRAME_DATA,
    FRAME_CREDIT,
    FRAME_DETACH,
    FRAME_TYPE_END,
};

enum frame_result {
    FRAME_ATTACHED,
    FRAME_REFUSED, /* the guest's kernel can't, or would not */
    FRAME_FULL,    /* there is no port free */
    FRAME_RESULT_END,
};

struct frame {
    enum frame_type type;
    unsigned channel;
    union {
        struct {
            uint32_t magic, version;
        } hello;
        struct {
            uint32_t devid, speed;
        } attach;
        uint32_t result; /* less than FRAME_RESULT_END */
        uint32_t credit; /* 1 to FRAME_WINDOW */
        struct {
            const uint8_t *octets;
            uint32_t length; /* 1 to FRAME_DATA_MAX */
        } data;
    };
};

/*
 * Reads the frame that @octets begin with, of which @length are there. Returns how many it has; 0
 * if more are needed, of which there are at most FRAME_SIZE_MAX; -1 if this is no frame. Data is
 * not copied. That the channel is in use is the caller's to check.
 */
int frame_decode(const uint8_t *octets, size_t length, struct frame *ret_frame);

/* Writes a frame, at most FRAME_SIZE_MAX octets. Returns how many. */
size_t frame_encode(const struct frame *frame, uint8_t *octets);

#endif
