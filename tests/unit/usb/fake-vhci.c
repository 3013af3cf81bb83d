/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's kernel. */
#include "fake-vhci.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <glib.h>

#include "guest-tools/usb/vhci.h"

struct fake_vhci fake_vhci;

int vhci_attach(const char *directory, int socket, uint32_t devid, uint32_t speed,
                unsigned *ret_port)
{
    if (fake_vhci.error)
        return fake_vhci.error;
    for (unsigned i = 0; i < FAKE_VHCI_PORTS; i++) {
        if (fake_vhci.ports[i].attached)
            continue;
        fake_vhci.ports[i].attached = true;
        fake_vhci.ports[i].socket = fcntl(socket, F_DUPFD_CLOEXEC, 0);
        fake_vhci.ports[i].devid = devid;
        fake_vhci.ports[i].speed = speed;
        fcntl(fake_vhci.ports[i].socket, F_SETFL, O_NONBLOCK);
        *ret_port = i;
        return 0;
    }
    return -ENOSPC;
}

void fake_vhci_let_go(unsigned port)
{
    g_assert_true(fake_vhci.ports[port].attached);
    fake_vhci.ports[port].attached = false;
    close(fake_vhci.ports[port].socket);
}

void vhci_detach(const char *directory, unsigned port)
{
    fake_vhci.detached++;
    if (fake_vhci.ports[port].attached)
        fake_vhci_let_go(port);
}

void fake_vhci_reset(void)
{
    for (unsigned i = 0; i < FAKE_VHCI_PORTS; i++)
        if (fake_vhci.ports[i].attached)
            fake_vhci_let_go(i);
    fake_vhci = (struct fake_vhci){0};
}
