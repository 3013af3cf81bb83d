/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XENMEM_exchange: a PV guest gives frames and gets as many others, in larger or smaller pieces,
 * at the same guest frame numbers. Device drivers get contiguous or low memory that way.
 *
 * The work is cut into rounds of one larger extent's size. A round happens as a whole or not at
 * all: its new frames are allocated and its old ones checked before any of them changes hands. */
#include "hypercall/memory_op-private.h"

#include "lib/string.h"
#include "memory/allocator.h"
#include "memory/frame_type.h"

#define MAX_ORDER  9
#define MAX_FRAMES (1u << MAX_ORDER)

/* One round's frames. Too large for the stack. */
struct round {
    struct page_info *in[MAX_FRAMES];  /* referenced; in_count of them */
    struct page_info *out[MAX_FRAMES]; /* first frames of the new extents; out_count of them */
    xen_pfn_t gpfn[MAX_FRAMES];        /* where the new extents go */
    unsigned int in_count, out_count;
};

struct exchange {
    struct xen_memory_exchange args;
    struct domain *d;
    struct round *round;
    unsigned int round_order;
};

static bool exchange_is_sane(const struct xen_memory_exchange *x)
{
    return x->in.extent_order <= MAX_ORDER && x->out.extent_order <= MAX_ORDER &&
           x->in.domid == x->out.domid && x->in.nr_extents <= UINT64_MAX >> MAX_ORDER &&
           x->out.nr_extents <= UINT64_MAX >> MAX_ORDER &&
           x->in.nr_extents << x->in.extent_order == x->out.nr_extents << x->out.extent_order &&
           x->nr_exchanged <= x->in.nr_extents;
}

/* References the frames of this round's old extents. */
static int round_take_in(struct exchange *x, uint64_t first_extent)
{
    unsigned int order = x->args.in.extent_order;
    uint64_t extents = 1ULL << (x->round_order - order);

    for (uint64_t i = 0; i < extents; i++) {
        xen_pfn_t mfn;

        if (get_from_guest(&mfn, guest_element(x->args.in.extent_start, first_extent + i)))
            return -XEN_EFAULT;
        for (unsigned int j = 0; j < 1u << order; j++) {
            struct page_info *page = frame_get_mfn(mfn + j, x->d);

            if (!page)
                return -XEN_EINVAL;
            x->round->in[x->round->in_count++] = page;
        }
    }
    return 0;
}

/* Nobody but the allocation and this round may refer to the frame: neither a mapping, nor a
 * grant, nor this round for a second time. */
static bool frame_is_free_to_go(const struct page_info *page)
{
    uint64_t count = READ_ONCE(page->count);

    return (count & FRAME_ALLOCATED) && !(count & FRAME_HYPERVISOR) &&
           (count & FRAME_COUNT_MASK) == 2 && !(READ_ONCE(page->type) & TYPE_COUNT_MASK);
}

static int round_check_in(const struct round *round)
{
    for (unsigned int i = 0; i < round->in_count; i++)
        if (!frame_is_free_to_go(round->in[i]))
            return -XEN_EINVAL;
    return 0;
}

/* Learns where the new extents go, and allocates them, still nobody's. */
static int round_make_out(struct exchange *x, uint64_t first_extent)
{
    const struct xen_memory_reservation *out = &x->args.out;
    unsigned int bits = XENMEMF_get_address_bits(out->mem_flags);
    uint64_t extents = 1ULL << (x->round_order - out->extent_order);
    struct round *round = x->round;

    for (uint64_t i = 0; i < extents; i++)
        if (get_from_guest(&round->gpfn[i], guest_element(out->extent_start, first_extent + i)))
            return -XEN_EFAULT;
    for (; round->out_count < extents; round->out_count++) {
        struct page_info *page = frames_alloc(out->extent_order, bits ? bits : ALLOC_ANY);

        if (!page)
            return -XEN_ENOMEM;
        round->out[round->out_count] = page;
    }
    return 0;
}

/* Nothing has changed hands: gives everything back. */
static void round_undo(struct exchange *x)
{
    struct round *round = x->round;

    for (unsigned int i = 0; i < round->in_count; i++)
        frame_put(round->in[i]);
    for (unsigned int i = 0; i < round->out_count; i++)
        frames_free(round->out[i], x->args.out.extent_order);
}

/* Gives the old frames up. False when another vCPU gave one of them up meanwhile: then the guest
 * is out of what it raced for, and must not get anything for it. */
static bool round_release_in(struct round *round)
{
    bool all = true;

    for (unsigned int i = 0; i < round->in_count; i++) {
        m2p_set(page_to_mfn(round->in[i]), M2P_INVALID);
        all &= domain_page_release(round->in[i]);
        frame_put(round->in[i]);
    }
    round->in_count = 0;
    return all;
}

/* From here on nothing fails, but writing the new frame numbers to a guest that has just taken
 * the list away from itself. */
static int round_assign_out(struct exchange *x, uint64_t first_extent)
{
    const struct xen_memory_reservation *out = &x->args.out;
    struct round *round = x->round;
    int error = 0;

    for (unsigned int i = 0; i < round->out_count; i++) {
        xen_pfn_t mfn = page_to_mfn(round->out[i]);

        if (!domain_page_assign(x->d, round->out[i], out->extent_order)) {
            frames_free(round->out[i], out->extent_order);
            error = -XEN_ESRCH;
            continue;
        }
        for (unsigned int j = 0; j < 1u << out->extent_order; j++)
            m2p_set(mfn + j, round->gpfn[i] + j);
        if (put_to_guest(guest_element(out->extent_start, first_extent + i), &mfn))
            error = -XEN_EFAULT;
    }
    return error;
}

static int run_round(struct exchange *x, uint64_t frames_done)
{
    uint64_t out_first = frames_done >> x->args.out.extent_order;
    int error;

    x->round->in_count = x->round->out_count = 0;
    error = round_take_in(x, frames_done >> x->args.in.extent_order);
    if (!error)
        error = round_check_in(x->round);
    if (!error)
        error = round_make_out(x, out_first);
    if (!error && !round_release_in(x->round))
        error = -XEN_EINVAL;
    if (error) {
        round_undo(x);
        return error;
    }
    return round_assign_out(x, out_first);
}

/* 0; 1 to go on later; or why the round at nr_exchanged failed. */
static int run_exchange(struct exchange *x)
{
    struct xen_memory_exchange *args = &x->args;
    uint64_t first = args->nr_exchanged;

    while (args->nr_exchanged < args->in.nr_extents) {
        int error;

        if (args->nr_exchanged != first && hypercall_should_yield())
            return 1;
        error = run_round(x, args->nr_exchanged << args->in.extent_order);
        if (error)
            return error;
        args->nr_exchanged += 1ULL << (x->round_order - args->in.extent_order);
    }
    return 0;
}

long memory_op_exchange(uint32_t op, uint64_t start, uint64_t arg)
{
    uint64_t done_address = arg + offsetof(struct xen_memory_exchange, nr_exchanged);
    struct exchange x;
    int error;

    if (get_from_guest(&x.args, arg))
        return -XEN_EFAULT;
    if (!exchange_is_sane(&x.args))
        return -XEN_EINVAL;
    x.round_order = MAX(x.args.in.extent_order, x.args.out.extent_order);
    /* What an earlier round of this very call has done, or a value that makes no sense. */
    if ((x.args.nr_exchanged << x.args.in.extent_order) & ((1ULL << x.round_order) - 1))
        return -XEN_EINVAL;
    x.d = hypercall_domain(x.args.in.domid, &error);
    if (!x.d)
        return error;
    x.round = hv_alloc(sizeof(*x.round));
    error = !x.round ? -XEN_ENOMEM : !x.d->pv ? -XEN_EOPNOTSUPP : run_exchange(&x);
    hv_free(x.round, sizeof(*x.round));
    domain_put(x.d);
    if (copy_to_guest(done_address, &x.args.nr_exchanged, sizeof(x.args.nr_exchanged)))
        return -XEN_EFAULT;
    if (error == 1)
        return hypercall_again(__HYPERVISOR_memory_op, 2, (uint64_t)op, arg);
    return error;
}
