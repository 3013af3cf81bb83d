/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between kinds of guests, as one table of operations. */
#ifndef DOMAIN_GUEST_OPS_H
#define DOMAIN_GUEST_OPS_H

#include "domain/vcpu.h"

/* A hypercall takes up to five arguments and returns what the guest finds in RAX. */
typedef long (*hypercall_fn)(uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);

struct guest_ops {
    /* Sets up / frees what the kind adds to a domain and to a vCPU. 0 or -XEN_ENOMEM. */
    int (*domain_init)(struct domain *d);
    void (*domain_free)(struct domain *d);
    int (*vcpu_init)(struct vcpu *v);
    void (*vcpu_free)(struct vcpu *v);
    /* Drops all references that its own page tables hold. 0 or -XEN_ERESTART. */
    int (*relinquish)(struct domain *d);
    /* Registers that are neither in guest_regs nor in the FPU area, on a context switch. */
    void (*save)(struct vcpu *v);
    void (*load)(struct vcpu *v);
    /* The CPUs that can run such guests; NULL: all. */
    cpumask_t (*cpus)(void);
    /* Leaves the hypervisor for the guest whose state is loaded. Does not return. */
    noreturn void (*resume)(void);
    /* The whole context, as domctl and VCPUOP_initialise have it; `v` does not run. */
    int (*set_context)(struct vcpu *v, const struct vcpu_guest_context *context);
    void (*get_context)(struct vcpu *v, struct vcpu_guest_context *context);
    /* Mappings of granted pages at addresses of the current guest (domain/grant_table_map.c).
     *
     * `where` and `flags` are the grant ABI's host_addr and GNTMAP_*: without contains_pte the
     * virtual address whose L1 entry is meant, with it the machine address of the entry, which
     * must lie in an L1 table of the guest. application_map, readonly and the guest's own bits
     * (flags 16-18: AVAIL bits 9-11) shape the entry. For guests with frame numbers of their own
     * `where` is a guest-physical address, and there are no such flags. They return a GNTST_*
     * status, and are called without any lock held.
     *
     * grant_map: the caller holds references of the frame as an entry needs them (general, and of
     * type writable unless readonly). When it returns GNTST_okay these are the new entry's own,
     * and go when the entry is torn down with its table like those of any foreign mapping. The
     * entry that was there before is replaced, and its references dropped. */
    int (*grant_map)(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn);
    /* Clears the entry if it still maps that frame (writable or not as the flags say), otherwise
     * GNTST_general_error or GNTST_bad_virt_addr. The entry's references are the caller's
     * then, who drops them after grant_flush. */
    int (*grant_unmap)(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn);
    /* As grant_unmap, but the L1 entry of virtual address `new_va` moves, with its references, to
     * where the granted frame was mapped; new_va's entry is cleared. new_va 0: as grant_unmap.
     * -> GNTST_general_error when flags has contains_pte and new_va is not 0. */
    int (*grant_replace)(struct vcpu *v, uint64_t where, uint64_t new_va, uint32_t flags,
                         uint64_t mfn);
    /* No CPU has an old translation of what was unmapped when this returns. */
    void (*grant_flush)(struct domain *d);
    /* Prints registers and a stack for a crash report. `v` is current or does not run. */
    void (*show)(const struct vcpu *v);
    /* Is there an interrupt that it takes at once? NULL: there are events only. Current vCPU. */
    bool (*interrupt_due)(const struct vcpu *v);

    /* Memory of the current guest at its own addresses, where the CPU can't go by itself (NULL: it
     * can). The number of bytes at the end that could not be copied; src NULL: zeros. */
    size_t (*copy_from)(void *dst, uint64_t src, size_t len);
    size_t (*copy_to)(uint64_t dst, const void *src, size_t len);

    /* Guests that have frame numbers of their own; NULL: theirs are machine frames. */
    /* The page behind one, held; NULL when there is none. */
    struct page_info *(*gfn_get)(struct domain *d, uint64_t gfn);
    /* Puts frames of the domain's own, fresh, where nothing is; 0 or a negative errno. */
    int (*gfn_fill)(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned int order);
    /* Takes away what is there, and the domain's frame with it; of another domain's page the
     * references, when no CPU knows the page any more. -XEN_EPERM: it is granted, and goes by its
     * handle. */
    int (*gfn_drop)(struct domain *d, uint64_t gfn);
    /* Puts a page of the hypervisor's there, which is nowhere else then; what was there goes. */
    int (*gfn_share)(struct domain *d, uint64_t gfn, uint64_t mfn);
    /* Puts another domain's page there; what was there goes. If it returns 0, the caller's
     * references (general, and of type writable) are the map's, and go with the entry. */
    int (*gfn_foreign)(struct domain *d, uint64_t gfn, uint64_t mfn);
    /* Moves a frame of the domain's own from one place to another; what was there goes. */
    int (*gfn_move)(struct domain *d, uint64_t from, uint64_t to);
    /* After frames have been moved or taken away: nobody sees them where they were any more. */
    void (*gfn_flush)(struct domain *d);
    /* The highest number at which there ever was something. */
    uint64_t (*gfn_highest)(const struct domain *d);
    /* Another domain has written to that frame, or could have until now. */
    void (*frame_written)(struct domain *d, uint64_t mfn);
    /* The hypervisor has written to the current guest's memory; asked of domains with log_dirty only. */
    void (*written_at)(uint64_t va, size_t len);

    /* Bytes of the instruction that calls the hypervisor; RIP is behind it during a call. */
    unsigned int hypercall_length;
};

extern const struct guest_ops pv_guest_ops;
/* Hardware guests'; NULL when this machine can't have any. Set once at boot. */
extern const struct guest_ops *guest_ops_hvm;

/* The page behind a guest frame number, held; NULL when there is none. */
static inline struct page_info *guest_frame_get(struct domain *d, uint64_t gfn)
{
    return d->ops && d->ops->gfn_get ? d->ops->gfn_get(d, gfn) : frame_get_mfn(gfn, d);
}

/* Tells who owns a page that another domain has written to, or could have until now. The owner
 * keeps its frames for as long as somebody refers to them. */
static inline void guest_frame_written(uint64_t mfn)
{
    struct domain *owner = page_owner(mfn_to_page(mfn));

    if (owner && owner->ops && owner->ops->frame_written)
        owner->ops->frame_written(owner, mfn);
}

/* Long hypercalls: should this one stop and be called again later? */
bool hypercall_should_yield(void);
/* Arranges that the current guest makes this call again with these arguments, and returns what
 * the handler then has to return. */
long hypercall_again(unsigned int nr, unsigned int nr_args, ...);

#endif
