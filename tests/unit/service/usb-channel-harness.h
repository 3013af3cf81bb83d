/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of both ways of a USB device to a guest do: hear what the channel says, and hand it
 * opened nodes, which are files with a behaviour in them. */
#pragma once

#include <fcntl.h>
#include <string.h>

#include "error.h"
#include "scratch.h"
#include "usb-channel.h"

/* What a channel has said. */
typedef struct {
    GString *events; /* "+KEY " attached, "-KEY " detached, "P " present, "!KEY " stuck */
    GError *error;   /* of the last of these */
} ChannelLog;

/* Gives up, and fails, after twenty seconds. */
#define wait_until(condition)                                             \
    do {                                                                  \
        gint64 give_up_at = g_get_monotonic_time() + 20 * G_USEC_PER_SEC; \
        while (!(condition)) {                                            \
            g_assert_cmpint(g_get_monotonic_time(), <, give_up_at);       \
            g_main_context_iteration(NULL, FALSE);                        \
            g_usleep(1000);                                               \
        }                                                                 \
    } while (0)

static inline void note_event(ChannelLog *log, char what, const char *key, const GError *error)
{
    g_string_append_printf(log->events, "%c%s ", what, key);
    g_clear_error(&log->error);
    log->error = error ? g_error_copy(error) : NULL;
    if (error)
        g_test_message("%s: %s", key, error->message);
}

static inline void note_attached(const char *key, gpointer data)
{
    note_event(data, '+', key, NULL);
}

static inline void note_detached(const char *key, const GError *error, gpointer data)
{
    note_event(data, '-', key, error);
}

static inline void note_present(gpointer data)
{
    note_event(data, 'P', "", NULL);
}

static inline void note_stuck(const char *key, const GError *error, gpointer data)
{
    note_event(data, '!', key, error);
}

/* For the channel under test, with its ChannelLog. */
static const UsbChannelEvents channel_events = {
    .attached = note_attached,
    .detached = note_detached,
    .present = note_present,
    .stuck = note_stuck,
};

static inline void channel_log_init(ChannelLog *log)
{
    log->events = g_string_new(NULL);
}

static inline void channel_log_clear(ChannelLog *log)
{
    g_string_free(log->events, TRUE);
    g_clear_error(&log->error);
}

/* The channel has said, or is about to say, SAID since the last time, and nothing else. */
static inline void expect_events(ChannelLog *log, const char *said)
{
    wait_until(strlen(log->events->str) >= strlen(said));
    g_assert_cmpstr(log->events->str, ==, said);
    g_string_truncate(log->events, 0);
}

/* The last that it said had an error with WORDS in its sentence. */
static inline void assert_channel_error(const ChannelLog *log, ServiceError code, const char *words)
{
    g_assert_error(log->error, SERVICE_ERROR, (gint)code);
    g_assert_nonnull(strstr(log->error->message, words));
}

/* Gives DEVICE, whose node PATH is made with BEHAVIOUR in it, to CHANNEL. */
static inline void attach_device(UsbChannel *channel, const UsbDevice *device, const char *path,
                                 const char *behaviour)
{
    int fd;

    scratch_write(path, behaviour, -1);
    fd = open(path, O_RDWR | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    channel->ops->attach(channel, device, fd);
    g_assert_true(channel->ops->holds(channel, device->key));
}
