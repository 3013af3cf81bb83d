/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A buffer that a front end of displif or sndif grants by a directory: pages of grant references,
 * each of which begins with the reference of the next page.
 */
#ifndef BACKEND_PAGE_DIRECTORY_H
#define BACKEND_PAGE_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/grant_table.h>

struct guest;

/* How many references one directory page holds. */
#define PAGE_DIRECTORY_LENGTH 1023

/*
 * Takes up to @wanted references from @page, a copy of a directory page, to @refs. Returns how
 * many, and where the next page is in @ret_next; fewer than wanted and no next page is an error of
 * the guest's. A chain that goes in circles ends when all that is wanted was taken.
 */
size_t page_directory_read(const void *page, size_t wanted, uint32_t *refs, grant_ref_t *ret_next);

/*
 * Maps the @count pages that the chain from @directory names, as one run; @prot as for mmap().
 * @count is the caller's to bound. NULL if the directory is wrong or a page can't be mapped. To be
 * unmapped with xengnttab_unmap().
 */
void *page_directory_map(struct guest *guest, grant_ref_t directory, size_t count, int prot);

#endif
