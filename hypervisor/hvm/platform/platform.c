/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The platform's life, its timers, and what its devices ask of it; see platform.h. */
#include "hvm/platform/platform.h"

#include "hvm/hvm.h"
#include "lib/bits.h"
#include "machine/time.h"
#include "memory/allocator.h"

static uint64_t owner_now(void *ctx)
{
    return system_time();
}

static uint64_t owner_wallclock(void *ctx)
{
    const struct hvm_platform *p = ctx;

    return domain_wallclock(p->domain);
}

static void timer_ask(struct hvm_platform *p, unsigned int nr, uint64_t deadline)
{
    p->deadline[nr] = deadline;
    if (deadline)
        timer_set(&p->timer[nr], deadline);
    else
        timer_stop(&p->timer[nr]);
}

/* A timer may fire just as it is being moved: what was asked for last counts. */
static bool timer_take(struct hvm_platform *p, unsigned int nr)
{
    if (!p->deadline[nr] || p->deadline[nr] > system_time())
        return false;
    p->deadline[nr] = 0;
    return true;
}

static void pit_timer(void *ctx, uint64_t deadline)
{
    timer_ask(ctx, PLATFORM_TIMER_PIT, deadline);
}

static void rtc_timer(void *ctx, uint64_t deadline)
{
    timer_ask(ctx, PLATFORM_TIMER_RTC, deadline);
}

static void pm_timer(void *ctx, uint64_t deadline)
{
    timer_ask(ctx, PLATFORM_TIMER_PM, deadline);
}

static void hpet_timer(void *ctx, unsigned int nr, uint64_t deadline)
{
    timer_ask(ctx, PLATFORM_TIMER_HPET + nr, deadline);
}

static void pit_line(void *ctx, bool level)
{
    struct hvm_platform *p = ctx;

    irq_router_own(&p->router, IRQ_PIT, level);
}

static void rtc_line(void *ctx, bool level)
{
    struct hvm_platform *p = ctx;

    irq_router_own(&p->router, IRQ_RTC, level);
}

static void pm_line(void *ctx, bool level)
{
    struct hvm_platform *p = ctx;

    irq_router_own(&p->router, IRQ_SCI, level);
}

static void hpet_line(void *ctx, unsigned int pin, bool level)
{
    struct hvm_platform *p = ctx;

    irq_router_hpet(&p->router, pin, level);
}

static void hpet_legacy(void *ctx, bool taken)
{
    struct hvm_platform *p = ctx;

    irq_router_legacy(&p->router, taken);
}

/* The end of a wire; interrupt 2 is none, since the second 8259 is behind it. Pin 0 of the IO-APIC
 * is the 8259's output, which is asked for elsewhere (hvm_platform_extint_due). */
static void router_changed(void *ctx, unsigned int end, bool level)
{
    struct hvm_platform *p = ctx;

    if (p->loading || end == PIC_CASCADE)
        return;
    if (end < IRQ_ROUTER_ISA)
        pic_line(&p->pic, end, level);
    vioapic_line(&p->ioapic, end == IRQ_PIT ? PLATFORM_PIT_PIN : end, level);
}

/* The 8259 has something to say, which only the first vCPU listens to. */
static void pic_changed(void *ctx, bool output)
{
    struct hvm_platform *p = ctx;
    struct vcpu *v = p->domain->vcpu[0];

    if (output && v)
        vcpu_kick(v);
}

static bool ioapic_deliver(void *ctx, const struct lapic_message *message)
{
    struct hvm_platform *p = ctx;

    return hvm_message_send(p->domain, message);
}

static const struct pit_owner pit_owner = {owner_now, pit_timer, pit_line};
static const struct rtc_owner rtc_owner = {owner_wallclock, owner_now, rtc_timer, rtc_line};
static const struct acpi_pm_owner pm_owner = {owner_now, pm_timer, pm_line};
static const struct hpet_owner hpet_owner = {owner_now, hpet_timer, hpet_line, hpet_legacy};
static const struct vioapic_owner ioapic_owner = {ioapic_deliver};

static void pit_fired(void *data)
{
    struct hvm_platform *p = data;

    spin_lock(&p->lock);
    if (timer_take(p, PLATFORM_TIMER_PIT))
        pit_timer_fired(&p->pit);
    spin_unlock(&p->lock);
}

static void rtc_fired(void *data)
{
    struct hvm_platform *p = data;

    spin_lock(&p->lock);
    if (timer_take(p, PLATFORM_TIMER_RTC))
        rtc_timer_fired(&p->rtc);
    spin_unlock(&p->lock);
}

static void pm_fired(void *data)
{
    struct hvm_platform *p = data;

    spin_lock(&p->lock);
    if (timer_take(p, PLATFORM_TIMER_PM))
        acpi_pm_timer_fired(&p->pm);
    spin_unlock(&p->lock);
}

/* Of any comparator: those that are due, in turn. */
static void hpet_fired(void *data)
{
    struct hvm_platform *p = data;

    spin_lock(&p->lock);
    for (unsigned int nr = 0; nr < HPET_TIMERS; nr++)
        if (timer_take(p, PLATFORM_TIMER_HPET + nr))
            hpet_timer_fired(&p->hpet, nr);
    spin_unlock(&p->lock);
}

static void connect(struct hvm_platform *p)
{
    p->router.changed = router_changed;
    p->pic.changed = pic_changed;
    p->ioapic.owner = &ioapic_owner;
    p->pit.owner = &pit_owner;
    p->rtc.owner = &rtc_owner;
    p->hpet.owner = &hpet_owner;
    p->pm.owner = &pm_owner;
    p->router.ctx = p->pic.ctx = p->ioapic.ctx = p->pit.ctx = p->rtc.ctx = p->hpet.ctx = p->pm.ctx =
        p;
}

static void timers_init(struct hvm_platform *p)
{
    static void (*const fired[PLATFORM_TIMERS])(void *) = {
        [PLATFORM_TIMER_PIT] = pit_fired,
        [PLATFORM_TIMER_RTC] = rtc_fired,
        [PLATFORM_TIMER_PM] = pm_fired,
        [PLATFORM_TIMER_HPET... PLATFORM_TIMERS - 1] = hpet_fired,
    };

    /* Different domains' on different CPUs. */
    for (unsigned int i = 0; i < PLATFORM_TIMERS; i++)
        timer_init(&p->timer[i], fired[i], p, p->domain->domid % cpu_count);
}

static void reset(struct hvm_platform *p)
{
    irq_router_reset(&p->router);
    pic_reset(&p->pic);
    vioapic_reset(&p->ioapic);
    pit_reset(&p->pit);
    rtc_reset(&p->rtc);
    hpet_reset(&p->hpet);
    acpi_pm_reset(&p->pm);
}

int hvm_platform_create(struct domain *d)
{
    struct hvm_platform *p = hv_alloc(sizeof(*p));

    if (!p)
        return -XEN_ENOMEM;
    spin_init(&p->lock);
    p->domain = d;
    connect(p);
    timers_init(p);
    reset(p);
    d->hvm->platform = p;
    return 0;
}

void hvm_platform_stop(struct domain *d)
{
    struct hvm_platform *p = d->hvm->platform;

    for (unsigned int i = 0; p && i < PLATFORM_TIMERS; i++)
        timer_kill(&p->timer[i]);
}

void hvm_platform_free(struct domain *d)
{
    if (d->hvm->platform)
        hv_free(d->hvm->platform, sizeof(*d->hvm->platform));
    d->hvm->platform = NULL;
}
