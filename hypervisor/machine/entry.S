/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways into the hypervisor by interrupt or exception, and ways out.
 *
 * On the stack after an entry: struct cpu_user_regs, up to and including ss. For an entry from a
 * guest that is cpu_info.guest_regs, since the TSS points right above its ss. */
#include "machine/entry-offsets.h"
#include "machine/layout.h"

        .macro save_all
        pushq %rdi
        pushq %rsi
        pushq %rdx
        pushq %rcx
        pushq %rax
        pushq %r8
        pushq %r9
        pushq %r10
        pushq %r11
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        .endm

        .macro restore_all
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        popq %r11
        popq %r10
        popq %r9
        popq %r8
        popq %rax
        popq %rcx
        popq %rdx
        popq %rsi
        popq %rdi
        .endm

        .section .text.entry, "ax", @progbits

/* One stub a vector, 16 bytes each, for descriptors.c to point the IDT at. */
        .globl trap_stubs
        .balign 16
trap_stubs:
        vector = 0
        .rept 256
        .balign 16
        .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
        pushq $0
        .endif
        movl $vector, 4(%rsp)
        .if vector == 1
        jmp trap_debug
        .else
        jmp trap_common
        .endif
        vector = vector + 1
        .endr

/* A debug exception comes on a stack of its own: one that a guest set up before SYSCALL, and that
 * its MOV to SS held back, is raised in SYSCALL's stub, where RSP is still the guest's. One from a
 * guest goes on where all that comes from a guest does. */
trap_debug:
        testb $3, 16(%rsp)              /* CS */
        jz trap_common
        pushq %rax
        movq %rsp, %rax
        orq $(STACK_SIZE - 1), %rsp
        leaq 1 - CPU_INFO_SIZE + REGS_ES(%rsp), %rsp
        pushq 48(%rax)
        pushq 40(%rax)
        pushq 32(%rax)
        pushq 24(%rax)
        pushq 16(%rax)
        pushq 8(%rax)
        movq (%rax), %rax

/* bool trap_entry(struct cpu_user_regs *regs), with interrupts off. */
trap_common:
        cld
        save_all
        movq %rsp, %rdi
        xorl %ebp, %ebp
        call trap_entry
        testb %al, %al
        jnz exit_to_guest

/* Back to what the hypervisor was doing. */
        restore_all
        addq $8, %rsp
        iretq

/* SYSCALL arrives here from its CPU's stub (syscall.c) on the hypervisor's stack: ss and rsp are
 * pushed, rax is in its place in the frame, RCX = return address, R11 = flags. The cs differs
 * between the 64-bit and the compatibility entry. */
        .macro syscall_entry_point name, cs
        .globl \name
\name:
        pushq %r11
        pushq $\cs
        pushq %rcx
        pushq $0
        movl $ENTRY_SYSCALL, 4(%rsp)
        pushq %rdi
        pushq %rsi
        pushq %rdx
        pushq %rcx
        subq $8, %rsp                   /* rax */
        pushq %r8
        pushq %r9
        pushq %r10
        pushq %r11
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        movq %rsp, %rdi
        xorl %ebp, %ebp
        .endm

        syscall_entry_point syscall_entry_64, RING3_CS64
        call syscall_entry
        jmp exit_to_guest

        syscall_entry_point syscall_entry_32, RING3_CS32
        call syscall_entry_compat
        jmp exit_to_guest

        .globl sysenter_entry
/* SYSENTER: RSP is the MSR's, right above guest_regs.ss; flags are lost but for IF, which was on.
 * rip and rsp of the guest are unknown: 0. */
sysenter_entry:
        pushq $RING3_SS
        pushq $0
        pushfq
        orl $0x200, (%rsp)
        pushq $2                        /* unlike SYSCALL it leaves TF, NT and AC as they were */
        popfq
        pushq $3
        pushq $0
        pushq $0
        movl $ENTRY_SYSCALL, 4(%rsp)
        cld
        save_all
        movq %rsp, %rdi
        xorl %ebp, %ebp
        call sysenter_dispatch
        jmp exit_to_guest

/* Leaves for the guest in guest_regs, with RSP at it. guest_exit_work() does what is due and
 * returns with interrupts off: 1 when SYSRET will do, 0 when it takes IRET. */
        .globl exit_to_guest
exit_to_guest:
        call guest_exit_work
        testl %eax, %eax
        jz 1f
        restore_all                     /* rcx and r11 are dead */
        movq REGS_RIP - REGS_VECTOR + 4(%rsp), %rcx
        movq REGS_RFLAGS - REGS_VECTOR + 4(%rsp), %r11
        cmpw $RING3_CS64, REGS_CS - REGS_VECTOR + 4(%rsp)
        movq REGS_RSP - REGS_VECTOR + 4(%rsp), %rsp
        jne 2f
        sysretq
2:      sysretl
1:      restore_all
        addq $8, %rsp
        .globl guest_iret
guest_iret:
        iretq                           /* may fault on the guest's selectors: see traps.c */

/* noreturn void resume_guest(struct cpu_user_regs *regs): drops the stack and leaves. */
        .globl resume_guest
resume_guest:
        movq %rdi, %rsp
        xorl %ebp, %ebp
        jmp exit_to_guest

/* noreturn void stack_reset_and_call(void *sp, void (*fn)(void)) */
        .globl stack_reset_and_call
stack_reset_and_call:
        movq %rdi, %rsp
        xorl %ebp, %ebp
        call *%rsi
        ud2

        .section .note.GNU-stack, "", @progbits
