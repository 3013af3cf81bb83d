/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns libxl's event hooks into GSources.
 *
 * A source is the registration that libxl gets to hold. It is kept alive by the set `live` until
 * libxl deregisters it (descriptors) or it has fired (timers: libxl never deregisters those, it
 * asks for them to fire at once). */
#include "libxl-source.h"

#include <poll.h>
#include <sys/time.h>

/* libxl speaks poll(2), GLib its own names for the same bits. */
G_STATIC_ASSERT((int)POLLIN == (int)G_IO_IN && (int)POLLOUT == (int)G_IO_OUT &&
                (int)POLLPRI == (int)G_IO_PRI && (int)POLLERR == (int)G_IO_ERR &&
                (int)POLLHUP == (int)G_IO_HUP);

struct LibxlSources {
    libxl_ctx *ctx;
    GMainContext *context;
    GHashTable *live; /* set of GSource, which it owns */
};

typedef struct {
    GSource source;
    LibxlSources *sources;
    void *for_libxl;
    int fd; /* -1: a timer */
    short events;
    gpointer tag;
} Source;

static gboolean fd_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    Source *self = (Source *)source;
    short revents = (short)g_source_query_unix_fd(source, self->tag);

    /* Without events asked for, POLLHUP and POLLERR come all the same and mean nothing to libxl. */
    if (self->events != 0)
        libxl_osevent_occurred_fd(self->sources->ctx, self->for_libxl, self->fd, self->events,
                                  revents);
    return G_SOURCE_CONTINUE;
}

static gboolean timer_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    Source *self = (Source *)source;
    LibxlSources *sources = self->sources;
    void *for_libxl = self->for_libxl;

    /* Forgotten first: to libxl, a timer that occurs is deregistered. GLib holds the source while
     * it is dispatched. */
    g_hash_table_remove(sources->live, source);
    libxl_osevent_occurred_timeout(sources->ctx, for_libxl);
    return G_SOURCE_REMOVE;
}

static GSourceFuncs fd_funcs = {.dispatch = fd_dispatch};
static GSourceFuncs timer_funcs = {.dispatch = timer_dispatch};

static Source *add(LibxlSources *sources, GSourceFuncs *funcs, void *for_libxl)
{
    GSource *source = g_source_new(funcs, sizeof(Source));
    Source *self = (Source *)source;

    self->sources = sources;
    self->for_libxl = for_libxl;
    self->fd = -1;
    g_hash_table_add(sources->live, source);
    return self;
}

static int fd_register(void *user, int fd, void **registration, short events, void *for_libxl)
{
    LibxlSources *sources = user;
    Source *self = add(sources, &fd_funcs, for_libxl);

    self->fd = fd;
    self->events = events;
    self->tag = g_source_add_unix_fd(&self->source, fd, (GIOCondition)events);
    g_source_attach(&self->source, sources->context);
    *registration = self;
    return 0;
}

static int fd_modify(void *user, int fd, void **registration, short events)
{
    Source *self = *registration;

    self->events = events;
    g_source_modify_unix_fd(&self->source, self->tag, (GIOCondition)events);
    return 0;
}

static void fd_deregister(void *user, int fd, void *registration)
{
    LibxlSources *sources = user;

    g_hash_table_remove(sources->live, registration);
}

/* libxl gives wall-clock time, GLib wants its monotonic clock; both in µs here. */
static gint64 to_monotonic(struct timeval when)
{
    gint64 from_now = when.tv_sec * G_USEC_PER_SEC + when.tv_usec - g_get_real_time();

    return g_get_monotonic_time() + MAX(from_now, 0);
}

static int timeout_register(void *user, void **registration, struct timeval when, void *for_libxl)
{
    LibxlSources *sources = user;
    Source *self = add(sources, &timer_funcs, for_libxl);

    g_source_set_ready_time(&self->source, to_monotonic(when));
    g_source_attach(&self->source, sources->context);
    *registration = self;
    return 0;
}

static int timeout_modify(void *user, void **registration, struct timeval when)
{
    Source *self = *registration;

    g_source_set_ready_time(&self->source, to_monotonic(when));
    return 0;
}

static void timeout_deregister(void *user, void *registration)
{
    g_assert_not_reached();
}

static const libxl_osevent_hooks hooks = {
    .fd_register = fd_register,
    .fd_modify = fd_modify,
    .fd_deregister = fd_deregister,
    .timeout_register = timeout_register,
    .timeout_modify = timeout_modify,
    .timeout_deregister = timeout_deregister,
};

static void drop(gpointer data)
{
    GSource *source = data;

    g_source_destroy(source);
    g_source_unref(source);
}

LibxlSources *libxl_sources_new(libxl_ctx *ctx, GMainContext *context)
{
    LibxlSources *sources = g_new0(LibxlSources, 1);

    sources->ctx = ctx;
    sources->context = context;
    sources->live = g_hash_table_new_full(g_direct_hash, g_direct_equal, drop, NULL);
    libxl_osevent_register_hooks(ctx, &hooks, sources);
    return sources;
}

void libxl_sources_free(LibxlSources *sources)
{
    if (!sources)
        return;
    g_hash_table_unref(sources->live);
    g_free(sources);
}
