/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Into a guest by VMRUN, and back. RSP stays at guest_regs, at the top of the CPU's stack, all the
 * time: the registers that VMRUN does not switch are loaded from there and stored there. */
#include "hvm/entry.inc"

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
