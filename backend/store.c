/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xenstore as this program uses it: checked reads, and watches that the main loop delivers. */
#include "backend/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <glib-unix.h>

#include "backend/number.h"

/*
 * A guest may write to its nodes as fast as it can: we look at so many changes at a time, and rest
 * after each.
 */
#define WATCH_BATCH   64
#define WATCH_REST_MS 10

struct store {
    struct xs_handle *xs;
    guint source;
    GHashTable *watches; /* token -> struct store_watch */
    unsigned next_token;
};

struct store_watch {
    struct store *store;
    char *path, *token;
    void (*changed)(void *data);
    void *data;
    bool dirty;
};

struct store *store_open(void)
{
    struct xs_handle *xs = xs_open(0);
    struct store *store;

    if (!xs)
        return NULL;
    store = g_new0(struct store, 1);
    store->xs = xs;
    store->watches = g_hash_table_new(g_str_hash, g_str_equal);
    return store;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    g_assert(g_hash_table_size(store->watches) == 0);
    g_clear_handle_id(&store->source, g_source_remove);
    g_hash_table_unref(store->watches);
    xs_close(store->xs);
    g_free(store);
}

struct xs_handle *store_handle(struct store *store)
{
    return store->xs;
}

char *store_read(struct store *store, xs_transaction_t t, const char *dir, const char *key)
{
    g_autofree char *path = g_strdup_printf("%s/%s", dir, key);
    unsigned length = 0;
    char *value = xs_read(store->xs, t, path, &length);
    char *copy = value ? g_strndup(value, length) : NULL;

    free(value);
    return copy;
}

bool store_read_number(struct store *store, const char *dir, const char *key, uint64_t max,
                       uint64_t *ret)
{
    g_autofree char *text = store_read(store, XBT_NULL, dir, key);

    return number_parse(text, max, ret);
}

bool store_write(struct store *store, xs_transaction_t t, const char *dir, const char *key,
                 const char *value)
{
    g_autofree char *path = g_strdup_printf("%s/%s", dir, key);

    return xs_write(store->xs, t, path, value, (unsigned)strlen(value));
}

static void mark(struct store *store, const char *token)
{
    struct store_watch *watch = g_hash_table_lookup(store->watches, token);

    if (watch)
        watch->dirty = true;
}

/* A callback may free any watch, so the search starts anew after each. */
static struct store_watch *next_dirty(struct store *store)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, store->watches);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (((struct store_watch *)value)->dirty)
            return value;
    return NULL;
}

static gboolean deliver(gpointer data);

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    return deliver(data);
}

static void wait_for_changes(struct store *store)
{
    store->source = g_unix_fd_add(xs_fileno(store->xs), G_IO_IN, on_readable, store);
}

static gboolean deliver(gpointer data)
{
    struct store *store = data;
    struct store_watch *watch;
    char **event = NULL;
    unsigned seen = 0;
    bool failed;

    store->source = 0;
    while (seen < WATCH_BATCH && (event = xs_check_watch(store->xs))) {
        mark(store, event[XS_WATCH_TOKEN]);
        free(event);
        seen++;
    }
    failed = !event && errno != EAGAIN;
    while ((watch = next_dirty(store))) {
        watch->dirty = false;
        watch->changed(watch->data);
    }
    if (failed)
        g_warning("xenstored has gone away: this guest's devices stay as they are.");
    else if (seen > 0)
        store->source = g_timeout_add(WATCH_REST_MS, deliver, store);
    else
        wait_for_changes(store);
    return G_SOURCE_REMOVE;
}

struct store_watch *store_watch_new(struct store *store, const char *path,
                                    void (*changed)(void *data), void *data)
{
    struct store_watch *watch = g_new0(struct store_watch, 1);

    watch->store = store;
    watch->path = g_strdup(path);
    watch->token = g_strdup_printf("%u", store->next_token++);
    watch->changed = changed;
    watch->data = data;
    g_hash_table_insert(store->watches, watch->token, watch);
    if (!xs_watch(store->xs, watch->path, watch->token)) {
        int error = errno;

        g_hash_table_remove(store->watches, watch->token);
        g_free(watch->path);
        g_free(watch->token);
        g_free(watch);
        errno = error;
        return NULL;
    }
    if (!store->source)
        wait_for_changes(store);
    return watch;
}

void store_watch_free(struct store_watch *watch)
{
    if (!watch)
        return;
    xs_unwatch(watch->store->xs, watch->path, watch->token);
    g_hash_table_remove(watch->store->watches, watch->token);
    g_free(watch->path);
    g_free(watch->token);
    g_free(watch);
}
