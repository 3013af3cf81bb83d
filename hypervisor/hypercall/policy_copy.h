/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU policies to the toolstack, in the ABI's serialised form; shared by sysctl and domctl. */
#ifndef HYPERCALL_POLICY_COPY_H
#define HYPERCALL_POLICY_COPY_H

#include "domain/cpu_policy.h"

/* Writes leaves and MSRs to where there is an address, and puts into the counts, which tell how
 * much room there is, how many there are; without an address, how many there can be at most. 0,
 * -XEN_ENOBUFS, -XEN_ENOMEM or -XEN_EFAULT. */
long policy_copy_out(const struct cpu_policy *policy, uint64_t leaves_address, uint32_t *nr_leaves,
                     uint64_t msrs_address, uint32_t *nr_msrs);

#endif
