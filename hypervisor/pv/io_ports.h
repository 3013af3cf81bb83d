/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Port I/O of PV guests: by the guest's own permission bitmap, by the domain's rights, and with
 * the few ports whose use is shared with the hypervisor. */
#ifndef PV_IO_PORTS_H
#define PV_IO_PORTS_H

#include "domain/vcpu.h"

/* Does the bitmap that the guest's kernel registered allow all of these ports? */
bool io_bitmap_allows(const struct vcpu *v, uint16_t port, unsigned int size);
/* Are they the domain's, or emulated for it? */
bool io_port_owned(struct domain *d, uint16_t port, unsigned int size);
uint32_t io_port_read(struct domain *d, uint16_t port, unsigned int size);
void io_port_write(struct domain *d, uint16_t port, unsigned int size, uint32_t value);

#endif
