/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a vCPU's vcpu_info is: in the shared page for the first 32, or in a page of the guest's
 * own that it registered. */
#include "domain/guest_ops.h"
#include "domain/shared_page.h"

#include "lib/string.h"
#include "memory/frame_type.h"

/* For vCPUs above the 32nd until they register. vCPUs of all domains share it, so nothing is read
 * from it into a guest. */
static vcpu_info_t spare_info;

void vcpu_info_init(struct vcpu *v)
{
    v->info = v->id < XEN_LEGACY_MAX_VCPUS ? &v->domain->shared_info->vcpu_info[v->id]
                                           : &spare_info;
    v->info_page = NULL;
}

bool vcpu_info_is_spare(const struct vcpu *v)
{
    return READ_ONCE(v->info) == &spare_info;
}

/* Copies the content over and makes the new place the one in use. */
static void info_move(struct vcpu *v, vcpu_info_t *to)
{
    if (v->info == &spare_info)
        *to = (vcpu_info_t){.evtchn_upcall_mask = 1};
    else
        memcpy(to, v->info, sizeof(*to));
    __atomic_store_n(&v->info, to, __ATOMIC_SEQ_CST);

    /* Somebody who read the old pointer may still set a bit there. The port's own bit was set
     * before, so a look at all ports makes up for it. */
    shared_select_all(v->domain, to);
}

int vcpu_info_register(struct vcpu *v, uint64_t gfn, uint32_t offset)
{
    struct domain *d = v->domain;
    struct page_info *page;
    int rc = -XEN_EINVAL;

    if (offset > PAGE_SIZE - sizeof(vcpu_info_t) || offset % sizeof(uint64_t))
        return -XEN_EINVAL;
    page = guest_frame_get(d, gfn);
    if (!page)
        return -XEN_EINVAL;
    rc = frame_type_get(page, TYPE_WRITABLE);
    if (rc) {
        frame_put(page);
        return rc;
    }

    rc = -XEN_EINVAL;
    spin_lock(&d->lock);
    if (!v->info_page && (v == current_vcpu() || bit_test(&v->pause_flags, VCPU_DOWN))) {
        v->info_page = page;
        info_move(v, (vcpu_info_t *)((char *)page_to_virt(page) + offset));
        rc = 0;
    }
    spin_unlock(&d->lock);

    if (rc)
        frame_put_and_type(page);
    else
        vcpu_kick(v);
    return rc;
}

void vcpu_info_unregister(struct vcpu *v)
{
    struct page_info *page = v->info_page;

    if (!page)
        return;
    vcpu_info_init(v);
    frame_put_and_type(page);
}
