/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains that grant each other pages; see world.h. */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hypercall/hypercall.h"
#include "lib/bits.h"
#include "lib/print.h"
#include "machine/traps.h"

unsigned char guest_memory[GUEST_MEMORY_SIZE];
unsigned int world_flushes;
bool world_should_yield;
uint64_t world_again[6];
bool world_gone[WORLD_DOMAINS];
struct domain *dom0;

/* What belongs to one fake domain. */
struct member {
    struct domain *d;
    struct vcpu vcpu;
    struct slot slots[WORLD_SLOTS];
    uint64_t mfn[WORLD_PAGES];
    bool killed;
};

static struct member members[WORLD_DOMAINS];

void panic(const char *why, ...)
{
    va_list args;

    va_start(args, why);
    vfprintf(stderr, why, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}

void printk(const char *fmt, ...)
{
}

static struct member *member_of(const struct domain *d)
{
    return &members[d->domid - 1];
}

/* The rooms that the grant tables call. */

static bool in_guest(uint64_t address, size_t len)
{
    return address >= GUEST_MEMORY && len <= GUEST_MEMORY_SIZE &&
           address - GUEST_MEMORY <= GUEST_MEMORY_SIZE - len;
}

int copy_from_guest(void *dst, uint64_t src, size_t len)
{
    if (!in_guest(src, len))
        return -XEN_EFAULT;
    memcpy(dst, guest_memory + (src - GUEST_MEMORY), len);
    return 0;
}

int copy_to_guest(uint64_t dst, const void *src, size_t len)
{
    if (!in_guest(dst, len))
        return -XEN_EFAULT;
    memcpy(guest_memory + (dst - GUEST_MEMORY), src, len);
    return 0;
}

int clear_guest(uint64_t dst, size_t len)
{
    if (!in_guest(dst, len))
        return -XEN_EFAULT;
    memset(guest_memory + (dst - GUEST_MEMORY), 0, len);
    return 0;
}

bool hypercall_should_yield(void)
{
    return world_should_yield;
}

long hypercall_again(unsigned int nr, unsigned int nr_args, ...)
{
    va_list args;

    world_again[0] = nr;
    world_again[1] = nr_args;
    va_start(args, nr_args);
    for (unsigned int i = 0; i < nr_args; i++)
        world_again[2 + i] = va_arg(args, uint64_t);
    va_end(args);
    return 1000;
}

struct domain *domain_get_by_id(domid_t domid)
{
    if (domid < 1 || domid > WORLD_DOMAINS || world_gone[domid - 1])
        return NULL;
    domain_get(members[domid - 1].d);
    return members[domid - 1].d;
}

struct domain *hypercall_domain(domid_t domid, int *error)
{
    struct domain *d = current_domain();

    if (domid != DOMID_SELF && domid != d->domid) {
        *error = -XEN_EPERM;
        return NULL;
    }
    domain_get(d);
    return d;
}

void domain_get(struct domain *d)
{
    d->refs++;
}

void domain_put(struct domain *d)
{
    if (--d->refs)
        return;
    if (d->life == DOMAIN_ALIVE)
        panic("a living domain lost its last reference");
    world_gone[d->domid - 1] = true;
    grant_table_destroy(d);
    pages_free(d, order_of(DIV_ROUND_UP(sizeof(*d), PAGE_SIZE)));
}

/* Fake page tables. */

static struct slot *find_slot(const struct vcpu *v, uint64_t where, uint32_t flags)
{
    bool machine = flags & GNTMAP_contains_pte;
    uint64_t base = machine ? SLOT_MACHINE(0) : SLOT_VA(0), size = machine ? 8 : PAGE_SIZE;

    if (where < base || (where - base) / size >= WORLD_SLOTS)
        return NULL;
    return &member_of(v->domain)->slots[(where - base) / size];
}

static void slot_clear(struct slot *slot)
{
    struct slot old = *slot;

    slot->mfn = 0;
    if (!old.mfn)
        return;
    if (old.writable)
        frame_put_and_type(mfn_to_page(old.mfn));
    else
        frame_put(mfn_to_page(old.mfn));
}

static int fake_map(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn)
{
    struct slot *slot = find_slot(v, where, flags);

    if (!slot)
        return GNTST_bad_virt_addr;
    slot_clear(slot);
    *slot = (struct slot){mfn, !(flags & GNTMAP_readonly)};
    return GNTST_okay;
}

static int fake_replace(struct vcpu *v, uint64_t where, uint64_t new_va, uint32_t flags,
                        uint64_t mfn)
{
    struct slot *slot = find_slot(v, where, flags);
    struct slot *source = new_va ? find_slot(v, new_va, 0) : NULL;

    if (!slot || (new_va && !source))
        return GNTST_bad_virt_addr;
    if (slot->mfn != mfn || slot->writable != !(flags & GNTMAP_readonly))
        return GNTST_general_error;
    *slot = source ? *source : (struct slot){0, false};
    if (source)
        source->mfn = 0;
    return GNTST_okay;
}

static int fake_unmap(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn)
{
    return fake_replace(v, where, 0, flags, mfn);
}

static void fake_flush(struct domain *d)
{
    world_flushes++;
}

static const struct guest_ops ops = {
    .grant_map = fake_map,
    .grant_unmap = fake_unmap,
    .grant_replace = fake_replace,
    .grant_flush = fake_flush,
};

static int never_validate(struct page_info *page, uint64_t type, struct type_progress *progress)
{
    return 0;
}

static void nothing_stale(struct page_info *page)
{
}

static const struct frame_type_ops types = {never_validate, never_validate, nothing_stale};

/* The domains' lives. */

static void member_begin(unsigned int index)
{
    struct member *m = &members[index];

    memset(m, 0, sizeof(*m));
    m->d = pages_alloc(order_of(DIV_ROUND_UP(sizeof(*m->d), PAGE_SIZE)));
    if (!m->d)
        panic("no room for the world");
    m->d->domid = (domid_t)(index + 1);
    m->d->refs = 1;
    m->d->max_pages = WORLD_PAGES;
    m->d->ops = &ops;
    m->vcpu.domain = m->d;
    world_gone[index] = false;
    if (grant_table_init(m->d, 2, 1))
        panic("no grant table");
    for (unsigned int i = 0; i < WORLD_PAGES; i++) {
        struct page_info *page = domain_page_alloc(m->d, 0, ALLOC_ANY);

        if (!page)
            panic("no room for the world");
        m->mfn[i] = page_to_mfn(page);
        memset(page_to_virt(page), (int)(0x10 * (index + 1) + i), PAGE_SIZE);
    }
}

void world_begin(void)
{
    fake_machine_init(1);
    fake_memory_init();
    domain_pages_init();
    frame_type_ops = &types;
    world_flushes = 0;
    world_should_yield = false;
    memset(guest_memory, 0, sizeof(guest_memory));
    for (unsigned int i = 0; i < WORLD_DOMAINS; i++)
        member_begin(i);
    world_run_as(0);
}

unsigned long world_end(void)
{
    for (unsigned int i = 0; i < WORLD_DOMAINS; i++)
        world_kill(i);
    if (fake_locks_held)
        panic("a lock is still held");
    return fake_memory_leaks();
}

void world_kill(unsigned int index)
{
    struct member *m = &members[index];
    struct domain *d = m->d;

    if (m->killed)
        return;
    m->killed = true;
    d->life = DOMAIN_DYING;
    grant_table_close(d);
    while (grant_table_release_mappings(d))
        ;
    for (unsigned int i = 0; i < WORLD_SLOTS; i++)
        slot_clear(&m->slots[i]);
    for (unsigned int i = 0; i < WORLD_PAGES; i++) {
        struct page_info *page = frame_get_mfn(m->mfn[i], d);

        if (!page)
            continue;
        (void)domain_page_release(page);
        frame_put(page);
    }
    domain_hv_pages_release(d);
    d->life = DOMAIN_DEAD;
    domain_put(d);
}

struct domain *world_domain(unsigned int index)
{
    return members[index].d;
}

struct slot *world_slots(unsigned int index)
{
    return members[index].slots;
}

uint64_t world_mfn(unsigned int index, unsigned int page)
{
    return members[index].mfn[page];
}

struct grant_entry_v1 *world_entry(unsigned int index, grant_ref_t ref)
{
    uint64_t mfn = 0;

    if (grant_table_frame(world_domain(index), 0, &mfn))
        panic("no first frame");
    return (struct grant_entry_v1 *)mfn_to_virt(mfn) + ref;
}

void world_grant(unsigned int index, grant_ref_t ref, unsigned int to, unsigned int page,
                 uint16_t flags)
{
    *world_entry(index, ref) = (struct grant_entry_v1){
        .flags = flags,
        .domid = (domid_t)(to + 1),
        .frame = (uint32_t)world_mfn(index, page),
    };
}

void world_run_as(unsigned int index)
{
    fake_current[0] = &members[index].vcpu;
}

long world_call(unsigned int command, void *elements, size_t size, unsigned int count)
{
    long result;

    memcpy(guest_memory, elements, size * count);
    result = hypercall_grant_table_op(command, GUEST_MEMORY, count, 0, 0);
    memcpy(elements, guest_memory, size * count);
    return result;
}
