/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables that a vCPU has let go of, and that are not undone yet.
 *
 * A root that is left, or a table that an entry no longer leads to, may map so much that giving all
 * of it back takes long. It is left half-way then (PARTIAL, see memory/frame_type.h), and noted as a
 * leftover of the vCPU that did it. A call that leaves one does not end before it is undone: it is
 * made again, with what is left of its list, so that events get their turn meanwhile. Whatever else
 * that changes the use of frames settles leftovers first, so that they never pile up, and a guest
 * never finds a frame still in use by what it has let go of. */
#ifndef PV_LEFTOVER_H
#define PV_LEFTOVER_H

#include "domain/vcpu.h"

struct page_info;

/* One operation leaves two at most: a table's own entry and the table, or both roots of a vCPU. */
#define PV_LEFTOVERS_MAX 4

struct pv_leftovers {
    struct page_info *pages[PV_LEFTOVERS_MAX]; /* PARTIAL when they came here, each held */
    unsigned int count;
};

/* Notes a table that is half-way as a leftover of the current vCPU, which gets a reference of its
 * own, or, with _keep, the caller's. Owner's mm_lock. */
void pv_leftover_add(struct page_info *page);
void pv_leftover_keep(struct page_info *page);

/* Gives both references of a table back, as frame_put_and_type; what is left of it becomes a
 * leftover of the current vCPU. Owner's mm_lock. */
void pv_table_put(struct page_info *page);

/* Has that vCPU, the current one, got any? Any context. */
bool pv_leftovers_due(const struct vcpu *v);
/* Undoes them. 0, or -XEN_ERESTART: others are due first. Current vCPU, no lock held. */
must_check int pv_leftovers_settle(struct vcpu *v);
/* Forgets those of a vCPU that will not run again; whoever takes their owner apart undoes them. */
void pv_leftovers_forget(struct vcpu *v);

#endif
