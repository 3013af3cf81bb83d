/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains come, pause, go. */
#include "hypercall/domctl-private.h"

#include "hypercall/domain_info.h"
#include "lib/bits.h"
#include "lib/print.h"
#include "lib/string.h"

#define PAGES_OF_KB(kb) ((kb) >> (PAGE_SHIFT - 10))

/* What a PV guest may be created with. */
/* oos_off is about shadow paging, which there is none of: it is true anyway. */
#define PV_FLAGS     (XEN_DOMCTL_CDF_xs_domain | XEN_DOMCTL_CDF_oos_off)
#define PV_EMULATION XEN_X86_EMU_PIT
#define PV_MISC      XEN_X86_MSR_RELAXED

/* A hardware guest. Its memory is always by nested paging; suspend of the
 * host, which one flag is about, there is none. */
#define HVM_FLAGS                                                            \
    (XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap | XEN_DOMCTL_CDF_s3_integrity | \
     XEN_DOMCTL_CDF_oos_off | XEN_DOMCTL_CDF_xs_domain)
#define HVM_MISC XEN_X86_MSR_RELAXED

/* What devices there are comes in sets: a local APIC and no more (PVH), or a whole machine, with or
 * without event channels in the place of its interrupts (which the guest then is not offered). */
#define HVM_MACHINE      (XEN_X86_EMU_ALL & ~XEN_X86_EMU_VPCI)
#define HVM_MACHINE_ONLY (HVM_MACHINE & ~XEN_X86_EMU_USE_PIRQ)

static int pv_check(const struct xen_domctl_createdomain *config)
{
    if (config->flags & ~(uint32_t)PV_FLAGS)
        return -XEN_EINVAL;
    if ((config->arch.emulation_flags & ~PV_EMULATION) || (config->arch.misc_flags & ~PV_MISC))
        return -XEN_EINVAL;
    return 0;
}

static bool emulation_known(uint32_t flags)
{
    return flags == XEN_X86_EMU_LAPIC || flags == HVM_MACHINE || flags == HVM_MACHINE_ONLY;
}

static int hvm_check(const struct xen_domctl_createdomain *config)
{
    if (!guest_ops_hvm) {
        log_at(LOG_WARNING, "A hardware guest was asked for, but this machine can't have any\n");
        return -XEN_EINVAL;
    }
    if ((config->flags & ~(uint32_t)HVM_FLAGS) || !(config->flags & XEN_DOMCTL_CDF_hap))
        return -XEN_EINVAL;
    if (!emulation_known(config->arch.emulation_flags)) {
        log_at(LOG_WARNING,
               "A hardware guest was asked for with devices that are no set of those there are "
               "(flags %#x)\n",
               config->arch.emulation_flags);
        return -XEN_EINVAL;
    }
    return config->arch.misc_flags & ~HVM_MISC ? -XEN_EINVAL : 0;
}

static int config_check(const struct xen_domctl_createdomain *config)
{
    unsigned int version = XEN_DOMCTL_GRANT_version(config->grant_opts);
    int error = config->flags & XEN_DOMCTL_CDF_hvm ? hvm_check(config) : pv_check(config);

    if (error)
        return error;
    if (config->iommu_opts || config->vmtrace_size || !config->max_vcpus)
        return -XEN_EINVAL;
    if ((config->grant_opts & ~XEN_DOMCTL_GRANT_version_mask) || version != 1)
        return -XEN_EINVAL;
    return config->cpupool_id ? -XEN_ESRCH : 0;
}

/* The number that the caller wants, if it is one, or a free one. */
static domid_t choose_domid(domid_t wanted)
{
    return wanted && wanted < DOMID_FIRST_RESERVED ? wanted : domid_alloc();
}

long domctl_createdomain(struct domain *unused, struct xen_domctl *op)
{
    domid_t domid;
    struct domain *d;
    int error = config_check(&op->u.createdomain);

    if (error)
        return error;
    domid = choose_domid(op->domain);
    if (domid == DOMID_INVALID)
        return -XEN_ENOMEM;
    error = domain_create(domid, &op->u.createdomain, false, &d);
    if (error)
        return error;
    op->domain = d->domid;
    domain_put(d);
    return 0;
}

long domctl_destroydomain(struct domain *d, struct xen_domctl *op)
{
    return domain_kill(d);
}

long domctl_pausedomain(struct domain *d, struct xen_domctl *op)
{
    return domain_pause_by_controller(d);
}

long domctl_unpausedomain(struct domain *d, struct xen_domctl *op)
{
    return domain_unpause_by_controller(d);
}

long domctl_resumedomain(struct domain *d, struct xen_domctl *op)
{
    domain_resume(d);
    return 0;
}

/* Of this domain or the next one: tools walk through all of them that way. */
long domctl_getdomaininfo(struct domain *unused, struct xen_domctl *op)
{
    struct domain *d = domain_get_from_id(op->domain);

    if (!d)
        return -XEN_ESRCH;
    op->domain = d->domid;
    domain_info_fill(d, &op->u.getdomaininfo);
    domain_put(d);
    return 0;
}

long domctl_setdomainhandle(struct domain *d, struct xen_domctl *op)
{
    spin_lock(&d->lock);
    memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
    spin_unlock(&d->lock);
    return 0;
}

/* Their number is fixed at creation; this makes them. */
long domctl_max_vcpus(struct domain *d, struct xen_domctl *op)
{
    if (op->u.max_vcpus.max != d->max_vcpus)
        return -XEN_EINVAL;
    for (unsigned int id = 0; id < d->max_vcpus; id++) {
        int error = d->vcpu[id] ? 0 : vcpu_create(d, id);

        if (error)
            return error;
    }
    return 0;
}

long domctl_max_mem(struct domain *d, struct xen_domctl *op)
{
    uint64_t pages = PAGES_OF_KB(op->u.max_mem.max_memkb);

    spin_lock(&d->page_lock);
    d->max_pages = (uint32_t)MIN(pages, (uint64_t)UINT32_MAX);
    spin_unlock(&d->page_lock);
    return 0;
}
