/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between kinds of guests, as one table of operations. */
#ifndef DOMAIN_GUEST_OPS_H
#define DOMAIN_GUEST_OPS_H

#include "domain/vcpu.h"

/* A hypercall takes up to five arguments and returns what the guest finds in RAX. */
typedef long (*hypercall_fn)(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);

struct guest_ops {
    /* Sets up / frees what the kind adds to a domain and to a vCPU. 0 or -XEN_ENOMEM. */
    int (*domain_init)(struct domain *d);
    void (*domain_free)(struct domain *d);
    int (*vcpu_init)(struct vcpu *v);
    void (*vcpu_free)(struct vcpu *v);
    /* Drops all references that its own page tables hold. 0 or -XEN_ERESTART. */
    int (*relinquish)(struct domain *d);
    /* Registers that are neither in guest_regs nor in the FPU area, on a context switch. */
    void (*save)(struct vcpu *v);
    void (*load)(struct vcpu *v);
    /* Leaves the hypervisor for the guest whose state is loaded. Does not return. */
    noreturn void (*resume)(void);
    /* The whole context, as domctl and VCPUOP_initialise have it; `v` does not run. */
    int (*set_context)(struct vcpu *v, const struct vcpu_guest_context *context);
    void (*get_context)(struct vcpu *v, struct vcpu_guest_context *context);
    /* Prints registers and a stack for a crash report. `v` is current or does not run. */
    void (*show)(const struct vcpu *v);
};

extern const struct guest_ops pv_guest_ops;

/* Long hypercalls: should this one stop and be called again later? */
bool hypercall_should_yield(void);
/* Arranges that the current guest makes this call again with these arguments, and returns what
 * the handler then has to return. */
long hypercall_again(unsigned int nr, unsigned int nr_args, ...);

#endif
