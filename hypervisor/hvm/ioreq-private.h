/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the I/O requests share. */
#ifndef HVM_IOREQ_PRIVATE_H
#define HVM_IOREQ_PRIVATE_H

#include "hvm/hvm.h"

/* A request as a server sees it: an access to PCI configuration space is of a type of its own. */
struct ioreq_target {
    struct ioreq_server *server;
    uint8_t id; /* the server's */
    uint8_t type;
    uint64_t address;
};

/* The enabled server that has the whole access in its ranges. False: none. Lock held. */
bool ioreq_select(struct domain *d, const struct ioreq_access *access, struct ioreq_target *target);

/* Writes down in each slot which port it is notified by. Lock held. */
void ioreq_slots_name_ports(const struct domain *d, struct ioreq_server *server);

#endif
