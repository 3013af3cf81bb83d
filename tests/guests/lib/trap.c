/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traps of PV guests: a virtual interrupt table with a stub for each vector. */
#include "micro.h"

#include <xen/callback.h>

#include "trap.h"

#define STUB_SIZE 32

uint64_t failsafe_selectors[4];

extern const char trap_stubs[], syscall_callback[], event_callback[], failsafe_callback[];

static void callback_set(uint16_t type, const char *address)
{
    struct callback_register reg = {.type = type,
                                    .flags = type == CALLBACKTYPE_event ? CALLBACKF_mask_events : 0,
                                    .address = (uint64_t)address};

    (void)call2(__HYPERVISOR_callback_op, CALLBACKOP_register, &reg);
}

void traps_init(void)
{
    static struct trap_info table[257];

    for (unsigned int vector = 0; vector < 256; vector++)
        table[vector] = (struct trap_info){
            /* Breakpoints and the vectors that user code may call by INT. */
            .vector = (uint8_t)vector,
            .flags = vector == TRAP_BP || vector == TRAP_OF || vector >= 0x80 ? 3 : 0,
            .cs = USER_CS,
            .address = (uint64_t)trap_stubs + vector * STUB_SIZE};
    (void)call1(__HYPERVISOR_set_trap_table, table);
    callback_set(CALLBACKTYPE_event, event_callback);
    callback_set(CALLBACKTYPE_failsafe, failsafe_callback);
    callback_set(CALLBACKTYPE_syscall, syscall_callback);
}

uint64_t fault_address(void)
{
    return shared_info->vcpu_info[0].arch.cr2;
}

bool trap_is_event(const struct trap_frame *frame)
{
    if (frame->vector != TRAP_EVENT)
        return false;
    shared_info->vcpu_info[0].evtchn_upcall_pending = 0;
    __atomic_store_n(&shared_info->vcpu_info[0].evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    return true;
}
