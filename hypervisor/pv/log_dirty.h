/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Noting which frames of a PV guest are written to, for who copies it away while it runs.
 *
 * Its page tables are its own, and say what they say: what can be taken from an entry that allows
 * writing, without the guest reading something else of it than it wrote, is the user bit, which all
 * of its entries have. So the first access through such an entry faults, is noted, and gets the bit
 * back.
 *
 *   an entry allows writing, and has the user bit  =>  its frame has its bit in dirty_frames.h
 *
 * holds from when those bits have been taken until they are taken again. A frame that is used as a
 * table or for descriptors counts as written to at all times: the CPU sets bits there. */
#ifndef PV_LOG_DIRTY_H
#define PV_LOG_DIRTY_H

#include "domain/domain.h"
#include "machine/paging.h"
#include "memory/dirty_frames.h"

/* A frame of the domain's was written to, or can be from now on. Any context. */
static inline void pv_note_written(const struct domain *d, uint64_t mfn)
{
    if (unlikely(READ_ONCE(d->log_dirty)))
        dirty_frames_set(mfn);
}

/* An entry is about to be stored in an L1 table of that domain: all it allows counts as done. */
static inline void pv_note_entry(const struct domain *d, pte_t entry)
{
    if ((entry & (PTE_P | PTE_RW)) == (PTE_P | PTE_RW))
        pv_note_written(d, pte_mfn(entry));
}

/* The hypervisor has written there for the current guest, or on its behalf. */
void pv_written_at(uint64_t va, size_t len);
/* As struct guest_ops has it. */
void pv_frame_written(struct domain *d, uint64_t mfn);
/* A page fault of the current guest: true if it was about a bit that was taken away; the guest is
 * to try again. */
bool pv_log_dirty_fault(struct vcpu *v, uint64_t address, uint32_t error);

/* Both go through the machine's frames from *mfn on, and may stop: -XEN_ERESTART. Then 0, and *mfn
 * is 0. Takes the user bit of all entries that allow writing. No lock held. */
int pv_log_dirty_protect(struct domain *d, uint64_t *mfn);
/* Takes the bits of the domain's frames: `found` is called for each that was set, and may refuse.
 */
int pv_log_dirty_take(struct domain *d, uint64_t *mfn, int (*found)(void *ctx, uint64_t mfn),
                      void *ctx);

#endif
