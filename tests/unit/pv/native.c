/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs single instructions on the real CPU, for comparing with what the emulator makes of them. */
#include "pv/native.h"

#include <asm/prctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The registers from r15 to rdi are 15 words at the head of struct cpu_user_regs. */
#define REGISTERS 15

/* Filled in for, and used by, the assembly below. */
void *native_stack, *native_target;

void native_switch(uint64_t *block);
void native_back(void);

/*
 * native_switch(block): loads the registers, then the flags, by popping them off `block`, and jumps
 * to native_target. The code there ends in a jump to native_back, which pushes them back where
 * they came from.
 */
__asm__(".text\n"
        ".globl native_switch, native_back\n"
        "native_switch:\n"
        "    push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "    mov %rsp, native_stack(%rip)\n"
        "    mov %rdi, %rsp\n"
        "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; pop %r11; pop %r10\n"
        "    pop %r9; pop %r8; pop %rax; pop %rcx; pop %rdx; pop %rsi; pop %rdi\n"
        "    popfq\n"
        "    jmp *native_target(%rip)\n"
        "native_back:\n"
        "    pushfq\n"
        "    push %rdi; push %rsi; push %rdx; push %rcx; push %rax; push %r8; push %r9\n"
        "    push %r10; push %r11; push %rbx; push %rbp; push %r12; push %r13; push %r14\n"
        "    push %r15\n"
        "    mov native_stack(%rip), %rsp\n"
        "    cld\n"
        "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
        "    ret\n");

struct native native_open(uint64_t gs_base)
{
    uint8_t *pages = mmap(NULL, 2 * NATIVE_DATA_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

    if (pages == MAP_FAILED || syscall(SYS_arch_prctl, ARCH_SET_GS, gs_base) != 0) {
        perror("native_open");
        exit(EXIT_FAILURE);
    }
    return (struct native){.code = pages, .data = pages + NATIVE_DATA_SIZE};
}

void native_execute(const struct native *native, const uint8_t *insn, size_t length,
                    struct cpu_user_regs *regs)
{
    static const uint8_t jump_to_next_word[] = {0xff, 0x25, 0, 0, 0, 0};
    void (*back)(void) = native_back;
    uint64_t block[REGISTERS + 1];
    uint8_t *end = native->code + length;

    memcpy(native->code, insn, length);
    memcpy(end, jump_to_next_word, sizeof(jump_to_next_word));
    memcpy(end + sizeof(jump_to_next_word), &back, sizeof(back));

    memcpy(block, regs, REGISTERS * sizeof(block[0]));
    block[REGISTERS] = regs->rflags;
    native_target = native->code;
    native_switch(block);
    memcpy(regs, block, REGISTERS * sizeof(block[0]));
    regs->rflags = block[REGISTERS];
    regs->rip = (uintptr_t)end;
}
