/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How interrupts reach a hardware guest: event channels by a vector of their own, and what the
 * local APIC has; and messages between the APICs of one guest. */
#include "hvm/hvm.h"

#include "hvm/platform/platform.h"
#include "lib/bits.h"
#include "machine/cpu.h"
#include "machine/time.h"
#include "machine/traps.h"

#define TSC_AHEAD_MAX (1ULL << 62) /* further ahead is never */

static bool upcall_due(const struct vcpu *v)
{
    return READ_ONCE(v->info->evtchn_upcall_pending);
}

/* A vCPU that has a vector of its own gets its events as an ordinary, edge-triggered interrupt. */
static void upcall_to_apic(struct vcpu *v)
{
    uint8_t vector = READ_ONCE(v->hvm->upcall_vector);

    if (vector && upcall_due(v))
        lapic_request(&v->hvm->lapic, vector);
}

/* One that the guest's own handler of the last one does not hold back. */
static bool nmi_due(const struct vcpu *v)
{
    return !v->hvm->nmi_blocked && bit_test(&v->hvm->requests, HVM_REQUEST_NMI);
}

/* The vector of the domain, which does not go by the APIC; 0: none, or nothing is due. */
static unsigned int callback_due(const struct vcpu *v)
{
    return upcall_due(v) && !v->hvm->upcall_vector ? hvm_callback_vector(v->domain) : 0;
}

bool hvm_interrupt_due(const struct vcpu *v)
{
    if (READ_ONCE(v->hvm->requests) || hvm_platform_callback_due(v))
        return true;
    if (!(guest_regs()->rflags & EFLAGS_IF))
        return false;
    return callback_due(v) || (v->hvm->upcall_vector && upcall_due(v)) ||
           lapic_pending(&v->hvm->lapic) >= 0 || hvm_platform_extint_due(v);
}

/* The APIC's and the 8259's come first: the guest exits when it is done with one of them. */
static int choose_interrupt(struct vcpu *v)
{
    int vector = lapic_pending(&v->hvm->lapic);

    if (vector >= 0) {
        lapic_accept(&v->hvm->lapic, (unsigned int)vector);
        return vector;
    }
    if (hvm_platform_extint_due(v))
        vector = hvm_platform_extint_acknowledge(v);
    return vector >= 0 ? vector : (int)callback_due(v);
}

static void take_interrupt(struct vcpu *v, struct hvm_event *event)
{
    int vector = choose_interrupt(v);

    *event = (struct hvm_event){.type = vector ? HVM_EVENT_INTERRUPT : HVM_EVENT_NONE,
                                .vector = (uint8_t)vector};
}

static bool take_nmi(struct vcpu *v, struct hvm_event *event)
{
    if (!nmi_due(v) || !hvm_backend->can_nmi(v))
        return false;
    atomic_bit_clear(&v->hvm->requests, HVM_REQUEST_NMI);
    v->hvm->nmi_blocked = true;
    hvm_backend->want_iret(v, true);
    *event = (struct hvm_event){.type = HVM_EVENT_NMI, .vector = TRAP_NMI};
    return true;
}

static bool event_waits(const struct vcpu *v)
{
    return nmi_due(v) || callback_due(v) || lapic_pending(&v->hvm->lapic) >= 0 ||
           hvm_platform_extint_due(v);
}

/* With an interrupt delivered there is no way to ask for an exit when the guest can take the next
 * one, and hardly a need: it exits to say that it is done with the APIC's or the 8259's, after
 * which the callback's turn comes; and until it has looked at its events, the callback's vector
 * tells it nothing new. (To an 8259 that ends its interrupts by itself it says nothing. What waits
 * behind one of these waits for the next exit, whatever that is for.) */
void hvm_deliver_pending(struct vcpu *v)
{
    struct hvm_event *event = &v->hvm->event;

    upcall_to_apic(v);
    hvm_platform_callback_update(v);
    if (!event->type && !take_nmi(v, event) && hvm_backend->can_interrupt(v))
        take_interrupt(v, event);
    if (event->type != HVM_EVENT_INTERRUPT)
        hvm_backend->want_window(v, event_waits(v));
    if (event->type)
        hvm_backend->deliver(v, event);
    *event = (struct hvm_event){0};
}

static uint64_t owner_now(void *ctx)
{
    return system_time();
}

/* A time that is over is any that is. */
static uint64_t owner_tsc_to_ns(void *ctx, uint64_t tsc)
{
    const struct vcpu *v = ctx;
    uint64_t now = tsc_read(), theirs = guest_tsc_at(v->domain, now), ahead;

    if (tsc <= theirs)
        return 0;
    ahead = guest_tsc_span(v->domain, tsc - theirs);
    return tsc_to_system_time(now + MIN(ahead, TSC_AHEAD_MAX));
}

static void owner_timer(void *ctx, uint64_t deadline)
{
    struct vcpu *v = ctx;

    if (deadline)
        timer_set(&v->hvm->timer, deadline);
    else
        timer_stop(&v->hvm->timer);
}

static void ask(struct vcpu *v, enum hvm_request request)
{
    atomic_bit_set(&v->hvm->requests, request);
    vcpu_kick(v);
}

void hvm_nmi(struct vcpu *v)
{
    ask(v, HVM_REQUEST_NMI);
}

/* Only a vCPU that has had its INIT, or is about to find it, takes notice. It comes up to start. */
static void start_up(struct vcpu *v, uint8_t vector)
{
    if (!READ_ONCE(v->hvm->waits_for_startup) && !bit_test(&v->hvm->requests, HVM_REQUEST_INIT))
        return;
    WRITE_ONCE(v->hvm->startup_vector, vector);
    atomic_bit_set(&v->hvm->requests, HVM_REQUEST_STARTUP);
    WRITE_ONCE(v->initialised, true);
    vcpu_wake(v, VCPU_DOWN);
}

/* False: it was not taken. */
static bool receive(struct vcpu *v, const struct lapic_message *message)
{
    struct lapic *apic = &v->hvm->lapic;

    switch (message->delivery) {
    case LAPIC_FIXED:
    case LAPIC_LOWEST:
        if (!(message->level ? lapic_request_level : lapic_request)(apic, message->vector))
            return false;
        vcpu_kick(v);
        return true;
    case LAPIC_NMI:
        hvm_nmi(v);
        return true;
    case LAPIC_INIT:
        ask(v, HVM_REQUEST_INIT);
        return true;
    case LAPIC_STARTUP:
        start_up(v, message->vector);
        return true;
    default: /* SMI and EXTINT: there is nobody to handle them */
        return false;
    }
}

static bool is_for(const struct vcpu *sender, const struct vcpu *v,
                   const struct lapic_message *message)
{
    if (message->self)
        return v == sender;
    if (message->others)
        return v != sender;
    return lapic_matches(&v->hvm->lapic, message);
}

/* One of lowest priority goes to the first of those who take it. */
static bool send(struct domain *d, const struct vcpu *sender, const struct lapic_message *message)
{
    struct vcpu *v;
    bool taken = false;

    for_each_vcpu(d, v)
    {
        if (!is_for(sender, v, message))
            continue;
        taken |= receive(v, message);
        if (taken && message->delivery == LAPIC_LOWEST)
            break;
    }
    return taken;
}

bool hvm_message_send(struct domain *d, const struct lapic_message *message)
{
    return send(d, NULL, message);
}

static void owner_send(void *ctx, const struct lapic_message *message)
{
    const struct vcpu *sender = ctx;

    (void)send(sender->domain, sender, message);
}

static void owner_eoi(void *ctx, uint8_t vector)
{
    const struct vcpu *v = ctx;

    hvm_platform_eoi(v->domain, vector);
}

const struct lapic_owner hvm_lapic_owner = {
    .now = owner_now,
    .tsc_to_ns = owner_tsc_to_ns,
    .timer = owner_timer,
    .send = owner_send,
    .eoi = owner_eoi,
};
