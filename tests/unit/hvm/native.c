/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions on the CPU itself; see native.h. */
#define _GNU_SOURCE
#include "native.h"

#include <asm/ldt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARENA_SIZE 0x10000
#define TRAMPOLINE 0x1000 /* 64-bit code that other code can reach: back here */
#define CS_64      0x33   /* Linux's selectors of user code and data */
#define CS_32      0x23
#define DATA_FLAT  0x2b
#define LDT_CODE   0x07 /* entry 0 */
#define LDT_DATA   0x0f /* entry 1 */

/* What the assembly below works with. */
struct native_state native_now;
uint64_t native_host_rsp;
uint32_t native_data_selector;
struct {
    uint32_t offset;
    uint16_t selector;
} native_entry;

void native_enter(void);
void native_back(void);
void native_back_jumped(void);

/* Offsets in struct native_state: 8 bytes a register, flags at 128, XMM registers from 136 on, and
 * `jumped` at 392. Nothing from popfq to pushfq touches a flag. */
_Static_assert(offsetof(struct native_state, rflags) == 128, "assembly");
_Static_assert(offsetof(struct native_state, xmm) == 136, "assembly");
_Static_assert(offsetof(struct native_state, jumped) == 392, "assembly");

#define GPR(n, name)      "movq native_now+8*" #n "(%rip), %" #name "\n\t"
#define GPR_BACK(n, name) "movq %" #name ", native_now+8*" #n "(%rip)\n\t"
#define XMM(n)            "movups native_now+136+16*" #n "(%rip), %xmm" #n "\n\t"
#define XMM_BACK(n)       "movups %xmm" #n ", native_now+136+16*" #n "(%rip)\n\t"

#define ALL_GPR(M)                                                                          \
    M(0, rax)                                                                               \
    M(1, rcx) M(2, rdx) M(3, rbx) M(4, rsp) M(5, rbp) M(6, rsi) M(7, rdi) M(8, r8) M(9, r9) \
        M(10, r10) M(11, r11) M(12, r12) M(13, r13) M(14, r14) M(15, r15)
#define ALL_XMM(M) \
    M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14) M(15)

__asm__(".text\n"
        "native_enter:\n\t"
        "pushq %rbx\n\t"
        "pushq %rbp\n\t"
        "pushq %r12\n\t"
        "pushq %r13\n\t"
        "pushq %r14\n\t"
        "pushq %r15\n\t"
        "movq %rsp, native_host_rsp(%rip)\n\t"
        "movq $0, native_now+392(%rip)\n\t" ALL_XMM(
            XMM) "movl native_data_selector(%rip), %eax\n\t"
                 "movl %eax, %ds\n\t"
                 "movl %eax, %es\n\t"
                 "pushq native_now+128(%rip)\n\t"
                 "popfq\n\t"
                 "movl %eax, %ss\n\t" ALL_GPR(
                     GPR) "ljmpl *native_entry(%rip)\n"
                          "native_back_jumped:\n\t"
                          "movq $1, native_now+392(%rip)\n"
                          "native_back:\n\t" ALL_GPR(
                              GPR_BACK) "movq native_host_rsp(%rip), %rsp\n\t"
                                        "pushfq\n\t"
                                        "popq native_now+128(%rip)\n\t"
                                        "cld\n\t"
                                        "movl $0x2b, %eax\n\t"
                                        "movl %eax, %ss\n\t"
                                        "movl %eax, %ds\n\t"
                                        "movl %eax, %es\n\t" ALL_XMM(XMM_BACK) "popq %r15\n\t"
                                                                               "popq %r14\n\t"
                                                                               "popq %r13\n\t"
                                                                               "popq %r12\n\t"
                                                                               "popq %rbp\n\t"
                                                                               "popq %rbx\n\t"
                                                                               "ret\n");

static uint8_t *arena;
static sigjmp_buf before;
static int fault_signal;
static bool fault_by_page;

static void on_fault(int number, siginfo_t *info, void *context)
{
    fault_signal = number;
    fault_by_page = number == SIGSEGV && info->si_code != SI_KERNEL;
    siglongjmp(before, 1);
}

static void catch_faults(void)
{
    static const int signals[] = {SIGFPE, SIGSEGV, SIGILL, SIGBUS};
    static char stack[65536];
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    stack_t alternative = {.ss_sp = stack, .ss_size = sizeof(stack)};

    sigaltstack(&alternative, NULL);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
}

static bool add_segment(unsigned int entry, unsigned int contents)
{
    struct user_desc desc = {
        .entry_number = entry,
        .base_addr = (unsigned int)(uintptr_t)arena,
        .limit = ARENA_SIZE - 1,
        .contents = contents,
    };

    return syscall(SYS_modify_ldt, 1, &desc, sizeof(desc)) == 0;
}

/* jmp *0(%rip) */
static uint8_t *put_jump_64(uint8_t *at, void (*to)(void))
{
    uint64_t address = (uintptr_t)to;

    memcpy(at, "\xff\x25\0\0\0\0", 6);
    memcpy(at + 6, &address, 8);
    return at + 14;
}

/* A jump back from code of any kind. */
static void put_jump(uint8_t *at, unsigned int bits, bool jumped)
{
    uint32_t to = (uint32_t)(uintptr_t)arena + TRAMPOLINE + (jumped ? 16 : 0);
    uint16_t selector = CS_64;

    if (bits == 64) {
        put_jump_64(at, jumped ? native_back_jumped : native_back);
        return;
    }
    if (bits == 16)
        *at++ = 0x66;
    *at++ = 0xea;
    memcpy(at, &to, 4);
    memcpy(at + 4, &selector, 2);
}

bool native_init(void)
{
    arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (arena == MAP_FAILED) {
        perror("mmap");
        exit(EXIT_FAILURE);
    }
    catch_faults();
    put_jump_64(arena + TRAMPOLINE, native_back);
    put_jump_64(arena + TRAMPOLINE + 16, native_back_jumped);
    return add_segment(0, MODIFY_LDT_CONTENTS_CODE) && add_segment(1, MODIFY_LDT_CONTENTS_DATA);
}

uint8_t *native_arena(void)
{
    return arena;
}

static void prepare(const uint8_t *bytes, size_t length, unsigned int bits)
{
    memcpy(arena + NATIVE_CODE, bytes, length);
    put_jump(arena + NATIVE_CODE + length, bits, false);
    put_jump(arena + NATIVE_TARGET, bits, true);
    native_data_selector = bits == 16 ? LDT_DATA : DATA_FLAT;
    native_entry.selector = bits == 64 ? CS_64 : bits == 32 ? CS_32 : LDT_CODE;
    native_entry.offset = bits == 16 ? NATIVE_CODE : (uint32_t)(uintptr_t)arena + NATIVE_CODE;
}

int native_run(struct native_state *state, const uint8_t *bytes, size_t length, unsigned int bits,
               bool *is_page_fault)
{
    prepare(bytes, length, bits);
    native_now = *state;
    fault_signal = 0;
    fault_by_page = false;
    if (!sigsetjmp(before, 0))
        native_enter();
    *is_page_fault = fault_by_page;
    if (!fault_signal)
        *state = native_now;
    return fault_signal;
}
