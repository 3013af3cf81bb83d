/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every hypercall's entry point. Each is in a file of its own name in this room: it copies its
 * arguments in once, checks them and who asks, calls down, and copies results out. They return 0
 * or a positive result, or a negative errno of the ABI. */
#ifndef HYPERCALL_HYPERCALL_H
#define HYPERCALL_HYPERCALL_H

#include "domain/guest_copy.h"
#include "domain/guest_ops.h"

#define HYPERCALL(name) \
    long hypercall_##name(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)

HYPERCALL(platform_op);
HYPERCALL(memory_op);
HYPERCALL(multicall);
HYPERCALL(set_timer_op);
HYPERCALL(xen_version);
HYPERCALL(console_io);
HYPERCALL(grant_table_op);
HYPERCALL(vm_assist);
HYPERCALL(vcpu_op);
HYPERCALL(xsm_op);
HYPERCALL(sched_op);
HYPERCALL(event_channel_op);
HYPERCALL(physdev_op);
HYPERCALL(sysctl);
HYPERCALL(domctl);

/* Makes a hypercall of the current guest by its number. -XEN_ENOSYS for an unknown one. */
long hypercall_dispatch(unsigned int nr, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                        uint64_t a5);
/* Registers with the entry paths. Boot. */
void hypercalls_init(void);

/* The domain that a hypercall's domid argument means, held: DOMID_SELF or the caller's own number
 * for the caller; another's only for the control domain. NULL and *error: -XEN_ESRCH/-XEN_EPERM. */
struct domain *hypercall_domain(domid_t domid, int *error);

#endif
