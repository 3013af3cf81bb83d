/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into a guest by VMLAUNCH or VMRESUME, and back. RSP stays at guest_regs, at the top of the CPU's stack,
 * all the time: the general registers are loaded from there and stored there. */

        .macro guest_registers op
        \op 0, %r15
        \op 8, %r14
        \op 16, %r13
        \op 24, %r12
        \op 32, %rbp
        \op 40, %rbx
        \op 48, %r11
        \op 56, %r10
        \op 64, %r9
        \op 72, %r8
        \op 80, %rax
        \op 88, %rcx
        \op 96, %rdx
        \op 104, %rsi
        \op 112, %rdi
        .endm

        .macro load offset, reg
        movq \offset(%rsp), \reg
        .endm

        .macro store offset, reg
        movq \reg, \offset(%rsp)
        .endm

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
        jz 2f
        vmresume
        jmp 3f
2:      vmlaunch
3:      xorl %ebp, %ebp
        call vmx_refused
        jmp 1b

vmx_exit_point:
        guest_registers store
        xorl %ebp, %ebp
        cld
        call vmx_exited
        jmp 1b

        .section .note.GNU-stack, "", @progbits
