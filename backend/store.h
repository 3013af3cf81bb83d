/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenstore as this program uses it: checked reads, and watches that the main loop delivers. */
#ifndef BACKEND_STORE_H
#define BACKEND_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <xenstore.h>

struct store;
struct store_watch;

/* NULL with errno set if xenstored can't be reached. */
struct store *store_open(void);

/* All watches must be gone. Accepts NULL. */
void store_close(struct store *store);

/* The connection itself, for transactions. It stays the store's. */
struct xs_handle *store_handle(struct store *store);

/* The value of DIR/KEY, to be freed with g_free(), or NULL. */
char *store_read(struct store *store, xs_transaction_t t, const char *dir, const char *key);

/* A decimal number from 0 to @max in DIR/KEY; false, and *@ret untouched, if it is anything else.
 */
bool store_read_number(struct store *store, const char *dir, const char *key, uint64_t max,
                       uint64_t *ret);

bool store_write(struct store *store, xs_transaction_t t, const char *dir, const char *key,
                 const char *value);

/*
 * Calls @changed from the main loop after @path has changed, and once at the start. Many changes
 * may be one call. The watch starts the library's reader thread: restrict the process before.
 * NULL with errno set on failure.
 */
struct store_watch *store_watch_new(struct store *store, const char *path,
                                    void (*changed)(void *data), void *data);

/* Safe within its own callback. Accepts NULL. */
void store_watch_free(struct store_watch *watch);

#endif
