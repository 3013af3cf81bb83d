/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest-physical map; see p2m.h. */
#include "hvm/p2m.h"

#include "machine/cpu.h"
#include "memory/allocator.h"

#define TYPE_SHIFT         52
#define TYPE_BITS          (0xfULL << TYPE_SHIFT)
#define FRAME_BITS         0x000ffffffffff000ULL
#define TOP_LEVEL          4
#define ORDER_LEVEL(level) (9 * ((level)-1))

static enum p2m_type type_of(pte_t entry)
{
    return (enum p2m_type)((entry & TYPE_BITS) >> TYPE_SHIFT);
}

static uint64_t frame_of(pte_t entry)
{
    return (entry & FRAME_BITS) >> PAGE_SHIFT;
}

/* An entry is a table if it is there, but of no type. */
static bool is_table(pte_t entry)
{
    return entry && type_of(entry) == P2M_HOLE;
}

static pte_t *table_of(pte_t entry)
{
    return mfn_to_virt(frame_of(entry));
}

static pte_t leaf_make(const struct p2m *p2m, uint64_t mfn, unsigned int level, enum p2m_type type)
{
    return mfn << PAGE_SHIFT | (uint64_t)type << TYPE_SHIFT | p2m->format->leaf[type] |
           (level > 1 ? p2m->format->large : 0);
}

static unsigned int index_of(uint64_t gfn, unsigned int level)
{
    return (gfn >> ORDER_LEVEL(level)) & (PTES_PER_TABLE - 1);
}

int p2m_init(struct p2m *p2m, const struct p2m_format *format)
{
    *p2m = (struct p2m){.format = format, .max_tables = P2M_TABLES_DEFAULT};
    spin_init(&p2m->lock);
    p2m->root = pages_alloc(0);
    return p2m->root ? 0 : -XEN_ENOMEM;
}

/* Frees what is below a table, not the table. */
static void free_below(pte_t *table, unsigned int level)
{
    for (unsigned int i = 0; level > 1 && i < PTES_PER_TABLE; i++) {
        if (!is_table(table[i]))
            continue;
        free_below(table_of(table[i]), level - 1);
        pages_free(table_of(table[i]), 0);
        table[i] = 0;
    }
}

/* One step: frees what an entry of a table of level 3 points to, at most 513 tables. */
static void release_entry(struct p2m *p2m, pte_t *entry)
{
    spin_lock(&p2m->lock);
    if (is_table(*entry)) {
        pte_t *table = table_of(*entry);

        *entry = 0;
        free_below(table, TOP_LEVEL - 2);
        pages_free(table, 0);
    }
    spin_unlock(&p2m->lock);
}

/* The tables of level 3 themselves go with the root. */
int p2m_release(struct p2m *p2m, bool (*should_stop)(void))
{
    for (; p2m->release_next < PTES_PER_TABLE * PTES_PER_TABLE; p2m->release_next++) {
        pte_t root_entry = p2m->root[p2m->release_next / PTES_PER_TABLE], *table;

        if (!is_table(root_entry)) {
            p2m->release_next |= PTES_PER_TABLE - 1;
            continue;
        }
        table = table_of(root_entry);
        if (!is_table(table[p2m->release_next % PTES_PER_TABLE]))
            continue;
        release_entry(p2m, &table[p2m->release_next % PTES_PER_TABLE]);
        if (should_stop()) {
            p2m->release_next++;
            return -XEN_ERESTART;
        }
    }
    return 0;
}

void p2m_free(struct p2m *p2m)
{
    if (!p2m->root)
        return;
    free_below(p2m->root, TOP_LEVEL);
    pages_free(p2m->root, 0);
    p2m->root = NULL;
}

/* Makes a table that maps what the large entry maps (or nothing), and puts it there. */
static int table_add(struct p2m *p2m, pte_t *entry, unsigned int level)
{
    pte_t *table, old = *entry;

    if (p2m->tables >= p2m->max_tables)
        return -XEN_ENOMEM;
    table = pages_alloc(0);
    if (!table)
        return -XEN_ENOMEM;
    p2m->tables++;
    for (uint64_t i = 0; old && i < PTES_PER_TABLE; i++)
        table[i] =
            leaf_make(p2m, frame_of(old) + (i << ORDER_LEVEL(level - 1)), level - 1, type_of(old));
    __atomic_store_n(entry, virt_to_maddr(table) | p2m->format->table, __ATOMIC_RELEASE);
    return 0;
}

/* The entry of that level for a guest frame; larger mappings above it are split, missing tables
 * made. NULL: no memory. */
static pte_t *entry_make(struct p2m *p2m, uint64_t gfn, unsigned int target)
{
    pte_t *table = p2m->root;

    for (unsigned int level = TOP_LEVEL; level > target; level--) {
        pte_t *entry = &table[index_of(gfn, level)];

        if (!is_table(*entry) && table_add(p2m, entry, level))
            return NULL;
        table = table_of(*entry);
    }
    return &table[index_of(gfn, target)];
}

/* The entry that decides about a guest frame, a leaf or a hole of any size, or the one of the
 * lowest level that is asked for; *level and *found tell which, and what it was. */
static pte_t *entry_find(const struct p2m *p2m, uint64_t gfn, unsigned int lowest,
                         unsigned int *level, pte_t *found)
{
    pte_t *table = p2m->root;

    for (*level = TOP_LEVEL;; --*level) {
        pte_t *entry = &table[index_of(gfn, *level)];

        *found = __atomic_load_n(entry, __ATOMIC_ACQUIRE);
        if (*level == lowest || !is_table(*found))
            return entry;
        table = table_of(*found);
    }
}

static pte_t entry_read(const struct p2m *p2m, uint64_t gfn, unsigned int *level)
{
    pte_t entry;

    (void)entry_find(p2m, gfn, 1, level, &entry);
    return entry;
}

void p2m_limit(struct p2m *p2m, uint64_t tables)
{
    spin_lock(&p2m->lock);
    p2m->max_tables = (uint32_t)MIN(tables, (uint64_t)UINT32_MAX);
    spin_unlock(&p2m->lock);
}

enum p2m_type p2m_lookup(const struct p2m *p2m, uint64_t gfn, uint64_t *mfn)
{
    unsigned int level;
    uint64_t flags;
    pte_t entry;

    if (gfn >= P2M_GFN_LIMIT || !p2m->root)
        return P2M_HOLE;
    flags = irq_save(); /* no table that we are in is freed */
    entry = entry_read(p2m, gfn, &level);
    irq_restore(flags);
    *mfn = frame_of(entry) + (gfn & ((1ULL << ORDER_LEVEL(level)) - 1));
    return type_of(entry);
}

static bool all_holes(const struct p2m *p2m, uint64_t gfn, unsigned int order)
{
    uint64_t end = gfn + (1ULL << order);

    while (gfn < end) {
        unsigned int level;

        if (entry_read(p2m, gfn, &level))
            return false;
        gfn = (gfn | ((1ULL << ORDER_LEVEL(level)) - 1)) + 1;
    }
    return true;
}

/* The level of the largest mappings that this kind of CPU has. */
static unsigned int largest_level(const struct p2m *p2m)
{
    if (p2m->format->small_only)
        return 1;
    return p2m->format->no_1g ? 2 : 3;
}

/* The highest level whose one entry can map this much of what is left. */
static unsigned int level_for(const struct p2m *p2m, uint64_t gfn, uint64_t mfn, uint64_t left)
{
    unsigned int level = 1;

    while (level < largest_level(p2m)) {
        uint64_t size = 1ULL << ORDER_LEVEL(level + 1);

        if (((gfn | mfn) & (size - 1)) || left < size)
            break;
        level++;
    }
    return level;
}

/* Where there is a table already, it stays, though a larger mapping might do: a CPU may be
 * walking it. */
static pte_t *entry_for(struct p2m *p2m, uint64_t gfn, unsigned int *level)
{
    pte_t *entry = entry_make(p2m, gfn, *level);

    while (entry && is_table(*entry)) {
        --*level;
        entry = entry_make(p2m, gfn, *level);
    }
    return entry;
}

static void unmap_range(struct p2m *p2m, uint64_t gfn, uint64_t end)
{
    while (gfn < end) {
        unsigned int level;

        entry_read(p2m, gfn, &level);
        WRITE_ONCE(*entry_make(p2m, gfn, level), 0);
        gfn += 1ULL << ORDER_LEVEL(level);
    }
}

static int map_locked(struct p2m *p2m, uint64_t gfn, uint64_t mfn, unsigned int order,
                      enum p2m_type type)
{
    uint64_t count = 1ULL << order, done = 0;

    if (!all_holes(p2m, gfn, order))
        return -XEN_EEXIST;
    while (done < count) {
        unsigned int level = level_for(p2m, gfn + done, mfn + done, count - done);
        pte_t *entry = entry_for(p2m, gfn + done, &level);

        if (!entry) {
            unmap_range(p2m, gfn, gfn + done);
            return -XEN_ENOMEM;
        }
        WRITE_ONCE(*entry, leaf_make(p2m, mfn + done, level, type));
        done += 1ULL << ORDER_LEVEL(level);
    }
    p2m->highest = MAX(p2m->highest, gfn + count - 1);
    p2m->borrowed += p2m_is(type, P2M_BORROWED);
    return 0;
}

int p2m_map(struct p2m *p2m, uint64_t gfn, uint64_t mfn, unsigned int order, enum p2m_type type)
{
    int error;

    if (order > P2M_ORDER_1G || gfn >= P2M_GFN_LIMIT || (gfn & ((1ULL << order) - 1)) ||
        (order && p2m_is(type, P2M_BORROWED)))
        return -XEN_EINVAL;
    spin_lock(&p2m->lock);
    error = p2m->closed ? -XEN_ESRCH : map_locked(p2m, gfn, mfn, order, type);
    spin_unlock(&p2m->lock);
    return error;
}

int p2m_unmap(struct p2m *p2m, uint64_t gfn, uint64_t mfn, enum p2m_type type)
{
    uint64_t now;
    int error = 0;
    pte_t *entry;

    if (gfn >= P2M_GFN_LIMIT)
        return -XEN_EINVAL;
    spin_lock(&p2m->lock);
    if (p2m_lookup(p2m, gfn, &now) != type || now != mfn) {
        error = -XEN_EINVAL;
    } else {
        entry = entry_make(p2m, gfn, 1);
        if (entry)
            WRITE_ONCE(*entry, 0);
        else
            error = -XEN_ENOMEM;
    }
    if (!error)
        p2m->borrowed -= p2m_is(type, P2M_BORROWED);
    spin_unlock(&p2m->lock);
    return error;
}

void p2m_close(struct p2m *p2m)
{
    spin_lock(&p2m->lock);
    p2m->closed = true;
    spin_unlock(&p2m->lock);
}

/* Borrowed pages are in small mappings, so there is nothing to be split. */
bool p2m_take_borrowed(struct p2m *p2m, uint64_t *gfn, uint64_t *mfn, enum p2m_type *type)
{
    bool more;

    *type = P2M_HOLE;
    spin_lock(&p2m->lock);
    more = p2m->borrowed && *gfn < P2M_GFN_LIMIT;
    if (more) {
        unsigned int level;
        pte_t entry = entry_read(p2m, *gfn, &level);

        if (p2m_is(type_of(entry), P2M_BORROWED)) {
            *type = type_of(entry);
            *mfn = frame_of(entry);
            WRITE_ONCE(*entry_make(p2m, *gfn, 1), 0);
            p2m->borrowed--;
        }
        *gfn = (*gfn | ((1ULL << ORDER_LEVEL(level)) - 1)) + 1;
    }
    spin_unlock(&p2m->lock);
    return more;
}

/* The entry of a frame of the domain's own, in a mapping of its size; NULL and *error. Lock held.
 */
static pte_t *own_entry(struct p2m *p2m, uint64_t gfn, int *error)
{
    enum p2m_type type;
    uint64_t mfn;
    pte_t *entry;

    type = p2m_lookup(p2m, gfn, &mfn);
    *error = -XEN_EINVAL;
    if (!p2m_is(type, P2M_OWN))
        return NULL;
    entry = entry_make(p2m, gfn, 1);
    *error = entry ? 0 : -XEN_ENOMEM;
    return entry;
}

int p2m_retype(struct p2m *p2m, uint64_t gfn, enum p2m_type type)
{
    pte_t *entry;
    int error;

    spin_lock(&p2m->lock);
    entry = own_entry(p2m, gfn, &error);
    if (entry)
        WRITE_ONCE(*entry, leaf_make(p2m, frame_of(*entry), 1, type));
    spin_unlock(&p2m->lock);
    return error;
}

/* Is there one hole that all of these frames are in? Lock held. */
static bool in_one_hole(const struct p2m *p2m, uint64_t gfn, unsigned int count)
{
    uint64_t size = 1ULL << P2M_ORDER_2M;
    unsigned int level;

    return (gfn & (size - 1)) + count <= size && !entry_read(p2m, gfn, &level) && level > 1;
}

/* The CPU may set the bit at any time, so it is taken out as one step. Lock held. */
static int dirty_take_one(struct p2m *p2m, uint64_t gfn, bool *dirty)
{
    int error;
    pte_t *entry = own_entry(p2m, gfn, &error);

    *dirty =
        entry && type_of(*entry) == P2M_RAM &&
        (__atomic_fetch_and(entry, ~p2m->format->dirty, __ATOMIC_SEQ_CST) & p2m->format->dirty);
    return error == -XEN_EINVAL ? 0 : error;
}

int p2m_dirty_take(struct p2m *p2m, uint64_t gfn, unsigned int count, uint64_t *bits)
{
    int error = 0;

    *bits = 0;
    spin_lock(&p2m->lock);
    if (in_one_hole(p2m, gfn, count))
        count = 0;
    for (unsigned int i = 0; !error && i < count; i++) {
        bool dirty;

        error = dirty_take_one(p2m, gfn + i, &dirty);
        *bits |= (uint64_t)dirty << i;
    }
    spin_unlock(&p2m->lock);
    return error;
}

/* Do all entries of a table of that level say what one larger one could? Mostly the two ends tell.
 */
static bool joins(const pte_t *table, unsigned int level)
{
    pte_t first = READ_ONCE(table[0]);
    uint64_t step = 1ULL << ORDER_LEVEL(level), last = READ_ONCE(table[PTES_PER_TABLE - 1]);

    if (!p2m_is(type_of(first), P2M_OWN) || (frame_of(first) & (step * PTES_PER_TABLE - 1)) ||
        frame_of(last) != frame_of(first) + step * (PTES_PER_TABLE - 1))
        return false;
    for (unsigned int i = 1; i < PTES_PER_TABLE; i++) {
        pte_t entry = READ_ONCE(table[i]);

        if (type_of(entry) != type_of(first) || frame_of(entry) != frame_of(first) + step * i)
            return false;
    }
    return true;
}

/* The entry of a table that could be one mapping of that level, if it is the lowest on the way to
 * the guest frame; NULL if not. Lock held. */
static pte_t *joinable(const struct p2m *p2m, uint64_t gfn, unsigned int level)
{
    unsigned int there;
    pte_t found, *entry = entry_find(p2m, gfn, level, &there, &found);

    return is_table(found) && joins(table_of(found), level - 1) ? entry : NULL;
}

/* A CPU that goes through the table until it is flushed finds there what it would find in the new
 * entry. */
void *p2m_join(struct p2m *p2m, uint64_t *gfn)
{
    pte_t *entry = NULL, *table = NULL, found;
    unsigned int level;

    spin_lock(&p2m->lock);
    for (level = 2; !entry && level <= largest_level(p2m); level++)
        entry = joinable(p2m, *gfn, level);
    if (entry) {
        table = table_of(*entry);
        (void)__atomic_exchange_n(entry,
                                  leaf_make(p2m, frame_of(table[0]), level - 1, type_of(table[0])),
                                  __ATOMIC_SEQ_CST);
        p2m->tables--;
    } else {
        (void)entry_find(p2m, *gfn, 2, &level, &found);
        *gfn = (*gfn | ((1ULL << ORDER_LEVEL(level)) - 1)) + 1;
    }
    spin_unlock(&p2m->lock);
    return table;
}

/* What is mapped by a larger mapping counts as written to until that is split. */
void p2m_dirty_set(struct p2m *p2m, uint64_t gfn)
{
    unsigned int level;
    pte_t entry;

    spin_lock(&p2m->lock);
    entry = entry_read(p2m, gfn, &level);
    if (level == 1 && type_of(entry) == P2M_RAM)
        __atomic_fetch_or(entry_make(p2m, gfn, 1), p2m->format->dirty, __ATOMIC_SEQ_CST);
    spin_unlock(&p2m->lock);
}
