/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Code that is another one than the CPU takes it for: its page table entry was changed, and the CPU
 * not told. Who looks at the instruction after the CPU has stopped at it, finds the new one there;
 * as if another vCPU had written it in between, but each time. (A CPU that has dropped the old
 * entry by itself sees the new one, too: both are right.) */
#include "hw.h"

#define ALIAS   0x8000000000UL /* where nothing else is mapped: the second entry of the root */
#define CODE_AT 16             /* of a page; what is before it is there to be known to the TLB */
#define RET     0xc3

extern uint64_t level4[];

static page_aligned uint64_t tables[3][512];
static page_aligned uint8_t pages[2][PAGE_SIZE], secret[PAGE_SIZE];

static void map(void)
{
    level4[1] = (uint64_t)tables[0] | PTE_TABLE;
    tables[0][0] = (uint64_t)tables[1] | PTE_TABLE;
    tables[1][0] = (uint64_t)tables[2] | PTE_TABLE;
    tables[2][0] = (uint64_t)pages[0] | PTE_DATA;
    tables[2][1] = (uint64_t)secret | PTE_P | PTE_RW; /* not the user's */
    __asm__ volatile("invlpg (%0)" ::"r"(ALIAS) : "memory");
}

static void fill(uint8_t *page, const struct hw_code *code)
{
    memset(page, RET, PAGE_SIZE);
    memcpy(page + CODE_AT, code->bytes, code->count);
}

int hw_execute_stale(const struct hw_code *old, const struct hw_code *now, bool user,
                     struct registers *registers)
{
    /* CALL *RSI; MOV RDX, (RCX); CALL *RDI */
    static const uint8_t bytes[] = {0xff, 0xd6, 0x48, 0x89, 0x11, 0xff, 0xd7};

    fill(pages[0], old);
    fill(pages[1], now);
    map();
    registers->rcx = (uint64_t)&tables[2][0];
    registers->rdx = (uint64_t)pages[1] | PTE_DATA;
    registers->rsi = ALIAS;
    registers->rdi = ALIAS + CODE_AT;
    if (user)
        return hw_user_execute(bytes, sizeof(bytes), registers);
    return execute(bytes, sizeof(bytes), registers);
}
