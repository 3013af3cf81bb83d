/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pages of a PV guest were written to since this was asked last (pv/log_dirty.h), by the
 * numbers that the guest gives them (public domctl.h: xen_domctl_shadow_op).
 *
 * A look is two passes over the machine's frames: bits are taken, then what may be written to is
 * protected. In the other order a page that is written to in between would be open, and nobody told
 * of what is written to it later. */
#include "hypercall/domctl-private.h"

#include "pv/log_dirty.h"
#include "pv/pv.h"

/* Larger than any guest: clearing a bitmap does not stop half-way. */
#define PAGES_LIMIT (1ULL << 28)

static long enable(struct domain *d)
{
    struct pv_log *log = &d->pv->log;
    int error;

    if (d->log_dirty && log->stage != LOG_BEGINS)
        return -XEN_EINVAL;
    if (!d->log_dirty) {
        *log = (struct pv_log){.stage = LOG_BEGINS};
        WRITE_ONCE(d->log_dirty, true);
    }
    error = pv_log_dirty_protect(d, &log->next);
    if (!error)
        log->stage = LOG_RESTS;
    return error;
}

/* Who asks, and for what. */
struct look {
    struct pv_log *log;
    uint64_t bitmap, pages;
    bool keep;
};

static long set_bit_of(uint64_t bitmap, uint64_t pfn)
{
    uint64_t at = bitmap + pfn / 8;
    uint8_t byte;

    if (get_from_guest(&byte, at))
        return -XEN_EFAULT;
    byte |= (uint8_t)(1U << pfn % 8);
    return put_to_guest(at, &byte);
}

/* A frame that has no number here is none of the guest's memory to its tools either. */
static int found(void *ctx, uint64_t mfn)
{
    const struct look *look = ctx;
    uint64_t pfn = READ_ONCE(m2p_table[mfn]);

    if (look->keep)
        dirty_frames_set(mfn);
    if (pfn >= look->pages)
        return 0;
    look->log->found++;
    return look->bitmap ? (int)set_bit_of(look->bitmap, pfn) : 0;
}

static int begin(const struct look *look)
{
    if (look->bitmap && clear_guest(look->bitmap, DIV_ROUND_UP(look->pages, 8)))
        return -XEN_EFAULT;
    *look->log = (struct pv_log){.stage = LOG_TAKES};
    return 0;
}

/* What a caller's bitmap can't take is lost to it, as what it does not ask for. */
static int take(struct domain *d, struct look *look)
{
    int error = look->log->stage == LOG_RESTS ? begin(look) : 0;

    if (!error)
        error = pv_log_dirty_take(d, &look->log->next, found, look);
    if (error != -XEN_ERESTART)
        look->log->stage = error || look->keep ? LOG_RESTS : LOG_PROTECTS;
    return error;
}

static int protect(struct domain *d, struct pv_log *log)
{
    int error = pv_log_dirty_protect(d, &log->next);

    if (!error)
        log->stage = LOG_RESTS;
    return error;
}

static long look(struct domain *d, struct xen_domctl_shadow_op *shadow)
{
    struct look look = {&d->pv->log, guest_address(shadow->dirty_bitmap), shadow->pages,
                        shadow->op == XEN_DOMCTL_SHADOW_OP_PEEK};
    int error = 0;

    if (!d->log_dirty || look.log->stage == LOG_BEGINS || shadow->pages > PAGES_LIMIT)
        return -XEN_EINVAL;
    if (look.log->stage != LOG_PROTECTS)
        error = take(d, &look);
    if (!error && look.log->stage == LOG_PROTECTS)
        error = protect(d, look.log);
    if (!error)
        shadow->stats = (struct xen_domctl_shadow_op_stats){.dirty_count = look.log->found};
    return error;
}

/* Bits that were taken come back one by one, as the guest misses them. */
static long disable(struct domain *d)
{
    WRITE_ONCE(d->log_dirty, false);
    return 0;
}

long domctl_log_dirty_pv(struct domain *d, struct xen_domctl_shadow_op *shadow)
{
    if (d == current_domain()) /* its own calls would never come to an end of writing */
        return -XEN_EINVAL;
    switch (shadow->op) {
    case XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY:
        return enable(d);
    case XEN_DOMCTL_SHADOW_OP_CLEAN:
    case XEN_DOMCTL_SHADOW_OP_PEEK:
        return look(d, shadow);
    case XEN_DOMCTL_SHADOW_OP_OFF:
        return disable(d);
    default:
        return -XEN_EOPNOTSUPP;
    }
}
