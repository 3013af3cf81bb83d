/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into a guest by VMRUN, and back. RSP stays at guest_regs, at the top of the CPU's stack, all the
 * time: the registers that VMRUN does not switch are loaded from there and stored there. */

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

/* noreturn void svm_enter(struct cpu_user_regs *regs)
 *
 * uint64_t svm_prepare(void) returns the machine address of the VMCB, with interrupts off. They are
 * held back by GIF from then on, so that IF can be set: it is what VMRUN goes by to let interrupts
 * end the guest's run. void svm_exited(void) is called with GIF still clear, and sets it. */
        .globl svm_enter
svm_enter:
        movq %rdi, %rsp
1:      xorl %ebp, %ebp
        call svm_prepare
        clgi
        sti
        vmload %rax
        guest_registers load
        vmrun %rax
        guest_registers store
        vmsave %rax
        xorl %ebp, %ebp
        cld
        call svm_exited
        jmp 1b

        .section .note.GNU-stack, "", @progbits
