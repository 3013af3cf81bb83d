/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For assembly: the selectors that all tables of descriptors here begin with, and the ways to 64-bit mode and from it. */
#define CODE32        0x08
#define CODE64        0x10
#define DATA          0x18
#define MSR_EFER      0xc0000080
#define EFER_LME      0x100
#define EFER_LME_NXE  0x900
#define CR0_PG_WP_NE_MP_PE 0x80010023
#define CR0_PG        0x80000000
#define CR4_OSXMMEXCPT_OSFXSR_PAE 0x620

        /* From 32-bit protected mode to 64-bit mode. Changes EAX, ECX, EDX. */
        .macro to_long_mode
        movl $CR4_OSXMMEXCPT_OSFXSR_PAE, %eax
        movl %eax, %cr4
        movl $level4, %eax
        movl %eax, %cr3
        movl $MSR_EFER, %ecx
        movl $EFER_LME_NXE, %eax
        xorl %edx, %edx
        wrmsr
        movl $CR0_PG_WP_NE_MP_PE, %eax
        movl %eax, %cr0
        ljmp $CODE64, $1f
        .code64
1:      movl $DATA, %eax
        movl %eax, %ss
        movl %eax, %ds
        movl %eax, %es
        xorl %eax, %eax
        movl %eax, %fs
        movl %eax, %gs
        xorl %ebp, %ebp
        .endm

        /* From 64-bit mode to 32-bit protected mode without paging. Changes EAX, ECX, EDX. */
        .macro to_protected_mode
        pushq $CODE32
        pushq $1f
        lretq
        .code32
1:      movl %cr0, %eax
        andl $~CR0_PG, %eax
        movl %eax, %cr0
        movl $MSR_EFER, %ecx
        rdmsr
        andl $~EFER_LME, %eax
        wrmsr
        .endm
