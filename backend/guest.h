/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our hold on one guest: its store, its memory, its events. All of it is this one guest's only. */
#ifndef BACKEND_GUEST_H
#define BACKEND_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenforeignmemory.h>
#include <xengnttab.h>

#include "backend/events.h"
#include "backend/store.h"

struct guest {
    uint32_t domid;
    struct store *store;
    struct events *events;
    xenforeignmemory_handle *memory;
    xengnttab_handle *grants;
};

/*
 * Opens everything and, where the kernel can, ties the memory and event handles to this guest.
 * Returns NULL and *@ret_problem, a sentence to be freed with g_free(), on failure.
 */
struct guest *guest_open(uint32_t domid, char **ret_problem);

/* Accepts NULL. */
void guest_close(struct guest *guest);

/* False once the domain is dying or was never there. */
bool guest_is_alive(struct guest *guest);

/*
 * Maps @count frames that the guest named, all or nothing, as one run of pages. NULL with errno
 * set on failure.
 */
void *guest_map(struct guest *guest, int prot, const xen_pfn_t *frames, size_t count);

/* Accepts NULL. */
void guest_unmap(struct guest *guest, void *address, size_t count);

#endif
