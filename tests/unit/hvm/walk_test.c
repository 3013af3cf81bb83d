/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's page walk, in each of its four ways. */
#include "check.h"

#include "hvm/walk.h"
#include "machine/cpu.h"
#include "machine/paging.h"

/* The guest's memory: 64 pages. */
static _Alignas(4096) unsigned char memory[64 * PAGE_SIZE];
static unsigned int marks;

static bool read_entry(void *ctx, uint64_t gpa, unsigned int size, uint64_t *entry)
{
    *entry = 0;
    if (gpa > sizeof(memory) - size)
        return false;
    memcpy(entry, memory + gpa, size);
    return true;
}

static void mark(void *ctx, uint64_t gpa, unsigned int size, uint64_t old, uint64_t bits)
{
    uint64_t now = old | bits;

    memcpy(memory + gpa, &now, size);
    marks++;
}

static const struct walk_memory access = {read_entry, mark, NULL};

static void set(uint64_t page, unsigned int index, unsigned int size, uint64_t entry)
{
    memcpy(memory + page * PAGE_SIZE + index * size, &entry, size);
}

static bool walks(const struct walk_mode *mode, uint64_t linear, bool write, uint64_t gpa)
{
    uint64_t found = 0;

    return walk(mode, &access, linear, write, &found) && found == gpa;
}

static bool faults(const struct walk_mode *mode, uint64_t linear, bool write)
{
    uint64_t found;

    return !walk(mode, &access, linear, write, &found);
}

static void without_paging_addresses_are_physical(void)
{
    const struct walk_mode mode = {.cr0 = CR0_PE};

    CHECK(walks(&mode, 0x12345, true, 0x12345));
    CHECK(walks(&mode, 0xffffffff00001000, false, 0x1000));
}

static void four_levels(void)
{
    const struct walk_mode mode = {.cr0 = CR0_PE | CR0_PG | CR0_WP,
                                   .cr3 = 1 << 12 | 0x18,
                                   .cr4 = CR4_PAE,
                                   .efer = EFER_LMA | EFER_LME};
    struct walk_mode lax = mode;
    const uint64_t high = 0xffff888000000000;

    lax.cr0 &= ~CR0_WP;
    memset(memory, 0, sizeof(memory));
    set(1, pt_index(high, 4), 8, 2 << 12 | PTE_P | PTE_RW);
    set(2, 0, 8, 3 << 12 | PTE_P | PTE_RW);
    set(2, 1, 8, 5ULL << 30 | PTE_P | PTE_RW | PTE_PSE);
    set(3, 0, 8, 4 << 12 | PTE_P | PTE_RW);
    set(3, 1, 8, 7ULL << 21 | PTE_P | PTE_PSE | PTE_NX);
    set(4, 5, 8, 0x123456ULL << 12 | PTE_P | PTE_RW | PTE_NX);
    set(4, 6, 8, 0x777000 | PTE_P);
    set(4, 7, 8, 0x777000 | PTE_RW);
    marks = 0;
    CHECK(walks(&mode, high + 0x5abc, false, 0x123456abc));
    CHECK_EQ(marks, 4); /* accessed, at each level */
    CHECK(walks(&mode, high + 0x5abc, true, 0x123456abc));
    CHECK_EQ(marks, 5); /* and dirty, at the last */
    CHECK(walks(&mode, high + 0x5abc, true, 0x123456abc));
    CHECK_EQ(marks, 5);
    CHECK(walks(&mode, high + 0x6010, false, 0x777010));
    CHECK(faults(&mode, high + 0x6010, true));
    CHECK(walks(&lax, high + 0x6010, true, 0x777010));
    CHECK(faults(&mode, high + 0x7000, false));
    CHECK(faults(&mode, high + 0x8000, false));
    CHECK(walks(&mode, high + (1 << 21) + 0x12345, false, (7ULL << 21) + 0x12345));
    CHECK(faults(&mode, high + (1 << 21) + 0x12345, true));
    CHECK(walks(&mode, high + (1 << 30) + 0x1234567, true, (5ULL << 30) + 0x1234567));
    CHECK(faults(&mode, high + (1ULL << 39), false));
    CHECK(faults(&mode, 0x0000888000000000 + 0x5abc, false)); /* not canonical */
}

static void tables_outside_memory_fault(void)
{
    const struct walk_mode mode = {
        .cr0 = CR0_PE | CR0_PG, .cr3 = 1ULL << 40, .cr4 = CR4_PAE, .efer = EFER_LMA | EFER_LME};

    CHECK(faults(&mode, 0, false));
}

static void three_levels(void)
{
    const struct walk_mode mode = {.cr0 = CR0_PE | CR0_PG | CR0_WP, .cr3 = 0x1020, .cr4 = CR4_PAE};

    memset(memory, 0, sizeof(memory));
    memcpy(memory + 0x1020 + 3 * 8, &(uint64_t){2 << 12 | PTE_P}, 8); /* has no writable bit */
    set(2, 0, 8, 3 << 12 | PTE_P | PTE_RW);
    set(2, 1, 8, 9ULL << 21 | PTE_P | PTE_RW | PTE_PSE);
    set(3, 2, 8, 0x1234ULL << 32 | 0x5000 | PTE_P | PTE_RW);
    CHECK(walks(&mode, 0xc0002678, true, (0x1234ULL << 32) + 0x5678));
    CHECK(walks(&mode, 0xffffffffc0002678, true, (0x1234ULL << 32) + 0x5678));
    CHECK(walks(&mode, 0xc0200042, true, (9ULL << 21) + 0x42));
    CHECK(faults(&mode, 0x80000000, false));
}

static void two_levels(void)
{
    struct walk_mode mode = {.cr0 = CR0_PE | CR0_PG | CR0_WP, .cr3 = 0x1000, .cr4 = CR4_PSE};

    memset(memory, 0, sizeof(memory));
    set(1, 768, 4, 2 << 12 | PTE_P | PTE_RW);
    set(1, 769, 4, 0x00800000 | 0x12 << 13 | PTE_P | PTE_RW | PTE_PSE);
    set(2, 1, 4, 0x00abc000 | PTE_P | PTE_RW);
    CHECK(walks(&mode, 0xc0001fff, true, 0xabcfff));
    CHECK(walks(&mode, 0xc0400321, true, (0x12ULL << 32) + 0x800321));
    mode.cr4 = 0; /* then it is a table, and lies outside memory */
    CHECK(faults(&mode, 0xc0400321, true));
}

int main(void)
{
    RUN(without_paging_addresses_are_physical);
    RUN(four_levels);
    RUN(tables_outside_memory_fault);
    RUN(three_levels);
    RUN(two_levels);
    return check_done();
}
