/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page-table validation: what a guest may build, what it may not, and that every count is right. */
#include "check.h"

#include "guest_tables.h"
#include "memory/flush.h"
#include "pv/grant_pte.h"
#include "pv/pv.h"

#include <xen/grant_table.h>

#define FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define RO    (PTE_P | PTE_US | PTE_A)

/* By number in guest_frame. */
enum { L4, L3, L2, L1, DATA, DATA2, SPARE };

static uint64_t to(unsigned int number, uint64_t flags)
{
    return pte_make(guest_frame[number], flags);
}

static void check_sound(void)
{
    const char *wrong = guest_audit();

    if (!CHECK(wrong == NULL))
        fprintf(stderr, "    %s\n", wrong);
}

static void check_left_clean(void)
{
    CHECK_EQ(guest_stop(), 0);
}

static uint64_t type_of(unsigned int number)
{
    return mfn_to_page(guest_frame[number])->type;
}

/* A root that maps DATA writable and all its own tables read-only. */
static void write_tables(void)
{
    CHECK(guest_write(guest_frame[L4], 0, to(L3, FLAGS)));
    CHECK(guest_write(guest_frame[L3], 0, to(L2, FLAGS)));
    CHECK(guest_write(guest_frame[L2], 0, to(L1, FLAGS)));
    CHECK(guest_write(guest_frame[L1], 0, to(DATA, FLAGS)));
    for (unsigned int n = L4; n <= L1; n++)
        CHECK(guest_write(guest_frame[L1], 1 + n, to(n, RO)));
}

static void test_sound_tables(void)
{
    guest_start(false);
    write_tables();
    check_sound();
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
    check_sound();
    CHECK_EQ(type_of(L4), TYPE_L4 | TYPE_PINNED | TYPE_VALIDATED | 1);
    CHECK_EQ(type_of(L1), TYPE_L1 | TYPE_VALIDATED | 1);
    CHECK_EQ(type_of(DATA), TYPE_WRITABLE | TYPE_VALIDATED | 1);

    /* Out of the guest's hands now. */
    for (unsigned int n = L4; n <= L1; n++)
        CHECK(!guest_write(guest_frame[n], 9, 0));
    CHECK_EQ(guest_pin(guest_frame[L4], 4), -XEN_EINVAL);

    CHECK_EQ(guest_unpin(guest_frame[L4]), 0);
    check_sound();
    CHECK_EQ(type_of(L1) & TYPE_COUNT_MASK, 0);
    CHECK(guest_write(guest_frame[L1], 9, 0));
    CHECK_EQ(guest_unpin(guest_frame[L4]), -XEN_EINVAL);
    check_left_clean();
}

/* One thing wrong in tables that are sound otherwise: the root is refused, nothing is left. */
static void test_refused_tables(void)
{
    static const struct {
        const char *what;
        unsigned int table, index;
        unsigned int target; /* a number in guest_frame; 100 up: see below */
        uint64_t flags;
    } cases[] = {
        {"a writable mapping of the L1 itself", L1, 500, L1, FLAGS},
        {"a writable mapping of the L2", L1, 500, L2, FLAGS},
        {"a writable mapping of the root", L1, 500, L4, FLAGS},
        {"an L2 as L1", L2, 500, L2, FLAGS},
        {"the root as L3", L4, 500, L4, FLAGS},
        {"an L1 as L2", L3, 500, L1, FLAGS},
        {"a data page as L1, that is mapped writable", L2, 500, DATA, FLAGS},
        {"a large page", L2, 500, SPARE, FLAGS | PTE_PSE},
        {"a global upper entry", L2, 500, SPARE, FLAGS | PTE_G},
        {"an uncached upper entry", L3, 500, L2, FLAGS | PTE_PCD},
        {"an uncached page", L1, 500, DATA2, FLAGS | PTE_PCD},
        {"another guest's frame", L1, 500, 100, FLAGS},
        {"another guest's frame, read-only", L1, 500, 100, RO},
        {"another guest's frame as L1", L2, 500, 100, FLAGS},
        {"device memory", L1, 500, 101, FLAGS},
        {"device memory as L1", L2, 500, 101, FLAGS},
        {"no RAM at all", L1, 500, 102, FLAGS},
        {"no RAM at all as L2", L3, 500, 102, FLAGS},
    };

    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        uint64_t entry;
        int error;

        guest_start(false);
        write_tables();
        entry = cases[n].target == 100   ? pte_make(foreign_frame[0], cases[n].flags)
                : cases[n].target == 101 ? pte_make(device_frame[0], cases[n].flags)
                : cases[n].target == 102 ? pte_make(1ull << 36, cases[n].flags)
                                         : to(cases[n].target, cases[n].flags);
        CHECK(guest_write(guest_frame[cases[n].table], cases[n].index, entry));
        error = guest_pin(guest_frame[L4], 4);
        if (!CHECK(error == -XEN_EINVAL || error == -XEN_EPERM))
            fprintf(stderr, "    %s: %d\n", cases[n].what, error);
        check_sound();
        for (unsigned int i = 0; i < SPARE; i++)
            CHECK_EQ(type_of(i) & (TYPE_COUNT_MASK | TYPE_PARTIAL), 0);
        check_left_clean();

        /* The same entry by hypercall, into tables that are in use. */
        guest_start(false);
        write_tables();
        entry = cases[n].target == 100   ? pte_make(foreign_frame[0], cases[n].flags)
                : cases[n].target == 101 ? pte_make(device_frame[0], cases[n].flags)
                : cases[n].target == 102 ? pte_make(1ull << 36, cases[n].flags)
                                         : to(cases[n].target, cases[n].flags);
        CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
        error = guest_update(guest_frame[cases[n].table], cases[n].index, entry, false);
        if (!CHECK(error == -XEN_EINVAL || error == -XEN_EPERM))
            fprintf(stderr, "    %s, by hypercall: %d\n", cases[n].what, error);
        check_sound();
        check_left_clean();
    }
}

static void test_devices(void)
{
    guest_start(true);
    write_tables();
    CHECK(guest_write(guest_frame[L1], 9, pte_make(device_frame[0], FLAGS | PTE_PCD)));
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
    check_sound();
    CHECK_EQ(guest_update(guest_frame[L1], 10, pte_make(device_frame[1], FLAGS), false),
             -XEN_EPERM);
    CHECK_EQ(guest_update(guest_frame[L1], 9, 0, false), 0);
    check_sound();
    check_left_clean();
}

static void test_updates(void)
{
    pte_t *l1;

    guest_start(false);
    write_tables();
    l1 = mfn_to_virt(guest_frame[L1]);
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);

    /* Writable to read-only and back, to another frame, away. */
    CHECK_EQ(guest_update(guest_frame[L1], 0, to(DATA, RO), false), 0);
    check_sound();
    CHECK_EQ(type_of(DATA) & TYPE_COUNT_MASK, 0);
    CHECK_EQ(guest_update(guest_frame[L1], 0, to(DATA, FLAGS), false), 0);
    CHECK_EQ(guest_update(guest_frame[L1], 0, to(DATA2, FLAGS), false), 0);
    check_sound();
    CHECK_EQ(guest_update(guest_frame[L1], 0, 0, false), 0);
    check_sound();

    /* The user bit is added; flags change without references; the CPU's bits are kept on demand. */
    CHECK_EQ(guest_update(guest_frame[L1], 0, to(DATA, PTE_P | PTE_RW), false), 0);
    CHECK_EQ(l1[0], to(DATA, PTE_P | PTE_RW | PTE_US));
    l1[0] |= PTE_A | PTE_D;
    CHECK_EQ(guest_update(guest_frame[L1], 0, to(DATA, PTE_P | PTE_RW | PTE_NX), true), 0);
    CHECK_EQ(l1[0], to(DATA, FLAGS | PTE_NX));
    CHECK_EQ(guest_update(guest_frame[L1], 0, to(DATA, PTE_P | PTE_RW), false), 0);
    CHECK_EQ(l1[0], to(DATA, PTE_P | PTE_RW | PTE_US));
    check_sound();

    /* A frame becomes a table only when its last writable mapping is gone. */
    CHECK_EQ(guest_update(guest_frame[L2], 1, to(DATA, FLAGS), false), -XEN_EINVAL);
    CHECK_EQ(guest_update(guest_frame[L1], 0, 0, false), 0);
    guest_flushes = 0;
    CHECK_EQ(guest_update(guest_frame[L2], 1, to(DATA, FLAGS), false), 0);
    CHECK_EQ(guest_flushes, 1);
    CHECK_EQ(guest_update(guest_frame[L1], 0, to(DATA, FLAGS), false), -XEN_EINVAL);
    CHECK_EQ(guest_update(guest_frame[L1], 0, to(DATA, RO), false), 0);
    check_sound();

    /* The hypervisor's part of a root is not the guest's to change. */
    CHECK_EQ(guest_update(guest_frame[L4], HV_FIRST_SLOT, 0, false), -XEN_EPERM);
    CHECK_EQ(guest_update(guest_frame[L4], HV_LAST_SLOT, to(L3, FLAGS), false), -XEN_EPERM);
    CHECK_EQ(guest_update(guest_frame[L4], HV_LAST_SLOT + 1, to(L3, FLAGS), false), 0);
    check_sound();
    check_left_clean();
}

static void test_exchange(void)
{
    uint64_t data;

    guest_start(false);
    write_tables();
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
    data = to(DATA, FLAGS);
    CHECK_EQ(guest_exchange(guest_frame[L1], 0, 0, to(DATA2, FLAGS)), -XEN_EAGAIN);
    check_sound();
    CHECK_EQ(guest_exchange(guest_frame[L1], 0, data, to(DATA2, FLAGS)), 0);
    check_sound();
    CHECK_EQ(guest_exchange(guest_frame[L1], 0, to(DATA2, FLAGS), to(DATA2, FLAGS | PTE_NX)), 0);
    CHECK_EQ(guest_exchange(guest_frame[L1], 0, to(DATA2, FLAGS), 0), -XEN_EAGAIN);
    CHECK_EQ(guest_exchange(guest_frame[L1], 0, to(DATA2, FLAGS | PTE_NX), to(L1, FLAGS)),
             -XEN_EINVAL);
    check_sound();
    check_left_clean();
}

/* What a guest put into the hypervisor's slots before is overwritten when the root is checked. */
static void test_root_slots(void)
{
    guest_start(false);
    write_tables();
    for (unsigned int slot = HV_FIRST_SLOT; slot <= HV_LAST_SLOT; slot++)
        CHECK(guest_write(guest_frame[L4], slot, pte_make(foreign_frame[0], FLAGS)));
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
    check_sound();
    check_left_clean();
}

static void test_descriptors(void)
{
    guest_start(false);
    CHECK(guest_write(guest_frame[DATA], 3, 0xbad));
    CHECK_EQ(guest_hold(guest_frame[DATA], TYPE_DESCRIPTOR), -XEN_EINVAL);
    CHECK(guest_write(guest_frame[DATA], 3, 0));
    CHECK_EQ(guest_hold(guest_frame[DATA], TYPE_DESCRIPTOR), 0);
    CHECK_EQ(guest_hold(guest_frame[DATA], TYPE_WRITABLE), -XEN_EBUSY);
    CHECK(!guest_write(guest_frame[DATA], 3, 0xbad));
    check_sound();
    guest_let_go(guest_frame[DATA]);
    CHECK_EQ(guest_hold(guest_frame[DATA], TYPE_WRITABLE), 0);
    check_sound();
    check_left_clean();
}

static int pin_in_steps(uint64_t mfn, unsigned int level, unsigned int *steps)
{
    int error;

    *steps = 0;
    do {
        guest_time_left = 0;
        error = guest_pin(mfn, level);
        check_sound();
        ++*steps;
    } while (error == -XEN_ERESTART && *steps < 10000);
    return error;
}

/* Works on the leftovers, interrupted as often as can be; in how many steps. All that they held is
 * free for other uses then, at once. */
static unsigned int undone_in_steps(void)
{
    unsigned int steps = 0;

    do {
        guest_time_left = 0;
        check_sound();
    } while (!guest_settle() && ++steps < 10000);
    guest_time_left = -1;
    check_sound();
    for (unsigned int n = L3; n <= DATA; n++)
        CHECK_EQ(type_of(n) & (TYPE_COUNT_MASK | TYPE_PARTIAL), 0);
    return steps;
}

/* Interrupted as often as can be: the state is sound after each step, and the end is the same. */
static void test_in_steps(void)
{
    unsigned int steps;

    guest_start(false);
    write_tables();
    CHECK_EQ(pin_in_steps(guest_frame[L4], 4, &steps), 0);
    CHECK(steps > 100);
    CHECK_EQ(type_of(L4), TYPE_L4 | TYPE_PINNED | TYPE_VALIDATED | 1);
    guest_time_left = 0;
    CHECK_EQ(guest_unpin(guest_frame[L4]), 0);
    CHECK(undone_in_steps() > 20);
    check_left_clean();
}

/* An entry leads to a table no more, whose undoing takes long. */
static void test_entry_in_steps(void)
{
    guest_start(false);
    write_tables();
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
    guest_time_left = 0;
    CHECK_EQ(guest_update(guest_frame[L4], 0, 0, false), 0);
    check_sound();
    CHECK(type_of(L3) & TYPE_PARTIAL);
    guest_on_vcpu(1);
    CHECK(guest_settle()); /* it is not this vCPU's to undo */
    guest_on_vcpu(0);
    CHECK(undone_in_steps() > 20);
    CHECK_EQ(type_of(L4), TYPE_L4 | TYPE_PINNED | TYPE_VALIDATED | 1);
    check_left_clean();
}

/* Another vCPU wants what one vCPU is undoing: as the same, or as something else. */
static void test_leftover_taken(void)
{
    for (unsigned int level = 2; level <= 3; level++) {
        guest_start(false);
        write_tables();
        CHECK_EQ(guest_pin(guest_frame[L3], 3), 0);
        guest_time_left = 30;
        CHECK_EQ(guest_unpin(guest_frame[L3]), 0);
        CHECK((type_of(L3) & TYPE_PARTIAL) && pv_leftovers_due(current_vcpu()));
        guest_on_vcpu(1);
        guest_time_left = -1;
        CHECK_EQ(guest_pin(guest_frame[L3], level), 0);
        check_sound();
        guest_on_vcpu(0);
        CHECK(guest_settle());
        check_sound();
        CHECK_EQ(type_of(L3), type_of_level(level) | TYPE_PINNED | TYPE_VALIDATED | 1);
        check_left_clean();
    }
}

/* Nobody who works through an operation leaves more than there is room for; if it were so, they
 * would be left to whoever wants them. */
static void test_many_leftovers(void)
{
    guest_start(false);
    for (unsigned int n = L4; n <= SPARE; n++) {
        CHECK_EQ(guest_pin(guest_frame[n], 2), 0);
        guest_time_left = 0;
        CHECK_EQ(guest_unpin(guest_frame[n]), 0);
        CHECK(type_of(n) & TYPE_PARTIAL);
        check_sound();
    }
    guest_time_left = -1;
    CHECK(guest_settle());
    CHECK(!(type_of(L4) & TYPE_PARTIAL) && (type_of(SPARE) & TYPE_PARTIAL));
    check_sound();
    check_left_clean();
}

/* Left half-way, a table is nobody's to write; wanted as something else, it is undone first. */
static void test_half_done(void)
{
    guest_start(false);
    write_tables();
    guest_time_left = 3;
    CHECK_EQ(guest_pin(guest_frame[L4], 4), -XEN_ERESTART);
    check_sound();
    CHECK(type_of(L4) & TYPE_PARTIAL);
    CHECK(!guest_write(guest_frame[L4], 0, 0));
    CHECK_EQ(guest_hold(guest_frame[L4], TYPE_WRITABLE), -XEN_EBUSY);
    guest_time_left = -1;
    /* As an L2 it is sound: its entry leads to an L1 then, which maps a frame that is no table. */
    CHECK_EQ(guest_pin(guest_frame[L4], 2), 0);
    check_sound();
    CHECK_EQ(type_of(L3) & TYPE_MASK, TYPE_L1);
    CHECK_EQ(type_of(L2) & TYPE_MASK, TYPE_WRITABLE);
    CHECK_EQ(guest_unpin(guest_frame[L4]), 0);
    CHECK_EQ(guest_hold(guest_frame[L4], TYPE_WRITABLE), 0);
    check_sound();
    check_left_clean();
}

/*
 * A table whose only user is half-done, and is undone because an entry of the table itself is to
 * map it: the table must not go while it is being changed.
 */
static void test_user_undone_meanwhile(void)
{
    static const uint64_t flags[] = {FLAGS, RO};

    for (unsigned int n = 0; n < 2; n++) {
        guest_start(false);
        write_tables();
        guest_time_left = 0;
        CHECK_EQ(guest_pin(guest_frame[L2], 2), -XEN_ERESTART);
        CHECK_EQ(type_of(L1), TYPE_L1 | TYPE_VALIDATED | 1);
        CHECK(type_of(L2) & TYPE_PARTIAL);
        guest_time_left = -1;
        CHECK_EQ(guest_update(guest_frame[L1], n ? 0 : 20, to(L2, flags[n]), false), 0);
        check_sound();
        CHECK_EQ(guest_update(guest_frame[L1], 0, to(L2, FLAGS), false), 0);
        check_sound();
        check_left_clean();
    }
}

/* As test_refused_tables, found when some of the work was done in earlier steps. */
static void test_refused_in_steps(void)
{
    unsigned int steps;

    guest_start(false);
    write_tables();
    CHECK(guest_write(guest_frame[L4], 511, to(L1, FLAGS)));
    CHECK_EQ(pin_in_steps(guest_frame[L4], 4, &steps), -XEN_EINVAL);
    CHECK(steps > 100);
    CHECK(undone_in_steps() > 20);
    CHECK_EQ(guest_pin(guest_frame[L4], 4), -XEN_EINVAL);
    check_sound();
    check_left_clean();
}

/* A table that an entry is to lead to is refused late, and undoing it takes long. */
static void test_refused_entry(void)
{
    guest_start(false);
    write_tables();
    CHECK(guest_write(guest_frame[L3], 511, to(L1, FLAGS)));
    CHECK(guest_write(guest_frame[L4], 0, 0));
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
    guest_time_left = 170; /* the L2's looks at the clock, all of the L3's, and some of its undoing */
    CHECK_EQ(guest_update(guest_frame[L4], 0, to(L3, FLAGS), false), -XEN_EINVAL);
    check_sound();
    CHECK(type_of(L3) & TYPE_PARTIAL);
    CHECK(undone_in_steps() > 0);
    check_left_clean();
}

static void test_walk(void)
{
    guest_start(false);
    write_tables();
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
    CHECK(pt_walk(guest_frame[L4], 0) == (pte_t *)mfn_to_virt(guest_frame[L1]));
    CHECK(pt_walk(guest_frame[L4], 0x1fffff) == (pte_t *)mfn_to_virt(guest_frame[L1]) + 511);
    CHECK(pt_walk(guest_frame[L4], 0x200000) == NULL);
    CHECK(pt_walk(guest_frame[L4], 0xffff800000000000) == NULL);
    CHECK(pt_walk(guest_frame[L4], 0x800000000000) == NULL);
    check_left_clean();
}

void tlb_flush_mask(cpumask_t mask)
{
}

/* Moves a granted mapping's place to another entry's; where both are one entry, however it is
 * addressed, nothing may move, for the grant's references are given back afterwards. */
static void test_grant_replace(void)
{
    struct pv_vcpu pv = {0};
    struct vcpu v = {.pv = &pv};
    struct page_info *granted;
    pte_t *l1;

    guest_start(false);
    write_tables();
    CHECK(guest_write(guest_frame[L2], 1, to(L1, FLAGS))); /* the L1 again, 2 MiB further up */
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
    v.domain = guest;
    pv.kernel_root = guest_frame[L4];
    l1 = mfn_to_virt(guest_frame[L1]);
    granted = mfn_to_page(foreign_frame[0]);
    CHECK_EQ(frame_get_and_type(granted, neighbour, TYPE_WRITABLE), 0);

    CHECK_EQ(pv_grant_map(&v, 0, GNTMAP_host_map, foreign_frame[0]), GNTST_okay);
    CHECK_EQ(pte_mfn(l1[0]), foreign_frame[0]);
    CHECK_EQ(pv_grant_replace(&v, 0, 0x200000, GNTMAP_host_map, foreign_frame[0]),
             GNTST_general_error);
    CHECK_EQ(pte_mfn(l1[0]), foreign_frame[0]);
    CHECK_EQ(pv_grant_replace(&v, 0, 0x1000, GNTMAP_host_map, foreign_frame[1]),
             GNTST_general_error);
    CHECK_EQ(pv_grant_replace(&v, 0, 0x1000, GNTMAP_host_map, foreign_frame[0]), GNTST_okay);
    CHECK_EQ(l1[0], to(L4, RO));
    CHECK_EQ(l1[1], 0);
    frame_put_and_type(granted);
    check_sound();
    check_left_clean();
}

int main(void)
{
    RUN(test_sound_tables);
    RUN(test_refused_tables);
    RUN(test_devices);
    RUN(test_updates);
    RUN(test_exchange);
    RUN(test_root_slots);
    RUN(test_descriptors);
    RUN(test_in_steps);
    RUN(test_entry_in_steps);
    RUN(test_leftover_taken);
    RUN(test_many_leftovers);
    RUN(test_half_done);
    RUN(test_user_undone_meanwhile);
    RUN(test_refused_in_steps);
    RUN(test_refused_entry);
    RUN(test_walk);
    RUN(test_grant_replace);
    return check_done();
}
