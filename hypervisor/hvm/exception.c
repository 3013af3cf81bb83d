/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions of the current guest, and what becomes of the event that one of them comes in the way
 * of (SDM vol. 3, table 6-5; APM vol. 2, 8.2.9). */
#include "hvm/hvm.h"

#include "hvm/platform/platform.h"
#include "machine/traps.h"

enum exception_class { BENIGN, CONTRIBUTORY, PAGE_FAULT };

static enum exception_class class_of(unsigned int vector)
{
    switch (vector) {
    case TRAP_DE:
    case TRAP_TS ... TRAP_GP:
        return CONTRIBUTORY;
    case TRAP_PF:
        return PAGE_FAULT;
    default:
        return BENIGN;
    }
}

/* Otherwise the second one is served, and the first comes again by itself. */
static bool is_double(unsigned int first, unsigned int second)
{
    return class_of(second) != BENIGN &&
           (class_of(first) == PAGE_FAULT ||
            (class_of(first) == CONTRIBUTORY && class_of(second) == CONTRIBUTORY));
}

void hvm_interrupt_retract(struct vcpu *v)
{
    struct hvm_event *event = &v->hvm->event;

    if (event->type != HVM_EVENT_INTERRUPT)
        return;
    if (!lapic_retract(&v->hvm->lapic, event->vector))
        hvm_platform_extint_retract(v, event->vector);
    *event = (struct hvm_event){0};
}

/* Whoever handles a debug exception has the debug registers for himself (SDM vol. 3, 17.2.4). */
static void open_debug_registers(struct vcpu *v)
{
    uint64_t dr7 = hvm_backend->debug_read(v, true);

    if (dr7 & DR7_GD)
        hvm_backend->debug_write(v, true, dr7 & ~DR7_GD);
}

void hvm_exception(struct vcpu *v, unsigned int vector, bool has_error, uint32_t error)
{
    struct hvm_event *event = &v->hvm->event;

    if (vector == TRAP_DB)
        open_debug_registers(v);
    if (event->type == HVM_EVENT_EXCEPTION) {
        if (event->vector == TRAP_DF && class_of(vector) != BENIGN) {
            hvm_triple_fault(v);
            return;
        }
        if (is_double(event->vector, vector)) {
            vector = TRAP_DF;
            has_error = true;
            error = 0;
        }
    } else {
        hvm_interrupt_retract(v);
    }
    *event = (struct hvm_event){HVM_EVENT_EXCEPTION, (uint8_t)vector, has_error, error};
}
