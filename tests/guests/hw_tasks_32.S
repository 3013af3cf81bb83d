/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 32-bit side of hw_tasks.c: the way there and back, and what the tasks do. Selectors and what a note holds
 * are in hw_tasks.h. */
#include "long_mode.h"

#include "hw_tasks.h"

#define CR4_LEGACY  0x610      /* OSXMMEXCPT, OSFXSR, PSE */
#define MOV_DS_SIZE 2

/* Appends a note; its value is EAX. */
        .macro note who
        movl notes_used, %ecx
        incl notes_used
        imull $NOTE_SIZE, %ecx
        addl $notes, %ecx
        movl $\who, NOTE_WHO(%ecx)
        movl %eax, NOTE_VALUE(%ecx)
        pushfl
        popl NOTE_FLAGS(%ecx)
        xorl %edx, %edx
        str %dx
        movl %edx, NOTE_TASK(%ecx)
        movl %cr3, %edx
        movl %edx, NOTE_CR3(%ecx)
        movl %cr0, %edx
        movl %edx, NOTE_CR0(%ecx)
        .endm

        .text
/* void tasks_run(void): leaves 64-bit mode for 32-bit code with its own tables, calls trial_code there as the task
 * TASK_MAIN, and comes back. */
        .globl tasks_run
tasks_run:
        pushq %rbx
        pushq %rbp
        pushq %r12
        pushq %r13
        pushq %r14
        pushq %r15
        sgdt gdt_before
        movq %rsp, stack_before
        to_protected_mode
        lgdt trial_gdt_pointer
        lidt trial_idt_pointer
        movl $CR4_LEGACY, %eax
        movl %eax, %cr4
        movl $trial_directory, %eax
        movl %eax, %cr3
        movl %cr0, %eax
        orl $CR0_PG, %eax
        movl %eax, %cr0
        movl $DATA, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        xorl %eax, %eax
        lldt %ax
        movl $TASK_MAIN, %eax
        ltr %ax
        movl $main_stack_top, %esp
        call *trial_code
        .globl trial_over
trial_over:
        movl %cr0, %eax
        andl $~CR0_PG, %eax
        movl %eax, %cr0
        to_long_mode
        movq stack_before, %rsp
        lgdt gdt_before
        popq %r15
        popq %r14
        popq %r13
        popq %r12
        popq %rbp
        popq %rbx
        ret

        .code32
/* What TASK_MAIN does in each trial. */
        .globl main_call, main_jump, main_interrupt, main_error, main_bad_task
main_call:
        lcall *far_pointer
        note NOTE_MAIN
        ret
main_jump:
        ljmp *far_pointer
        note NOTE_MAIN
        ret
main_interrupt:
        int $TASK_VECTOR
        note NOTE_MAIN
        ret
main_error:
        movl $BAD_SELECTOR, %eax
        movl %eax, %ds
        note NOTE_MAIN
        ret
/* A switch that fails before it has begun: the handler comes back here. */
main_bad_task:
        movl $1f, resume_at
        movl %esp, resume_stack
        lcall *far_pointer
1:      note NOTE_MAIN
        ret

/* What other tasks do. */
        .globl other_nested, other_jump, other_error, other_leave
other_nested:
        movl %ebx, %eax
        note NOTE_OTHER
        iretl
        jmp other_nested
other_jump:
        movl %ebx, %eax
        note NOTE_OTHER
        ljmp $TASK_MAIN, $0
        jmp other_jump
/* Comes through a gate because of main_error's second instruction. */
other_error:
        popl %eax
        note NOTE_OTHER
        addl $MOV_DS_SIZE, main_tss + TSS_EIP
        iretl
        jmp other_error
/* Comes through a gate because of a task that could not begin, and gives up on that. */
other_leave:
        popl %eax
        note NOTE_OTHER
        ljmp $TASK_MAIN, $0
        ud2

/* Handlers behind interrupt gates. */
        .globl handler_resume, handler_leave
handler_resume:
        popl %eax
        note NOTE_HANDLER
        movl resume_stack, %esp
        jmp *resume_at
handler_leave:
        popl %eax
        movl $DATA, %edx
        movl %edx, %ds
        note NOTE_HANDLER
        ljmp $TASK_MAIN, $0
        ud2

/* A task of 16-bit code, in a segment that begins here. */
        .code16
        .globl other_16, other_16_end
other_16:
        addr32 incl small_turns
        iretw
        jmp other_16
other_16_end:

/* Virtual 8086 code, copied to low memory: it may not do that. */
        .globl other_v86, other_v86_end
other_v86:
        hlt
other_v86_end:

        .data
        .balign 16
        .globl far_pointer, trial_code, resume_at
stack_before:
        .quad 0
gdt_before:
        .word 0
        .quad 0
trial_code:
        .long 0
far_pointer:
        .long 0
        .word 0
        .balign 4
resume_at:
        .long 0
resume_stack:
        .long 0

        .section .note.GNU-stack, "", @progbits
