/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Grant tables, version 1 (public grant_table.h): a domain writes entries into frames that it
 * shares with the hypervisor, each of which lets one other domain use one page.
 *
 * Using an entry pins it: the hypervisor sets GTF_reading (and GTF_writing), remembers the frame,
 * and clears the bits with the last user, so that the granter can tell when the page is its own
 * again. What a domain has mapped is kept in its maptrack, whose index is the handle that the
 * domain unmaps with.
 *
 * Each table has one lock, and no function holds two of them. The lock is taken inside no other
 * but the domain list's; the page_lock is taken inside it. */
#ifndef DOMAIN_GRANT_TABLE_H
#define DOMAIN_GRANT_TABLE_H

#include "lib/compiler.h"

#include <xen/xen.h>
#include <xen/grant_table.h>

struct domain;

/* Gives a new domain its table, with one frame. The limits are as createdomain has them: frames
 * of entries, and pages of maptrack; negative: the default. 0, -XEN_EINVAL or -XEN_ENOMEM. */
int grant_table_init(struct domain *d, int32_t max_frames, int32_t max_maptrack);
/* A dying domain's entries can't be taken into use any more, and its table does not grow. Uses
 * that there are go on until their users end them. */
void grant_table_close(struct domain *d);
/* A dying domain, whose vCPUs run no more, lets go of all that it has mapped. The page tables'
 * references stay until those are torn down. 0, or -XEN_ERESTART: call again. */
int grant_table_release_mappings(struct domain *d);
/* Frees it, together with struct domain, when nobody can refer to it any more. */
void grant_table_destroy(struct domain *d);

/* The number of one of the table's frames; the table grows to have it. -XEN_EINVAL beyond the
 * limit, -XEN_ENOMEM. */
int grant_table_frame(struct domain *d, uint32_t index, uint64_t *mfn);
uint32_t grant_table_frames(const struct domain *d);
uint32_t grant_table_max_frames(const struct domain *d);
/* Has the table grow to that many frames. Errors as above. */
int grant_table_grow(struct domain *d, uint32_t frames);
/* Exchanges two entries of the table that nobody uses. GNTST_*. */
int16_t grant_table_swap(struct domain *d, grant_ref_t a, grant_ref_t b);
/* Has it noted that the pages that others have mapped writable are written to (guest_ops.frame_written):
 * of what stays mapped it would be long before anybody said so. */
void grant_table_tell_written(struct domain *d);
/* Logs the entries in use. */
void grant_table_dump(struct domain *d);

/* The operations of the current domain on other domains' entries. Each takes a copy of the
 * guest's structure, and sets its output fields and its status. */
void grant_map(struct gnttab_map_grant_ref *op);
void grant_copy(struct gnttab_copy *op);

/* Unmapping needs a TLB flush between taking a mapping out and letting the page go. So that a
 * batch needs one flush, it has two halves with grant_unmap_flush between them. */
struct grant_unmap {
    uint64_t host_addr, new_addr, dev_bus_addr; /* in; new_addr: unmap_and_replace only */
    grant_handle_t handle;                      /* in */
    int16_t status;                             /* out */
    uint16_t gone;                              /* GNTMAP_* of the mappings taken out */
};

void grant_unmap_begin(struct grant_unmap *op, bool replace);
void grant_unmap_flush(void);
void grant_unmap_end(struct grant_unmap *op);

#endif
