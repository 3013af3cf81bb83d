/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel may write to its level-1 tables, mapped read-only, as if they were plain memory: the
 * write is carried out as a checked update. It is whatever instruction and width the kernel likes,
 * as long as it stays aligned within one entry; registers and flags end as the CPU would have them.
 * What is not carried out is a page fault. (xen/xen.h, "writable page tables") */
#include "micro.h"

#define FLAGS_SEEN 0x8d5UL /* CF PF AF ZF SF OF */

static uint64_t *data;   /* what entry 0 of the table maps */
static uint64_t *table;  /* a pinned level-1 table */
static uint64_t mapping; /* the entry */

/* Puts the entry back. */
static void restore(void)
{
    (void)mmu_update(maddr_of(table), mapping, MMU_NORMAL_PT_UPDATE);
    (void)mmu_update(maddr_of(table + 1), 0, MMU_NORMAL_PT_UPDATE);
}

/* Runs instructions with RDI at the entry (or that many bytes behind), RSI and RAX as given. */
static int write_with(const void *bytes, size_t count, unsigned int offset, struct registers *r)
{
    r->rdi = (uint64_t)table + offset;
    return execute(bytes, count, r);
}

#define WRITE(text, offset, r) write_with(text, sizeof(text) - 1, offset, r)

static void check_moves(void)
{
    struct registers r = {.rsi = mapping & ~PTE_RW};

    expect(WRITE("\x48\x89\x37", 0, &r), NO_TRAP, "MOV of 8 bytes");
    expect((long)(table[0] & ~(PTE_A | PTE_D)), (long)((mapping & ~PTE_RW) & ~(PTE_A | PTE_D)),
           "is done");
    restore();
    r.rsi = mapping >> 32;
    expect(WRITE("\x89\x77\x04", 0, &r), NO_TRAP, "MOV of 4 bytes, the upper half");
    expect((long)table[0], (long)mapping, "is done");
    r.rsi = (uint16_t)mapping;
    expect(WRITE("\x66\x89\x37", 0, &r), NO_TRAP, "MOV of 2 bytes");
    r.rsi = (uint8_t)mapping;
    expect(WRITE("\x40\x88\x37", 0, &r), NO_TRAP, "MOV of a byte");
    expect((long)table[0], (long)mapping, "are done");
    expect(WRITE("\xc6\x07\x00", 0, &r), NO_TRAP, "MOV of a constant byte that unmaps");
    check(!(table[0] & PTE_P), "is done");
    restore();
    expect(WRITE("\x48\xc7\x07\x00\x00\x00\x00", 0, &r), NO_TRAP, "MOV of a constant");
    expect((long)table[0], 0, "is done");
    restore();
}

static void check_atomics(void)
{
    struct registers r = {.rsi = 0};

    expect(WRITE("\x48\x87\x37", 0, &r), NO_TRAP, "XCHG");
    expect((long)r.rsi, (long)mapping, "gives what there was");
    expect((long)table[0], 0, "and puts what it should");
    restore();
    r = (struct registers){.rax = mapping, .rsi = mapping & ~PTE_RW};
    expect(WRITE("\xf0\x48\x0f\xb1\x37", 0, &r), NO_TRAP, "LOCK CMPXCHG that matches");
    check(!(table[0] & PTE_RW), "is done");
    r = (struct registers){.rax = 1, .rsi = 0};
    expect(WRITE("\xf0\x48\x0f\xb1\x37", 0, &r), NO_TRAP, "LOCK CMPXCHG that does not match");
    expect((long)r.rax, (long)table[0], "gives what there is");
    check(table[0] & PTE_P, "and changes nothing");
    restore();
    expect(WRITE("\xf0\x80\x27\xfd", 0, &r), NO_TRAP, "LOCK AND of a byte takes the write bit");
    check(!(table[0] & PTE_RW), "is done");
    expect(WRITE("\xf0\x80\x0f\x02", 0, &r), NO_TRAP, "LOCK OR of a byte gives it again");
    check(table[0] & PTE_RW, "is done");
    expect(WRITE("\xf0\x48\x0f\xba\x37\x05", 0, &r), NO_TRAP, "LOCK BTR of the accessed bit");
    check(!(table[0] & PTE_A), "is done");
    expect(WRITE("\xf0\x48\x0f\xba\x2f\x05", 0, &r), NO_TRAP, "LOCK BTS of it");
    check(table[0] & PTE_A, "is done");
    r = (struct registers){.rsi = 1UL << 52};
    expect(WRITE("\xf0\x48\x0f\xc1\x37", 0, &r), NO_TRAP, "LOCK XADD");
    expect((long)r.rsi, (long)mapping, "gives what there was");
    restore();
    r = (struct registers){.rax = (uint32_t)mapping, .rdx = mapping >> 32, .rbx = 0, .rcx = 0};
    expect(WRITE("\xf0\x0f\xc7\x0f", 0, &r), NO_TRAP, "LOCK CMPXCHG8B");
    expect((long)table[0], 0, "is done");
    restore();
}

/* Not carried out: the guest sees its page fault, and nothing is changed. */
static void check_refusals(void)
{
    static const struct {
        const char *name, *text;
        unsigned int length, offset;
    } bad[] = {
        {"a misaligned MOV of 8 bytes", "\x48\x89\x37", 3, 4},
        {"a misaligned MOV of 4 bytes", "\x89\x37", 2, 6},
        {"a misaligned MOV of 2 bytes", "\x66\x89\x37", 3, 7},
        {"a MOV into the next page", "\x48\x89\x37", 3, 4092},
        {"LOCK CMPXCHG16B", "\xf0\x48\x0f\xc7\x0f", 5, 0},
        {"MOVS to it", "\x48\xa5", 2, 0},
        {"STOS to it", "\x48\xab", 2, 0},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        struct registers r = {.rsi = (uint64_t)data, .rax = mapping & ~PTE_RW};
        int trap = write_with(bad[i].text, bad[i].length, bad[i].offset, &r);

        /* Whether a string instruction is carried out is the hypervisor's choice. */
        if (trap == NO_TRAP)
            check(i == 5 || i == 6, "%s is carried out", bad[i].name);
        else
            expect(trap, TRAP_PF, "%s faults", bad[i].name);
        restore();
        expect((long)table[0], (long)mapping, "after %s the entry is right", bad[i].name);
    }
}

static void check_values(void)
{
    static const uint64_t bad[] = {
        0x200000 | PTE_DATA, 0xfee00000 | PTE_DATA, PTE_ADDR | PTE_DATA, ~0UL, PTE_P | PTE_PSE,
    };
    struct registers r = {0};

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        r.rsi = bad[i];
        expect(WRITE("\x48\x89\x37", 0, &r), TRAP_PF, "MOV of %lx faults", bad[i]);
        expect((long)trapped.error, 3, "as a write to what is present");
        expect((long)trapped_address, (long)table, "at the entry");
        r.rsi = bad[i];
        expect(WRITE("\x48\x87\x37", 0, &r), TRAP_PF, "XCHG of %lx faults", bad[i]);
        expect((long)table[0], (long)mapping, "and the entry is as it was");
    }
    r.rsi = mfn_of(table) << PAGE_SHIFT | PTE_DATA;
    expect(WRITE("\x48\x89\x37", 0, &r), TRAP_PF, "a table can't be made to map itself writable");
    r.rsi = mfn_of(table) << PAGE_SHIFT | PTE_READ;
    expect(WRITE("\x48\x89\x37", 0, &r), NO_TRAP, "but read-only");
    expect(WRITE("\x80\x0f\x02", 0, &r), TRAP_PF, "and then a bit does not make it writable");
    restore();
    /* An entry is put together in halves: in between it may be anything, if not present. */
    r.rsi = 0;
    (void)WRITE("\x48\x89\x37", 0, &r);
    r.rsi = mapping >> 32;
    (void)WRITE("\x89\x77\x04", 0, &r);
    r.rsi = (uint32_t)mapping;
    expect(WRITE("\x89\x37", 0, &r), NO_TRAP, "an entry is written in two halves");
    expect((long)table[0], (long)mapping, "and is right");
}

/* Flags and registers of instructions on an entry, against the same on plain memory. */
static void check_flags(void)
{
    static const struct {
        const char *name, *text; /* PUSHF and POP RAX follow */
        unsigned int length;
    } cases[] = {
        {"AND", "\x48\x81\x27\xff\xff\xff\x7f", 7},
        {"OR", "\x48\x83\x0f\x01", 4},
        {"XOR", "\x48\x31\x37", 3},
        {"ADD", "\x48\x01\x37", 3},
        {"SUB", "\x48\x29\x37", 3},
        {"ADC", "\xf9\x48\x11\x37", 4},
        {"SBB", "\xf9\x48\x19\x37", 4},
        {"INC", "\xf9\x48\xff\x07", 4},
        {"DEC", "\xf9\x48\xff\x0f", 4},
        {"NEG", "\x48\xf7\x1f", 3},
        {"NOT", "\x48\xf7\x17", 3},
        {"BTC", "\x48\x0f\xba\x3f\x3e", 5},
    };
    static uint64_t plain;

    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t text[16];
        struct registers on_table, on_memory;
        size_t count = cases[i].length;

        memcpy(text, cases[i].text, count);
        memcpy(text + count, "\x9c\x58", 2);
        /* Not present before and after: any value will do. */
        plain = 0x7f00000000000002;
        (void)mmu_update(maddr_of(table), plain, MMU_NORMAL_PT_UPDATE);
        on_memory = on_table = (struct registers){.rsi = 0x4000000000000010};
        on_memory.rdi = (uint64_t)&plain;
        on_table.rdi = (uint64_t)table;
        if (i == 1 || i == 9 || i == 10) /* would set or keep the present bit of nonsense */
            on_memory.rsi = on_table.rsi;
        expect(execute(text, count + 2, &on_memory), NO_TRAP, "%s on memory", cases[i].name);
        if (plain & PTE_P) {
            restore();
            continue;
        }
        expect(execute(text, count + 2, &on_table), NO_TRAP, "%s on an entry", cases[i].name);
        expect((long)table[0], (long)plain, "%s gives the same value", cases[i].name);
        expect((long)(on_table.rax & FLAGS_SEEN), (long)(on_memory.rax & FLAGS_SEEN),
               "%s gives the same flags", cases[i].name);
        restore();
    }
}

/* Writes to what looks like a table and is none, or not any more. */
static void check_others(void)
{
    uint64_t *plain = page_alloc(), *l2 = page_alloc();

    (void)map_readonly(plain);
    expect(try_write(plain, 0), TRAP_PF, "a write to a read-only page faults");
    l2[0] = mfn_of(table) << PAGE_SHIFT | PTE_TABLE;
    (void)map_readonly(l2);
    expect(mmuext(MMUEXT_PIN_L2_TABLE, mfn_of(l2)), 0, "a level-2 table is pinned");
    expect(try_write(l2, 0), TRAP_PF, "a write to it faults");
    expect(mmu_update(maddr_of(l2), 0, MMU_NORMAL_PT_UPDATE), 0, "while mmu_update is made");
    expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(l2)), 0, "it is unpinned");
    expect(try_write(start_info, 0) == NO_TRAP, 1, "a write to a writable page is none of this");
    user_init();
    {
        struct registers r = {.rdi = (uint64_t)table, .rsi = 0};

        expect(user_execute("\x48\x89\x37", 3, FLAG_IF, &r), TRAP_PF,
               "user code can't write to it");
        expect((long)trapped.error & 7, 7, "as the error code tells");
        expect((long)table[0], (long)mapping, "the entry is as it was");
    }
}

void micro_main(void)
{
    data = page_alloc();
    table = page_alloc();
    (void)page_alloc(); /* behind the table */
    mapping = mfn_of(data) << PAGE_SHIFT | PTE_DATA;
    table[0] = mapping;
    (void)map_readonly(table);
    expect(writable_page_tables(), 0, "plain writes to page tables are asked for");
    expect(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table)), 0, "a table is pinned");
    check_moves();
    check_atomics();
    check_refusals();
    check_values();
    check_flags();
    check_others();
    expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(table)), 0, "the table is unpinned");
}
