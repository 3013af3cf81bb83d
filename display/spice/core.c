/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timers and watches of libspice-server, in GLib's default main context. */
#include "spice/core.h"

#include <glib-unix.h>

struct SpiceTimer {
    SpiceTimerFunc expired;
    void *data;
    guint source; /* 0 while it does not run */
};

struct SpiceWatch {
    int fd;
    SpiceWatchFunc ready;
    void *data;
    guint source; /* 0 while nothing is waited for */
};

/* --- timers: each runs once, whenever it is started --- */

static SpiceTimer *timer_add(SpiceTimerFunc expired, void *data)
{
    SpiceTimer *timer = g_new0(SpiceTimer, 1);

    timer->expired = expired;
    timer->data = data;
    return timer;
}

static gboolean on_timer(gpointer data)
{
    SpiceTimer *timer = data;

    timer->source = 0;
    timer->expired(timer->data); /* may start the timer again, or remove it */
    return G_SOURCE_REMOVE;
}

static void timer_cancel(SpiceTimer *timer)
{
    g_clear_handle_id(&timer->source, g_source_remove);
}

static void timer_start(SpiceTimer *timer, uint32_t ms)
{
    timer_cancel(timer);
    timer->source = g_timeout_add(ms, on_timer, timer);
}

static void timer_remove(SpiceTimer *timer)
{
    timer_cancel(timer);
    g_free(timer);
}

/* --- watches --- */

static gboolean on_ready(gint fd, GIOCondition condition, gpointer data)
{
    SpiceWatch *watch = data;
    int events = 0;

    /* Who is gone is noticed by reading; a watch that is for writing only learns it by that. */
    if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
        events |= SPICE_WATCH_EVENT_READ;
    if (condition & (G_IO_OUT | G_IO_ERR))
        events |= SPICE_WATCH_EVENT_WRITE;
    watch->ready(fd, events, watch->data); /* may change the watch, or remove it */
    return G_SOURCE_CONTINUE;
}

static void watch_update_mask(SpiceWatch *watch, int events)
{
    int wanted = 0;

    if (events & SPICE_WATCH_EVENT_READ)
        wanted |= G_IO_IN | G_IO_HUP | G_IO_ERR;
    if (events & SPICE_WATCH_EVENT_WRITE)
        wanted |= G_IO_OUT | G_IO_ERR;
    g_clear_handle_id(&watch->source, g_source_remove);
    if (wanted)
        watch->source = g_unix_fd_add(watch->fd, (GIOCondition)wanted, on_ready, watch);
}

static SpiceWatch *watch_add(int fd, int events, SpiceWatchFunc ready, void *data)
{
    SpiceWatch *watch = g_new0(SpiceWatch, 1);

    watch->fd = fd;
    watch->ready = ready;
    watch->data = data;
    watch_update_mask(watch, events);
    return watch;
}

static void watch_remove(SpiceWatch *watch)
{
    g_clear_handle_id(&watch->source, g_source_remove);
    g_free(watch);
}

void spice_core_init(SpiceCoreInterface *core)
{
    *core = (SpiceCoreInterface){
        .base =
            {
                .type = SPICE_INTERFACE_CORE,
                .description = "vitrine",
                .major_version = SPICE_INTERFACE_CORE_MAJOR,
                .minor_version = SPICE_INTERFACE_CORE_MINOR,
            },
        .timer_add = timer_add,
        .timer_start = timer_start,
        .timer_cancel = timer_cancel,
        .timer_remove = timer_remove,
        .watch_add = watch_add,
        .watch_update_mask = watch_update_mask,
        .watch_remove = watch_remove,
    };
}
