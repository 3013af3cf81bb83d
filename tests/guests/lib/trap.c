/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traps: a virtual interrupt table with a stub for each vector, and tries that end with one. */
#include "micro.h"

#include <xen/callback.h>
#include <xen/sched.h>

#include "trap.h"

#define STUB_SIZE 32

struct trap_frame trapped;
uint64_t trapped_address;
uint64_t failsafe_selectors[4];
bool (*trap_hook)(struct trap_frame *frame);
page_aligned uint8_t instruction_bytes[PAGE_SIZE];

extern const char trap_stubs[], syscall_callback[], event_callback[], failsafe_callback[];
extern uint64_t try_stack;
_Noreturn void try_end(unsigned int vector);
void execute_bytes(void *registers);

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

static _Noreturn void unexpected(const struct trap_frame *frame)
{
    print("micro: error: trap %lu, error code %lx at %lx:%lx, flags %lx, stack %lx, address %lx\n",
          frame->vector, frame->error, frame->cs, frame->rip, frame->rflags, frame->rsp,
          shared_info->vcpu_info[0].arch.cr2);
    finish(SHUTDOWN_crash);
}

/* Nobody here waits for events in a callback; they only have to be taken notice of. */
static bool take_event(const struct trap_frame *frame)
{
    if (frame->vector != TRAP_EVENT)
        return false;
    shared_info->vcpu_info[0].evtchn_upcall_pending = 0;
    __atomic_store_n(&shared_info->vcpu_info[0].evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    return true;
}

void trap_dispatch(struct trap_frame *frame)
{
    if ((trap_hook && trap_hook(frame)) || take_event(frame))
        return;
    if (!try_stack)
        unexpected(frame);
    trapped = *frame;
    trapped_address = frame->vector == TRAP_PF ? shared_info->vcpu_info[0].arch.cr2 : 0;
    try_end((unsigned int)frame->vector);
}

struct access {
    volatile uint64_t *address;
    uint64_t value;
};

static void read_it(void *arg)
{
    struct access *access = arg;

    access->value = *access->address;
}

static void write_it(void *arg)
{
    struct access *access = arg;

    *access->address = access->value;
}

int try_read(const volatile void *address, uint64_t *value)
{
    struct access access = {(volatile uint64_t *)(uintptr_t)address, 0};
    int trap = try_call(read_it, &access);

    if (value)
        *value = access.value;
    return trap;
}

int try_write(volatile void *address, uint64_t value)
{
    struct access access = {address, value};

    return try_call(write_it, &access);
}

void bytes_prepare(const void *bytes, size_t count)
{
    memset(instruction_bytes, 0xcc, PAGE_SIZE);
    memcpy(instruction_bytes, bytes, count);
    instruction_bytes[count] = 0xc3; /* RET */
}

int execute(const void *bytes, size_t count, struct registers *registers)
{
    static struct registers none;

    bytes_prepare(bytes, count);
    return try_call(execute_bytes, registers ? registers : &none);
}
