/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page tables of PV guests: what entries refer to, and changing them one by one.
 *
 * Every present entry owns references of what it points to: an L1 entry a general one, and one of
 * type writable if it is writable; a higher entry a general and a type reference of the table
 * below. Nothing here trusts an entry that was not checked when it was stored.
 *
 * All functions that take a struct domain *d work on tables of that domain and want its mm_lock
 * held, unless they say otherwise. */
#ifndef PV_PAGE_TABLE_H
#define PV_PAGE_TABLE_H

#include "domain/domain.h"
#include "machine/paging.h"

/* Stores an entry of an L1 table of d, which the caller knows to be one (a type reference or the
 * table's place below a validated root). `pages` owns what the entry maps. With preserve_ad the
 * accessed and dirty bits that the CPU set meanwhile are kept. 0 or a negative errno. */
must_check int pt_store_l1(struct domain *d, struct domain *pages, pte_t *entry, pte_t value,
                           bool preserve_ad);
/* As pt_store_l1, for an instruction of the guest that compares: stores only while the entry is
 * *expected (apart from nothing); -XEN_EAGAIN with what it is in *expected. */
must_check int pt_exchange_l1(struct domain *d, pte_t *entry, pte_t *expected, pte_t value);
/* Stores an entry of an L2 to L4 table. -XEN_ERESTART: again. */
must_check int pt_store_upper(struct domain *d, unsigned int level, pte_t *entry, pte_t value,
                              bool preserve_ad);

/* Stores eight bytes in a frame of d that the caller refers to, whatever the frame is now: a table
 * of any level, or a page that may be written to. */
must_check int pt_store(struct domain *d, struct domain *pages, struct page_info *page,
                        pte_t *entry, pte_t value, bool preserve_ad);

/* The L1 entry that maps an address under a root, for reading and pt_store_l1; NULL when a table
 * above it is missing, or the address is the hypervisor's. */
pte_t *pt_walk(uint64_t root_mfn, uint64_t va);

/* References that an L1 entry owns, for those who store entries in their own way (grants): takes
 * them (the entry may be changed: user bit), gives them back. */
must_check int pt_l1_get(struct domain *d, struct domain *pages, pte_t *entry);
void pt_l1_put(pte_t entry);

/* A type reference of a frame of d, finishing half-done work that is in the way. */
must_check int pt_type_get(struct page_info *page, struct domain *d, uint64_t type);

/* Fills the hypervisor's slots of a root of d. */
void pt_root_fill(struct domain *d, pte_t *l4);

/* Registers the checks of page-table and descriptor frames. Boot. */
void pt_init(void);

#endif
