/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into a guest by VMLAUNCH or VMRESUME, and back. RSP stays at guest_regs, at the top of the CPU's stack,
 * all the time: the general registers are loaded from there and stored there. */
#include "hvm/entry.inc"

        .section .text.entry, "ax", @progbits

/* noreturn void vmx_enter(struct cpu_user_regs *regs)
 *
 * bool vmx_prepare(void) returns with interrupts off, and whether the VMCS has been launched. The CPU
 * comes back to vmx_exit_point, with interrupts off and RSP at guest_regs (both are in the VMCS), or goes
 * on behind the instruction when it refuses. void vmx_exited(void) sets interrupts on. */
        .globl vmx_enter, vmx_exit_point
vmx_enter:
        movq %rdi, %rsp
1:      xorl %ebp, %ebp
        call vmx_prepare
        testb %al, %al
        guest_registers load
        load 80, %rax
        jz 2f
        vmresume
        jmp 3f
2:      vmlaunch
3:      xorl %ebp, %ebp
        call vmx_refused
        jmp 1b

vmx_exit_point:
        guest_registers store
        store 80, %rax
        xorl %ebp, %ebp
        cld
        call vmx_exited
        jmp 1b

        .section .note.GNU-stack, "", @progbits
