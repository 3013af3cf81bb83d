/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for xenstored, a guest's memory, its grants and its event channels, in one process.
 *
 * fake-xen.c defines the functions of libxenstore, libxenforeignmemory, libxengnttab and
 * libxenevtchn that back ends call; what is here is the guest's side of them.
 */
#ifndef TESTS_BACKEND_FAKE_XEN_H
#define TESTS_BACKEND_FAKE_XEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_DOMID     7
#define FAKE_FRAMES    2048 /* pages of guest memory, numbered from FAKE_FIRST */
#define FAKE_FIRST     0x1000
#define FAKE_PAGE_SIZE 4096

/* Empties everything: no nodes, zeroed memory, the domain is alive. */
void fake_xen_reset(void);

/* The store, seen by the guest: sets off watches. A value of NULL removes the node and all below.
 */
void fake_store_set(const char *path, const char *value);
const char *fake_store_get(const char *path);
/* "n7,r0" as in xenstore-ls -p; NULL if there is no such node. */
const char *fake_store_permissions(const char *path);
/* The next @count transactions end with EAGAIN. */
void fake_store_conflicts(unsigned count);
void fake_domain_set_alive(bool alive);

/* A page of the guest's memory, as the guest sees it. */
void *fake_frame(size_t frame);
/* Grants @frame as reference @ref. */
void fake_grant(uint32_t ref, size_t frame);
/* Pages that are mapped right now. */
unsigned fake_mapped_pages(void);

/* The guest notifies us on its port. */
void fake_guest_notifies(uint32_t port);
/* How often we notified the guest's port. */
unsigned fake_notified(uint32_t port);
bool fake_port_is_bound(uint32_t port);

#endif
