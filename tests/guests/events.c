/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event channels, timers and the calls of a vCPU about itself: a port is one thing until it is
 * closed, nobody gets at another domain's, and odd times, addresses and numbers are refused or
 * harmless. (xen/event_channel.h, xen/vcpu.h, xen/sched.h) */
#include "micro.h"

#include <xen/event_channel.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define MS 1000000UL

static long op(unsigned int cmd, void *arg)
{
    return call2(__HYPERVISOR_event_channel_op, cmd, arg);
}

static long send(evtchn_port_t port)
{
    struct evtchn_send send = {port};

    return op(EVTCHNOP_send, &send);
}

static long close(evtchn_port_t port)
{
    struct evtchn_close close = {port};

    return op(EVTCHNOP_close, &close);
}

static long unbound(domid_t dom, domid_t remote, evtchn_port_t *port)
{
    struct evtchn_alloc_unbound alloc = {.dom = dom, .remote_dom = remote};
    long error = op(EVTCHNOP_alloc_unbound, &alloc);

    *port = alloc.port;
    return error;
}

static long bind(domid_t remote, evtchn_port_t remote_port, evtchn_port_t *port)
{
    struct evtchn_bind_interdomain bind = {.remote_dom = remote, .remote_port = remote_port};
    long error = op(EVTCHNOP_bind_interdomain, &bind);

    *port = bind.local_port;
    return error;
}

static long bind_virq(uint32_t virq, uint32_t vcpu, evtchn_port_t *port)
{
    struct evtchn_bind_virq bind = {.virq = virq, .vcpu = vcpu};
    long error = op(EVTCHNOP_bind_virq, &bind);

    *port = bind.port;
    return error;
}

static bool pending(evtchn_port_t port)
{
    return shared_info->evtchn_pending[port / 64] >> (port % 64) & 1;
}

static void take(evtchn_port_t port)
{
    __atomic_and_fetch(&shared_info->evtchn_pending[port / 64], ~(1UL << (port % 64)),
                       __ATOMIC_SEQ_CST);
}

static void check_bad_ports(void)
{
    static const evtchn_port_t bad[] = {0, 1000, 1023, 1024, 4095, 4096, 0x7fffffff, ~0U};

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        struct evtchn_status status = {.dom = DOMID_SELF, .port = bad[i]};
        struct evtchn_bind_vcpu vcpu = {.port = bad[i]};
        struct evtchn_unmask unmask = {.port = bad[i]};
        evtchn_port_t port;

        check(send(bad[i]) < 0, "port %x can't be sent to", bad[i]);
        check(close(bad[i]) < 0, "port %x can't be closed", bad[i]);
        check(op(EVTCHNOP_bind_vcpu, &vcpu) < 0, "port %x can't be bound to a vCPU", bad[i]);
        check(bind(DOMID_SELF, bad[i], &port) < 0, "port %x can't be bound to", bad[i]);
        check(bind(0, bad[i], &port) < 0, "nor that of dom0");
        if (op(EVTCHNOP_status, &status) >= 0)
            check(status.status == EVTCHNSTAT_closed, "port %x is closed", bad[i]);
        if (bad[i] >= 4096)
            check(op(EVTCHNOP_unmask, &unmask) < 0, "port %x can't be unmasked", bad[i]);
    }
}

static void check_loop(void)
{
    evtchn_port_t one, two, three;

    expect(unbound(DOMID_SELF, DOMID_SELF, &one), 0, "a port is made");
    expect(send(one), 0, "an event to nobody is dropped");
    expect(bind(DOMID_SELF, one, &two), 0, "and bound to another");
    check(pending(two), "the new end is pending");
    take(two);
    check(bind(DOMID_SELF, one, &three) < 0, "it can't be bound twice");
    expect(send(one), 0, "an event is sent");
    check(pending(two), "and is pending at the other end");
    take(two);
    expect(close(two), 0, "one end is closed");
    check(close(two) < 0, "and not twice");
    expect(send(one), 0, "the other end sends to nobody");
    expect(bind(DOMID_SELF, one, &two), 0, "and can be bound again");
    expect(close(one), 0, "both are closed");
    expect(close(two), 0, "in this order");
}

static void check_others(void)
{
    struct evtchn_reset reset = {.dom = 0};
    struct evtchn_status status = {.dom = 0, .port = 1};
    evtchn_port_t port;

    check(unbound(0, DOMID_SELF, &port) < 0, "a port can't be made in dom0");
    check(unbound(4000, DOMID_SELF, &port) < 0, "nor in nobody");
    check(op(EVTCHNOP_reset, &reset) < 0, "dom0's ports can't be reset");
    check(op(EVTCHNOP_status, &status) < 0, "nor looked at");
    check(bind(4000, 1, &port) < 0, "nobody's port can't be bound to");
    for (port = 1; port < 100; port++) {
        evtchn_port_t mine;

        if (bind(0, port, &mine) >= 0)
            check(false, "port %u of dom0 is not for us", port);
    }
    check(true, "dom0's ports can't be bound to");
    expect(unbound(DOMID_SELF, 0, &port), 0, "a port for dom0");
    {
        evtchn_port_t mine;

        check(bind(DOMID_SELF, port, &mine) < 0, "is not for us");
    }
    expect(close(port), 0, "and closed");
}

static void check_virqs(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 77};
    struct evtchn_bind_pirq pirq = {.pirq = 5};
    struct evtchn_bind_vcpu vcpu;
    evtchn_port_t port, again;

    expect(bind_virq(VIRQ_TIMER, 0, &port), 0, "the timer is bound");
    expect(bind_virq(VIRQ_TIMER, 0, &again), -XEN_EEXIST, "and not twice");
    check(send(port) < 0, "nobody sends a timer");
    vcpu = (struct evtchn_bind_vcpu){.port = port, .vcpu = 0};
    check(op(EVTCHNOP_bind_vcpu, &vcpu) < 0, "nor moves it");
    check(bind_virq(VIRQ_TIMER, 1, &again) < 0, "there is no vCPU 1");
    check(bind_virq(VIRQ_TIMER, ~0U, &again) < 0, "nor one of the highest number");
    check(bind_virq(24, 0, &again) < 0, "there is no VIRQ 24");
    check(bind_virq(~0U, 0, &again) < 0, "nor one of the highest number");
    check(op(EVTCHNOP_bind_ipi, &ipi) < 0, "no IPI to a vCPU that is not");
    check(op(EVTCHNOP_bind_pirq, &pirq) < 0, "no interrupt of the machine");
    pirq.pirq = ~0U;
    check(op(EVTCHNOP_bind_pirq, &pirq) < 0, "nor one of the highest number");
    ipi.vcpu = 0;
    expect(op(EVTCHNOP_bind_ipi, &ipi), 0, "an IPI to the own vCPU");
    expect(send(ipi.port), 0, "is sent");
    check(pending(ipi.port), "and comes");
    take(ipi.port);
    expect(close(ipi.port), 0, "and is closed");

    /* The timer's extremes. */
    static const uint64_t times[] = {0, 1, ~0UL, 1UL << 63, (1UL << 63) - 1};

    for (unsigned int i = 0; i < ARRAY_SIZE(times); i++)
        check(call1(__HYPERVISOR_set_timer_op, times[i]) <= 0, "set_timer_op %lx", times[i]);
    expect(call1(__HYPERVISOR_set_timer_op, 0), 0, "the timer is stopped");
    take(port);
    for (unsigned int i = 1; i < ARRAY_SIZE(times); i++) {
        struct vcpu_set_singleshot_timer timer = {.timeout_abs_ns = times[i]};

        check(call3(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, &timer) <= 0,
              "set_singleshot_timer %lx", times[i]);
    }
    expect(call2(__HYPERVISOR_vcpu_op, VCPUOP_stop_singleshot_timer, 0), 0, "it is stopped");
    take(port);
    {
        struct vcpu_set_singleshot_timer timer = {.timeout_abs_ns = time_ns() + 2 * MS};
        struct sched_poll poll = {.nr_ports = 1, .timeout = time_ns() + 2000 * MS};

        expect(call3(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, &timer), 0,
               "a timer in 2 ms");
        poll.ports.p = &port;
        expect(call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &poll), 0, "is waited for");
        check(pending(port), "and comes");
        take(port);
    }
    {
        struct vcpu_set_periodic_timer timer = {.period_ns = 0};

        check(call3(__HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, 0, &timer) < 0,
              "a period of 0");
        timer.period_ns = 1;
        check(call3(__HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, 0, &timer) < 0,
              "a period of 1 ns");
        timer.period_ns = ~0UL;
        check(call3(__HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, 0, &timer) < 0,
              "an endless period");
        timer.period_ns = MS;
        expect(call3(__HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, 0, &timer), 0,
               "a period of 1 ms");
        nap(20 * MS);
        check(pending(port), "ticks");
        expect(call2(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0), 0, "and is stopped");
    }
    expect(close(port), 0, "the timer is closed");
}

static void check_all_ports(void)
{
    evtchn_port_t port;
    unsigned int count = 0;
    long error;

    while ((error = unbound(DOMID_SELF, DOMID_SELF, &port)) == 0 && count < 5000)
        count++;
    check(count > 500 && count < 1100, "a guest has %u ports", count);
    expect(error, -XEN_ENOSPC, "and no more");
    for (port = 1; port < 1024; port++)
        if (port != start_info->console.domU.evtchn && port != start_info->store_evtchn)
            (void)close(port);
    expect(unbound(DOMID_SELF, DOMID_SELF, &port), 0, "a closed one can be had again");
    (void)close(port);
}

static void check_poll(void)
{
    evtchn_port_t ports[4] = {0, 4096, ~0U, 1};
    struct sched_poll poll = {.nr_ports = 1, .timeout = 1};

    for (unsigned int i = 0; i < 3; i++) {
        poll.ports.p = &ports[i];
        check(call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &poll) < 0, "poll of port %x", ports[i]);
    }
    poll.nr_ports = 129;
    check(call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &poll) < 0, "poll of 129 ports");
    poll.nr_ports = ~0U;
    check(call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &poll) < 0, "poll of very many ports");
    poll = (struct sched_poll){.timeout = 1};
    expect(call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &poll), 0, "poll until long ago");
    {
        struct sched_watchdog watchdog = {.id = 99, .timeout = 5};

        check(call2(__HYPERVISOR_sched_op, SCHEDOP_watchdog, &watchdog) < 0, "an unknown watchdog");
        watchdog = (struct sched_watchdog){.id = 0, .timeout = 100};
        check(call2(__HYPERVISOR_sched_op, SCHEDOP_watchdog, &watchdog) > 0, "a watchdog is set");
        watchdog = (struct sched_watchdog){.id = 1, .timeout = 0};
        check(call2(__HYPERVISOR_sched_op, SCHEDOP_watchdog, &watchdog) == 0, "and taken away");
    }
}

static long vcpu_op(unsigned int cmd, unsigned int id, const void *arg)
{
    return call3(__HYPERVISOR_vcpu_op, cmd, id, arg);
}

static void check_vcpus(void)
{
    static const unsigned int ids[] = {1, 31, 32, 127, 128, 8192, 0x7fffffff, ~0U};
    static struct vcpu_guest_context context;

    for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++)
        for (unsigned int cmd = 0; cmd < 16; cmd++)
            if (vcpu_op(cmd, ids[i], &context) >= 0)
                check(false, "vcpu_op %u on vCPU %x", cmd, ids[i]);
    check(true, "vCPUs that are not can't be called on");
    expect(vcpu_op(VCPUOP_is_up, 0, NULL), 1, "vCPU 0 is up");
    check(vcpu_op(VCPUOP_initialise, 0, &context) < 0, "and can't be made again");
    expect(vcpu_op(VCPUOP_up, 0, NULL), 0, "but be brought up");
}

static void check_areas(void)
{
    struct vcpu_register_runstate_memory_area runstate = {0};
    struct vcpu_register_time_memory_area time = {0};
    static const uint64_t bad[] = {0x1000, HV_START, 0xffff830000000000, NON_CANONICAL, ~7UL};
    static struct vcpu_runstate_info state;

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        runstate.addr.p = bad[i];
        (void)vcpu_op(VCPUOP_register_runstate_memory_area, 0, &runstate);
        nap(MS);
        time.addr.p = bad[i];
        (void)vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &time);
        nap(MS);
    }
    check(true, "areas where nothing can be are survived");
    runstate.addr.v = &state;
    expect(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &runstate), 0, "a good area");
    nap(MS);
    expect(state.state, RUNSTATE_running, "tells that the vCPU runs");
    check(state.time[RUNSTATE_blocked] > 0, "and was blocked");
    runstate.addr.p = 0;
    (void)vcpu_op(VCPUOP_register_runstate_memory_area, 0, &runstate);
    time.addr.p = 0;
    (void)vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &time);
}

/* The last check, since the library looks for the information where it was. */
static void check_vcpu_info(void)
{
    char *page = page_alloc();
    uint64_t *table = page_alloc();
    struct vcpu_register_vcpu_info reg = {.mfn = mfn_of(page), .offset = PAGE_SIZE - 32};

    check(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg) < 0, "information that crosses a page");
    reg.offset = ~0U;
    check(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg) < 0, "at a far offset");
    reg = (struct vcpu_register_vcpu_info){.mfn = 0x200};
    check(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg) < 0, "in the hypervisor");
    reg.mfn = 0x1000;
    check(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg) < 0, "in another's frame");
    reg.mfn = ~0UL;
    check(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg) < 0, "in no frame");
    (void)map_readonly(table);
    (void)mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table));
    reg.mfn = mfn_of(table);
    check(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg) < 0, "in a page table");
    (void)mmuext(MMUEXT_UNPIN_TABLE, mfn_of(table));
    reg.mfn = root_mfn();
    check(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg) < 0, "in the root");
    /* It is put where it is already, so that nothing changes for us. */
    reg.mfn = start_info->shared_info >> PAGE_SHIFT;
    expect(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg), 0, "in a page of its own");
    check(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg) < 0, "and not twice");
    reg.mfn = mfn_of(page);
    check(vcpu_op(VCPUOP_register_vcpu_info, 0, &reg) < 0, "nor elsewhere");
}

void micro_main(void)
{
    check_bad_ports();
    check_loop();
    check_others();
    check_virqs();
    check_all_ports();
    check_poll();
    check_vcpus();
    check_areas();
    check_vcpu_info();
}
