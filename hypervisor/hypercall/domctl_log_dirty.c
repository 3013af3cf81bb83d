/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pages of a hardware guest were written to since this was asked last, for who copies one
 * away that runs on meanwhile. The CPU notes writes in the guest's own map (hvm/p2m.h); others who
 * write to its memory tell (hvm_gfn_written). (public domctl.h: xen_domctl_shadow_op) */
#include "hypercall/domctl-private.h"

#include "domain/grant_table.h"
#include "hvm/hvm.h"
#include "lib/bits.h"
#include "memory/flush.h"

#define PAGES_AT_A_TIME 64

/* Takes the notes of all pages below `pages` and puts them, a bit a page, at `bitmap` (0: nowhere).
 * -XEN_ERESTART: to be called again as it was. */
static long take_all(struct domain *d, uint64_t bitmap, uint64_t pages)
{
    struct hvm_log_dirty *log = &d->hvm->log_dirty;
    long error = 0;

    while (!error && log->next < pages) {
        unsigned int count = (unsigned int)MIN(pages - log->next, (uint64_t)PAGES_AT_A_TIME);
        uint64_t bits;

        error = p2m_dirty_take(&d->hvm->p2m, log->next, count, &bits);
        if (!error && bitmap)
            error = copy_to_guest(bitmap + log->next / 8, &bits, DIV_ROUND_UP(count, 8));
        log->found += bits_count(bits);
        log->next += count;
        if (!error && log->next < pages && hypercall_should_yield())
            return -XEN_ERESTART;
    }
    log->next = 0;
    /* What is written from now on has to be noted anew. */
    tlb_flush_mask(READ_ONCE(d->dirty_cpus));
    return error;
}

static long enable(struct domain *d)
{
    if (d->hvm->log_dirty.on)
        return -XEN_EINVAL;
    d->hvm->log_dirty = (struct hvm_log_dirty){.on = true};
    return 0;
}

/* The first look tells of all pages that were ever written to; the copy begins with all of them
 * anyway, so it is no loss, and enabling does not take long. */
static long clean(struct domain *d, struct xen_domctl_shadow_op *shadow)
{
    struct hvm_log_dirty *log = &d->hvm->log_dirty;
    long error;

    if (!log->on || shadow->pages > P2M_GFN_LIMIT)
        return -XEN_EINVAL;
    if (!log->next)
        grant_table_tell_written(d);
    error = take_all(d, guest_address(shadow->dirty_bitmap), shadow->pages);
    if (error == -XEN_ERESTART)
        return error;
    shadow->stats = (struct xen_domctl_shadow_op_stats){
        .dirty_count = (uint32_t)MIN(log->found, (uint64_t)UINT32_MAX)};
    log->found = 0;
    return error;
}

/* What was split for the notes is put together again. */
static long disable(struct domain *d)
{
    struct hvm_log_dirty *log = &d->hvm->log_dirty;
    long error;

    WRITE_ONCE(log->on, false);
    if (!log->joining)
        log->next = 0;
    log->joining = true;
    error = hvm_join_all(d, &log->next);
    log->joining = error == -XEN_ERESTART;
    return error;
}

long domctl_log_dirty(struct domain *d, struct xen_domctl_shadow_op *shadow)
{
    switch (shadow->op) {
    case XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY:
        return enable(d);
    case XEN_DOMCTL_SHADOW_OP_CLEAN:
        return clean(d, shadow);
    case XEN_DOMCTL_SHADOW_OP_OFF:
        return disable(d);
    default:
        return -XEN_EOPNOTSUPP;
    }
}
