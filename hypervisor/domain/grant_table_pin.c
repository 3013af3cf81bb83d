/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking entries into use. The granter may change a shared entry at any time, so the bits that
 * mark it as used go in with one compare-and-exchange of the word that was checked: flags and
 * domid together.
 *
 *   31           16 15                                       0
 *   |    domid     | .. sub_page .. | writing | reading | ro | type |
 */
#include "domain/grant_table-private.h"

#include "domain/guest_ops.h"
#include "memory/frame_type.h"

/* A granter that keeps changing the word that we try to mark gets this many tries. */
#define MARK_TRIES 5

/* Each kind of users; far from overflow, far above what a sane domain needs. */
#define MAX_USERS (1u << 30)

static uint16_t *flags_of(struct grant_entry_v1 *entry)
{
    return &entry->flags;
}

/* Reads flags and domid as one word. */
static uint32_t *head_of(struct grant_entry_v1 *entry)
{
    return (uint32_t *)(void *)entry;
}

_Static_assert(sizeof(struct grant_entry_v1) == 8 && offsetof(struct grant_entry_v1, flags) == 0 &&
                   offsetof(struct grant_entry_v1, domid) == 2 &&
                   offsetof(struct grant_entry_v1, frame) == 4,
               "flags and domid are one aligned word");

static int16_t head_check(uint32_t head, domid_t user, bool readonly)
{
    uint16_t flags = (uint16_t)head;

    /* Parts of a page, and grants of grants, exist in version 2 tables only. */
    if ((flags & (GTF_type_mask | GTF_sub_page)) != GTF_permit_access || head >> 16 != user)
        return GNTST_general_error;
    if (!readonly && (flags & GTF_readonly))
        return GNTST_general_error;
    return GNTST_okay;
}

/* Sets the bits that tell the granter of a new use. */
static int16_t mark_used(struct grant_entry_v1 *entry, domid_t user, bool readonly)
{
    uint32_t *word = head_of(entry);
    uint32_t head = __atomic_load_n(word, __ATOMIC_SEQ_CST);

    for (unsigned int i = 0; i < MARK_TRIES; i++) {
        uint32_t marked = head | GTF_reading | (readonly ? 0 : GTF_writing);
        int16_t status = head_check(head, user, readonly);

        if (status != GNTST_okay)
            return status;
        if (__atomic_compare_exchange_n(word, &head, marked, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return GNTST_okay;
    }
    return GNTST_general_error;
}

/* Takes the bits away that no user stands for any more. */
static void mark_unused(const struct grant_table *t, grant_ref_t ref, const struct active *a)
{
    uint16_t gone =
        (uint16_t)((a->writers ? 0 : GTF_writing) | (a->readers || a->writers ? 0 : GTF_reading));

    if (gone)
        __atomic_fetch_and(flags_of(grant_shared(t, ref)), (uint16_t)~gone, __ATOMIC_SEQ_CST);
}

/* Takes the type that goes with a reference that the caller holds, or drops that one. */
static int16_t frame_take(struct page_info *page, bool readonly)
{
    if (!page)
        return GNTST_bad_page;
    if (!readonly && frame_type_get(page, TYPE_WRITABLE)) {
        frame_put(page);
        return GNTST_permission_denied;
    }
    return GNTST_okay;
}

void grant_frame_put(uint64_t mfn, bool readonly)
{
    if (readonly) {
        frame_put(mfn_to_page(mfn));
        return;
    }
    guest_frame_written(mfn);
    frame_put_and_type(mfn_to_page(mfn));
}

void grant_table_tell_written(struct domain *d)
{
    struct grant_table *t = d->grants;

    spin_lock(&t->lock);
    for (grant_ref_t ref = 0; ref < grant_table_entries(t); ref++)
        if (grant_active(t, ref)->writers)
            guest_frame_written(grant_active(t, ref)->mfn);
    spin_unlock(&t->lock);
}

/* A use that the shared entry is not marked for yet. */
static bool needs_mark(const struct active *a, bool readonly)
{
    return readonly ? !a->readers && !a->writers : !a->writers;
}

static int16_t pin_locked(struct domain *granter, grant_ref_t ref, const struct domain *user,
                          bool readonly, uint64_t *mfn)
{
    struct grant_table *t = granter->grants;
    int16_t status = GNTST_okay;
    struct page_info *page;
    struct active *a;
    bool first;

    if (t->closed)
        return GNTST_bad_domain;
    if (ref >= grant_table_entries(t))
        return GNTST_bad_gntref;
    a = grant_active(t, ref);
    first = !a->readers && !a->writers;
    if (!first && (a->domid != user->domid || a->readers >= MAX_USERS || a->writers >= MAX_USERS))
        return GNTST_general_error;
    if (needs_mark(a, readonly))
        status = mark_used(grant_shared(t, ref), user->domid, readonly);
    if (status != GNTST_okay)
        return status;
    /* The first user finds out what the granter means; what an entry in use stands for stays. */
    page = first ? guest_frame_get(granter, READ_ONCE(grant_shared(t, ref)->frame))
                 : frame_get_mfn(a->mfn, granter);
    status = frame_take(page, readonly);
    if (status != GNTST_okay) {
        mark_unused(t, ref, a);
        return status;
    }
    if (first) {
        a->domid = user->domid;
        a->mfn = (uint32_t)page_to_mfn(page);
    }
    *(readonly ? &a->readers : &a->writers) += 1;
    *mfn = a->mfn;
    return GNTST_okay;
}

int16_t grant_pin(struct domain *granter, grant_ref_t ref, const struct domain *user, bool readonly,
                  uint64_t *mfn)
{
    int16_t status;

    spin_lock(&granter->grants->lock);
    status = pin_locked(granter, ref, user, readonly, mfn);
    spin_unlock(&granter->grants->lock);
    return status;
}

void grant_unpin(struct domain *granter, grant_ref_t ref, bool readonly)
{
    struct grant_table *t = granter->grants;
    struct active *a;

    spin_lock(&t->lock);
    a = grant_active(t, ref);
    *(readonly ? &a->readers : &a->writers) -= 1;
    mark_unused(t, ref, a);
    spin_unlock(&t->lock);
}
