/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A chain of pages of grant references, as one page of it is read. */
#include "backend/page-directory.h"

#include <string.h>

#include <xen/io/displif.h>
#include <xen/io/sndif.h>

#include "backend/shared-page.h"

/* Both ABIs have the same directory. */
#define REFS offsetof(struct xendispl_page_directory, gref)

_Static_assert(REFS == sizeof(grant_ref_t) && offsetof(struct xensnd_page_directory, gref) == REFS,
               "page directory");
_Static_assert(REFS + PAGE_DIRECTORY_LENGTH * sizeof(grant_ref_t) == SHARED_PAGE_SIZE,
               "page directory length");

size_t page_directory_read(const void *page, size_t wanted, uint32_t *refs, grant_ref_t *ret_next)
{
    size_t count = wanted < PAGE_DIRECTORY_LENGTH ? wanted : PAGE_DIRECTORY_LENGTH;

    memcpy(ret_next, page, sizeof(*ret_next));
    memcpy(refs, (const uint8_t *)page + REFS, count * sizeof(*refs));
    return count;
}
