/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A USB device that does what the test says, in place of libusb and what is below it. */
#ifndef TESTS_USB_FAKE_HOST_H
#define TESTS_USB_FAKE_HOST_H

#include <stdbool.h>

#include "host.h"

#define FAKE_TRANSFERS 1024

/*
 * Configuration 1: interface 0 with bulk IN 1, bulk OUT 2 and interrupt IN 5; interface 1, which
 * has nothing in setting 0, and isochronous IN 3 and OUT 4 in setting 1. Configuration 2: interface
 * 0 with bulk IN 6.
 */
struct fake_host {
    /* What the test wants. */
    bool hub;
    unsigned speed;
    int open_error;
    int claim_error;   /* of interface 1 */
    int special_error; /* of all that is no transfer */
    int submit_error;

    /* What has happened. */
    uint32_t claimed, given_back; /* interfaces, bit by bit */
    unsigned configuration, alternate, alternate_interface;
    unsigned configurations_set, resets, halts, opened, closed;
    uint8_t halted;
    struct host_transfer *transfers[FAKE_TRANSFERS]; /* under way, oldest first */
    unsigned count;
    unsigned cancelled;

    void (*gone)(void *data);
    void *gone_data;
};

/* As a passthrough_open: @host is a fake_host. */
int fake_host_open(void *host, int fd, void (*gone)(void *data), void *data,
                   struct host_device *ret_device);

/* Ends a transfer that is under way, with @actual octets of which those that come are @fill. */
void fake_host_complete(struct fake_host *host, unsigned index, int status, uint32_t actual,
                        uint8_t fill);

/* Ends all that are under way, as cancelling them does. */
void fake_host_drain(struct fake_host *host);

/* The descriptors of that device. */
struct descriptors fake_host_descriptors(bool hub);

#endif
