/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest-physical map: what is put there is found there, in mappings of every size; and what
 * would be wrong is refused. */
#include "check.h"

#include "hvm/p2m.h"
#include "memory/memory.h"

#define TABLE 0x7
#define LEAF  0x67

static const struct p2m_format format = {
    .table = TABLE,
    .leaf = {[P2M_RAM] = LEAF, [P2M_RAM_RO] = 0x25, [P2M_SHARED] = LEAF, [P2M_GRANT] = LEAF},
    .large = PTE_PSE,
    .dirty = PTE_D,
};
static const struct p2m_format small_format = {
    .table = TABLE,
    .leaf = {[P2M_RAM] = LEAF},
    .large = PTE_PSE,
    .small_only = true,
};

static struct p2m p2m;

static void begin(void)
{
    fake_memory_init();
    CHECK_EQ(p2m_init(&p2m, &format), 0);
}

static bool always(void)
{
    return true;
}

static bool never(void)
{
    return false;
}

static void end(void)
{
    CHECK_EQ(p2m_release(&p2m, never), 0);
    p2m_free(&p2m);
    CHECK_EQ(fake_memory_leaks(), 0);
}

static bool is(uint64_t gfn, enum p2m_type type, uint64_t mfn)
{
    uint64_t found = ~0ULL;

    if (p2m_lookup(&p2m, gfn, &found) != type)
        return false;
    return type == P2M_HOLE || found == mfn;
}

/* What a CPU would find: the entry of the last level, or the large one on the way there. */
static uint64_t cpu_walk(uint64_t gfn, unsigned int *level)
{
    const pte_t *table = p2m.root;

    for (*level = 4;; --*level) {
        pte_t entry = table[gfn >> (9 * (*level - 1)) & 511];

        if (!(entry & PTE_P) || *level == 1 || (entry & PTE_PSE))
            return entry;
        CHECK_EQ(entry & 0xfff, TABLE);
        table = mfn_to_virt((entry & PTE_ADDR) >> PAGE_SHIFT);
    }
}

static void pages_are_found_where_they_were_put(void)
{
    unsigned int level;

    begin();
    CHECK(is(0, P2M_HOLE, 0) && is(5, P2M_HOLE, 0) && is(~0ULL, P2M_HOLE, 0));
    CHECK_EQ(p2m_map(&p2m, 5, 0x1234, 0, P2M_RAM), 0);
    CHECK_EQ(p2m_map(&p2m, 6, 0x777, 0, P2M_RAM_RO), 0);
    CHECK_EQ(p2m_map(&p2m, 0xfeff8, 0x42, 0, P2M_SHARED), 0);
    CHECK(is(5, P2M_RAM, 0x1234) && is(6, P2M_RAM_RO, 0x777) && is(0xfeff8, P2M_SHARED, 0x42));
    CHECK(is(4, P2M_HOLE, 0) && is(7, P2M_HOLE, 0) && is(0xfeff9, P2M_HOLE, 0));
    CHECK_EQ(cpu_walk(5, &level) & ~(0xfULL << 52), 0x1234000 | LEAF);
    CHECK_EQ(level, 1);
    CHECK_EQ(cpu_walk(6, &level) & PTE_RW, 0);
    CHECK_EQ(cpu_walk(7, &level) & PTE_P, 0);
    CHECK_EQ(p2m.highest, 0xfeff8);
    end();
}

static void mappings_are_as_large_as_alignment_allows(void)
{
    unsigned int level;

    begin();
    CHECK_EQ(p2m_map(&p2m, 0x200, 0x4000, P2M_ORDER_2M, P2M_RAM), 0);
    CHECK_EQ(p2m_map(&p2m, 0x40000, 0x80000, P2M_ORDER_1G, P2M_RAM), 0);
    CHECK_EQ(p2m_map(&p2m, 0x400, 0x4001, P2M_ORDER_2M, P2M_RAM), 0); /* frames not aligned */
    CHECK_EQ(cpu_walk(0x2ab, &level) & PTE_ADDR, 0x4000000);
    CHECK_EQ(level, 2);
    CHECK(is(0x200, P2M_RAM, 0x4000) && is(0x3ff, P2M_RAM, 0x41ff));
    cpu_walk(0x7ffff, &level);
    CHECK_EQ(level, 3);
    CHECK(is(0x40000, P2M_RAM, 0x80000) && is(0x7ffff, P2M_RAM, 0xbffff));
    cpu_walk(0x400, &level);
    CHECK_EQ(level, 1);
    CHECK(is(0x400, P2M_RAM, 0x4001) && is(0x5ff, P2M_RAM, 0x4200) && is(0x600, P2M_HOLE, 0));
    end();
}

static void a_hole_splits_a_large_mapping(void)
{
    unsigned int level;

    begin();
    CHECK_EQ(p2m_map(&p2m, 0, 0x40000, P2M_ORDER_1G, P2M_RAM), 0);
    CHECK_EQ(p2m_unmap(&p2m, 0x12345, 0x52345, P2M_RAM), 0);
    CHECK(is(0x12345, P2M_HOLE, 0) && is(0x12344, P2M_RAM, 0x52344));
    CHECK(is(0x12346, P2M_RAM, 0x52346) && is(0, P2M_RAM, 0x40000) &&
          is(0x3ffff, P2M_RAM, 0x7ffff));
    cpu_walk(0x12344, &level);
    CHECK_EQ(level, 1);
    cpu_walk(0, &level);
    CHECK_EQ(level, 2);
    CHECK_EQ(p2m_map(&p2m, 0x12345, 9, 0, P2M_SHARED), 0);
    CHECK(is(0x12345, P2M_SHARED, 9));
    end();
}

static void only_what_is_there_is_taken_out(void)
{
    begin();
    CHECK_EQ(p2m_map(&p2m, 1, 10, 0, P2M_RAM), 0);
    CHECK_EQ(p2m_unmap(&p2m, 1, 11, P2M_RAM), -XEN_EINVAL);
    CHECK_EQ(p2m_unmap(&p2m, 1, 10, P2M_SHARED), -XEN_EINVAL);
    CHECK_EQ(p2m_unmap(&p2m, 2, 10, P2M_RAM), -XEN_EINVAL);
    CHECK_EQ(p2m_unmap(&p2m, ~0ULL, 10, P2M_RAM), -XEN_EINVAL);
    CHECK(is(1, P2M_RAM, 10));
    CHECK_EQ(p2m_unmap(&p2m, 1, 10, P2M_RAM), 0);
    CHECK_EQ(p2m_unmap(&p2m, 1, 10, P2M_RAM), -XEN_EINVAL);
    end();
}

static void nothing_is_covered(void)
{
    begin();
    CHECK_EQ(p2m_map(&p2m, 0x3ff, 10, 0, P2M_RAM), 0);
    CHECK_EQ(p2m_map(&p2m, 0x3ff, 11, 0, P2M_RAM), -XEN_EEXIST);
    CHECK_EQ(p2m_map(&p2m, 0x200, 0x4000, P2M_ORDER_2M, P2M_RAM), -XEN_EEXIST);
    CHECK(is(0x200, P2M_HOLE, 0) && is(0x3ff, P2M_RAM, 10));
    CHECK_EQ(p2m_map(&p2m, 0x201, 0x4000, P2M_ORDER_2M, P2M_RAM), -XEN_EINVAL);
    CHECK_EQ(p2m_map(&p2m, 0, 0, P2M_ORDER_1G + 1, P2M_RAM), -XEN_EINVAL);
    CHECK_EQ(p2m_map(&p2m, P2M_GFN_LIMIT, 0, 0, P2M_RAM), -XEN_EINVAL);
    CHECK_EQ(p2m_map(&p2m, ~0ULL, 0, 0, P2M_RAM), -XEN_EINVAL);
    /* Where there is a table, a large mapping becomes small ones. */
    CHECK_EQ(p2m_unmap(&p2m, 0x3ff, 10, P2M_RAM), 0);
    CHECK_EQ(p2m_map(&p2m, 0x200, 0x4000, P2M_ORDER_2M, P2M_RAM), 0);
    CHECK(is(0x200, P2M_RAM, 0x4000) && is(0x3ff, P2M_RAM, 0x41ff));
    end();
}

static void without_memory_nothing_is_left_half_done(void)
{
    begin();
    fake_memory_left = 2;
    CHECK_EQ(p2m_map(&p2m, 5, 10, 0, P2M_RAM), -XEN_ENOMEM);
    CHECK(is(5, P2M_HOLE, 0));
    fake_memory_left = -1;
    CHECK_EQ(p2m_map(&p2m, 0, 0x40000, P2M_ORDER_1G, P2M_RAM), 0);
    fake_memory_left = 0;
    CHECK_EQ(p2m_unmap(&p2m, 7, 0x40007, P2M_RAM), -XEN_ENOMEM);
    CHECK(is(7, P2M_RAM, 0x40007));
    fake_memory_left = -1;
    end();
}

static void tables_have_a_limit(void)
{
    begin();
    p2m_limit(&p2m, 5);
    CHECK_EQ(p2m_map(&p2m, 0, 1, 0, P2M_RAM), 0);          /* 3 tables */
    CHECK_EQ(p2m_map(&p2m, 1ULL << 18, 2, 0, P2M_RAM), 0); /* 2 more */
    CHECK_EQ(p2m_map(&p2m, 1ULL << 9, 3, 0, P2M_RAM), -XEN_ENOMEM);
    CHECK_EQ(p2m_map(&p2m, 1, 3, 0, P2M_RAM), 0); /* needs none */
    p2m_limit(&p2m, 6);
    CHECK_EQ(p2m_map(&p2m, 1ULL << 9, 3, 0, P2M_RAM), 0);
    end();
}

static void releasing_stops_and_goes_on(void)
{
    unsigned int calls = 0;

    begin();
    for (uint64_t gfn = 0; gfn < 6ULL << 18; gfn += 1ULL << 18)
        CHECK_EQ(p2m_map(&p2m, gfn + 1, gfn + 7, 0, P2M_RAM), 0);
    while (p2m_release(&p2m, always) == -XEN_ERESTART)
        calls++;
    CHECK_EQ(calls, 6);
    end();
}

/* Joins what gfn is in, as far as that goes; and frees the table, which no CPU walks here. */
static bool join(uint64_t gfn)
{
    uint64_t at = gfn;
    void *table = p2m_join(&p2m, &at);

    CHECK_EQ(at, table ? gfn : (gfn | 511) + 1);
    pages_free(table, 0);
    return table;
}

static unsigned int level_of(uint64_t gfn)
{
    unsigned int level;

    (void)cpu_walk(gfn, &level);
    return level;
}

/* A part that was given up comes back as it was. */
static void parts_are_joined(void)
{
    begin();
    CHECK_EQ(p2m_map(&p2m, 0x200, 0x4000, P2M_ORDER_2M, P2M_RAM), 0);
    CHECK(!join(0x200)); /* it is in one piece */
    CHECK_EQ(p2m_unmap(&p2m, 0x234, 0x4034, P2M_RAM), 0);
    CHECK(!join(0x234) && level_of(0x200) == 1);
    CHECK_EQ(p2m_map(&p2m, 0x234, 0x4034, 0, P2M_RAM), 0);
    CHECK_EQ(p2m.tables, 3);
    CHECK(join(0x3ff));
    CHECK_EQ(p2m.tables, 2);
    CHECK(level_of(0x200) == 2 && is(0x200, P2M_RAM, 0x4000) && is(0x3ff, P2M_RAM, 0x41ff));
    CHECK(is(0x1ff, P2M_HOLE, 0) && is(0x400, P2M_HOLE, 0));
    CHECK(!join(0x200));
    for (uint64_t gfn = 0; gfn < 512; gfn++) /* one by one; read-only */
        CHECK_EQ(p2m_map(&p2m, gfn, 0x800 + gfn, 0, P2M_RAM_RO), 0);
    CHECK(join(0));
    CHECK(level_of(5) == 2 && is(5, P2M_RAM_RO, 0x805));
    end();
}

/* 1 GiB that was filled in parts of 2 MiB, the last of them in small pages. */
static void fill_1g(uint64_t last_mfn)
{
    for (uint64_t gfn = 0x40000; gfn < 0x7fe00; gfn += 0x200)
        CHECK_EQ(p2m_map(&p2m, gfn, gfn + 0x40000, P2M_ORDER_2M, P2M_RAM), 0);
    for (uint64_t gfn = 0x7fe00; gfn < 0x7ffff; gfn++)
        CHECK_EQ(p2m_map(&p2m, gfn, gfn + 0x40000, 0, P2M_RAM), 0);
    CHECK_EQ(p2m_map(&p2m, 0x7ffff, last_mfn, 0, P2M_RAM), 0);
}

static void parts_are_joined_to_1g(void)
{
    begin();
    fill_1g(0xbffff);
    CHECK_EQ(p2m.tables, 3);
    CHECK(!join(0x40000) && level_of(0x40000) == 2); /* there are small pages at its end */
    CHECK(join(0x7fe00) && level_of(0x7fe00) == 2);
    CHECK(join(0x50000) && level_of(0x40000) == 3 && level_of(0x7ffff) == 3);
    CHECK_EQ(p2m.tables, 1);
    CHECK(is(0x40000, P2M_RAM, 0x80000) && is(0x7ffff, P2M_RAM, 0xbffff));
    CHECK(is(0x3ffff, P2M_HOLE, 0) && is(0x80000, P2M_HOLE, 0));
    CHECK_EQ(p2m_retype(&p2m, 0x60000, P2M_RAM_RO), 0);
    CHECK(!join(0x40000) && !join(0x60000) && level_of(0x40000) == 2);
    CHECK_EQ(p2m_retype(&p2m, 0x60000, P2M_RAM), 0);
    CHECK(join(0x60000) && join(0x60000) && level_of(0x60000) == 3);
    end();
}

static void what_is_not_alike_is_not_joined_to_1g(void)
{
    begin();
    fill_1g(0x12345);
    CHECK(!join(0x40000) && !join(0x7fe00) && level_of(0x40000) == 2);
    for (uint64_t gfn = 0x80000; gfn < 0xc0000; gfn += 0x200) /* whole, but not aligned */
        CHECK_EQ(p2m_map(&p2m, gfn, gfn + 0x200, P2M_ORDER_2M, P2M_RAM), 0);
    CHECK(!join(0x80000) && level_of(0x80000) == 2);
    end();
}

static void nor_where_there_is_no_1g(void)
{
    struct p2m_format without = format;

    without.no_1g = true;
    fake_memory_init();
    CHECK_EQ(p2m_init(&p2m, &without), 0);
    fill_1g(0xbffff);
    CHECK(join(0x7fe00) && !join(0x40000) && level_of(0x40000) == 2);
    end();
}

static void what_is_joined_counts_as_written_to(void)
{
    uint64_t bits;

    begin();
    CHECK_EQ(p2m_map(&p2m, 0x200, 0x4000, P2M_ORDER_2M, P2M_RAM), 0);
    for (uint64_t gfn = 0x200; gfn < 0x400; gfn += 64)
        CHECK(!p2m_dirty_take(&p2m, gfn, 64, &bits) && bits == ~0ULL);
    CHECK(!p2m_dirty_take(&p2m, 0x200, 64, &bits) && bits == 0);
    CHECK(join(0x200));
    CHECK_EQ(cpu_walk(0x200, &(unsigned int){0}) & 0xfff, LEAF | PTE_PSE);
    CHECK(!p2m_dirty_take(&p2m, 0x240, 64, &bits) && bits == ~0ULL);
    end();
}

static void what_is_not_alike_stays_apart(void)
{
    begin();
    CHECK_EQ(p2m_map(&p2m, 0x200, 0x4001, P2M_ORDER_2M, P2M_RAM), 0); /* not aligned */
    CHECK(!join(0x200));
    CHECK_EQ(p2m_map(&p2m, 0x400, 0x4000, P2M_ORDER_2M, P2M_RAM), 0);
    for (uint64_t gfn = 0x400; gfn < 0x600; gfn += 0x7f) { /* the first, some, the last */
        CHECK_EQ(p2m_retype(&p2m, gfn, P2M_RAM_RO), 0);
        CHECK(!join(0x400));
        CHECK_EQ(p2m_retype(&p2m, gfn, P2M_RAM), 0);
    }
    for (uint64_t gfn = 0x400; gfn < 0x600; gfn += 0x7f) {
        uint64_t mfn = 0x4000 + gfn - 0x400;

        CHECK_EQ(p2m_unmap(&p2m, gfn, mfn, P2M_RAM), 0);
        CHECK(!join(0x400));
        CHECK_EQ(p2m_map(&p2m, gfn, 0x7777, 0, P2M_RAM), 0); /* another frame */
        CHECK(!join(0x400));
        CHECK_EQ(p2m_unmap(&p2m, gfn, 0x7777, P2M_RAM), 0);
        CHECK_EQ(p2m_map(&p2m, gfn, mfn, 0, P2M_GRANT), 0);
        CHECK(!join(0x400));
        CHECK_EQ(p2m_unmap(&p2m, gfn, mfn, P2M_GRANT), 0);
        CHECK_EQ(p2m_map(&p2m, gfn, mfn, 0, P2M_RAM), 0);
    }
    CHECK(join(0x400));
    for (uint64_t gfn = 0x600; gfn < 0x800; gfn++)
        CHECK_EQ(p2m_map(&p2m, gfn, gfn, 0, P2M_SHARED), 0);
    CHECK(!join(0x600));
    end();
}

static void nor_where_there_are_small_pages_only(void)
{
    fake_memory_init();
    CHECK_EQ(p2m_init(&p2m, &small_format), 0);
    CHECK_EQ(p2m_map(&p2m, 0x200, 0x4000, P2M_ORDER_2M, P2M_RAM), 0);
    CHECK(!join(0x200) && level_of(0x200) == 1);
    end();
}

static void holes_are_passed_at_once(void)
{
    uint64_t gfn = 5;

    begin();
    CHECK(!p2m_join(&p2m, &gfn) && gfn == 1ULL << 27);
    CHECK_EQ(p2m_map(&p2m, 1ULL << 27, 0x40000, P2M_ORDER_1G, P2M_RAM), 0);
    CHECK(!p2m_join(&p2m, &gfn) && gfn == (1ULL << 27) + (1 << 18));
    CHECK(!p2m_join(&p2m, &gfn) && gfn == (1ULL << 27) + (2 << 18));
    end();
}

int main(void)
{
    RUN(pages_are_found_where_they_were_put);
    RUN(mappings_are_as_large_as_alignment_allows);
    RUN(a_hole_splits_a_large_mapping);
    RUN(only_what_is_there_is_taken_out);
    RUN(nothing_is_covered);
    RUN(without_memory_nothing_is_left_half_done);
    RUN(tables_have_a_limit);
    RUN(parts_are_joined);
    RUN(parts_are_joined_to_1g);
    RUN(what_is_not_alike_is_not_joined_to_1g);
    RUN(nor_where_there_is_no_1g);
    RUN(what_is_joined_counts_as_written_to);
    RUN(what_is_not_alike_stays_apart);
    RUN(nor_where_there_are_small_pages_only);
    RUN(holes_are_passed_at_once);
    RUN(releasing_stops_and_goes_on);
    return check_done();
}
