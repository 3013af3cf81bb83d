/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others ask of a vCPU, and what it does about that; but for NMIs, which are interrupts. */
#include "hvm/hvm.h"

#include "lib/bits.h"
#include "lib/string.h"
#include "machine/cpu.h"

#define OTHER_REQUESTS (~BIT(HVM_REQUEST_NMI))

static void handle_init(struct vcpu *v)
{
    v->hvm->waits_for_startup = true;
    v->hvm->event = (struct hvm_event){0};
    hvm_io_forget(v);
    lapic_init(&v->hvm->lapic);
    vcpu_sleep(v, VCPU_DOWN);
}

static void handle_startup(struct vcpu *v)
{
    struct cpu_user_regs *regs = v == current_vcpu() ? guest_regs() : &v->regs;
    struct hvm_registers r;

    if (!v->hvm->waits_for_startup)
        return;
    v->hvm->waits_for_startup = false;
    vcpu_wake(v, VCPU_DOWN); /* an INIT may just have been seen to */
    hvm_registers_startup(&r, v->hvm->startup_vector);
    (void)hvm_backend->registers_set(v, &r);
    memset(regs, 0, sizeof(*regs));
    regs->rflags = EFLAGS_FIXED;
}

bool hvm_requests_due(const struct vcpu *v)
{
    return READ_ONCE(v->hvm->requests) & OTHER_REQUESTS;
}

void hvm_requests_handle(struct vcpu *v)
{
    uint64_t *requests = &v->hvm->requests;

    if (atomic_bit_test_and_clear(requests, HVM_REQUEST_TIMER))
        lapic_timer_fired(&v->hvm->lapic);
    if (atomic_bit_test_and_clear(requests, HVM_REQUEST_INIT))
        handle_init(v);
    if (atomic_bit_test_and_clear(requests, HVM_REQUEST_STARTUP))
        handle_startup(v);
}
