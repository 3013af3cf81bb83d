/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that may end with a trap. */
        .text

/* int try_call(void (*fn)(void *), void *arg): -1, or the vector of the trap that fn ended with.
 * trap_dispatch() jumps to try_end with that. */
        .globl try_call
try_call:
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        pushq try_stack(%rip)
        movq %rsp, try_stack(%rip)
        movq %rdi, %rax
        movq %rsi, %rdi
        call *%rax
        movl $-1, %eax
        jmp 1f
        .globl try_end
try_end:                                /* RDI: the vector */
        movl %edi, %eax
        movq try_stack(%rip), %rsp
1:      popq try_stack(%rip)
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        cld
        ret

/* void execute_bytes(struct registers *): instruction_bytes with these registers, and they are as
 * it left them. */
        .globl execute_bytes
execute_bytes:
        pushq %rbx
        pushq %rdi
        movq 8(%rdi), %rbx
        movq 16(%rdi), %rcx
        movq 24(%rdi), %rdx
        movq 32(%rdi), %rsi
        movq 0(%rdi), %rax
        movq 40(%rdi), %rdi
        call instruction_bytes
        pushq %rdi
        movq 8(%rsp), %rdi
        movq %rax, 0(%rdi)
        movq %rbx, 8(%rdi)
        movq %rcx, 16(%rdi)
        movq %rdx, 24(%rdi)
        movq %rsi, 32(%rdi)
        popq 40(%rdi)
        popq %rdi
        popq %rbx
        ret

        .bss
        .balign 8
        .globl try_stack
try_stack:
        .skip 8

        .section .note.GNU-stack, "", @progbits
