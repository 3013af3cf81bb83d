/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first instructions: multiboot headers, from 32-bit protected mode to 64-bit C.
 *
 * Entered with paging off, EAX = the loader's magic number, EBX = its information structure
 * (Multiboot 1, section 3.2; Multiboot 2, section 3.3). Calls boot_main(magic, info address). */
#include "machine/layout.h"

#define PHYS(sym) ((sym) - IMAGE_BASE)

#define MB1_MAGIC 0x1badb002
#define MB1_FLAGS 0x00010003 /* modules page-aligned, memory map wanted, address fields valid */
#define MB2_MAGIC 0xe85250d6

/* CPUID 0x80000001 EDX: long mode, NX. (Intel shows SYSCALL in 64-bit mode only.) */
#define CPU_NEEDS ((1 << 29) | (1 << 20))
#define COM1      0x3f8

        .section .multiboot, "ax", @progbits
        .code32
        .balign 4
mb1_header:
        .long MB1_MAGIC
        .long MB1_FLAGS
        .long -(MB1_MAGIC + MB1_FLAGS)
        .long PHYS(mb1_header)
        .long PHYS(image_start)
        .long PHYS(load_end)
        .long PHYS(image_end)
        .long PHYS(boot_entry)

        .balign 8
mb2_header:
        .long MB2_MAGIC
        .long 0                         /* architecture: i386 protected mode */
        .long mb2_end - mb2_header
        .long -(MB2_MAGIC + (mb2_end - mb2_header))
        /* information request: command line, modules, memory map, screen, EFI, old and new RSDP */
        .short 1, 0
        .long 8 + 7 * 4
        .long 1, 3, 6, 8, 12, 14, 15
        .balign 8
        /* where the image goes */
        .short 2, 0
        .long 24
        .long PHYS(mb2_header)
        .long PHYS(image_start)
        .long PHYS(load_end)
        .long PHYS(image_end)
        .balign 8
        /* entry */
        .short 3, 0
        .long 12
        .long PHYS(boot_entry)
        .balign 8
        /* a screen that dom0 can draw on before it has a driver, if there is one: any mode will do */
        .short 5, 1
        .long 20
        .long 0, 0, 0
        .balign 8
        /* modules page-aligned */
        .short 6, 0
        .long 8
        /* end */
        .short 0, 0
        .long 8
mb2_end:

        .section .text.entry, "ax", @progbits
        .code32
        .globl boot_entry
boot_entry:
        cli
        cld
        movl %eax, %ebp                 /* magic */
        movl %ebx, %edi                 /* information */

        /* A CPU that can't do what the rest takes for granted: say so while that is possible. */
        movl $0x80000000, %eax
        cpuid
        cmpl $0x80000001, %eax
        jb 3f
        movl $0x80000001, %eax
        cpuid
        andl $CPU_NEEDS, %edx
        cmpl $CPU_NEEDS, %edx
        jne 3f
        movl %edi, %esi                 /* information */

        /* Identity map of the first 4 GiB in 2 MiB pages: 4 tables of 512 entries in a row. */
        movl $PHYS(boot_l2), %edi
        movl $0x83, %eax                /* present, writable, large */
        movl $(4 * 512), %ecx
        xorl %edx, %edx
1:      movl %eax, (%edi)
        movl $0, 4(%edi)
        addl $0x200000, %eax
        addl $8, %edi
        decl %ecx
        jnz 1b

        /* L3: the four tables, for the identity and the direct map; the first for the image. */
        movl $PHYS(boot_l2) + 0x03, %eax
        movl $PHYS(boot_l3_direct), %edi
        movl $4, %ecx
2:      movl %eax, (%edi)
        addl $PAGE_SIZE, %eax
        addl $8, %edi
        decl %ecx
        jnz 2b
        movl $PHYS(boot_l2) + 0x03, PHYS(boot_l3_image)

        movl $PHYS(boot_l3_direct) + 0x03, PHYS(boot_l4)
        movl $PHYS(boot_l3_image) + 0x03, PHYS(boot_l4) + 261 * 8
        movl $PHYS(boot_l3_direct) + 0x03, PHYS(boot_l4) + 262 * 8

        movl $PHYS(boot_l4), %edi
        call enter_long_mode_32
        ljmp $0x08, $PHYS(boot_64)

/* Writes a sentence to the serial port, as in serial.c, and stops. */
3:      movl $PHYS(boot_serial_setup), %esi
        movl $7, %ecx
4:      movw (%esi), %dx
        movb 2(%esi), %al
        outb %al, %dx
        addl $3, %esi
        loop 4b
        movl $PHYS(boot_old_cpu), %esi
5:      movw $(COM1 + 5), %dx
        movl $100000, %ecx
6:      inb %dx, %al                    /* until it takes a character, but not for ever */
        testb $0x20, %al
        loopz 6b
        movw $COM1, %dx
        lodsb
        testb %al, %al
        jz 7f
        outb %al, %dx
        jmp 5b
7:      cli
        hlt
        jmp 7b

        .macro serial_setup register, value
        .short COM1 + \register
        .byte \value
        .endm
boot_serial_setup:
        serial_setup 1, 0
        serial_setup 3, 0x80
        serial_setup 0, 1
        serial_setup 1, 0
        serial_setup 3, 3
        serial_setup 2, 7
        serial_setup 4, 3
boot_old_cpu:
        .asciz "Vitrine can't run on this CPU: it takes one with 64-bit mode (x86-64) and no-execute (NX). NX may be turned off in the firmware's setup.\r\n"

/* Turns on PAE, long mode with NX, and paging with the L4 at EDI. Clobbers EAX, ECX, EDX. */
enter_long_mode_32:
        movl %cr4, %eax
        orl $0x20, %eax                 /* PAE */
        movl %eax, %cr4
        movl %edi, %cr3
        movl $0xc0000080, %ecx          /* EFER */
        rdmsr
        orl $0x901, %eax                /* NXE, LME, SCE */
        wrmsr
        movl $0x80010033, %eax          /* PG, WP, NE, ET, MP, PE */
        movl %eax, %cr0
        lgdt PHYS(boot_gdt_pointer)
        ret

        .code64
boot_64:
        movabsq $boot_64_high, %rax
        jmp *%rax
boot_64_high:
        xorl %eax, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %fs
        movl %eax, %gs
        movl %eax, %ss
        leaq boot_stack + STACK_SIZE - 256(%rip), %rsp
        xorl %ecx, %ecx                 /* cpu_info of the boot CPU is all zero: .bss */
        movl %ebp, %edi
        movl %esi, %esi
        xorl %ebp, %ebp
        call boot_main
        ud2

/* The other CPUs: copied to a page below 1 MiB and started there by the SIPI, in real mode with
 * CS = the page's segment. The variables at its end are filled in by smp.c. */
        .section .rodata
        .globl trampoline_start, trampoline_end
        .globl trampoline_l4, trampoline_stack, trampoline_entry
        .balign 16
        .code16
trampoline_start:
        cli
        cld
        movw %cs, %ax
        movw %ax, %ds
        movzwl %ax, %ebx
        shll $4, %ebx                   /* EBX: linear address of the page */
        leal (trampoline_gdt - trampoline_start)(%ebx), %eax
        movl %eax, (trampoline_gdt_pointer - trampoline_start + 2)
        lgdtl (trampoline_gdt_pointer - trampoline_start)
        leal (trampoline_32 - trampoline_start)(%ebx), %eax
        movl %eax, (trampoline_far - trampoline_start)
        movw $0x08, (trampoline_far - trampoline_start + 4) /* the CPU before left 0x18 there */
        movl %cr0, %eax
        orb $1, %al
        movl %eax, %cr0
        ljmpl *(trampoline_far - trampoline_start)

        .code32
trampoline_32:
        movl $0x10, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        movl %cr4, %eax
        orl $0x20, %eax
        movl %eax, %cr4
        movl (trampoline_l4 - trampoline_start)(%ebx), %eax
        movl %eax, %cr3
        movl $0xc0000080, %ecx
        rdmsr
        orl $0x901, %eax
        wrmsr
        movl $0x80010033, %eax
        movl %eax, %cr0
        leal (trampoline_64 - trampoline_start)(%ebx), %eax
        movl %eax, (trampoline_far - trampoline_start)(%ebx)
        movw $0x18, (trampoline_far - trampoline_start + 4)(%ebx)
        ljmpl *(trampoline_far - trampoline_start)(%ebx)

        .code64
trampoline_64:
        movl %ebx, %ebx
        xorl %eax, %eax
        movl %eax, %ds
        movl %eax, %es
        movl %eax, %ss
        movl %eax, %fs
        movl %eax, %gs
        movq (trampoline_stack - trampoline_start)(%rbx), %rsp
        movq (trampoline_entry - trampoline_start)(%rbx), %rax
        xorl %ebp, %ebp
        call *%rax
        ud2

        .balign 8
trampoline_gdt:
        .quad 0
        .quad 0x00cf9a000000ffff        /* 0x08: 32-bit code */
        .quad 0x00cf92000000ffff        /* 0x10: data */
        .quad 0x00af9a000000ffff        /* 0x18: 64-bit code */
trampoline_gdt_pointer:
        .short 31
        .long 0
        .balign 8
trampoline_far:
        .long 0
        .short 0x08
        .balign 8
trampoline_l4:
        .quad 0
trampoline_stack:
        .quad 0
trampoline_entry:
        .quad 0
trampoline_end:

        .balign 8
boot_gdt:
        .quad 0
        .quad 0x00af9a000000ffff        /* 0x08: 64-bit code */
        .quad 0x00cf92000000ffff        /* 0x10: data */
boot_gdt_pointer:
        .short 23
        .long PHYS(boot_gdt)
        .long 0

        .section .bss.page_aligned, "aw", @nobits
        .balign STACK_SIZE
        .globl boot_stack, boot_l4, boot_l3_direct, boot_l3_image, boot_l2
boot_stack:
        .skip STACK_SIZE
boot_l4:
        .skip PAGE_SIZE
boot_l3_direct:
        .skip PAGE_SIZE
boot_l3_image:
        .skip PAGE_SIZE
boot_l2:
        .skip 4 * PAGE_SIZE

        .section .note.GNU-stack, "", @progbits
