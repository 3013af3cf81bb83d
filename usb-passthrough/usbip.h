/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB/IP 1.1.1, the part that follows once a device is handed over: pure functions on octets
 * (Linux: Documentation/usb/usbip_protocol.rst). All numbers on the wire are big-endian.
 *
 *   command (48 octets) | data, if it goes to the device | packet descriptors, if isochronous
 *   reply   (48 octets) | data, if it came from the device | packet descriptors, if isochronous
 *
 * Whether a transfer is isochronous is not in the command: that is the endpoint's to say.
 */
#ifndef USB_PASSTHROUGH_USBIP_H
#define USB_PASSTHROUGH_USBIP_H

#include <stdbool.h>
#include <stdint.h>

#define USBIP_HEADER_SIZE 48
#define USBIP_PACKET_SIZE 16
#define USBIP_SETUP_SIZE  8

/* The largest transfer that is passed on. Larger ones are refused, but are no error of the
 * protocol. */
#define USBIP_TRANSFER_MAX (1024u * 1024u)

/* As many packets as Linux has in an isochronous transfer. */
#define USBIP_PACKETS_MAX 1024u

/* Of a command's flags, those that mean something to us (Linux: URB_SHORT_NOT_OK, URB_ZERO_PACKET).
 */
#define USBIP_SHORT_NOT_OK 0x0001u
#define USBIP_ZERO_PACKET  0x0040u

enum usbip_code {
    USBIP_CMD_SUBMIT = 1,
    USBIP_CMD_UNLINK = 2,
    USBIP_RET_SUBMIT = 3,
    USBIP_RET_UNLINK = 4,
};

struct usbip_submit {
    uint32_t flags;
    uint32_t length; /* octets of data; not bounded by USBIP_TRANSFER_MAX */
    uint32_t start_frame;
    uint32_t packets; /* 0 if there are none, or up to USBIP_PACKETS_MAX */
    uint8_t setup[USBIP_SETUP_SIZE];
};

struct usbip_command {
    enum usbip_code code; /* one of the two commands */
    uint32_t seqnum;
    uint32_t devid;
    bool in;          /* data comes from the device */
    uint8_t endpoint; /* 0 to 15 */
    union {
        struct usbip_submit submit;
        uint32_t unlink_seqnum;
    };
};

/* A packet of an isochronous transfer. */
struct usbip_packet {
    uint32_t offset; /* in the transfer's data as the guest has it */
    uint32_t length;
    uint32_t actual;
    int32_t status; /* 0 or a negative errno */
};

struct usbip_result {
    uint32_t seqnum;
    int32_t status;  /* 0 or a negative errno */
    uint32_t actual; /* octets that came, or went */
    uint32_t start_frame;
    uint32_t packets;
    uint32_t errors; /* packets with a status that is not 0 */
};

/*
 * Reads the USBIP_HEADER_SIZE octets of a command. False, and *@ret_command untouched, if they are
 * none that a guest's vhci_hcd sends: then nothing after them can be understood either.
 */
bool usbip_decode(const uint8_t *octets, struct usbip_command *ret_command);

/* Octets of data that follow the header, before the packet descriptors. */
uint32_t usbip_data_size(const struct usbip_command *command);

/*
 * Reads @count packet descriptors of a transfer of @length octets. False if one of them does not
 * lie in the transfer, or all together are longer; then @packets hold nothing of use.
 */
bool usbip_decode_packets(const uint8_t *octets, uint32_t count, uint32_t length,
                          struct usbip_packet *packets);

/* Writes USBIP_HEADER_SIZE octets. */
void usbip_encode_submit(const struct usbip_result *result, uint8_t *octets);
void usbip_encode_unlink(uint32_t seqnum, int32_t status, uint8_t *octets);

/* Writes USBIP_PACKET_SIZE octets a packet. */
void usbip_encode_packets(const struct usbip_packet *packets, uint32_t count, uint8_t *octets);

#endif
