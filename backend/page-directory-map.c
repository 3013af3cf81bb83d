/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A buffer that a front end grants by a directory, mapped. */
#include <stdbool.h>
#include <sys/mman.h>

#include <glib.h>

#include "backend/guest.h"
#include "backend/page-directory.h"
#include "backend/shared-page.h"

/* Follows the chain of directory pages; each is copied once. */
static bool read_chain(struct guest *guest, grant_ref_t next, size_t count, uint32_t *refs)
{
    size_t read = 0;

    while (read < count) {
        uint8_t copy[SHARED_PAGE_SIZE];
        void *page =
            next ? xengnttab_map_grant_ref(guest->grants, guest->domid, next, PROT_READ) : NULL;

        if (!page)
            return false;
        shared_read(copy, page, sizeof(copy));
        xengnttab_unmap(guest->grants, page, 1);
        read += page_directory_read(copy, count - read, refs + read, &next);
    }
    return true;
}

void *page_directory_map(struct guest *guest, grant_ref_t directory, size_t count, int prot)
{
    g_autofree uint32_t *refs = g_new(uint32_t, count);

    if (count == 0 || !read_chain(guest, directory, count, refs))
        return NULL;
    return xengnttab_map_domain_grant_refs(guest->grants, (uint32_t)count, guest->domid, refs,
                                           prot);
}
