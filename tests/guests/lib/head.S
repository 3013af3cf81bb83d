/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A micro-kernel's beginning, its hypercalls, its traps, and its ways into user mode and back.
 * (xen/elfnote.h for the notes; xen/arch-x86/xen-x86_64.h for the frames.) */
#include <xen/elfnote.h>

#include "frame.h"

#define VIRT_BASE   0xffffffff80000000
#define STACK_SIZE  16384
#define NR_IRET     23
#define NR_HYPERCALLS 128

        .macro note type, data:vararg
        .pushsection .note.Xen, "a", @note
        .balign 4
        .long 4, 2f - 1f, \type
        .asciz "Xen"
1:      \data
2:      .balign 4
        .popsection
        .endm

        note XEN_ELFNOTE_GUEST_OS, .asciz "vitrine-micro"
        note XEN_ELFNOTE_GUEST_VERSION, .asciz "1"
        note XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
        note XEN_ELFNOTE_LOADER, .asciz "generic"
        note XEN_ELFNOTE_VIRT_BASE, .quad VIRT_BASE
        note XEN_ELFNOTE_PADDR_OFFSET, .quad 0
        note XEN_ELFNOTE_ENTRY, .quad start
        note XEN_ELFNOTE_HYPERCALL_PAGE, .quad hypercall_page
        note XEN_ELFNOTE_PAE_MODE, .asciz "yes"
        note XEN_ELFNOTE_FEATURES, .asciz "!writable_page_tables|pae_pgdir_above_4gb"

/* RSI: the start info. The stack that the builder gave is a single page, so it is left. */
        .section .text.head, "ax", @progbits
        .globl start
start:
        leaq kernel_stack + STACK_SIZE(%rip), %rsp
        xorl %ebp, %ebp
        movq %rsi, %rdi
        cld
        call micro_start
        ud2

        .balign 4096
        .globl hypercall_page
hypercall_page:
        .fill 4096, 1, 0xcc

        .text

/* long hypercall(nr, a1, a2, a3, a4, a5), by the hypercall page where that has an entry. */
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
1:      syscall
        ret

/* uint64_t syscall_with(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t flags): a hypercall with
 * other RFLAGS than usual; they are the usual ones again afterwards. */
        .globl syscall_with
syscall_with:
        movq %rdi, %rax
        movq %rsi, %rdi
        movq %rdx, %rsi
        pushfq
        pushq %rcx
        popfq
        syscall
        popfq
        ret

/* One stub a vector. The frame is RCX, R11, [error], RIP, CS, RFLAGS, RSP, SS; it becomes a struct
 * trap_frame. */
        .balign 16
        .globl trap_stubs
trap_stubs:
        vector = 0
        .rept 256
        .balign 32
        popq %rcx
        popq %r11
        .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
        pushq $0
        .endif
        pushq $vector
        jmp trap_common
        vector = vector + 1
        .endr

        .balign 16
        .globl syscall_callback, event_callback, failsafe_callback
syscall_callback:
        popq %rcx
        popq %r11
        pushq $0
        pushq $0x100                    /* TRAP_SYSCALL */
        jmp trap_common
event_callback:
        popq %rcx
        popq %r11
        pushq $0
        pushq $0x101                    /* TRAP_EVENT */
        jmp trap_common
failsafe_callback:                      /* RCX, R11, DS, ES, FS, GS come first */
        popq %rcx
        popq %r11
        popq failsafe_selectors(%rip)
        popq failsafe_selectors + 8(%rip)
        popq failsafe_selectors + 16(%rip)
        popq failsafe_selectors + 24(%rip)
        pushq $0
        pushq $0x102                    /* TRAP_FAILSAFE */

trap_common:
        dispatch_trap
        pushq $0
        pushq %rcx
        pushq %r11
        pushq %rax
        movl $NR_IRET, %eax
        syscall
        ud2

/* noreturn void iret_with(const struct iret_frame *): HYPERVISOR_iret with exactly this frame. */
        .globl iret_with
iret_with:
        movq %rdi, %rsp
        movl $NR_IRET, %eax
        syscall
        ud2

        .bss
        .balign 4096
        .globl kernel_stack
kernel_stack:
        .skip STACK_SIZE

        .section .note.GNU-stack, "", @progbits
