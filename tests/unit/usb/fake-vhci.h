/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's kernel: fake-vhci.c defines the functions of guest-tools/usb/vhci.h. */
#ifndef TESTS_USB_FAKE_VHCI_H
#define TESTS_USB_FAKE_VHCI_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_VHCI_PORTS 16

struct fake_vhci {
    int error; /* of the next attach */
    struct {
        bool attached;
        int socket; /* the kernel's hold of it */
        uint32_t devid, speed;
    } ports[FAKE_VHCI_PORTS];
    unsigned detached;
};

extern struct fake_vhci fake_vhci;

/* Nothing is attached. */
void fake_vhci_reset(void);

/* The kernel lets go of a device, as after "usbip detach" in the guest. */
void fake_vhci_let_go(unsigned port);

#endif
