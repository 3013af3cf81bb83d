/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches the two names that xenstored fires for domains as such (xenstore.h's special watches). */
#include "domain-watch.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <xenstore.h>

static const char *const names[] = {"@introduceDomain", "@releaseDomain"};

struct DomainWatch {
    struct xs_handle *store; /* its own: watches of one handle come all together */
    GSource *source;
    void (*changed)(gpointer data);
    gpointer data;
};

static gboolean on_watch(int fd, GIOCondition condition, gpointer data)
{
    DomainWatch *watch = data;
    gboolean any = FALSE;
    char **event;

    while ((event = xs_check_watch(watch->store)) != NULL) {
        free(event);
        any = TRUE;
    }
    if (any)
        watch->changed(watch->data);
    return G_SOURCE_CONTINUE;
}

static gboolean subscribe(struct xs_handle *store)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (!xs_watch(store, names[i], names[i]))
            return FALSE;
    }
    return TRUE;
}

DomainWatch *domain_watch_new(GMainContext *context, void (*changed)(gpointer data), gpointer data)
{
    struct xs_handle *store = xs_open(0);
    DomainWatch *watch;

    if (!store)
        return NULL;
    if (!subscribe(store)) {
        int failure = errno;

        xs_close(store);
        errno = failure;
        return NULL;
    }
    watch = g_new0(DomainWatch, 1);
    watch->store = store;
    watch->changed = changed;
    watch->data = data;
    watch->source = g_unix_fd_source_new(xs_fileno(store), G_IO_IN);
    g_source_set_callback(watch->source, G_SOURCE_FUNC(on_watch), watch, NULL);
    g_source_attach(watch->source, context);
    return watch;
}

void domain_watch_free(DomainWatch *watch)
{
    if (!watch)
        return;
    g_source_destroy(watch->source);
    g_source_unref(watch->source);
    xs_close(watch->store);
    g_free(watch);
}
