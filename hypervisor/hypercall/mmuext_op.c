/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_mmuext_op: pinning page tables, roots, TLB flushes, LDT (public xen.h). */
#include "hypercall/hypercall.h"
#include "hypercall/mmu_owner.h"
#include "hypercall/pv.h"
#include "hypercall/vcpu_bitmap.h"
#include "domain/rangeset.h"
#include "lib/string.h"
#include "memory/flush.h"
#include "memory/frame_type.h"
#include "pv/log_dirty.h"
#include "pv/page_table.h"
#include "pv/pv.h"

/* In the count: this is a call that goes on. A guest that sets it itself gets a wrong number of what is
 * done; nobody else has harm of it. */
#define PREEMPTED   (1U << 31)
#define CHECK_EVERY 4

typedef int (*mmuext_fn)(struct domain *d, const struct mmuext_op *op);

static int pin(struct domain *d, const struct mmuext_op *op)
{
    struct page_info *page = frame_get_mfn(op->arg1.mfn, d);
    int error;

    if (!page)
        return -XEN_EINVAL;
    spin_lock(&d->mm_lock);
    if (READ_ONCE(d->life) != DOMAIN_ALIVE) {
        /* Its pins have been taken away, or will be, frame by frame under this lock: a new one on a
         * frame that was looked at already would hold it for ever. */
        error = -XEN_EINVAL;
    } else if ((page->type & (TYPE_PINNED | TYPE_VALIDATED)) == (TYPE_PINNED | TYPE_VALIDATED)) {
        error = -XEN_EINVAL;
    } else {
        error = pt_type_get(page, d, type_of_level(op->cmd - MMUEXT_PIN_L1_TABLE + 1));
        if (!error)
            __atomic_or_fetch(&page->type, TYPE_PINNED, __ATOMIC_SEQ_CST);
    }
    spin_unlock(&d->mm_lock);
    if (error) /* otherwise the pin keeps both references */
        frame_put(page);
    return error == -XEN_EBUSY ? -XEN_EINVAL : error;
}

static int unpin(struct domain *d, const struct mmuext_op *op)
{
    struct page_info *page = frame_get_mfn(op->arg1.mfn, d);
    int error = -XEN_EINVAL;

    if (!page)
        return -XEN_EINVAL;
    spin_lock(&d->mm_lock);
    if (page->type & TYPE_PINNED) {
        __atomic_and_fetch(&page->type, ~TYPE_PINNED, __ATOMIC_SEQ_CST);
        pv_table_put(page); /* the pin's own references */
        error = 0;
    }
    spin_unlock(&d->mm_lock);
    frame_put(page);
    return error;
}

/* A root with its two references, for a vCPU to keep. */
static int root_get(struct domain *d, uint64_t mfn)
{
    struct page_info *page = frame_get_mfn(mfn, d);
    int error;

    if (!page)
        return -XEN_EINVAL;
    error = pt_type_get(page, d, TYPE_L4);
    if (error)
        frame_put(page);
    return error == -XEN_EBUSY ? -XEN_EINVAL : error;
}

static int new_baseptr(struct domain *d, const struct mmuext_op *op)
{
    struct vcpu *v = current_vcpu();
    int error = 0;

    pv_ldt_unmap(v);
    spin_lock(&d->mm_lock);
    if (op->arg1.mfn == v->pv->kernel_root) {
        tlb_flush_local();
    } else {
        error = root_get(d, op->arg1.mfn);
        if (!error)
            pv_set_kernel_root(v, op->arg1.mfn);
    }
    spin_unlock(&d->mm_lock);
    return error;
}

static int new_user_baseptr(struct domain *d, const struct mmuext_op *op)
{
    struct vcpu *v = current_vcpu();
    int error = 0;

    spin_lock(&d->mm_lock);
    if (op->arg1.mfn != v->pv->user_root) {
        if (op->arg1.mfn)
            error = root_get(d, op->arg1.mfn);
        if (!error)
            pv_set_user_root(v, op->arg1.mfn);
    }
    spin_unlock(&d->mm_lock);
    return error;
}

static int tlb_flush_own(struct domain *d, const struct mmuext_op *op)
{
    tlb_flush_local();
    return 0;
}

static int invlpg_own(struct domain *d, const struct mmuext_op *op)
{
    tlb_flush_page_mask(CPUMASK_OF(this_cpu()), op->arg1.linear_addr);
    return 0;
}

static int tlb_flush_some(struct domain *d, const struct mmuext_op *op)
{
    cpumask_t cpus;
    int error = vcpu_bitmap_cpus((uint64_t)op->arg2.vcpumask.p, &cpus);

    if (!error)
        tlb_flush_mask(cpus);
    return error;
}

static int invlpg_some(struct domain *d, const struct mmuext_op *op)
{
    cpumask_t cpus;
    int error = vcpu_bitmap_cpus((uint64_t)op->arg2.vcpumask.p, &cpus);

    if (!error)
        tlb_flush_page_mask(cpus, op->arg1.linear_addr);
    return error;
}

static int tlb_flush_all(struct domain *d, const struct mmuext_op *op)
{
    tlb_flush_mask(READ_ONCE(d->dirty_cpus));
    return 0;
}

static int invlpg_all(struct domain *d, const struct mmuext_op *op)
{
    tlb_flush_page_mask(READ_ONCE(d->dirty_cpus), op->arg1.linear_addr);
    return 0;
}

static int flush_cache(struct domain *d, const struct mmuext_op *op)
{
    if (rangeset_is_empty(d->io_frames))
        return -XEN_EACCES;
    cache_flush_mask(op->cmd == MMUEXT_FLUSH_CACHE_GLOBAL ? cpus_online : CPUMASK_OF(this_cpu()));
    return 0;
}

static int set_ldt(struct domain *d, const struct mmuext_op *op)
{
    uint64_t base = op->arg1.linear_addr;
    uint32_t entries = op->arg2.nr_ents;

    if (entries > 8192 || (entries && ((base & ~PAGE_MASK) ||
                                       !guest_range_ok(base, entries * 8UL) || !va_canonical(base))))
        return -XEN_EINVAL;
    pv_ldt_set(current_vcpu(), base, entries);
    return 0;
}

/* Fills a frame that the guest has no mapping of, or copies one to another. */
static int fill_page(struct domain *d, const struct mmuext_op *op)
{
    struct page_info *source = NULL, *page = frame_get_mfn(op->arg1.mfn, d);
    int error = page ? 0 : -XEN_EINVAL;

    if (!error && op->cmd == MMUEXT_COPY_PAGE) {
        source = frame_get_mfn(op->arg2.src_mfn, d);
        error = source ? 0 : -XEN_EINVAL;
    }
    if (!error) {
        spin_lock(&d->mm_lock);
        error = pt_type_get(page, d, TYPE_WRITABLE);
        spin_unlock(&d->mm_lock);
        error = error == -XEN_EBUSY ? -XEN_EINVAL : error;
    }
    if (!error) {
        if (source)
            memcpy(page_to_virt(page), page_to_virt(source), PAGE_SIZE);
        else
            memset(page_to_virt(page), 0, PAGE_SIZE);
        pv_note_written(d, page_to_mfn(page));
        frame_type_put(page);
    }
    if (source)
        frame_put(source);
    if (page)
        frame_put(page);
    return error;
}

static int unsupported(struct domain *d, const struct mmuext_op *op)
{
    return -XEN_EOPNOTSUPP;
}

/* What may be done to another domain's frames, and what is about the calling vCPU only. */
static const struct {
    mmuext_fn fn;
    bool foreign;
} handlers[] = {
    [MMUEXT_PIN_L1_TABLE] = {pin, true},
    [MMUEXT_PIN_L2_TABLE] = {pin, true},
    [MMUEXT_PIN_L3_TABLE] = {pin, true},
    [MMUEXT_PIN_L4_TABLE] = {pin, true},
    [MMUEXT_UNPIN_TABLE] = {unpin, true},
    [MMUEXT_NEW_BASEPTR] = {new_baseptr, false},
    [MMUEXT_NEW_USER_BASEPTR] = {new_user_baseptr, false},
    [MMUEXT_TLB_FLUSH_LOCAL] = {tlb_flush_own, false},
    [MMUEXT_INVLPG_LOCAL] = {invlpg_own, false},
    [MMUEXT_TLB_FLUSH_MULTI] = {tlb_flush_some, false},
    [MMUEXT_INVLPG_MULTI] = {invlpg_some, false},
    [MMUEXT_TLB_FLUSH_ALL] = {tlb_flush_all, false},
    [MMUEXT_INVLPG_ALL] = {invlpg_all, false},
    [MMUEXT_FLUSH_CACHE] = {flush_cache, false},
    [MMUEXT_FLUSH_CACHE_GLOBAL] = {flush_cache, false},
    [MMUEXT_SET_LDT] = {set_ldt, false},
    [MMUEXT_CLEAR_PAGE] = {fill_page, true},
    [MMUEXT_COPY_PAGE] = {fill_page, true},
    [MMUEXT_MARK_SUPER] = {unsupported, true},
    [MMUEXT_UNMARK_SUPER] = {unsupported, true},
};

static int run_one(struct domain *d, const struct mmuext_op *op)
{
    if (op->cmd >= ARRAY_SIZE(handlers) || !handlers[op->cmd].fn)
        return -XEN_ENOSYS;
    if (!handlers[op->cmd].foreign && d != current_domain())
        return -XEN_EPERM;
    return handlers[op->cmd].fn(d, op);
}

/* What is left of a call. */
struct work {
    uint64_t list;
    uint32_t left, done;
};

static int run_next(struct domain *d, struct work *work)
{
    struct mmuext_op op;
    int error;

    if (get_from_guest(&op, work->list))
        return -XEN_EFAULT;
    error = run_one(d, &op);
    if (error)
        return error;
    work->list += sizeof(op);
    work->left--;
    work->done++;
    return 0;
}

/* What the last operation has left is undone before the next one, and before the call is done. */
static int run_list(struct domain *d, struct work *work)
{
    int error = 0;

    for (uint32_t worked = 0; work->left && !error; worked++) {
        if (worked && worked % CHECK_EVERY == 0 && hypercall_should_yield())
            return -XEN_ERESTART;
        error = run_next(d, work);
        if (!error)
            error = pv_leftovers_settle(current_vcpu());
    }
    return error;
}

static long go_on_later(const struct work *work, uint64_t done_at, uint64_t owner)
{
    uint32_t count = work->left | PREEMPTED;

    return hypercall_again(__HYPERVISOR_mmuext_op, 4, work->list, (uint64_t)count, done_at, owner);
}

/* a1: list, a2: count, a3: where the number done goes, a4: owner. */
HYPERCALL(mmuext_op)
{
    uint32_t count = (uint32_t)a2;
    struct work work = {.list = a1, .left = count & ~PREEMPTED};
    struct domain *d;
    int error = 0;

    if ((count & PREEMPTED) && a3 && get_from_guest(&work.done, a3))
        return -XEN_EFAULT;
    d = mmu_pages_owner((uint32_t)a4 & 0xffff, &error);
    if (!d)
        return error;
    error = run_list(d, &work);
    mmu_owner_put(d);

    if (a3 && put_to_guest(a3, &work.done))
        return -XEN_EFAULT;
    return error == -XEN_ERESTART ? go_on_later(&work, a3, a4) : error;
}
