/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User mode. A PV kernel and its user code are both in ring 3, told apart by the hypervisor only;
 * here they even have the same page tables. Any trap and any system call ends a run. */
#include "micro.h"

#include "trap.h"

static page_aligned uint8_t user_stack[PAGE_SIZE];
static page_aligned uint8_t entry_stack[2 * PAGE_SIZE];

uint64_t user_cs = USER_CS;

struct run {
    uint64_t rip, rflags;
    struct registers *registers;
};

void user_init(void)
{
    (void)mmuext(MMUEXT_NEW_USER_BASEPTR, root_mfn());
    (void)call2(__HYPERVISOR_stack_switch, USER_SS, entry_stack + sizeof(entry_stack));
}

/* Registers that HYPERVISOR_iret leaves alone are those of the moment of the call. */
static void enter(void *arg)
{
    const struct run *run = arg;
    struct iret_frame frame = {
        .rax = run->registers->rax,
        .rcx = run->registers->rcx,
        .rip = run->rip,
        .cs = user_cs,
        .rflags = run->rflags,
        .rsp = (uint64_t)user_stack + sizeof(user_stack),
        .ss = USER_SS,
    };

    __asm__ volatile("movq %0, %%rsp\n\t"
                     "movl $23, %%eax\n\t"
                     "syscall" ::"r"(&frame),
                     "b"(run->registers->rbx), "d"(run->registers->rdx), "S"(run->registers->rsi),
                     "D"(run->registers->rdi)
                     : "rax", "memory");
    __builtin_unreachable();
}

int user_run(const void *rip, uint64_t rflags, struct registers *registers)
{
    static struct registers none;
    struct run run = {(uint64_t)rip, rflags, registers ? registers : &none};
    int trap = try_call(enter, &run);

    *run.registers = (struct registers){trapped.rax, trapped.rbx, trapped.rcx,
                                        trapped.rdx, trapped.rsi, trapped.rdi};
    return trap;
}

int user_execute(const void *bytes, size_t count, uint64_t rflags, struct registers *registers)
{
    bytes_prepare(bytes, count);
    return user_run(instruction_bytes, rflags, registers);
}
