/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's page walk; see walk.h. */
#include "hvm/walk.h"

#include "machine/cpu.h"
#include "machine/paging.h"

/* A way of translating: what each level is, from the root down. */
struct scheme {
    unsigned int levels;     /* of tables */
    unsigned int entry_size; /* bytes */
    unsigned int index_bits; /* of each level but perhaps the root */
    uint64_t root_mask;      /* of CR3: where the root is */
    uint8_t large_levels;    /* bit n: an entry of level n may be a large page */
    bool root_is_plain;      /* entries of the root have no writable bit (PAE) */
    bool canonical;
};

enum { NO_PAGING, LEGACY, PAE, LONG };

static const struct scheme schemes[] = {
    [LEGACY] = {2, 4, 10, 0xfffff000, 1 << 2, false, false},
    [PAE] = {3, 8, 9, 0xffffffe0, 1 << 2, true, false},
    [LONG] = {4, 8, 9, PTE_ADDR, 1 << 2 | 1 << 3, false, true},
};

static unsigned int scheme_of(const struct walk_mode *mode)
{
    if (!(mode->cr0 & CR0_PG))
        return NO_PAGING;
    if (mode->efer & EFER_LMA)
        return LONG;
    return mode->cr4 & CR4_PAE ? PAE : LEGACY;
}

/* Large pages of the oldest scheme are a matter of CR4.PSE. */
static bool is_large(const struct scheme *s, const struct walk_mode *mode, unsigned int level,
                     uint64_t entry)
{
    if (!(entry & PTE_PSE) || !(s->large_levels >> level & 1))
        return false;
    return s->entry_size == 8 || (mode->cr4 & CR4_PSE);
}

static uint64_t entry_frame(const struct scheme *s, uint64_t entry)
{
    return entry & (s->entry_size == 4 ? 0xfffff000 : PTE_ADDR);
}

/* The oldest scheme's 4 MiB pages have address bits 39..32 in bits 20..13. */
static uint64_t large_base(const struct scheme *s, uint64_t entry, uint64_t size)
{
    if (s->entry_size == 4)
        return (entry & 0xffc00000) | (entry >> 13 & 0xff) << 32;
    return entry & PTE_ADDR & ~(size - 1);
}

static bool walk_tables(const struct scheme *s, const struct walk_mode *mode,
                        const struct walk_memory *memory, uint64_t linear, bool write, bool user,
                        uint64_t *gpa, bool *present)
{
    uint64_t needed = (write && (user || (mode->cr0 & CR0_WP)) ? PTE_RW : 0) | (user ? PTE_US : 0);
    uint64_t table = mode->cr3 & s->root_mask;
    bool denied = false;

    for (unsigned int level = s->levels;; level--) {
        unsigned int shift = PAGE_SHIFT + s->index_bits * (level - 1);
        uint64_t index = linear >> shift & ((1ULL << s->index_bits) - 1);
        uint64_t at = table + index * s->entry_size, entry, bits;
        bool plain = s->root_is_plain && level == s->levels, last;

        if (!memory->read(memory->ctx, at, s->entry_size, &entry) || !(entry & PTE_P))
            return false;
        if (!plain && (entry & needed) != needed)
            denied = true;
        last = level == 1 || is_large(s, mode, level, entry);
        bits = last && write ? PTE_A | PTE_D : PTE_A;
        if (!plain && !denied && (entry & bits) != bits)
            memory->mark(memory->ctx, at, s->entry_size, entry, bits);
        if (!last) {
            table = entry_frame(s, entry);
            continue;
        }
        *present = true;
        if (denied)
            return false;
        *gpa = (level == 1 ? entry_frame(s, entry) : large_base(s, entry, 1ULL << shift)) +
               (linear & ((1ULL << shift) - 1));
        return true;
    }
}

bool walk_checked(const struct walk_mode *mode, const struct walk_memory *memory, uint64_t linear,
                  bool write, bool user, uint64_t *gpa, bool *present)
{
    unsigned int kind = scheme_of(mode);

    *present = false;
    if (kind == NO_PAGING) {
        *gpa = (uint32_t)linear;
        return true;
    }
    if (schemes[kind].canonical && !va_canonical(linear))
        return false;
    if (!schemes[kind].canonical)
        linear = (uint32_t)linear;
    return walk_tables(&schemes[kind], mode, memory, linear, write, user, gpa, present);
}

bool walk(const struct walk_mode *mode, const struct walk_memory *memory, uint64_t linear,
          bool write, uint64_t *gpa)
{
    bool present;

    return walk_checked(mode, memory, linear, write, false, gpa, &present);
}
