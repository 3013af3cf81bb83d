/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of the caller's vCPUs, as TLB operations name them, and the CPUs they may have run on. */
#ifndef HYPERCALL_VCPU_BITMAP_H
#define HYPERCALL_VCPU_BITMAP_H

#include "machine/percpu.h"

/* CPUs whose TLB may hold entries of the vCPUs in the guest's bitmap (an array of 64-bit words,
 * long enough for the domain's vCPUs). 0 or -XEN_EFAULT. */
int vcpu_bitmap_cpus(uint64_t bitmap, cpumask_t *cpus);

#endif
