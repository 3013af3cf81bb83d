/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain as the toolstack sees it; see domain_info.h. */
#include "hypercall/domain_info.h"

#include "domain/vcpu.h"
#include "lib/bits.h"
#include "lib/string.h"

#define ADDRESS_BITS 48

static uint32_t life_flags(const struct domain *d)
{
    uint32_t flags = 0;

    if (READ_ONCE(d->life) == DOMAIN_DEAD)
        flags |= XEN_DOMINF_dying;
    if (READ_ONCE(d->shut_down))
        flags |= XEN_DOMINF_shutdown;
    if (READ_ONCE(d->controller_pause_count))
        flags |= XEN_DOMINF_paused;
    if (d->create_flags & XEN_DOMCTL_CDF_xs_domain)
        flags |= XEN_DOMINF_xs_domain;
    if (!d->pv)
        flags |= XEN_DOMINF_hvm_guest;
    if (d->create_flags & XEN_DOMCTL_CDF_hap)
        flags |= XEN_DOMINF_hap;
    return flags | (uint32_t)READ_ONCE(d->shutdown_code) << XEN_DOMINF_shutdownshift;
}

/* Counts vCPUs and their time; a domain counts as blocked when all that are up are. */
static void add_vcpus(const struct domain *d, struct xen_domctl_getdomaininfo *info)
{
    bool all_blocked = true;
    const struct vcpu *v;

    info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
    for_each_vcpu(d, v)
    {
        uint64_t flags = READ_ONCE(v->pause_flags);

        info->cpu_time += sched_runtime(&v->sched);
        info->max_vcpu_id = v->id;
        if (flags & BIT(VCPU_DOWN))
            continue;
        info->nr_online_vcpus++;
        if (!(flags & BIT(VCPU_BLOCKED)))
            all_blocked = false;
        if (READ_ONCE(v->sched.running))
            info->flags |= XEN_DOMINF_running;
    }
    if (all_blocked && info->nr_online_vcpus)
        info->flags |= XEN_DOMINF_blocked;
}

void domain_info_fill(const struct domain *d, struct xen_domctl_getdomaininfo *info)
{
    memset(info, 0, sizeof(*info));
    info->domain = d->domid;
    info->flags = life_flags(d);
    info->tot_pages = READ_ONCE(d->tot_pages);
    info->max_pages = READ_ONCE(d->max_pages);
    info->outstanding_pages = READ_ONCE(d->claimed_pages);
    info->shared_info_frame = d->shared_info ? virt_to_mfn(d->shared_info) : UINT64_MAX;
    info->ssidref = d->ssidref;
    info->gpaddr_bits = ADDRESS_BITS;
    info->arch_config.emulation_flags = d->hvm ? d->emulation_flags : 0;
    memcpy(info->handle, d->handle, sizeof(info->handle));
    add_vcpus(d, info);
}
