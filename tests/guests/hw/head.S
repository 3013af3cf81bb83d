/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The beginning of a micro-kernel that is a hardware guest: 32-bit protected mode without paging,
 * EBX pointing at the start info (xen/arch-x86/hvm/start_info.h). All memory up to 4 GiB is mapped
 * where it is, for user code as well. */
#include <xen/elfnote.h>

#include "frame.h"
#include "long_mode.h"

#define STACK_SIZE    16384
#define NR_HYPERCALLS 128

        .pushsection .note.Xen, "a", @note
        .balign 4
        .long 4, 2f - 1f, XEN_ELFNOTE_PHYS32_ENTRY
        .asciz "Xen"
1:      .long start
2:      .balign 4
        .popsection

        .section .text.head, "ax", @progbits
        .code32
        .globl start
start:
        cld
        lgdt gdt_pointer
        movl $kernel_stack + STACK_SIZE, %esp
        to_long_mode
        movl %ebx, %edi
        call hw_start
        ud2

/* What a vCPU begins with that was sent a start-up interrupt: real mode, at the beginning of the page
 * where hw_ap_start() has put a copy of this. */
        .code16
        .globl hw_ap_code, hw_ap_code_end
hw_ap_code:
        cli
        movw %cs, %ax
        movw %ax, %ds
        lgdtl 1f - hw_ap_code
        movl %cr0, %eax
        orl $1, %eax
        movl %eax, %cr0
        ljmpl $CODE32, $ap_protected
1:      .word hw_gdt_end - hw_gdt - 1
        .long hw_gdt
hw_ap_code_end:

        .code32
ap_protected:
        movl $DATA, %eax
        movl %eax, %ss
        movl %eax, %ds
        movl $ap_stack + STACK_SIZE, %esp
        to_long_mode
        call hw_ap_start_here
        ud2

        .balign 4096
        .globl hypercall_page
hypercall_page:
        .fill 4096, 1, 0xcc

        .text

/* long hypercall(nr, a1, a2, a3, a4, a5), by the hypercall page where that has an entry; for other
 * numbers by the instruction that is in it, with a number of our own. */
        .globl hypercall
hypercall:
        movq %rdi, %rax
        movq %rsi, %rdi
        movq %rdx, %rsi
        movq %rcx, %rdx
        movq %r8, %r10
        movq %r9, %r8
        cmpq $NR_HYPERCALLS, %rax
        jae 1f
        shlq $5, %rax
        leaq hypercall_page(%rax), %rax
        jmp *%rax
1:      leaq hypercall_page + 5(%rip), %r11 /* behind MOV $0, %EAX */
        jmp *%r11

/* A stub a vector makes a struct trap_frame. */
        .balign 16
        .globl hw_trap_stubs
hw_trap_stubs:
        vector = 0
        .rept 256
        .balign 16
        .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
        pushq $0
        .endif
        pushq $vector
        jmp trap_common
        vector = vector + 1
        .endr

trap_common:
        dispatch_trap
        iretq

/* noreturn void hw_user_enter(const struct user_frame *): user mode, with these registers (trap.c). */
        .globl hw_user_enter
hw_user_enter:
        movq %rdi, %rsp
        popq %rax
        popq %rbx
        popq %rcx
        popq %rdx
        popq %rsi
        popq %rdi
        iretq

        .data
        .balign 16
        .globl hw_gdt
hw_gdt:
        .quad 0
        .quad 0x00cf9b000000ffff        /* 08: 32-bit code */
        .quad 0x00af9b000000ffff        /* 10: 64-bit code */
        .quad 0x00cf93000000ffff        /* 18: data */
        .quad 0x00cff3000000ffff        /* 20: the user's data */
        .quad 0x00affb000000ffff        /* 28: the user's code */
        .quad 0, 0                      /* 30: the TSS */
hw_gdt_end:
gdt_pointer:
        .word hw_gdt_end - hw_gdt - 1
        .quad hw_gdt

/* Present, writable, for all; the last level of large pages. */
        .balign 4096
        .globl level4
level4:
        .quad level3 + 7
        .fill 511, 8, 0
level3:
        .quad level2 + 7, level2 + 0x1007, level2 + 0x2007, level2 + 0x3007
        .fill 508, 8, 0
        .globl level2
level2:
        address = 0
        .rept 2048
        .quad address + 0x87
        address = address + 0x200000
        .endr

        .bss
        .balign 4096
kernel_stack:
        .skip STACK_SIZE
ap_stack:
        .skip STACK_SIZE

        .section .note.GNU-stack, "", @progbits
