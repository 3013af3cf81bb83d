/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domctl: who may, on whom, with which words; and what of it reaches the domain. */
#include "check.h"

#include "fake_rooms.h"
#include "world.h"

#include "domain/rangeset.h"
#include "hypercall/domctl-private.h"
#include "lib/bits.h"

#define BUFFER (GUEST_MEMORY + 0x2000)

static struct vcpu vcpus[2];
static struct vcpu *vcpu_table[2] = {&vcpus[0], &vcpus[1]};

static void *buffer(void)
{
    return guest_memory + (BUFFER - GUEST_MEMORY);
}

static int set_context(struct vcpu *v, const struct vcpu_guest_context *context)
{
    fake_context_paused = fake_pauses > 0;
    return context->ldt_ents ? -XEN_EINVAL : 0;
}

static void get_context(struct vcpu *v, struct vcpu_guest_context *context)
{
    context->user_regs.rip = 0x1234;
}

static struct guest_ops ops;

/* The first domain is the control domain; the second one, number 2, has two vCPUs. */
static void begin(void)
{
    struct domain *d;

    world_begin();
    dom0 = world_domain(0);
    dom0->privileged = true;
    dom0->nr_pirqs = 64;
    for (unsigned int i = 0; i < 2; i++) {
        d = world_domain(i);
        d->pv = (void *)d; /* somewhere: nobody looks */
        d->io_ports = rangeset_create();
        d->io_frames = rangeset_create();
        d->irqs = rangeset_create();
    }
    CHECK_EQ(rangeset_add(dom0->io_ports, 0x100, 0x1ff), 0);
    CHECK_EQ(rangeset_add(dom0->io_frames, 0x1000, 0x1fff), 0);
    CHECK_EQ(rangeset_add(dom0->irqs, 1, 20), 0);
    ops = *d->ops;
    ops.set_context = set_context;
    ops.get_context = get_context;
    d->ops = &ops;
    d->max_vcpus = 2;
    d->vcpu = vcpu_table;
    for (unsigned int i = 0; i < 2; i++)
        vcpus[i] =
            (struct vcpu){.id = i,
                          .domain = d,
                          .pause_flags = BIT(VCPU_DOWN),
                          .sched = {.able = ~0ULL, .hard_affinity = ~0ULL, .soft_affinity = ~0ULL}};
    fake_kill_result = fake_pauses = 0;
    fake_kills = fake_shares = fake_creations = 0;
    cpus_online = 3;
}

static void end(void)
{
    for (unsigned int i = 0; i < 2; i++) {
        struct domain *d = world_domain(i);

        rangeset_destroy(d->io_ports);
        rangeset_destroy(d->io_frames);
        rangeset_destroy(d->irqs);
        CHECK_EQ(d->refs, 2 + WORLD_PAGES); /* its life, its pages, its grant table */
    }
    CHECK_EQ(fake_pauses, 0);
    CHECK_EQ(world_end(), 0);
}

static struct xen_domctl on(uint32_t cmd, domid_t domid)
{
    return (struct xen_domctl){
        .cmd = cmd, .interface_version = XEN_DOMCTL_INTERFACE_VERSION, .domain = domid};
}

static long call(struct xen_domctl *op)
{
    long result;

    memcpy(guest_memory, op, sizeof(*op));
    result = hypercall_domctl(GUEST_MEMORY, 0, 0, 0, 0);
    memcpy(op, guest_memory, sizeof(*op));
    return result;
}

static long call_simple(uint32_t cmd, domid_t domid)
{
    struct xen_domctl op = on(cmd, domid);

    return call(&op);
}

static void asks_who_and_what(void)
{
    struct xen_domctl op = on(XEN_DOMCTL_pausedomain, 2);

    begin();
    op.interface_version--;
    CHECK_EQ(call(&op), -XEN_EACCES);
    CHECK_EQ(hypercall_domctl(8, 0, 0, 0, 0), -XEN_EFAULT);
    CHECK_EQ(call_simple(0, 2), -XEN_ENOSYS);
    CHECK_EQ(call_simple(6, 2), -XEN_ENOSYS);
    CHECK_EQ(call_simple(87, 2), -XEN_ENOSYS);
    CHECK_EQ(call_simple(XEN_DOMCTL_gdbsx_guestmemio, 2), -XEN_ENOSYS);
    CHECK_EQ(call_simple(UINT32_MAX, 2), -XEN_ENOSYS);
    CHECK_EQ(call_simple(XEN_DOMCTL_subscribe, 2), -XEN_EOPNOTSUPP);
    CHECK_EQ(call_simple(XEN_DOMCTL_pausedomain, 99), -XEN_ESRCH);
    CHECK_EQ(call_simple(XEN_DOMCTL_pausedomain, DOMID_IDLE), -XEN_ESRCH);
    world_run_as(1);
    CHECK_EQ(call_simple(XEN_DOMCTL_pausedomain, 3), -XEN_EPERM);
    CHECK_EQ(call_simple(UINT32_MAX, 3), -XEN_EPERM);
    end();
}

/* What is given to a domain that is dying would never be taken away from it. */
static void a_dying_domain_gets_nothing(void)
{
    static const uint32_t gifts[] = {
        XEN_DOMCTL_max_vcpus,      XEN_DOMCTL_setvcpucontext,    XEN_DOMCTL_sethvmcontext,
        XEN_DOMCTL_max_mem,        XEN_DOMCTL_iomem_permission,  XEN_DOMCTL_irq_permission,
        XEN_DOMCTL_hypercall_init, XEN_DOMCTL_ioport_permission, XEN_DOMCTL_resumedomain,
        XEN_DOMCTL_set_vcpu_msrs,  XEN_DOMCTL_setvcpuextstate,   XEN_DOMCTL_set_ext_vcpucontext,
    };

    begin();
    world_domain(1)->life = DOMAIN_DYING;
    for (unsigned int i = 0; i < sizeof(gifts) / sizeof(gifts[0]); i++)
        CHECK_EQ(call_simple(gifts[i], 2), -XEN_ESRCH);
    CHECK_EQ(call_simple(XEN_DOMCTL_getdomaininfo, 2), 0);
    CHECK_EQ(call_simple(XEN_DOMCTL_destroydomain, 2), 0);
    world_domain(1)->life = DOMAIN_ALIVE;
    end();
}

static void the_caller_is_not_its_own_victim(void)
{
    static const uint32_t dangerous[] = {
        XEN_DOMCTL_destroydomain,  XEN_DOMCTL_pausedomain,    XEN_DOMCTL_resumedomain,
        XEN_DOMCTL_max_vcpus,      XEN_DOMCTL_setvcpucontext, XEN_DOMCTL_getvcpucontext,
        XEN_DOMCTL_set_cpu_policy, XEN_DOMCTL_set_vcpu_msrs,  XEN_DOMCTL_getvcpuextstate,
    };

    begin();
    for (unsigned int i = 0; i < sizeof(dangerous) / sizeof(dangerous[0]); i++) {
        CHECK_EQ(call_simple(dangerous[i], 1), -XEN_EINVAL);
        CHECK_EQ(call_simple(dangerous[i], DOMID_SELF), -XEN_EINVAL);
    }
    CHECK_EQ(fake_kills, 0);
    CHECK_EQ(call_simple(XEN_DOMCTL_max_mem, DOMID_SELF), 0);
    end();
}

static void pauses_and_ends(void)
{
    begin();
    CHECK_EQ(call_simple(XEN_DOMCTL_pausedomain, 2), 0);
    CHECK_EQ(world_domain(1)->controller_pause_count, 1);
    CHECK_EQ(call_simple(XEN_DOMCTL_unpausedomain, 2), 0);
    CHECK_EQ(world_domain(1)->controller_pause_count, 0);
    fake_kill_result = -XEN_ERESTART;
    CHECK_EQ(call_simple(XEN_DOMCTL_destroydomain, 2), 1000);
    CHECK_EQ(world_again[0], __HYPERVISOR_domctl);
    CHECK_EQ(world_again[2], GUEST_MEMORY);
    fake_kill_result = 0;
    CHECK_EQ(call_simple(XEN_DOMCTL_destroydomain, 2), 0);
    CHECK_EQ(fake_kills, 2);
    end();
}

static long create(struct xen_domctl_createdomain config)
{
    struct xen_domctl op = on(XEN_DOMCTL_createdomain, DOMID_INVALID);

    op.u.createdomain = config;
    return call(&op);
}

/* Two creations have succeeded before. */
static void devices_come_in_sets(struct xen_domctl_createdomain hvm)
{
    uint32_t machine = XEN_X86_EMU_ALL & ~(uint32_t)XEN_X86_EMU_VPCI;

    hvm.arch.emulation_flags = machine;
    CHECK_EQ(create(hvm), 0);
    hvm.arch.emulation_flags = machine & ~(uint32_t)XEN_X86_EMU_USE_PIRQ;
    CHECK_EQ(create(hvm), 0);
    hvm.arch.emulation_flags = machine & ~(uint32_t)XEN_X86_EMU_PIT;
    CHECK_EQ(create(hvm), -XEN_EINVAL);
    hvm.arch.emulation_flags = XEN_X86_EMU_ALL;
    CHECK_EQ(create(hvm), -XEN_EINVAL);
    hvm.arch.emulation_flags = 0;
    CHECK_EQ(create(hvm), -XEN_EINVAL);
    CHECK_EQ(fake_creations, 4);
}

/* One creation has succeeded before. */
static void hardware_guests_are_made_where_they_can_be(const struct xen_domctl_createdomain *pv)
{
    struct xen_domctl_createdomain hvm = *pv, bad;

    hvm.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
    hvm.arch.emulation_flags = XEN_X86_EMU_LAPIC;
    CHECK_EQ(create(hvm), -XEN_EINVAL);
    guest_ops_hvm = &ops;
    CHECK_EQ(create(hvm), 0);
    bad = hvm, bad.flags = XEN_DOMCTL_CDF_hvm; /* there is no other kind of paging */
    CHECK_EQ(create(bad), -XEN_EINVAL);
    bad = hvm, bad.flags |= XEN_DOMCTL_CDF_nested_virt;
    CHECK_EQ(create(bad), -XEN_EINVAL);
    bad = hvm, bad.arch.misc_flags = 2;
    CHECK_EQ(create(bad), -XEN_EINVAL);
    CHECK_EQ(fake_creations, 2);
    devices_come_in_sets(hvm);
    guest_ops_hvm = NULL;
}

static void refuses_what_it_can_not_make(void)
{
    const struct xen_domctl_createdomain good = {.max_vcpus = 2,
                                                 .grant_opts = XEN_DOMCTL_GRANT_version(1)};
    struct xen_domctl op = on(XEN_DOMCTL_createdomain, DOMID_INVALID);
    struct xen_domctl_createdomain bad;

    begin();
    op.u.createdomain = good;
    CHECK_EQ(call(&op), 0);
    CHECK_EQ(op.domain, 3);
    CHECK_EQ(fake_config.max_vcpus, 2);
    bad = good, bad.flags = XEN_DOMCTL_CDF_hvm;
    CHECK_EQ(create(bad), -XEN_EINVAL);
    bad = good, bad.flags = 1u << 31;
    CHECK_EQ(create(bad), -XEN_EINVAL);
    bad = good, bad.max_vcpus = 0;
    CHECK_EQ(create(bad), -XEN_EINVAL);
    bad = good, bad.grant_opts = 2;
    CHECK_EQ(create(bad), -XEN_EINVAL);
    bad = good, bad.grant_opts = 0x11;
    CHECK_EQ(create(bad), -XEN_EINVAL);
    bad = good, bad.arch.emulation_flags = XEN_X86_EMU_LAPIC;
    CHECK_EQ(create(bad), -XEN_EINVAL);
    bad = good, bad.arch.misc_flags = 2;
    CHECK_EQ(create(bad), -XEN_EINVAL);
    bad = good, bad.vmtrace_size = 4096;
    CHECK_EQ(create(bad), -XEN_EINVAL);
    bad = good, bad.cpupool_id = 1;
    CHECK_EQ(create(bad), -XEN_ESRCH);
    CHECK_EQ(fake_creations, 1);
    hardware_guests_are_made_where_they_can_be(&good);
    end();
}

static void tells_of_the_next_domain(void)
{
    struct xen_domctl op = on(XEN_DOMCTL_getdomaininfo, 0);

    begin();
    world_domain(1)->controller_pause_count = 1;
    CHECK_EQ(call(&op), 0);
    CHECK_EQ(op.domain, 2);
    CHECK_EQ(op.u.getdomaininfo.domain, 2);
    CHECK_EQ(op.u.getdomaininfo.tot_pages, WORLD_PAGES);
    CHECK_EQ(op.u.getdomaininfo.max_vcpu_id, 1);
    CHECK_EQ(op.u.getdomaininfo.nr_online_vcpus, 0);
    CHECK_EQ(op.u.getdomaininfo.cpu_time, 10000);
    CHECK_EQ(op.u.getdomaininfo.flags & 0xffff, XEN_DOMINF_paused);
    vcpus[1].pause_flags = BIT(VCPU_BLOCKED);
    CHECK_EQ(call(&op), 0);
    CHECK_EQ(op.u.getdomaininfo.flags & 0xffff, XEN_DOMINF_paused | XEN_DOMINF_blocked);
    op.domain = 3;
    CHECK_EQ(call(&op), -XEN_ESRCH);
    world_domain(1)->controller_pause_count = 0;
    end();
}

static long permit_ports(uint32_t first, uint32_t count, bool allow)
{
    struct xen_domctl op = on(XEN_DOMCTL_ioport_permission, 2);

    op.u.ioport_permission = (struct xen_domctl_ioport_permission){first, count, allow};
    return call(&op);
}

static long permit_frames(uint64_t first, uint64_t count, bool allow)
{
    struct xen_domctl op = on(XEN_DOMCTL_iomem_permission, 2);

    op.u.iomem_permission = (struct xen_domctl_iomem_permission){
        .first_mfn = first, .nr_mfns = count, .allow_access = allow};
    return call(&op);
}

static void hands_on_what_the_caller_has(void)
{
    struct domain *d;

    begin();
    d = world_domain(1);
    CHECK_EQ(permit_ports(0x100, 0x10, true), 0);
    CHECK(rangeset_contains(d->io_ports, 0x100, 0x10f));
    CHECK_EQ(permit_ports(0xff, 2, true), -XEN_EPERM);
    CHECK_EQ(permit_ports(0x1f0, 0x20, true), -XEN_EPERM);
    CHECK_EQ(permit_ports(0x10000, 1, true), -XEN_EINVAL);
    CHECK_EQ(permit_ports(0xffff, 2, true), -XEN_EINVAL);
    CHECK_EQ(permit_ports(1, UINT32_MAX, true), -XEN_EINVAL);
    CHECK_EQ(permit_ports(5, 0, true), 0);
    CHECK_EQ(permit_ports(0x104, 4, false), 0);
    CHECK(!rangeset_overlaps(d->io_ports, 0x104, 0x107));
    CHECK(rangeset_contains(d->io_ports, 0x108, 0x10f));

    CHECK_EQ(permit_frames(0x1000, 0x1000, true), 0);
    CHECK(rangeset_contains(d->io_frames, 0x1000, 0x1fff));
    CHECK_EQ(permit_frames(0x1000, 0x1001, true), -XEN_EPERM);
    CHECK_EQ(permit_frames(0x1000, 0, true), -XEN_EINVAL);
    CHECK_EQ(permit_frames(0x1000, UINT64_MAX, true), -XEN_EINVAL);
    CHECK_EQ(permit_frames(1ULL << 40, 1, true), -XEN_EINVAL);
    end();
}

static void irqs_too(void)
{
    struct xen_domctl op = on(XEN_DOMCTL_irq_permission, 2);

    begin();
    op.u.irq_permission = (struct xen_domctl_irq_permission){.pirq = 5, .allow_access = 1};
    CHECK_EQ(call(&op), 0);
    CHECK(rangeset_contains(world_domain(1)->irqs, 5, 5));
    op.u.irq_permission.pirq = 30;
    CHECK_EQ(call(&op), -XEN_EPERM);
    op.u.irq_permission.pirq = 64;
    CHECK_EQ(call(&op), -XEN_EINVAL);
    end();
}

static void sets_and_gets_contexts(void)
{
    struct xen_domctl op = on(XEN_DOMCTL_setvcpucontext, 2);
    struct vcpu_guest_context *context = buffer();

    begin();
    op.u.vcpucontext.vcpu = 2;
    op.u.vcpucontext.ctxt.p = (void *)BUFFER;
    CHECK_EQ(call(&op), -XEN_ENOENT);
    op.u.vcpucontext.vcpu = UINT32_MAX;
    CHECK_EQ(call(&op), -XEN_ENOENT);
    op.u.vcpucontext.vcpu = 1;
    op.u.vcpucontext.ctxt.p = (void *)8;
    CHECK_EQ(call(&op), -XEN_EFAULT);
    op.u.vcpucontext.ctxt.p = (void *)BUFFER;
    context->flags = VGCF_online;
    context->ldt_ents = 1;
    CHECK_EQ(call(&op), -XEN_EINVAL);
    CHECK(!vcpus[1].initialised);
    CHECK(bit_test(&vcpus[1].pause_flags, VCPU_DOWN));
    op.cmd = XEN_DOMCTL_getvcpucontext;
    CHECK_EQ(call(&op), -XEN_ENODATA);
    op.cmd = XEN_DOMCTL_setvcpucontext;
    context->ldt_ents = 0;
    CHECK_EQ(call(&op), 0);
    CHECK(vcpus[1].initialised);
    CHECK(fake_context_paused);
    CHECK(!bit_test(&vcpus[1].pause_flags, VCPU_DOWN));
    op.cmd = XEN_DOMCTL_getvcpucontext;
    context->flags = 0;
    CHECK_EQ(call(&op), 0);
    CHECK_EQ(context->flags, VGCF_online);
    CHECK_EQ(context->user_regs.rip, 0x1234);
    op.u.vcpucontext.vcpu = 2;
    CHECK_EQ(call(&op), -XEN_ESRCH);
    end();
}

static void affinity_is_cut_to_what_there_is(void)
{
    struct xen_domctl op = on(XEN_DOMCTL_setvcpuaffinity, 2);
    struct xen_domctl_vcpuaffinity *a = &op.u.vcpuaffinity;
    unsigned char *bytes = buffer();

    begin();
    a->flags = XEN_VCPUAFFINITY_HARD;
    a->cpumap_hard.bitmap.p = (void *)BUFFER;
    a->cpumap_hard.nr_bits = 100;
    memset(bytes, 0xff, 20);
    CHECK_EQ(call(&op), 0);
    CHECK_EQ(bytes[0], 3);
    CHECK_EQ(bytes[12], 0);
    CHECK_EQ(bytes[13], 0xff);
    vcpus[0].sched.able = CPUMASK_OF(1);
    memset(bytes, 0xff, 20);
    CHECK_EQ(call(&op), 0);
    CHECK_EQ(bytes[0], 2); /* one can't run it */
    a->cpumap_hard.nr_bits = 1;
    bytes[0] = 0xfe;
    CHECK_EQ(call(&op), -XEN_EINVAL); /* none of them */
    a->vcpu = 2;
    CHECK_EQ(call(&op), -XEN_ESRCH);
    a->vcpu = 0;
    a->flags = 0;
    CHECK_EQ(call(&op), -XEN_EINVAL);
    a->flags = XEN_VCPUAFFINITY_SOFT;
    a->cpumap_soft.bitmap.p = (void *)8;
    a->cpumap_soft.nr_bits = 8;
    CHECK_EQ(call(&op), -XEN_EFAULT);
    end();
}

static void keeps_weight_and_cap(void)
{
    struct xen_domctl op = on(XEN_DOMCTL_scheduler_op, 2);
    struct xen_domctl_scheduler_op *s = &op.u.scheduler_op;

    begin();
    s->sched_id = XEN_SCHEDULER_CREDIT2;
    s->cmd = XEN_DOMCTL_SCHEDOP_getinfo;
    CHECK_EQ(call(&op), 0);
    CHECK_EQ(s->u.credit2.weight, 256);
    s->cmd = XEN_DOMCTL_SCHEDOP_putinfo;
    s->u.credit2.weight = 512;
    s->u.credit2.cap = 75;
    CHECK_EQ(call(&op), 0);
    CHECK_EQ(vcpus[1].sched.weight, 512);
    CHECK_EQ(vcpus[1].sched.cap, 38); /* half of the domain's, rounded up */
    s->u.credit2.weight = 0;          /* stays */
    CHECK_EQ(call(&op), 0);
    s->cmd = XEN_DOMCTL_SCHEDOP_getinfo;
    CHECK_EQ(call(&op), 0);
    CHECK_EQ(s->u.credit2.weight, 512);
    CHECK_EQ(s->u.credit2.cap, 75);
    s->cmd = XEN_DOMCTL_SCHEDOP_getvcpuinfo;
    s->u.v.nr_vcpus = 3;
    CHECK_EQ(call(&op), -XEN_EINVAL);
    s->cmd = 9;
    CHECK_EQ(call(&op), -XEN_EINVAL);
    s->sched_id = XEN_SCHEDULER_CREDIT;
    CHECK_EQ(call(&op), -XEN_EINVAL);
    end();
}

static void tells_what_frames_are(void)
{
    struct xen_domctl op = on(XEN_DOMCTL_getpageframeinfo3, 2);
    struct page_info *table;
    uint64_t *frames = buffer();

    begin();
    table = frame_get_mfn(world_mfn(1, 1), world_domain(1));
    CHECK(table != NULL && !frame_type_get(table, TYPE_L2));
    frames[0] = world_mfn(1, 0);
    frames[1] = world_mfn(1, 1);
    frames[2] = world_mfn(2, 0);
    frames[3] = ~0ULL;
    op.u.getpageframeinfo3.num = 4;
    op.u.getpageframeinfo3.array.p = (void *)BUFFER;
    CHECK_EQ(call(&op), 0);
    CHECK_EQ(frames[0], XEN_DOMCTL_PFINFO_NOTAB);
    CHECK_EQ(frames[1], XEN_DOMCTL_PFINFO_L2TAB);
    CHECK_EQ(frames[2], XEN_DOMCTL_PFINFO_XTAB);
    CHECK_EQ(frames[3], XEN_DOMCTL_PFINFO_XTAB);
    op.u.getpageframeinfo3.num = 1025;
    CHECK_EQ(call(&op), -XEN_E2BIG);
    frame_put_and_type(table);
    end();
}

static void fills_the_hypercall_page(void)
{
    struct xen_domctl op = on(XEN_DOMCTL_hypercall_init, 2);
    struct page_info *table;
    const unsigned char *page;

    begin();
    op.u.hypercall_init.gmfn = world_mfn(1, 2);
    CHECK_EQ(call(&op), 0);
    page = mfn_to_virt(world_mfn(1, 2));
    CHECK_EQ(memcmp(page + 32 * 17, "\x51\x41\x53\xb8\x11\0\0\0\x0f\x05\x41\x5b\x59\xc3\xcc", 15),
             0);
    CHECK_EQ(memcmp(page + 32 * 23, "\x51\x41\x53\x50\xb8\x17\0\0\0\x0f\x05\xcc", 12), 0);
    op.u.hypercall_init.gmfn = world_mfn(2, 2);
    CHECK_EQ(call(&op), -XEN_EACCES);
    table = frame_get_mfn(world_mfn(1, 1), world_domain(1));
    CHECK(table != NULL && !frame_type_get(table, TYPE_L1));
    op.u.hypercall_init.gmfn = world_mfn(1, 1);
    CHECK_EQ(call(&op), -XEN_EACCES);
    frame_put_and_type(table);
    end();
}

int main(void)
{
    RUN(asks_who_and_what);
    RUN(a_dying_domain_gets_nothing);
    RUN(the_caller_is_not_its_own_victim);
    RUN(pauses_and_ends);
    RUN(refuses_what_it_can_not_make);
    RUN(tells_of_the_next_domain);
    RUN(hands_on_what_the_caller_has);
    RUN(irqs_too);
    RUN(sets_and_gets_contexts);
    RUN(affinity_is_cut_to_what_there_is);
    RUN(keeps_weight_and_cap);
    RUN(tells_what_frames_are);
    RUN(fills_the_hypercall_page);
    return check_done();
}
