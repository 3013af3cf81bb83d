/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings of 2 MiB and 1 GiB that were split (to see which parts are written to, or as a part was
 * given up), or were filled part by part, become one entry of the map when they can. */
#include "hvm/hvm.h"

#include "memory/allocator.h"
#include "memory/flush.h"

/* Tables that one flush is for. */
#define TABLES_AT_A_TIME 32

struct joined {
    void *tables[TABLES_AT_A_TIME];
    unsigned int count;
};

/* No CPU walks a table any more that has been flushed since it was taken out, nor is one that was
 * interrupted still looking something up. */
static void tables_free(const struct domain *d, struct joined *joined)
{
    if (!joined->count)
        return;
    tlb_flush_mask(READ_ONCE(d->dirty_cpus));
    while (joined->count)
        pages_free(joined->tables[--joined->count], 0);
}

/* One look: whether something was joined. *gfn moves on if not. */
static bool look(struct domain *d, struct joined *joined, uint64_t *gfn)
{
    void *table = p2m_join(&d->hvm->p2m, gfn);

    if (!table)
        return false;
    joined->tables[joined->count++] = table;
    if (joined->count == TABLES_AT_A_TIME)
        tables_free(d, joined);
    return true;
}

void hvm_gfn_join(struct domain *d, uint64_t gfn)
{
    struct joined joined = {.count = 0};

    while (look(d, &joined, &gfn))
        ;
    tables_free(d, &joined);
}

int hvm_join_all(struct domain *d, uint64_t *gfn)
{
    struct joined joined = {.count = 0};
    int error = 0;

    while (!error && *gfn <= hvm_gfn_highest(d)) {
        (void)look(d, &joined, gfn);
        if (hypercall_should_yield())
            error = -XEN_ERESTART;
    }
    tables_free(d, &joined);
    return error;
}
