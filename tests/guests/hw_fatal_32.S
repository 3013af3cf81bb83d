/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 32-bit side of hw_fatal.c: user code that is not aligned, and the handler of that, which is user code on the
 * same stack. */
#include "long_mode.h"

#include "hw_fatal.h"

#define CR0_AM    0x40000
#define FLAGS_AC  0x40002

        .text
/* noreturn void misaligned_run(void): leaves 64-bit mode for 32-bit code without paging, with the tables of
 * descriptors that hw_fatal.c has made, and for ring 3. */
        .globl misaligned_run
misaligned_run:
        to_protected_mode
        movl %cr0, %eax
        orl $CR0_AM, %eax
        movl %eax, %cr0
        lgdt misaligned_gdt_pointer
        lidt misaligned_idt_pointer
        movl $USER32_DATA, %eax
        movl %eax, %ds
        movl %eax, %es
        pushl $USER32_DATA
        pushl $misaligned_stack
        pushl $FLAGS_AC
        pushl $USER32_CODE
        pushl $misaligned_code
        iretl

/* The handler as well: where the frame of the exception was written after all, it is dropped. */
        .globl misaligned_code
misaligned_code:
        movl $misaligned_stack, %esp
        pushl %eax
        jmp misaligned_code

        .bss
        .balign 16
        .skip 254
misaligned_stack:
        .skip 2

        .section .note.GNU-stack, "", @progbits
