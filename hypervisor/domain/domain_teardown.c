/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tearing a domain down to its last frame, a part at a time: each stage may stop half-way and is
 * then called again. What other domains still hold (grants, foreign mappings) keeps the frame and
 * the domain's structure until they let go. */
#include "domain/domain.h"
#include "domain/console.h"
#include "domain/grant_table.h"
#include "domain/guest_ops.h"
#include "domain/pirq.h"
#include "domain/vcpu.h"
#include "domain/watchdog.h"
#include "memory/allocator.h"
#include "memory/frame_type.h"

#define PAGES_AT_A_TIME 64

static int stop_everything(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
        vcpu_timers_kill(v);
    domain_watchdogs_kill(d);
    pirqs_release(d);
    evtchn_table_destroy(d);
    console_flush_guest(d);
    grant_table_close(d);
    return 0;
}

static int drop_claim(struct domain *d)
{
    spin_lock(&d->page_lock);
    __atomic_fetch_sub(&frames_claimed, d->claimed_pages, __ATOMIC_SEQ_CST);
    d->claimed_pages = 0;
    spin_unlock(&d->page_lock);
    return 0;
}

static int drop_vcpu_pages(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v)
        vcpu_info_unregister(v);
    return 0;
}

static int drop_page_tables(struct domain *d)
{
    return d->ops->relinquish(d);
}

/* Gives up a frame: pins, work that was left half-way, and the allocation itself. */
static int drop_page(struct domain *d, struct page_info *page)
{
    int error;

    spin_lock(&d->mm_lock);
    if (page->type & TYPE_PINNED) {
        __atomic_and_fetch(&page->type, ~TYPE_PINNED, __ATOMIC_SEQ_CST);
        error = frame_type_put_preemptible(page);
        frame_put(page);
    } else {
        error = frame_type_settle(page);
    }
    spin_unlock(&d->mm_lock);
    if (!error && !(page->count & FRAME_HYPERVISOR))
        domain_page_release(page);
    return error;
}

/* The next frame to be dropped, held; NULL when only frames are left that others refer to, or
 * that the hypervisor frees with the structure. */
static struct page_info *next_page(struct domain *d)
{
    struct page_info *page = NULL;

    spin_lock(&d->page_lock);
    for (uint32_t mfn = d->pages_first; mfn; mfn = mfn_to_page(mfn)->next) {
        struct page_info *p = mfn_to_page(mfn);

        /* A table that was dropped may have been left half-way since, by one above it. */
        if ((p->count & FRAME_HYPERVISOR) ||
            (!(p->count & FRAME_ALLOCATED) && !(READ_ONCE(p->type) & TYPE_PARTIAL)))
            continue;
        if (frame_get(p, d)) {
            page = p;
            break;
        }
    }
    spin_unlock(&d->page_lock);
    return page;
}

static int drop_pages(struct domain *d)
{
    struct page_info *page;
    unsigned int done = 0;

    while ((page = next_page(d))) {
        int error = drop_page(d, page);

        frame_put(page);
        if (error)
            return error;
        if (++done % PAGES_AT_A_TIME == 0 && hypercall_should_yield())
            return -XEN_ERESTART;
    }
    return 0;
}

/* The structure's own pages come last, since each keeps a reference of the domain. */
static int drop_hv_pages(struct domain *d)
{
    domain_hv_pages_release(d);
    return 0;
}

static int (*const stages[])(struct domain *d) = {
    stop_everything,
    drop_claim,
    grant_table_release_mappings,
    drop_vcpu_pages,
    drop_page_tables,
    drop_pages,
    drop_hv_pages,
};

int domain_kill(struct domain *d)
{
    bool first;

    if (d == current_domain() || d->hardware)
        return -XEN_EINVAL;

    spin_lock(&d->lock);
    first = d->life == DOMAIN_ALIVE;
    if (first) {
        spin_lock(&d->page_lock); /* who assigns a frame has done so, or sees it */
        d->life = DOMAIN_DYING;
        spin_unlock(&d->page_lock);
    }
    spin_unlock(&d->lock);
    if (d->life == DOMAIN_DEAD)
        return -XEN_ESRCH;
    if (first)
        domain_pause(d);

    while (d->relinquish_stage < (int)ARRAY_SIZE(stages)) {
        int error = stages[d->relinquish_stage](d);

        if (error)
            return error;
        d->relinquish_stage++;
    }
    d->life = DOMAIN_DEAD;
    evtchn_raise_global_virq(VIRQ_DOM_EXC);
    domain_put(d); /* the life itself */
    return 0;
}
