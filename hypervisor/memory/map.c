/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's own page tables; see map.h. */
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/print.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/device_map.h"
#include "machine/spinlock.h"
#include "machine/traps.h"
#include "memory/allocator.h"
#include "memory/boot_memory.h"
#include "memory/e820.h"
#include "memory/frame_type.h"
#include "memory/map.h"

#define LARGE_SIZE       0x200000UL
#define FRAMES_PER_CHUNK (LARGE_SIZE / sizeof(struct page_info)) /* 2 MiB of frame table: 256 MiB */
#define FRAMES_PER_M2P   (LARGE_SIZE / sizeof(uint64_t))         /* 2 MiB of M2P: 1 GiB */
#define MAX_CHUNKS       (DIRECT_MAP_SIZE / PAGE_SIZE / FRAMES_PER_CHUNK)

extern char image_start[], text_end[], rodata_start[], data_start[], image_end[];

pte_t *hv_l4;
uint64_t hv_cr3;
uint64_t frame_limit;

static uint64_t chunk_valid[BITMAP_WORDS(MAX_CHUNKS)];
static bool allocator_up;
static struct spinlock lock = SPINLOCK_INIT;

bool frame_valid(uint64_t mfn)
{
    return mfn < frame_limit && bit_test(chunk_valid, (unsigned int)(mfn / FRAMES_PER_CHUNK));
}

static pte_t *table_new(void)
{
    if (!allocator_up)
        return maddr_to_virt(boot_alloc(PAGE_SIZE, PAGE_SIZE));
    return pages_alloc(0);
}

static pte_t *table_below(pte_t *entry, uint64_t user)
{
    if (!(*entry & PTE_P)) {
        pte_t *table = table_new();

        if (!table)
            return NULL;
        *entry = virt_to_maddr(table) | MAP_TABLE | user;
    }
    return maddr_to_virt(*entry & PTE_ADDR);
}

/* The entry of that level for an address, with the tables above it made as needed. */
static pte_t *entry_for(uint64_t va, unsigned int level, uint64_t user)
{
    pte_t *table = hv_l4;

    for (unsigned int l = 4; l > level; l--) {
        table = table_below(&table[pt_index(va, l)], user);
        if (!table)
            return NULL;
    }
    return &table[pt_index(va, level)];
}

int map_range(uint64_t va, uint64_t maddr, uint64_t len, uint64_t flags)
{
    uint64_t irq = spin_lock_irqsave(&lock);
    int error = 0;

    while (len && !error) {
        bool large = !((va | maddr) & (LARGE_SIZE - 1)) && len >= LARGE_SIZE;
        uint64_t step = large ? LARGE_SIZE : PAGE_SIZE;
        pte_t *entry = entry_for(va, large ? 2 : 1, flags & PTE_US);

        if (!entry) {
            error = -XEN_ENOMEM;
            break;
        }
        WRITE_ONCE(*entry, maddr | flags | (large ? PTE_PSE : 0));
        va += step;
        maddr += step;
        len -= step;
    }
    spin_unlock_irqrestore(&lock, irq);
    return error;
}

bool map_lookup(uint64_t va, uint64_t *mfn)
{
    const pte_t *table = hv_l4;

    for (unsigned int level = 4; level >= 1; level--) {
        pte_t e = table[pt_index(va, level)];
        uint64_t below = (1UL << (pt_shift(level) - PAGE_SHIFT)) - 1;

        if (!(e & PTE_P))
            return false;
        if (level == 1 || (level < 4 && (e & PTE_PSE))) {
            *mfn = pte_mfn(e) + ((va >> PAGE_SHIFT) & below);
            return true;
        }
        table = maddr_to_virt(e & PTE_ADDR);
    }
    return false;
}

void map_guard(uint64_t va)
{
    pte_t *l2 = entry_for(va, 2, 0);
    pte_t large = *l2;

    if (large & PTE_PSE) { /* split it first */
        pte_t *l1 = table_new();

        if (!l1)
            return;
        for (unsigned int i = 0; i < PTES_PER_TABLE; i++)
            l1[i] = ((large & PTE_ADDR) + i * PAGE_SIZE) | MAP_RW;
        WRITE_ONCE(*l2, virt_to_maddr(l1) | MAP_TABLE);
    }
    WRITE_ONCE(*entry_for(va, 1, 0), 0);
    invlpg(va);
}

static void must_map(uint64_t va, uint64_t maddr, uint64_t len, uint64_t flags)
{
    if (map_range(va, maddr, len, flags))
        panic("no memory for the hypervisor's page tables");
}

/* Every slot gets its L3 now, so that L4 entries never change once guests have copies. */
static void slots_fill(void)
{
    for (unsigned int slot = HV_FIRST_SLOT; slot <= HV_LAST_SLOT; slot++)
        if (slot != HV_DOMAIN_SLOT)
            hv_l4[slot] = boot_alloc(PAGE_SIZE, PAGE_SIZE) | MAP_TABLE |
                          (slot == HV_M2P_SLOT ? PTE_US : 0);
}

static void direct_map_build(void)
{
    for (unsigned int i = 0; i < machine_e820.count; i++) {
        const struct e820_entry *e = &machine_e820.entry[i];
        uint64_t start = ROUND_UP(e->addr, PAGE_SIZE);
        uint64_t end = ROUND_DOWN(e->addr + e->size, PAGE_SIZE);

        if (e->type != E820_RAM || start >= end || end > DIRECT_MAP_SIZE)
            continue;
        must_map(DIRECT_MAP_START + start, start, end - start, MAP_RW);
        frame_limit = MAX(frame_limit, end >> PAGE_SHIFT);
    }
}

static void image_map(const char *from, const char *to, uint64_t flags)
{
    must_map((uint64_t)from, virt_to_maddr(from), (uint64_t)(to - from), flags);
}

/* Is any RAM in that range of frames? */
static bool has_ram(uint64_t first, uint64_t count)
{
    for (unsigned int i = 0; i < machine_e820.count; i++) {
        const struct e820_entry *e = &machine_e820.entry[i];

        if (e->type == E820_RAM && e->addr >> PAGE_SHIFT < first + count &&
            (e->addr + e->size - 1) >> PAGE_SHIFT >= first)
            return true;
    }
    return false;
}

static void frame_table_build(void)
{
    for (uint64_t mfn = 0; mfn < frame_limit; mfn += FRAMES_PER_CHUNK) {
        if (!has_ram(mfn, FRAMES_PER_CHUNK))
            continue;
        must_map((uint64_t)mfn_to_page(mfn), boot_alloc(LARGE_SIZE, LARGE_SIZE), LARGE_SIZE, MAP_RW);
        bit_set(chunk_valid, (unsigned int)(mfn / FRAMES_PER_CHUNK));
    }
}

static void m2p_build(void)
{
    for (uint64_t mfn = 0; mfn < frame_limit; mfn += FRAMES_PER_M2P) {
        uint64_t offset = mfn * sizeof(uint64_t), maddr;

        if (!has_ram(mfn, FRAMES_PER_M2P))
            continue;
        maddr = boot_alloc(LARGE_SIZE, LARGE_SIZE);
        memset(maddr_to_virt(maddr), 0xff, LARGE_SIZE);
        must_map(M2P_RW_START + offset, maddr, LARGE_SIZE, MAP_RW);
        must_map(M2P_RO_START + offset, maddr, LARGE_SIZE, MAP_RO | PTE_US);
    }
}

void map_init(void)
{
    hv_cr3 = boot_alloc(PAGE_SIZE, PAGE_SIZE);
    hv_l4 = maddr_to_virt(hv_cr3);
    slots_fill();
    direct_map_build();
    image_map(image_start, text_end, MAP_RX);
    image_map(rodata_start, data_start, MAP_RO);
    image_map(data_start, image_end, MAP_RW);
    frame_table_build();
    m2p_build();
    device_map_range = map_range;
    cr3_write(hv_cr3);
}

void map_allocator_ready(void)
{
    allocator_up = true;
}

void map_share_m2p(struct domain *owner)
{
    for (uint64_t mfn = 0; mfn < frame_limit; mfn += FRAMES_PER_M2P) {
        uint64_t first;

        if (!map_lookup(M2P_RW_START + mfn * sizeof(uint64_t), &first))
            continue;
        for (uint64_t i = 0; i < LARGE_SIZE / PAGE_SIZE; i++) {
            struct page_info *page = mfn_to_page(first + i);

            page->owner = (uint32_t)virt_to_mfn(owner);
            page->type = TYPE_DESCRIPTOR | TYPE_VALIDATED | 1; /* never writable */
            page->count = 1;
        }
    }
}
