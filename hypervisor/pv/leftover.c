/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables that a vCPU has let go of, and that are not undone yet; see leftover.h. */
#include "pv/leftover.h"

#include "machine/traps.h"
#include "memory/frame_type.h"
#include "pv/pv.h"

void pv_leftover_keep(struct page_info *page)
{
    struct vcpu *v = current_vcpu();

    /* Otherwise it stays as it is until somebody wants a type of it. */
    if (v->pv && v->pv->leftovers.count < PV_LEFTOVERS_MAX)
        v->pv->leftovers.pages[v->pv->leftovers.count++] = page;
    else
        frame_put(page);
}

void pv_leftover_add(struct page_info *page)
{
    BUG_ON(!frame_get(page, page_owner(page)));
    pv_leftover_keep(page);
}

void pv_table_put(struct page_info *page)
{
    if (frame_type_put_preemptible(page))
        pv_leftover_keep(page);
    else
        frame_put(page);
}

bool pv_leftovers_due(const struct vcpu *v)
{
    return v->pv && v->pv->leftovers.count;
}

static int settle_last(struct pv_leftovers *left)
{
    struct page_info *page = left->pages[left->count - 1];
    struct domain *d = page_owner(page);
    int error;

    spin_lock(&d->mm_lock);
    error = frame_type_settle(page);
    spin_unlock(&d->mm_lock);
    if (error)
        return error;
    left->count--;
    frame_put(page);
    return 0;
}

int pv_leftovers_settle(struct vcpu *v)
{
    int error = 0;

    while (!error && pv_leftovers_due(v))
        error = settle_last(&v->pv->leftovers);
    return error;
}

void pv_leftovers_forget(struct vcpu *v)
{
    struct pv_leftovers *left = &v->pv->leftovers;

    while (left->count)
        frame_put(left->pages[--left->count]);
}
