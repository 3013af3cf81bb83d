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

/* A table that was dropped may have been left half-way since, by one above it. */
static bool is_to_drop(const struct page_info *page)
{
    return !(page->count & FRAME_HYPERVISOR) &&
           ((page->count & FRAME_ALLOCATED) || (READ_ONCE(page->type) & TYPE_PARTIAL));
}

/* The frame whose turn it is, held; NULL when there is nothing to do with it. */
static struct page_info *next_page(struct domain *d)
{
    struct page_info *page;

    spin_lock(&d->page_lock);
    page = domain_pages_rotate(d);
    if (page && !(is_to_drop(page) && frame_get(page, d)))
        page = NULL;
    d->relinquish_idle = page ? 0 : d->relinquish_idle + 1;
    spin_unlock(&d->page_lock);
    return page;
}

/* Until there was nothing to do with any frame, one after the other: those that are left, others
 * refer to, or the hypervisor frees with the structure. They are many until the tables that map
 * them have had their turn, so nobody looks for the next one from the list's beginning. */
static int drop_pages(struct domain *d)
{
    unsigned int done = 0;

    while (d->relinquish_idle < READ_ONCE(d->pages_listed)) {
        struct page_info *page = next_page(d);
        int error = page ? drop_page(d, page) : 0;

        if (page)
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
