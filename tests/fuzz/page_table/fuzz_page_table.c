/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page typing: an input is a list of things that two vCPUs of a hostile guest do to its frames, each
 * four bytes. After every one, all references are counted anew, and in the end nothing may be left.
 */
#include <string.h>

#include "fuzz.h"
#include "guest_tables.h"
#include "machine/fixup.h"
#include "memory/flush.h"
#include "memory/memory.h"
#include "pv/log_dirty.h"

#define OPS_MAX 200

enum op { WRITE, PIN, UNPIN, UPDATE, EXCHANGE, HOLD, LET_GO, GIVE_UP, TIME, LOOK, OPS };

struct step {
    uint8_t op; /* and, by its upper half, the vCPU */
    uint8_t frame;
    uint8_t where; /* index, level or type, by operation */
    uint8_t what;  /* target and flags of an entry */
};

/* Few places, so that steps meet each other: the ends, the middle, around the hypervisor's. */
static unsigned int index_of(uint8_t where)
{
    static const unsigned int places[] = {0, 1, 2, 7, 8, 255, 256, 260, 271, 272, 510, 511};

    return places[where % (sizeof(places) / sizeof(places[0]))];
}

static uint64_t entry_of(uint8_t where, uint8_t what)
{
    static const uint64_t flags[] = {
        PTE_P | PTE_RW | PTE_US,  PTE_P | PTE_US,
        PTE_P | PTE_RW,           PTE_P | PTE_RW | PTE_A | PTE_NX,
        PTE_P | PTE_PSE,          PTE_P | PTE_G,
        PTE_P | PTE_PCD | PTE_RW, 0,
    };
    unsigned int target = what % 24;
    uint64_t mfn = guest_frame[target % GUEST_FRAMES];

    if (what == 255)
        return 0;
    if (target == 20)
        mfn = foreign_frame[0];
    else if (target == 21)
        mfn = device_frame[0];
    else if (target == 22)
        mfn = device_frame[1];
    else if (target == 23)
        mfn = 1ull << (where % 40);
    return pte_make(mfn, flags[(where / 16 + what / 24) % 8]);
}

/* As the frames were at the last look at what was written to. */
static uint8_t seen[GUEST_FRAMES][PAGE_SIZE];

void tlb_flush_mask(cpumask_t mask)
{
}

size_t copy_faultable(void *dst, const void *src, size_t n)
{
    memcpy(dst, src, n);
    return 0;
}

static int note(void *ctx, uint64_t mfn)
{
    bool *told = ctx;

    told[mfn] = true;
    return 0;
}

/* What is another than it was at the last look must be told of at this one. */
static void look(void)
{
    bool told[FAKE_FRAMES] = {false};
    long time_left = guest_time_left;
    uint64_t mfn = 0;

    guest_time_left = -1;
    if (guest->log_dirty)
        FUZZ_ASSERT(!pv_log_dirty_take(guest, &mfn, note, told));
    for (unsigned int n = 0; n < GUEST_FRAMES; n++) {
        const void *now = mfn_to_virt(guest_frame[n]);

        FUZZ_ASSERT(!guest->log_dirty || told[guest_frame[n]] || !memcmp(seen[n], now, PAGE_SIZE));
    }
    guest->log_dirty = true;
    FUZZ_ASSERT(!pv_log_dirty_protect(guest, &mfn));
    for (unsigned int n = 0; n < GUEST_FRAMES; n++)
        memcpy(seen[n], mfn_to_virt(guest_frame[n]), PAGE_SIZE);
    guest_time_left = time_left;
}

/* The vCPU whose turn it is comes out of the hypervisor: with all undone that it has let go of, and
 * one operation leaves no more than there is room for. */
static void enter(const struct step *step)
{
    guest_on_vcpu(step->op / 128);
    FUZZ_ASSERT(current_vcpu()->pv->leftovers.count <= 2);
    FUZZ_ASSERT(guest_settle() || guest_settle()); /* the clock says "stop" once */
}

static void act(const struct step *step)
{
    uint64_t mfn = guest_frame[step->frame % GUEST_FRAMES];
    unsigned int index = index_of(step->where);
    uint64_t entry = entry_of(step->where, step->what);
    uint64_t now = ((uint64_t *)mfn_to_virt(mfn))[index];

    switch (step->op % 128 % OPS) {
    case WRITE:
        if (guest_write(mfn, index, entry))
            guest_dirty[mfn] = true; /* it has faulted before */
        break;
    case PIN:
        guest_pin(mfn, 1 + step->where % 4);
        break;
    case UNPIN:
        guest_unpin(mfn);
        break;
    case UPDATE:
        guest_update(mfn, index, entry, step->where & 0x80);
        break;
    case EXCHANGE:
        guest_exchange(mfn, index, step->where & 0x80 ? now : entry ^ 8, entry);
        break;
    case HOLD:
        (void)!guest_hold(mfn, (uint64_t)(1 + step->where % 6) << TYPE_SHIFT);
        break;
    case LET_GO:
        guest_let_go(mfn);
        break;
    case GIVE_UP:
        guest_give_up(step->frame % GUEST_FRAMES);
        guest_dirty[guest_frame[step->frame % GUEST_FRAMES]] = true; /* another one is there now */
        break;
    case LOOK:
        look();
        break;
    case TIME:
        guest_time_left = step->where & 1 ? -1 : step->what % 64;
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    guest_start(len && data[0] & 1);
    for (size_t n = 0; n < OPS_MAX && (n + 1) * sizeof(struct step) <= len; n++) {
        const char *wrong;
        struct step step;

        memcpy(&step, data + n * sizeof(step), sizeof(step));
        enter(&step);
        act(&step);
        wrong = guest_audit();
        if (wrong)
            fprintf(stderr, "step %zu (%u %u %u %u): %s\n", n, step.op, step.frame, step.where,
                    step.what, wrong);
        FUZZ_ASSERT(!wrong);
    }
    FUZZ_ASSERT(guest_stop() == 0);
    return 0;
}

/* Tables from frame 0 (the root) down to 3, mapping 4 to 7, and then changes. */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const struct step steps[] = {
        {WRITE, 0, 0, 1},  {WRITE, 1, 0, 2},    {WRITE, 2, 0, 3},    {WRITE, 3, 0, 4},
        {WRITE, 3, 1, 5},  {WRITE, 3, 18, 2},   {WRITE, 2, 1, 8},    {TIME, 0, 0, 3},
        {PIN, 0, 3, 0},    {PIN, 0, 3, 0},      {TIME, 0, 1, 0},     {PIN, 0, 3, 0},
        {UPDATE, 3, 2, 6}, {UPDATE, 3, 0, 255}, {UPDATE, 2, 2, 4},   {EXCHANGE, 3, 0x81, 5},
        {HOLD, 6, 5, 0},   {UPDATE, 4, 2, 7},   {UPDATE, 2, 2, 255}, {PIN, 8, 0, 0},
        {LET_GO, 6, 0, 0}, {UPDATE, 0, 11, 9},  {TIME, 0, 0, 5},     {UNPIN, 0, 0, 0},
        {UNPIN, 0, 0, 0},  {GIVE_UP, 5, 0, 0},  {WRITE, 4, 0, 3},    {HOLD, 0, 3, 0},
        {TIME, 0, 1, 0},   {UNPIN, 0, 0, 0},    {UNPIN, 8, 0, 0},    {HOLD, 9, 4, 0},
        {LOOK, 0, 0, 0},   {PIN, 0, 3, 0},      {UPDATE, 3, 2, 6},   {LOOK, 0, 0, 0},
    };
    /* Seed n leaves out the first n quarters' changes: other beginnings for mutation. */
    size_t count = sizeof(steps) / sizeof(steps[0]);

    if (n >= 4)
        return 0;
    count -= n * (count / 5);
    memcpy(data, steps, count * sizeof(steps[0]));
    return count * sizeof(steps[0]);
}
