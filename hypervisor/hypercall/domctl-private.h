/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The families of HYPERVISOR_domctl, a file each. A handler gets the domain, held (NULL where the
 * table says that the number need not be of an existing one), and a copy of the caller's
 * structure, whose output fields it fills in. -XEN_ERESTART: the call is made again, with the
 * caller's structure as it was.
 *
 * One domctl is at work at a time, so that two tools can't get into each other's way. */
#ifndef HYPERCALL_DOMCTL_PRIVATE_H
#define HYPERCALL_DOMCTL_PRIVATE_H

#include "hypercall/hypercall.h"

#include <xen/domctl.h>

/* domctl_life.c: from creation to destruction. */
long domctl_createdomain(struct domain *unused, struct xen_domctl *op);
long domctl_destroydomain(struct domain *d, struct xen_domctl *op);
long domctl_pausedomain(struct domain *d, struct xen_domctl *op);
long domctl_unpausedomain(struct domain *d, struct xen_domctl *op);
long domctl_resumedomain(struct domain *d, struct xen_domctl *op);
long domctl_getdomaininfo(struct domain *unused, struct xen_domctl *op);
long domctl_setdomainhandle(struct domain *d, struct xen_domctl *op);
long domctl_max_vcpus(struct domain *d, struct xen_domctl *op);
long domctl_max_mem(struct domain *d, struct xen_domctl *op);
/* domctl_vcpu.c: its vCPUs. */
long domctl_setvcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_getvcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op);
/* domctl_vcpu_state.c: what of a PV one is not in its context. */
long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op);
long domctl_setvcpuextstate(struct domain *d, struct xen_domctl *op);
long domctl_getvcpuextstate(struct domain *d, struct xen_domctl *op);
long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op);
long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op);
/* domctl_scheduler.c: where and how much they run. */
long domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op);
long domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op);
long domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op);
long domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op);
long domctl_scheduler_op(struct domain *d, struct xen_domctl *op);
/* domctl_policy.c: what its CPUs and clocks look like. */
long domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op);
long domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op);
long domctl_set_address_size(struct domain *d, struct xen_domctl *op);
long domctl_get_address_size(struct domain *d, struct xen_domctl *op);
long domctl_settscinfo(struct domain *d, struct xen_domctl *op);
long domctl_gettscinfo(struct domain *d, struct xen_domctl *op);
long domctl_settimeoffset(struct domain *d, struct xen_domctl *op);
/* domctl_permission.c: which hardware it may touch, and who is told of what. */
long domctl_irq_permission(struct domain *d, struct xen_domctl *op);
long domctl_iomem_permission(struct domain *d, struct xen_domctl *op);
long domctl_ioport_permission(struct domain *d, struct xen_domctl *op);
long domctl_set_virq_handler(struct domain *d, struct xen_domctl *op);
/* domctl_hvm.c: what only hardware guests have. */
long domctl_gethvmcontext(struct domain *d, struct xen_domctl *op);
long domctl_sethvmcontext(struct domain *d, struct xen_domctl *op);
long domctl_sendtrigger(struct domain *d, struct xen_domctl *op);
long domctl_set_paging_mempool_size(struct domain *d, struct xen_domctl *op);
long domctl_get_paging_mempool_size(struct domain *d, struct xen_domctl *op);
long domctl_shadow_op(struct domain *d, struct xen_domctl *op);
/* domctl_log_dirty.c: the part of it about pages that are written to. `d` is a hardware guest. */
long domctl_log_dirty(struct domain *d, struct xen_domctl_shadow_op *shadow);
/* domctl_log_dirty_pv.c: the same of a PV guest. */
long domctl_log_dirty_pv(struct domain *d, struct xen_domctl_shadow_op *shadow);
/* domctl_memory.c: its frames. */
long domctl_hypercall_init(struct domain *d, struct xen_domctl *op);
long domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op);
/* domctl.c: an operation of the ABI that this hypervisor does not have. */
long domctl_not_supported(struct domain *d, struct xen_domctl *op);

/* The vCPU of that number; NULL when there is none. */
struct vcpu *domctl_vcpu(const struct domain *d, uint32_t id);

#endif
