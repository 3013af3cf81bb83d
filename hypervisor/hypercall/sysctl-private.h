/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The families of HYPERVISOR_sysctl, a file each. A handler gets a copy of the caller's structure
 * and fills in the output fields, which are copied back when it returns 0 or -XEN_ENOBUFS (then
 * they tell how much room there should have been). */
#ifndef HYPERCALL_SYSCTL_PRIVATE_H
#define HYPERCALL_SYSCTL_PRIVATE_H

#include "hypercall/hypercall.h"

#include <xen/sysctl.h>

/* sysctl_console.c */
long sysctl_readconsole(struct xen_sysctl *op);
long sysctl_debug_keys(struct xen_sysctl *op);
/* sysctl_machine.c */
long sysctl_physinfo(struct xen_sysctl *op);
long sysctl_numainfo(struct xen_sysctl *op);
long sysctl_cputopoinfo(struct xen_sysctl *op);
long sysctl_pcitopoinfo(struct xen_sysctl *op);
long sysctl_getcpuinfo(struct xen_sysctl *op);
long sysctl_availheap(struct xen_sysctl *op);
/* sysctl_domains.c */
long sysctl_getdomaininfolist(struct xen_sysctl *op);
/* sysctl_scheduler.c */
long sysctl_sched_id(struct xen_sysctl *op);
long sysctl_cpupool_op(struct xen_sysctl *op);
long sysctl_scheduler_op(struct xen_sysctl *op);
/* sysctl_policy.c */
long sysctl_get_cpu_policy(struct xen_sysctl *op);
long sysctl_get_cpu_featureset(struct xen_sysctl *op);
long sysctl_get_levelling_caps(struct xen_sysctl *op);

#endif
