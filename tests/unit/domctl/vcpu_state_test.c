/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a PV vCPU that is not in its context: what is read can be given to another vCPU, and
 * what no vCPU of the domain can have is refused and changes nothing. */
#include "check.h"

#include "world.h"

#include <xen/arch-x86/cpufeatureset.h>

#include "domain/cpu_policy.h"
#include "hypercall/domctl-private.h"
#include "machine/fpu.h"
#include "pv/pv.h"

#define BUFFER    (GUEST_MEMORY + 0x2000)
#define AREA      832 /* x87, SSE and AVX */
#define LEGACY    576 /* without AVX */
#define FULL      (16 + AREA)
#define TSC_AUX   0xc0000103U
#define BAD_VA    0x8000000000000000ULL
#define KERNEL_VA 0xffffffff81000000ULL

uint64_t fpu_features;
uint32_t fpu_area_size;

static struct vcpu vcpus[2];
static struct pv_vcpu pv[2];
static struct cpu_policy policy;
static uint64_t policy_states;
static bool policy_has_rdtscp;
static int pauses;
static unsigned char areas[2][AREA];

/* What the file calls. */

struct vcpu *domctl_vcpu(const struct domain *d, uint32_t id)
{
    return id < 2 ? &vcpus[id] : NULL;
}

void domain_pause(struct domain *d)
{
    pauses++;
}

void domain_unpause(struct domain *d)
{
    pauses--;
}

uint64_t cpu_policy_xcr0(const struct cpu_policy *p)
{
    return policy_states;
}

bool cpu_policy_has(const struct cpu_policy *p, unsigned int feature)
{
    return feature == XEN_X86_FEATURE_RDTSCP && policy_has_rdtscp;
}

uint32_t cpu_policy_xsave_size(const struct cpu_policy *p, uint64_t xcr0, bool compact)
{
    return xcr0 & 4 ? AREA : LEGACY;
}

bool fpu_xcr0_valid(uint64_t xcr0)
{
    return (xcr0 & 1) && !(xcr0 & ~fpu_features) && (!(xcr0 & 4) || (xcr0 & 2));
}

void fpu_area_reset(void *area)
{
    memset(area, 0, AREA);
}

static struct xen_domctl op;

static void begin(void)
{
    struct domain *d;

    world_begin();
    d = world_domain(1);
    d->pv = (void *)d; /* somewhere: nobody looks */
    d->cpu_policy = &policy;
    fpu_features = policy_states = 7;
    fpu_area_size = AREA;
    policy_has_rdtscp = true;
    memset(pv, 0, sizeof(pv));
    for (unsigned int i = 0; i < 2; i++) {
        vcpus[i] = (struct vcpu){.id = i, .domain = d, .pv = &pv[i], .fpu = areas[i], .xcr0 = 1};
        memset(areas[i], 0, AREA);
    }
    op = (struct xen_domctl){0};
}

static void end(void)
{
    CHECK_EQ(pauses, 0);
    world_domain(1)->pv = NULL;
    world_domain(1)->cpu_policy = NULL;
    CHECK_EQ(world_end(), 0);
}

static unsigned char *buffer(void)
{
    return guest_memory + (BUFFER - GUEST_MEMORY);
}

static long with(long (*fn)(struct domain *d, struct xen_domctl *op))
{
    return fn(world_domain(1), &op);
}

static void entry_points_go_from_one_to_another(void)
{
    struct xen_domctl_ext_vcpucontext *e = &op.u.ext_vcpucontext;

    begin();
    pv[0].syscall32 = (struct pv_callback){KERNEL_VA, true};
    pv[0].sysenter = (struct pv_callback){KERNEL_VA + 16, false};
    CHECK_EQ(with(domctl_get_ext_vcpucontext), 0);
    CHECK_EQ(e->size, sizeof(*e));
    CHECK_EQ(e->syscall32_callback_eip, KERNEL_VA);
    e->vcpu = 1;
    CHECK_EQ(with(domctl_set_ext_vcpucontext), 0);
    CHECK_EQ(memcmp(&pv[1].syscall32, &pv[0].syscall32, sizeof(pv[0].syscall32)), 0);
    CHECK_EQ(pv[1].sysenter.address, KERNEL_VA + 16);
    CHECK(!pv[1].sysenter.mask_events);
    end();
}

static void entry_points_are_checked(void)
{
    struct xen_domctl_ext_vcpucontext *e = &op.u.ext_vcpucontext;

    begin();
    CHECK_EQ(with(domctl_get_ext_vcpucontext), 0);
    e->sysenter_callback_eip = BAD_VA;
    CHECK_EQ(with(domctl_set_ext_vcpucontext), -XEN_EINVAL);
    e->sysenter_callback_eip = 0;
    e->syscall32_callback_eip = BAD_VA;
    CHECK_EQ(with(domctl_set_ext_vcpucontext), -XEN_EINVAL);
    e->syscall32_callback_eip = KERNEL_VA;
    e->size = offsetof(struct xen_domctl_ext_vcpucontext, vmce) - 1;
    CHECK_EQ(with(domctl_set_ext_vcpucontext), -XEN_EINVAL);
    CHECK_EQ(pv[0].syscall32.address, 0);
    e->vcpu = 2;
    CHECK_EQ(with(domctl_get_ext_vcpucontext), -XEN_ESRCH);
    CHECK_EQ(with(domctl_set_ext_vcpucontext), -XEN_ESRCH);
    world_domain(1)->pv = NULL; /* a hardware guest's are elsewhere */
    e->vcpu = 0;
    CHECK_EQ(with(domctl_get_ext_vcpucontext), -XEN_ESRCH);
    end();
}

static void set_buffer(uint32_t vcpu, uint64_t address, uint64_t size)
{
    op.u.vcpuextstate.vcpu = vcpu;
    op.u.vcpuextstate.buffer.p = (uint64_t *)address;
    op.u.vcpuextstate.size = size;
}

static void register_sets_go_from_one_to_another(void)
{
    struct xen_domctl_vcpuextstate *x = &op.u.vcpuextstate;
    uint64_t present = 7;

    begin();
    for (unsigned int i = 0; i < AREA; i++)
        areas[0][i] = (unsigned char)i;
    memset(areas[0] + 512, 0, 64);
    memcpy(areas[0] + 512, &present, sizeof(present));
    vcpus[0].xcr0 = 7;
    CHECK_EQ(with(domctl_getvcpuextstate), 0);
    CHECK_EQ(x->xfeature_mask, 7);
    CHECK_EQ(x->size, FULL);
    set_buffer(0, BUFFER, x->size);
    CHECK_EQ(with(domctl_getvcpuextstate), 0);
    CHECK_EQ(x->size, FULL);
    set_buffer(1, BUFFER, x->size);
    CHECK_EQ(with(domctl_setvcpuextstate), 0);
    CHECK_EQ(vcpus[1].xcr0, 7);
    CHECK_EQ(memcmp(areas[0], areas[1], AREA), 0);
    end();
}

/* A domain whose policy has fewer sets than the machine tells of those only. */
static void register_sets_are_the_policys(void)
{
    struct xen_domctl_vcpuextstate *x = &op.u.vcpuextstate;
    uint64_t present = 7;

    begin();
    policy_states = 3;
    memcpy(areas[0] + 512, &present, sizeof(present));
    x->xfeature_mask = 7;
    set_buffer(0, BUFFER, FULL);
    CHECK_EQ(with(domctl_getvcpuextstate), 0);
    CHECK_EQ(x->size, 16 + LEGACY);
    CHECK_EQ(buffer()[8], 3);
    CHECK_EQ(buffer()[16 + 512], 3);
    policy_states = 0;
    x->size = FULL;
    CHECK_EQ(with(domctl_getvcpuextstate), 0);
    CHECK_EQ(x->size, 16);
    CHECK_EQ(buffer()[0], 0);
    CHECK_EQ(with(domctl_setvcpuextstate), 0); /* nothing */
    fpu_area_size = 512;                       /* no XSAVE here */
    set_buffer(0, 0, 0);
    x->xfeature_mask = 0;
    CHECK_EQ(with(domctl_getvcpuextstate), 0);
    CHECK_EQ(x->xfeature_mask, 0);
    end();
}

static void reading_register_sets_is_checked(void)
{
    struct xen_domctl_vcpuextstate *x = &op.u.vcpuextstate;

    begin();
    x->xfeature_mask = 7;
    set_buffer(0, BUFFER, FULL - 1);
    CHECK_EQ(with(domctl_getvcpuextstate), -XEN_EINVAL);
    set_buffer(0, BUFFER, FULL);
    x->xfeature_mask = 15;
    CHECK_EQ(with(domctl_getvcpuextstate), -XEN_EINVAL);
    x->xfeature_mask = 7;
    set_buffer(0, 8, FULL);
    CHECK_EQ(with(domctl_getvcpuextstate), -XEN_EFAULT);
    set_buffer(2, BUFFER, FULL);
    CHECK_EQ(with(domctl_getvcpuextstate), -XEN_ESRCH);
    CHECK_EQ(with(domctl_setvcpuextstate), -XEN_ESRCH);
    end();
}

/* A record with these words and nothing in its area but what is present. */
static long give(uint64_t xcr0, uint64_t accumulated, uint64_t present, uint64_t format,
                 uint64_t size)
{
    memset(buffer(), 0, FULL);
    memcpy(buffer(), &xcr0, 8);
    memcpy(buffer() + 8, &accumulated, 8);
    memcpy(buffer() + 16 + 512, &present, 8);
    memcpy(buffer() + 16 + 520, &format, 8);
    set_buffer(0, BUFFER, size);
    return with(domctl_setvcpuextstate);
}

static void giving_register_sets_is_checked(void)
{
    begin();
    CHECK_EQ(give(3, 3, 3, 0, 16 + LEGACY), 0);
    CHECK_EQ(vcpus[0].xcr0, 3);
    areas[0][0] = 9;
    CHECK_EQ(give(7, 7, 7, 0, 15), -XEN_EINVAL);
    CHECK_EQ(give(7, 7, 7, 0, 16), -XEN_EINVAL);
    CHECK_EQ(give(7, 7, 7, 0, 16 + LEGACY), -XEN_EINVAL);
    CHECK_EQ(give(7, 7, 7, 0, FULL + 1), -XEN_EINVAL);
    CHECK_EQ(give(3, 3, 3, 0, FULL), -XEN_EINVAL);
    CHECK_EQ(give(2, 3, 3, 0, 16 + LEGACY), -XEN_EINVAL);
    CHECK_EQ(give(7, 3, 3, 0, 16 + LEGACY), -XEN_EINVAL);
    CHECK_EQ(give(7, 15, 7, 0, FULL), -XEN_EINVAL);
    CHECK_EQ(give(3, 3, 7, 0, 16 + LEGACY), -XEN_EINVAL);
    CHECK_EQ(give(7, 7, 7, 1ULL << 63, FULL), -XEN_EOPNOTSUPP);
    policy_states = 3;
    CHECK_EQ(give(7, 7, 7, 0, FULL), -XEN_EINVAL);
    set_buffer(0, 8, FULL);
    CHECK_EQ(with(domctl_setvcpuextstate), -XEN_EFAULT);
    CHECK_EQ(vcpus[0].xcr0, 3);
    CHECK_EQ(areas[0][0], 9);
    end();
}

static struct xen_domctl_vcpu_msr *msrs(uint32_t vcpu, uint32_t count)
{
    op.u.vcpu_msrs.vcpu = vcpu;
    op.u.vcpu_msrs.msr_count = count;
    op.u.vcpu_msrs.msrs.p = (struct xen_domctl_vcpu_msr *)BUFFER;
    return (struct xen_domctl_vcpu_msr *)(void *)buffer();
}

static void msrs_go_from_one_to_another(void)
{
    struct xen_domctl_vcpu_msrs *m = &op.u.vcpu_msrs;

    begin();
    CHECK_EQ(with(domctl_get_vcpu_msrs), 0);
    CHECK_EQ(m->msr_count, 1);
    msrs(0, 1);
    CHECK_EQ(with(domctl_get_vcpu_msrs), 0);
    CHECK_EQ(m->msr_count, 0); /* as it is after reset */
    vcpus[0].tsc_aux = 0x1234;
    CHECK_EQ(with(domctl_get_vcpu_msrs), -XEN_ENOBUFS);
    CHECK_EQ(m->msr_count, 1);
    CHECK_EQ(with(domctl_get_vcpu_msrs), 0);
    CHECK_EQ(msrs(1, 1)->index, TSC_AUX);
    CHECK_EQ(with(domctl_set_vcpu_msrs), 0);
    CHECK_EQ(vcpus[1].tsc_aux, 0x1234);
    end();
}

static void msrs_are_checked(void)
{
    struct xen_domctl_vcpu_msrs *m = &op.u.vcpu_msrs;
    struct xen_domctl_vcpu_msr *list;

    begin();
    list = msrs(0, 2);
    list[0] = (struct xen_domctl_vcpu_msr){.index = TSC_AUX, .value = 5};
    list[1] = (struct xen_domctl_vcpu_msr){.index = 0x48};
    CHECK_EQ(with(domctl_set_vcpu_msrs), -XEN_EINVAL);
    CHECK_EQ(m->msr_count, 1);
    CHECK_EQ(vcpus[0].tsc_aux, 5);
    list[0].reserved = 1;
    CHECK_EQ(with(domctl_set_vcpu_msrs), -XEN_EINVAL);
    CHECK_EQ(m->msr_count, 0);
    msrs(0, 1);
    list[0] = (struct xen_domctl_vcpu_msr){.index = TSC_AUX, .value = 1ULL << 32};
    CHECK_EQ(with(domctl_set_vcpu_msrs), -XEN_EINVAL);
    msrs(0, 17);
    CHECK_EQ(with(domctl_set_vcpu_msrs), -XEN_EINVAL);
    msrs(0, 1);
    list[0].value = 7;
    policy_has_rdtscp = false;
    CHECK_EQ(with(domctl_set_vcpu_msrs), -XEN_EINVAL);
    CHECK_EQ(vcpus[0].tsc_aux, 5);
    msrs(2, 0);
    CHECK_EQ(with(domctl_get_vcpu_msrs), -XEN_ESRCH);
    CHECK_EQ(with(domctl_set_vcpu_msrs), -XEN_ESRCH);
    end();
}

int main(void)
{
    RUN(entry_points_go_from_one_to_another);
    RUN(entry_points_are_checked);
    RUN(register_sets_go_from_one_to_another);
    RUN(register_sets_are_the_policys);
    RUN(reading_register_sets_is_checked);
    RUN(giving_register_sets_is_checked);
    RUN(msrs_go_from_one_to_another);
    RUN(msrs_are_checked);
    return check_done();
}
