/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else there is of a PV vCPU than its context, for who saves one and brings it back: entry
 * points of 32-bit programs, register sets beyond SSE, model-specific registers (public domctl.h).
 */
#include "hypercall/domctl-private.h"

#include <xen/arch-x86/cpufeatureset.h>

#include "domain/cpu_policy.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "memory/allocator.h"
#include "pv/pv.h"

/* Where a state in XSAVE's format says what is in it (SDM vol. 1, 13.4). */
#define XSTATE_BV_AT   512
#define XCOMP_BV_AT    520
#define XSTATE_MINIMUM 576

/* More than this hypervisor knows of: a list from another may have some that it does not. */
#define MSRS_LIMIT 16

/* A PV vCPU, whose domain is not the caller's. */
static struct vcpu *pv_vcpu_of(const struct domain *d, uint32_t id)
{
    return d->pv ? domctl_vcpu(d, id) : NULL;
}

long domctl_get_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_ext_vcpucontext *out = &op->u.ext_vcpucontext;
    const struct vcpu *v = pv_vcpu_of(d, out->vcpu);

    if (!v)
        return -XEN_ESRCH;
    domain_pause(d);
    *out = (struct xen_domctl_ext_vcpucontext){
        .vcpu = v->id,
        .size = sizeof(*out),
        .syscall32_callback_eip = v->pv->syscall32.address,
        .sysenter_callback_eip = v->pv->sysenter.address,
        .syscall32_disables_events = v->pv->syscall32.mask_events,
        .sysenter_disables_events = v->pv->sysenter.mask_events,
    };
    domain_unpause(d);
    return 0;
}

/* Machine-check banks, which the end of the record is about, no guest has. */
long domctl_set_ext_vcpucontext(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_ext_vcpucontext *in = &op->u.ext_vcpucontext;
    struct vcpu *v = pv_vcpu_of(d, in->vcpu);

    if (!v)
        return -XEN_ESRCH;
    if (in->size < offsetof(struct xen_domctl_ext_vcpucontext, vmce) ||
        !va_canonical(in->syscall32_callback_eip) || !va_canonical(in->sysenter_callback_eip))
        return -XEN_EINVAL;
    domain_pause(d);
    v->pv->syscall32 =
        (struct pv_callback){in->syscall32_callback_eip, in->syscall32_disables_events};
    v->pv->sysenter = (struct pv_callback){in->sysenter_callback_eip, in->sysenter_disables_events};
    domain_unpause(d);
    return 0;
}

/* The ABI's record of register sets. */
struct xstate {
    uint64_t xcr0, accumulated; /* what is enabled, and what ever was: that much is in the area */
    uint8_t area[];
};

/* The register sets of this machine that tools are told of; 0: it has no XSAVE. */
static uint64_t machine_states(void)
{
    return fpu_area_size >= XSTATE_MINIMUM ? fpu_features : 0;
}

/* All that the domain's vCPUs may enable counts as having been. */
static uint64_t domain_states(const struct domain *d)
{
    return cpu_policy_xcr0(d->cpu_policy) & machine_states();
}

static uint32_t states_size(const struct domain *d, uint64_t states)
{
    return states ? cpu_policy_xsave_size(d->cpu_policy, states, false) : 0;
}

/* The domain is paused. */
static void xstate_fill(const struct vcpu *v, struct xstate *out, uint32_t size)
{
    uint64_t states = domain_states(v->domain), present;

    *out = (struct xstate){.xcr0 = states ? v->xcr0 : 0, .accumulated = states};
    if (!size)
        return;
    memcpy(out->area, v->fpu, size);
    memcpy(&present, out->area + XSTATE_BV_AT, sizeof(present));
    present &= states;
    memcpy(out->area + XSTATE_BV_AT, &present, sizeof(present));
}

static long xstate_get(struct domain *d, const struct vcpu *v, uint64_t buffer, uint64_t *room)
{
    uint32_t area = MIN(states_size(d, domain_states(d)), fpu_area_size);
    uint32_t size = (uint32_t)sizeof(struct xstate) + area;
    struct xstate *out;
    long result;

    if (*room < size)
        return -XEN_EINVAL;
    out = hv_alloc(size);
    if (!out)
        return -XEN_ENOMEM;
    domain_pause(d);
    xstate_fill(v, out, area);
    domain_unpause(d);
    result = copy_to_guest(buffer, out, size);
    hv_free(out, size);
    *room = size;
    return result;
}

long domctl_getvcpuextstate(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpuextstate *io = &op->u.vcpuextstate;
    const struct vcpu *v = pv_vcpu_of(d, io->vcpu);
    uint64_t buffer = guest_address(io->buffer);

    if (!v)
        return -XEN_ESRCH;
    if (!buffer || (!io->size && !io->xfeature_mask)) { /* how much there can be */
        io->xfeature_mask = machine_states();
        io->size = sizeof(struct xstate) + (io->xfeature_mask ? fpu_area_size : 0);
        return 0;
    }
    if (io->xfeature_mask != machine_states())
        return -XEN_EINVAL;
    return xstate_get(d, v, buffer, &io->size);
}

/* May the vCPU have that? What else can be wrong with an area, XRSTOR finds: then it gets the state
 * after reset. */
static long xstate_check(const struct domain *d, const struct xstate *in, uint64_t area)
{
    uint64_t present, format;

    if (!area)
        return in->xcr0 || in->accumulated ? -XEN_EINVAL : 0;
    if (area < XSTATE_MINIMUM || !fpu_xcr0_valid(in->xcr0) || (in->xcr0 & ~in->accumulated) ||
        (in->accumulated & ~domain_states(d)) || area != states_size(d, in->accumulated))
        return -XEN_EINVAL;
    memcpy(&present, in->area + XSTATE_BV_AT, sizeof(present));
    memcpy(&format, in->area + XCOMP_BV_AT, sizeof(format));
    if (format) /* compacted */
        return -XEN_EOPNOTSUPP;
    return present & ~in->accumulated ? -XEN_EINVAL : 0;
}

static long xstate_set(struct domain *d, struct vcpu *v, const struct xstate *in, uint64_t area)
{
    long error = xstate_check(d, in, area);

    if (error || !area)
        return error;
    domain_pause(d);
    v->xcr0 = in->xcr0;
    fpu_area_reset(v->fpu);
    memcpy(v->fpu, in->area, area);
    domain_unpause(d);
    return 0;
}

long domctl_setvcpuextstate(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_vcpuextstate *io = &op->u.vcpuextstate;
    struct vcpu *v = pv_vcpu_of(d, io->vcpu);
    struct xstate *in;
    long result;

    if (!v)
        return -XEN_ESRCH;
    if (io->size < sizeof(*in) || io->size > sizeof(*in) + fpu_area_size)
        return -XEN_EINVAL;
    in = hv_alloc(io->size);
    if (!in)
        return -XEN_ENOMEM;
    result = copy_from_guest(in, guest_address(io->buffer), io->size);
    if (!result)
        result = xstate_set(d, v, in, io->size - sizeof(*in));
    hv_free(in, io->size);
    return result;
}

/* The one MSR that belongs to a PV vCPU and is in none of the other records. */
long domctl_get_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpu_msrs *io = &op->u.vcpu_msrs;
    struct xen_domctl_vcpu_msr msr = {.index = MSR_TSC_AUX};
    const struct vcpu *v = pv_vcpu_of(d, io->vcpu);
    uint32_t room = io->msr_count;

    if (!v)
        return -XEN_ESRCH;
    if (!guest_address(io->msrs)) { /* how many there can be */
        io->msr_count = 1;
        return 0;
    }
    domain_pause(d);
    msr.value = v->tsc_aux;
    domain_unpause(d);
    io->msr_count = msr.value ? 1 : 0; /* 0 is what it is without being set */
    if (io->msr_count > room)
        return -XEN_ENOBUFS;
    return io->msr_count ? put_to_guest(guest_address(io->msrs), &msr) : 0;
}

static long msr_set(const struct domain *d, struct vcpu *v, const struct xen_domctl_vcpu_msr *msr)
{
    if (msr->reserved || msr->index != MSR_TSC_AUX || msr->value > UINT32_MAX)
        return -XEN_EINVAL;
    if (!cpu_policy_has(d->cpu_policy, XEN_X86_FEATURE_RDTSCP) &&
        !cpu_policy_has(d->cpu_policy, XEN_X86_FEATURE_RDPID))
        return -XEN_EINVAL;
    v->tsc_aux = (uint32_t)msr->value;
    return 0;
}

/* When one is refused, msr_count tells how many came before it, and those stay. */
long domctl_set_vcpu_msrs(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_vcpu_msrs *io = &op->u.vcpu_msrs;
    struct vcpu *v = pv_vcpu_of(d, io->vcpu);
    struct xen_domctl_vcpu_msr msr;
    uint32_t done = 0;
    long result = 0;

    if (!v)
        return -XEN_ESRCH;
    if (io->msr_count > MSRS_LIMIT)
        return -XEN_EINVAL;
    domain_pause(d);
    while (!result && done < io->msr_count) {
        result = get_from_guest(&msr, guest_element(io->msrs, done));
        if (!result)
            result = msr_set(d, v, &msr);
        if (!result)
            done++;
    }
    domain_unpause(d);
    io->msr_count = done;
    return result;
}
