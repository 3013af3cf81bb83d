/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that may fault because of what a guest or the CPU says, each with an entry in the
 * fixup table: a fault at the first address goes on at the second (traps.c). */
#define EFAULT_RESULT -14

        .macro fixup from, to
        .pushsection .fixups, "a", @progbits
        .balign 4
        .long \from - .
        .long \to - .
        .popsection
        .endm

        .text

/* size_t copy_faultable(void *dst, const void *src, size_t n): bytes that were not copied. */
        .globl copy_faultable
copy_faultable:
        movq %rdx, %rcx
        shrq $3, %rcx
        andl $7, %edx
1:      rep movsq
        movl %edx, %ecx
2:      rep movsb
        xorl %eax, %eax
        ret
3:      leaq (%rdx,%rcx,8), %rax
        ret
4:      movq %rcx, %rax
        ret
        fixup 1b, 3b
        fixup 2b, 4b

/* size_t clear_faultable(void *dst, size_t n): bytes that were not zeroed. */
        .globl clear_faultable
clear_faultable:
        movq %rsi, %rcx
        movl %esi, %edx
        shrq $3, %rcx
        andl $7, %edx
        xorl %eax, %eax
1:      rep stosq
        movl %edx, %ecx
2:      rep stosb
        ret
3:      leaq (%rdx,%rcx,8), %rax
        ret
4:      movq %rcx, %rax
        ret
        fixup 1b, 3b
        fixup 2b, 4b

/* int cmpxchg_faultable(uint64_t *ptr, uint64_t *old, uint64_t new): 0 with *old = what was
 * there, or the error. */
        .globl cmpxchg_faultable
cmpxchg_faultable:
        movq (%rsi), %rax
1:      lock cmpxchgq %rdx, (%rdi)
        movq %rax, (%rsi)
        xorl %eax, %eax
        ret
        fixup 1b, fault_result

        .globl msr_read_safe
msr_read_safe:
        movl %edi, %ecx
1:      rdmsr
        shlq $32, %rdx
        orq %rdx, %rax
        movq %rax, (%rsi)
        xorl %eax, %eax
        ret
        fixup 1b, fault_result

        .globl msr_write_safe
msr_write_safe:
        movl %edi, %ecx
        movl %esi, %eax
        movq %rsi, %rdx
        shrq $32, %rdx
1:      wrmsr
        xorl %eax, %eax
        ret
        fixup 1b, fault_result

        .globl xcr_write_safe
xcr_write_safe:
        movl %edi, %ecx
        movl %esi, %eax
        movq %rsi, %rdx
        shrq $32, %rdx
1:      xsetbv
        xorl %eax, %eax
        ret
        fixup 1b, fault_result

        .globl xrstor_safe
xrstor_safe:
        movl %esi, %eax
        movq %rsi, %rdx
        shrq $32, %rdx
1:      xrstorq (%rdi)
        xorl %eax, %eax
        ret
        fixup 1b, fault_result

        .globl fxrstor_safe
fxrstor_safe:
1:      fxrstorq (%rdi)
        xorl %eax, %eax
        ret
        fixup 1b, fault_result

        .macro segment_load_safe seg
        .globl \seg\()_load_safe
\seg\()_load_safe:
1:      movl %edi, %\seg
        xorl %eax, %eax
        ret
2:      xorl %eax, %eax
        movl %eax, %\seg
        jmp fault_result
        fixup 1b, 2b
        .endm

        segment_load_safe ds
        segment_load_safe es
        segment_load_safe fs
        segment_load_safe gs

fault_result:
        movl $EFAULT_RESULT, %eax
        ret

        .section .note.GNU-stack, "", @progbits
