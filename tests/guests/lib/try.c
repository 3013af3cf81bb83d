/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tries: calls, accesses and made-up instructions that may end with a trap. */
#include "micro.h"

#include <xen/sched.h>

#include "trap.h"

struct trap_frame trapped;
uint64_t trapped_address;
bool (*trap_hook)(struct trap_frame *frame);
page_aligned uint8_t instruction_bytes[PAGE_SIZE];

extern uint64_t try_stack;
_Noreturn void try_end(unsigned int vector);
void execute_bytes(void *registers);

static _Noreturn void unexpected(const struct trap_frame *frame)
{
    print("micro: error: trap %lu, error code %lx at %lx:%lx, flags %lx, stack %lx, address %lx\n",
          frame->vector, frame->error, frame->cs, frame->rip, frame->rflags, frame->rsp,
          fault_address());
    finish(SHUTDOWN_crash);
}

void trap_dispatch(struct trap_frame *frame)
{
    if ((trap_hook && trap_hook(frame)) || trap_is_event(frame))
        return;
    if (!try_stack)
        unexpected(frame);
    trapped = *frame;
    trapped_address = frame->vector == TRAP_PF ? fault_address() : 0;
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
