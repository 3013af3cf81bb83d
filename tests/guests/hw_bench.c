/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What exits cost: each small operation many times, the median in ticks of the TSC, as a line
 * "NAME<tab>TICKS". ./vitrine bench hvm runs it on machines whose clock counts instructions; it runs on
 * Vitrine, on its peer, and on KVM (tests/bench/kvm_run.c), with a device model everywhere. */
#include "hw.h"

#include <xen/event_channel.h>
#include <xen/sched.h>

#define ROUNDS       101
#define VECTOR       0x40
#define AP_APIC_ID   2
#define IO_APIC      0xfec00000UL
#define PORT_TIMER   0x61  /* the hypervisor's */
#define PORT_VGA     0x3cc /* the device model's */
#define VGA_MEMORY   0xa0000UL
#define TIMER_SPINS  20000000UL
#define SPINS_TRIED  5
#define X2APIC_BIT   (1U << 21)
#define MSR_BASE     0x1b
#define MSR_X2_ICR   0x830
#define MSR_X2_EOI   0x80b
#define ICR_NOBODY   0x7f000000UL

static uint64_t samples[ROUNDS];

static uint64_t ticks(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

static uint64_t median(void)
{
    for (unsigned int i = 1; i < ROUNDS; i++)
        for (unsigned int k = i; k && samples[k] < samples[k - 1]; k--) {
            uint64_t swapped = samples[k];

            samples[k] = samples[k - 1];
            samples[k - 1] = swapped;
        }
    return samples[ROUNDS / 2];
}

static void measure(const char *name, void (*operation)(void))
{
    for (unsigned int i = 0; i < ROUNDS; i++) {
        uint64_t began = ticks();

        operation();
        samples[i] = ticks() - began;
    }
    print("%s\t%lu\n", name, median());
}

static void do_nothing(void)
{
}

static void do_cpuid(void)
{
    (void)hw_cpuid(0, 0);
}

/* By the instruction itself; KVM, to which the number means nothing, answers at once as well. */
static void do_call(void)
{
    uint64_t rax = __HYPERVISOR_xen_version;

    __asm__ volatile("vmmcall" : "+a"(rax) : "D"(0), "b"(0) : "memory", "rcx", "r11");
}

static void read_port(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "d"(port));
}

static void do_port(void)
{
    read_port(PORT_TIMER);
}

static void do_model_port(void)
{
    read_port(PORT_VGA);
}

static void do_eoi(void)
{
    apic_write(APIC_EOI, 0);
}

static void do_icr(void)
{
    apic_write(APIC_ICR, VECTOR);
}

static void write_msr(uint32_t index, uint64_t value)
{
    __asm__ volatile("wrmsr" ::"c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static void do_x2_eoi(void)
{
    write_msr(MSR_X2_EOI, 0);
}

static void do_x2_icr(void)
{
    write_msr(MSR_X2_ICR, ICR_NOBODY << 32 | VECTOR);
}

static void do_io_apic(void)
{
    (void)*(volatile uint32_t *)IO_APIC;
}

static void do_vga(void)
{
    (void)*(volatile uint8_t *)VGA_MEMORY;
}

static void do_self_interrupt(void)
{
    unsigned int before = hw_interrupts[VECTOR];

    apic_write(APIC_ICR, 0x40000 | VECTOR);
    __asm__ volatile("sti; nop; cli");
    while (hw_interrupts[VECTOR] == before)
        __asm__ volatile("sti; pause; cli");
}

/* The other vCPU: sleeps, and answers each interrupt by one. */
static void answer(void)
{
    unsigned int seen = hw_interrupts[VECTOR + 2] = 0;

    for (;;) {
        while (hw_interrupts[VECTOR + 2] == seen)
            __asm__ volatile("sti; hlt; cli");
        seen = hw_interrupts[VECTOR + 2];
        apic_write(APIC_ICR2, 0);
        apic_write(APIC_ICR, VECTOR + 1);
    }
}

static void do_ping(void)
{
    unsigned int before = hw_interrupts[VECTOR + 1];

    apic_write(APIC_ICR2, AP_APIC_ID << 24);
    apic_write(APIC_ICR, VECTOR + 2);
    while (hw_interrupts[VECTOR + 1] == before)
        __asm__ volatile("sti; hlt; cli");
}

static uint64_t spin(void)
{
    uint64_t began = ticks(), left = TIMER_SPINS;

    __asm__ volatile("sti; 1: decq %0; jnz 1b; cli" : "+r"(left));
    return ticks() - began;
}

/* The shortest of several: dom0 runs in between, now more, now less. COUNT: how many of the
 * timer's interrupts came meanwhile. */
static uint64_t shortest_spin(unsigned int *count)
{
    uint64_t best = UINT64_MAX;

    for (unsigned int i = 0; i < SPINS_TRIED; i++) {
        unsigned int before = hw_interrupts[VECTOR + 3];
        uint64_t took = spin();

        if (took >= best)
            continue;
        best = took;
        *count = hw_interrupts[VECTOR + 3] - before;
    }
    return best;
}

/* What a timer's interrupt takes from a loop, from the host's interrupt to the guest's EOI. */
static void measure_timer(void)
{
    unsigned int count;
    uint64_t without = shortest_spin(&count), with;

    hw_interrupts[VECTOR + 3] = 0;
    apic_write(APIC_DIVIDE, 0xb);
    apic_write(APIC_TIMER, 0x20000 | (VECTOR + 3));
    apic_write(APIC_INITIAL, hw_on_xen ? 30000 : 300000); /* 300 us: the clock is ten times as fast there */
    with = shortest_spin(&count);
    apic_write(APIC_INITIAL, 0);
    if (count && with > without)
        print("timer interrupt\t%lu\n", (with - without) / count);
}

/* Answers dom0's events until it says no more; dom0 measures (tests/bench/ping.c). */
static void answer_events(void)
{
    struct evtchn_alloc_unbound port = {.dom = DOMID_SELF, .remote_dom = 0};
    struct evtchn_send send;
    struct sched_poll poll = {.nr_ports = 1};
    uint64_t *pending = shared_info->evtchn_pending, bit, before;

    if (call2(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &port))
        return;
    poll.ports.p = &port.port;
    send.port = port.port;
    bit = 1UL << port.port % 64;
    print("events at port %u\n", port.port);
    for (;;) {
        (void)call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &poll);
        before = __atomic_fetch_and(&pending[port.port / 64], ~bit, __ATOMIC_SEQ_CST);
        if (before & bit)
            (void)call2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
    }
}

static void measure_x2apic(void)
{
    uint64_t base;

    if (!(hw_cpuid(1, 0).c & X2APIC_BIT) || try_rdmsr(MSR_BASE, &base) != NO_TRAP)
        return;
    write_msr(MSR_BASE, base | 1U << 10);
    measure("x2APIC EOI", do_x2_eoi);
    measure("x2APIC ICR", do_x2_icr);
}

void micro_main(void)
{
    hw_takes_interrupts = true;
    apic_write(APIC_SVR, 0x1ff);
    apic_write(APIC_TPR, 0);
    measure("nothing", do_nothing);
    measure("CPUID", do_cpuid);
    measure("hypercall", do_call);
    measure("port of the hypervisor", do_port);
    measure("port of the device model", do_model_port);
    measure("nested page fault: IO-APIC", do_io_apic);
    measure("nested page fault: device model", do_vga);
    measure("APIC EOI", do_eoi);
    apic_write(APIC_ICR2, ICR_NOBODY);
    measure("APIC ICR, to nobody", do_icr);
    measure("interrupt to itself", do_self_interrupt);
    measure_timer();
    hw_ap_start(AP_APIC_ID, answer);
    measure("interrupt to a sleeping vCPU and back", do_ping);
    measure_x2apic();
    check(true, "all is measured");
    if (hw_on_xen)
        answer_events();
}
