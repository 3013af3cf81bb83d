/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PV guest of a few frames and the audit of its page tables; see guest_tables.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest_tables.h"
#include "domain/grant_table.h"
#include "domain/guest_ops.h"
#include "memory/dirty_frames.h"
#include "domain/rangeset.h"
#include "machine/machine.h"
#include "machine/traps.h"
#include "memory/flush.h"
#include "memory/map.h"
#include "memory/memory.h"
#include "pv/pv.h"

#define HOLDS_MAX 64

struct domain *guest, *neighbour, *dom_io;
uint64_t guest_frame[GUEST_FRAMES];
uint64_t foreign_frame[FOREIGN_FRAMES];
uint64_t device_frame[DEVICE_FRAMES];
long guest_time_left;
bool guest_never_time;
unsigned long guest_flushes;
pte_t *hv_l4;

bool guest_dirty[FAKE_FRAMES];
uint64_t guest_mapped;

static struct pv_vcpu pv_vcpus[GUEST_VCPUS];
static struct vcpu vcpus[GUEST_VCPUS];

static struct {
    uint64_t mfn;
} holds[HOLDS_MAX];
static unsigned int hold_count;

/* What the audit counts. */
static struct {
    uint64_t references, types;
    bool writable;
} counted[FAKE_FRAMES];

bool hypercall_should_yield(void)
{
    return guest_never_time || (guest_time_left >= 0 && guest_time_left-- == 0);
}

void tlb_flush_stale(uint32_t stamp)
{
    guest_flushes++;
}

void grant_table_tell_written(struct domain *d)
{
    if (guest_mapped)
        dirty_frames_set(guest_mapped);
}

void dirty_frames_set(uint64_t mfn)
{
    if (mfn < FAKE_FRAMES)
        guest_dirty[mfn] = true;
}

bool dirty_frames_take(uint64_t mfn)
{
    bool was = guest_dirty[mfn];

    guest_dirty[mfn] = false;
    return was;
}

bool pv_descriptor_check(uint64_t *descriptor)
{
    return *descriptor != 0xbad;
}

void panic(const char *why, ...)
{
    va_list args;

    va_start(args, why);
    vfprintf(stderr, why, args);
    va_end(args);
    abort();
}

void guest_on_vcpu(unsigned int number)
{
    fake_current[0] = &vcpus[number];
}

bool guest_settle(void)
{
    return !pv_leftovers_settle(current_vcpu());
}

static void start_vcpus(void)
{
    memset(pv_vcpus, 0, sizeof(pv_vcpus));
    for (unsigned int n = 0; n < GUEST_VCPUS; n++)
        vcpus[n] = (struct vcpu){.id = n, .domain = guest, .pv = &pv_vcpus[n]};
    guest_on_vcpu(0);
}

static struct domain *new_domain(void)
{
    struct domain *d = pages_alloc(1);

    if (!d || sizeof(*d) > 2 * PAGE_SIZE)
        panic("no room for a domain\n");
    d->io_frames = rangeset_create();
    return d;
}

static uint64_t new_frame(struct domain *owner)
{
    struct page_info *page = frames_alloc(0, ALLOC_ANY);

    if (!page)
        panic("no frame left\n");
    page->owner = (uint32_t)virt_to_mfn(owner);
    page->count = FRAME_ALLOCATED | 1;
    return page_to_mfn(page);
}

/* The last reference is gone: no use of the frame may be left, and it goes back. */
static void release(struct page_info *page)
{
    if ((page->type & TYPE_COUNT_MASK) || (page->type & TYPE_PARTIAL))
        panic("frame %lu is freed while it has a type\n", page_to_mfn(page));
    page->owner = 0;
    page->type = 0;
    frames_free(page, 0);
}

void guest_start(bool with_devices)
{
    fake_machine_init(1);
    fake_memory_init();
    frame_release = release;
    guest_time_left = -1;
    guest_never_time = false;
    guest_flushes = 0;
    hold_count = 0;
    guest_mapped = 0;
    memset(guest_dirty, 0, sizeof(guest_dirty));

    guest = new_domain();
    neighbour = new_domain();
    dom_io = new_domain();
    guest->pv = hv_alloc(sizeof(*guest->pv));
    guest->pv->area_l3 = pages_alloc(0);
    hv_l4 = pages_alloc(0);
    for (unsigned int slot = HV_FIRST_SLOT; slot <= HV_LAST_SLOT; slot++)
        hv_l4[slot] = pte_make(slot, MAP_TABLE);
    pt_init();
    start_vcpus();

    for (unsigned int n = 0; n < GUEST_FRAMES; n++)
        guest_frame[n] = new_frame(guest);
    for (unsigned int n = 0; n < FOREIGN_FRAMES; n++)
        foreign_frame[n] = new_frame(neighbour);
    for (unsigned int n = 0; n < DEVICE_FRAMES; n++)
        device_frame[n] = new_frame(dom_io);
    if (with_devices && rangeset_add(guest->io_frames, device_frame[0], device_frame[0]))
        panic("no room for a range\n");
}

static void drop_own_reference(uint64_t mfn)
{
    struct page_info *page = mfn_to_page(mfn);

    if (page->count & FRAME_ALLOCATED) {
        page->count &= ~FRAME_ALLOCATED;
        frame_put(page);
    }
}

static void end_domain(struct domain *d)
{
    rangeset_destroy(d->io_frames);
    pages_free(d, 1);
}

/* Pins go, half-done work is finished, then nothing but the frames' own references is left. */
static void take_tables_away(void)
{
    guest_time_left = -1;
    guest_never_time = false;
    for (unsigned int n = 0; n < GUEST_VCPUS; n++)
        if (pv_leftovers_settle(&vcpus[n]))
            panic("leftovers are there although there was time\n");
    while (hold_count)
        guest_let_go(holds[hold_count - 1].mfn);
    for (unsigned int n = 0; n < GUEST_FRAMES; n++)
        if (mfn_to_page(guest_frame[n])->type & TYPE_PINNED)
            guest_unpin(guest_frame[n]);
    for (unsigned int n = 0; n < GUEST_FRAMES; n++)
        if (frame_type_settle(mfn_to_page(guest_frame[n])))
            panic("work is left although there was time\n");
}

unsigned long guest_stop(void)
{
    take_tables_away();
    for (unsigned int n = 0; n < GUEST_FRAMES; n++)
        drop_own_reference(guest_frame[n]);
    for (unsigned int n = 0; n < FOREIGN_FRAMES; n++)
        drop_own_reference(foreign_frame[n]);
    for (unsigned int n = 0; n < DEVICE_FRAMES; n++)
        drop_own_reference(device_frame[n]);
    pages_free(guest->pv->area_l3, 0);
    hv_free(guest->pv, sizeof(*guest->pv));
    pages_free(hv_l4, 0);
    end_domain(guest);
    end_domain(neighbour);
    end_domain(dom_io);
    return fake_memory_leaks();
}

bool guest_write(uint64_t mfn, unsigned int index, uint64_t value)
{
    struct page_info *page = mfn_to_page(mfn);
    uint64_t type = page->type;
    bool table = type_is_table(type) || (type & TYPE_MASK) == TYPE_DESCRIPTOR;

    if (page_owner(page) != guest || (type & TYPE_PARTIAL) || (table && (type & TYPE_COUNT_MASK)))
        return false;
    ((uint64_t *)mfn_to_virt(mfn))[index] = value;
    return true;
}

int guest_pin(uint64_t mfn, unsigned int level)
{
    struct page_info *page = frame_get_mfn(mfn, guest);
    int error;

    if (!page)
        return -XEN_EINVAL;
    if ((page->type & (TYPE_PINNED | TYPE_VALIDATED)) == (TYPE_PINNED | TYPE_VALIDATED)) {
        error = -XEN_EINVAL;
    } else {
        error = pt_type_get(page, guest, type_of_level(level));
        if (!error)
            page->type |= TYPE_PINNED;
    }
    if (error)
        frame_put(page);
    return error;
}

int guest_unpin(uint64_t mfn)
{
    struct page_info *page = frame_get_mfn(mfn, guest);
    int error = -XEN_EINVAL;

    if (!page)
        return -XEN_EINVAL;
    if (page->type & TYPE_PINNED) {
        page->type &= ~TYPE_PINNED;
        pv_table_put(page);
        error = 0;
    }
    frame_put(page);
    return error;
}

int guest_update(uint64_t mfn, unsigned int index, uint64_t value, bool preserve_ad)
{
    struct page_info *page = frame_get_mfn(mfn, guest);
    pte_t *entry = (pte_t *)mfn_to_virt(mfn) + index;
    int error;

    if (!page)
        return -XEN_EINVAL;
    error = pt_store(guest, guest, page, entry, value, preserve_ad);
    frame_put(page);
    return error;
}

int guest_exchange(uint64_t mfn, unsigned int index, uint64_t expected, uint64_t value)
{
    struct page_info *page = frame_get_mfn(mfn, guest);
    int error = -XEN_EINVAL;

    if (!page)
        return error;
    /* An instruction reaches an L1 through the root that is loaded, which keeps it one. */
    if ((page->type & TYPE_VALIDATED) && (page->type & TYPE_MASK) == TYPE_L1 &&
        !frame_type_get(page, TYPE_L1)) {
        error = pt_exchange_l1(guest, (pte_t *)mfn_to_virt(mfn) + index, &expected, value);
        frame_type_put(page);
    }
    frame_put(page);
    return error;
}

int guest_hold(uint64_t mfn, uint64_t type)
{
    int error = -XEN_EBUSY;

    if (hold_count < HOLDS_MAX && frame_valid(mfn))
        error = frame_get_and_type(mfn_to_page(mfn), guest, type);
    if (!error)
        holds[hold_count++].mfn = mfn;
    return error;
}

void guest_let_go(uint64_t mfn)
{
    for (unsigned int n = 0; n < hold_count; n++) {
        if (holds[n].mfn == mfn) {
            holds[n] = holds[--hold_count];
            pv_table_put(mfn_to_page(mfn));
            return;
        }
    }
}

void guest_give_up(unsigned int number)
{
    uint64_t mfn = guest_frame[number];

    /* A reference of ours tells whether it is the last one. */
    if (mfn_to_page(mfn)->type & TYPE_PINNED)
        return;
    if ((mfn_to_page(mfn)->count & FRAME_COUNT_MASK) != 1)
        return;
    drop_own_reference(mfn);
    guest_frame[number] = new_frame(guest);
}

/* True if the entry is one that holds references of RAM frames. */
static bool counts(pte_t entry)
{
    return (entry & PTE_P) && frame_valid(pte_mfn(entry)) &&
           page_owner(mfn_to_page(pte_mfn(entry))) != dom_io;
}

static void count_entry(unsigned int level, pte_t entry)
{
    uint64_t mfn = pte_mfn(entry);

    counted[mfn].references++;
    if (level > 1 || (entry & PTE_RW))
        counted[mfn].types++;
    if (level == 1 && (entry & PTE_RW))
        counted[mfn].writable = true;
}

/* Writing is watched: an entry that allows it may lack the user bit. */
static bool may_be_protected(unsigned int level, pte_t entry)
{
    return guest->pv->logged && level == 1 && (entry & PTE_RW);
}

static bool is_open(pte_t entry)
{
    const pte_t open = PTE_P | PTE_RW | PTE_US;

    return (entry & open) == open && frame_valid(pte_mfn(entry));
}

/* The entries of a table that own references; what is wrong with one of them, or NULL. */
static const char *count_table(uint64_t mfn, unsigned int level, unsigned int entries)
{
    const pte_t *table = mfn_to_virt(mfn);

    for (unsigned int n = 0; n < entries; n++) {
        const struct page_info *below;

        if (level == 4 && n >= HV_FIRST_SLOT && n <= HV_LAST_SLOT)
            continue;
        if ((table[n] & PTE_P) && !(table[n] & PTE_US) && !may_be_protected(level, table[n]))
            return "a present entry without the user bit";
        if (guest->log_dirty && level == 1 && is_open(table[n]) && !guest_dirty[pte_mfn(table[n])])
            return "an open entry of a frame that is not noted";
        if ((table[n] & PTE_P) && level > 1 && (table[n] & (PTE_PSE | PTE_G | PTE_CACHE)))
            return "an upper entry with bits that it may not have";
        if (!counts(table[n])) {
            if ((table[n] & PTE_P) &&
                (level > 1 ||
                 !rangeset_contains(guest->io_frames, pte_mfn(table[n]), pte_mfn(table[n]))))
                return "an entry for what is not the guest's";
            continue;
        }
        below = mfn_to_page(pte_mfn(table[n]));
        if (page_owner(below) != guest)
            return "an entry for another guest's frame";
        if (level > 1 && ((below->type & TYPE_MASK) != type_of_level(level - 1) ||
                          !(below->type & TYPE_VALIDATED)))
            return "an upper entry for what is not a checked table of the level below";
        count_entry(level, table[n]);
    }
    return NULL;
}

/* A root in use has the hypervisor's entries and no others in the hypervisor's slots. */
static const char *check_root(uint64_t mfn)
{
    const pte_t *root = mfn_to_virt(mfn);

    for (unsigned int n = HV_FIRST_SLOT; n <= HV_LAST_SLOT; n++) {
        pte_t expected =
            n == HV_DOMAIN_SLOT ? virt_to_maddr(guest->pv->area_l3) | MAP_TABLE : hv_l4[n];

        if (root[n] != expected)
            return "a root with something else in the hypervisor's slots";
    }
    return NULL;
}

/* A table that is half-way: the entries that are done, and the table in which the work stopped. */
static const char *count_partial(uint64_t mfn, uint64_t type)
{
    unsigned int done = (type & TYPE_DONE_MASK) >> TYPE_DONE_SHIFT;
    const pte_t *table = mfn_to_virt(mfn);

    if (type & TYPE_BELOW) {
        if (type_level(type) == 1 || !counts(table[done]))
            return "a half-done table that refers to another where there is none";
        counted[pte_mfn(table[done])].references++;
    }
    return count_table(mfn, type_level(type), done);
}

static void count_leftovers(void)
{
    for (unsigned int n = 0; n < GUEST_VCPUS; n++)
        for (unsigned int i = 0; i < pv_vcpus[n].leftovers.count; i++)
            counted[page_to_mfn(pv_vcpus[n].leftovers.pages[i])].references++;
}

static const char *count_frame(uint64_t mfn)
{
    uint64_t type = mfn_to_page(mfn)->type;
    const char *wrong = NULL;

    counted[mfn].references += !!(mfn_to_page(mfn)->count & FRAME_ALLOCATED);
    counted[mfn].references += !!(type & TYPE_PINNED);
    counted[mfn].types += !!(type & TYPE_PINNED);
    counted[mfn].references += !!(type & TYPE_PARTIAL);
    if (!type_is_table(type))
        return NULL;
    if (type & TYPE_PARTIAL)
        return count_partial(mfn, type);
    if (!(type & TYPE_COUNT_MASK))
        return NULL;
    if (!(type & TYPE_VALIDATED))
        return "a table in use that was not checked";
    if (type_level(type) == 4)
        wrong = check_root(mfn);
    return wrong ? wrong : count_table(mfn, type_level(type), PTES_PER_TABLE);
}

static const char *compare_frame(uint64_t mfn)
{
    const struct page_info *page = mfn_to_page(mfn);
    bool in_use = (page->type & TYPE_COUNT_MASK) || (page->type & TYPE_PARTIAL);

    if ((page->count & FRAME_COUNT_MASK) != counted[mfn].references)
        return "a frame's references are miscounted";
    if ((page->type & TYPE_COUNT_MASK) != counted[mfn].types)
        return "a frame's type references are miscounted";
    if (counted[mfn].writable && (page->type & TYPE_MASK) != TYPE_WRITABLE)
        return "a writable mapping of a frame that is not of type writable";
    if (in_use && (page->type & TYPE_PARTIAL) && (page->type & TYPE_COUNT_MASK))
        return "a half-done table that somebody uses";
    return NULL;
}

const char *guest_audit(void)
{
    const char *wrong = NULL;

    memset(counted, 0, sizeof(counted));
    if (fake_locks_held)
        return "a lock is still held";
    for (unsigned int n = 0; n < hold_count; n++) {
        counted[holds[n].mfn].references++;
        counted[holds[n].mfn].types++;
    }
    count_leftovers();
    for (unsigned int n = 0; n < GUEST_FRAMES && !wrong; n++)
        wrong = count_frame(guest_frame[n]);
    for (unsigned int n = 0; n < GUEST_FRAMES && !wrong; n++)
        wrong = compare_frame(guest_frame[n]);
    for (unsigned int n = 0; n < FOREIGN_FRAMES && !wrong; n++)
        if (mfn_to_page(foreign_frame[n])->count != (FRAME_ALLOCATED | 1) ||
            (mfn_to_page(foreign_frame[n])->type & (TYPE_COUNT_MASK | TYPE_PARTIAL)))
            wrong = "another guest's frame is referred to";
    return wrong;
}
