/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SYSCALL and SYSENTER; see syscall.h. (AMD APM vol. 3, SYSCALL; SDM vol. 3, 5.8.8.)
 *
 * A stub stores RAX in its place in guest_regs, switches to the stack and pushes SS and RSP:
 *     movabs %rax, guest_regs.rax
 *     mov    %rsp, %rax
 *     movabs $above guest_regs.ss, %rsp
 *     pushq  $RING3_SS
 *     pushq  %rax
 *     movabs guest_regs.rax, %rax
 *     jmp    syscall_entry_*
 */
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/entry-offsets.h"
#include "machine/stack.h"
#include "machine/syscall.h"

#define STUB_SIZE 64

extern char syscall_stubs[]; /* two pages at the end of the image's code, see the link script */
extern const char syscall_entry_64[], syscall_entry_32[], sysenter_entry[];

static uint8_t *emit(uint8_t *at, const char *bytes, size_t n)
{
    memcpy(at, bytes, n);
    return at + n;
}

static uint8_t *emit_u64(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof(value));
    return at + sizeof(value);
}

static uint8_t *emit_u32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof(value));
    return at + sizeof(value);
}

/* Writes one stub through the direct map (the code itself is mapped read-only). Returns the
 * address it runs at. */
static uint64_t stub_write(unsigned int cpu, unsigned int which, const char *target)
{
    char *run_at = syscall_stubs + (cpu * 2 + which) * STUB_SIZE;
    uint8_t *begin = maddr_to_virt(virt_to_maddr(run_at)), *at = begin;
    uint64_t rax = (uint64_t)&cpu_info_of(cpu)->guest_regs.rax;

    at = emit_u64(emit(at, "\x48\xa3", 2), rax);
    at = emit(at, "\x48\x89\xe0", 3);
    at = emit_u64(emit(at, "\x48\xbc", 2), (uint64_t)cpu_stack_entry(cpu));
    at = emit_u32(emit(at, "\x68", 1), RING3_SS);
    at = emit(at, "\x50", 1);
    at = emit_u64(emit(at, "\x48\xa1", 2), rax);
    at = emit(at, "\xe9", 1);
    emit_u32(at, (uint32_t)(target - (run_at + (at - begin) + 4)));
    return (uint64_t)run_at;
}

void syscall_init_cpu(unsigned int cpu)
{
    msr_write(MSR_STAR, (uint64_t)RING3_CS32 << 48 | (uint64_t)HV_CS << 32);
    msr_write(MSR_LSTAR, stub_write(cpu, 0, syscall_entry_64));
    msr_write(MSR_CSTAR, stub_write(cpu, 1, syscall_entry_32));
    msr_write(MSR_SFMASK, EFLAGS_AC | EFLAGS_VM | EFLAGS_RF | EFLAGS_NT | EFLAGS_DF | EFLAGS_IF |
                              EFLAGS_TF);
    msr_write(MSR_SYSENTER_CS, HV_CS);
    msr_write(MSR_SYSENTER_ESP, (uint64_t)cpu_stack_entry(cpu));
    msr_write(MSR_SYSENTER_EIP, (uint64_t)sysenter_entry);
}
