/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads and writes a guest's console without ever waiting for it. A guest that says more than a
 * person can read is read slowly, and has to wait; what is typed to a guest that does not listen is
 * kept up to a bound, and lost beyond it.
 */
#include "console/console-stream.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

/* Of the guest's words, READ_BYTES are taken at most every PACE_MS: drawing comes in between. */
#define READ_BYTES (32 * 1024)
#define PACE_MS    10
/* A long paste is not lost as long as the guest listens. */
#define QUEUE_BYTES (1024 * 1024)

struct _VitrineConsoleStream {
    GObject parent_instance;

    int fd; /* -1 once it is closed */
    guint reading, pause, writing;
    GByteArray *queue; /* what is to be written yet */
};

enum {
    RECEIVED,
    CLOSED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineConsoleStream, vitrine_console_stream, G_TYPE_OBJECT)

static void watch(VitrineConsoleStream *self);

/* The other end has hung up. */
static void lose(VitrineConsoleStream *self)
{
    vitrine_console_stream_close(self);
    g_signal_emit(self, signals[CLOSED], 0);
}

static gboolean on_pause_over(gpointer data)
{
    VitrineConsoleStream *self = VITRINE_CONSOLE_STREAM(data);

    self->pause = 0;
    watch(self);
    return G_SOURCE_REMOVE;
}

/* Reads up to READ_BYTES into @buffer. FALSE, with what came before it, at the end of the stream.
 */
static gboolean read_some(int fd, char *buffer, gsize *ret_length)
{
    ssize_t got;

    *ret_length = 0;
    do {
        got = read(fd, buffer + *ret_length, READ_BYTES - *ret_length);
        if (got > 0)
            *ret_length += (gsize)got;
    } while (got > 0 && *ret_length < READ_BYTES);
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer data)
{
    g_autoptr(VitrineConsoleStream) self = g_object_ref(VITRINE_CONSOLE_STREAM(data));
    g_autofree char *buffer = g_malloc(READ_BYTES);
    gsize length;
    gboolean goes_on = read_some(fd, buffer, &length);

    self->reading = 0;
    if (length > 0)
        g_signal_emit(self, signals[RECEIVED], 0, buffer, (guint)length);
    if (self->fd < 0)
        return G_SOURCE_REMOVE;
    if (!goes_on)
        lose(self);
    else
        self->pause = g_timeout_add(PACE_MS, on_pause_over, self);
    return G_SOURCE_REMOVE;
}

/* After drawing and all that the person does. */
static void watch(VitrineConsoleStream *self)
{
    self->reading = g_unix_fd_add_full(G_PRIORITY_DEFAULT_IDLE, self->fd, G_IO_IN | G_IO_HUP,
                                       on_readable, self, NULL);
}

/* Writes what the terminal takes now. FALSE once it takes nothing any more. */
static gboolean write_some(VitrineConsoleStream *self)
{
    while (self->queue->len > 0) {
        ssize_t written = write(self->fd, self->queue->data, self->queue->len);

        if (written < 0)
            return errno == EAGAIN || errno == EINTR;
        g_byte_array_remove_range(self->queue, 0, (guint)written);
    }
    return TRUE;
}

/* That the other end is gone is for the reader to find out, who may have last words to show. */
static gboolean on_writable(int fd, GIOCondition condition, gpointer data)
{
    VitrineConsoleStream *self = VITRINE_CONSOLE_STREAM(data);

    if (!write_some(self))
        g_byte_array_set_size(self->queue, 0);
    if (self->queue->len > 0)
        return G_SOURCE_CONTINUE;
    self->writing = 0;
    return G_SOURCE_REMOVE;
}

static void vitrine_console_stream_finalize(GObject *object)
{
    VitrineConsoleStream *self = VITRINE_CONSOLE_STREAM(object);

    vitrine_console_stream_close(self);
    g_byte_array_unref(self->queue);
    G_OBJECT_CLASS(vitrine_console_stream_parent_class)->finalize(object);
}

static void vitrine_console_stream_class_init(VitrineConsoleStreamClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = vitrine_console_stream_finalize;

    /* The guest has said something: bytes of whatever kind, and how many. */
    signals[RECEIVED] = g_signal_new("received", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_UINT);
    /* There is nobody at the other end any more. */
    signals[CLOSED] = g_signal_new("closed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void vitrine_console_stream_init(VitrineConsoleStream *self)
{
    self->fd = -1;
    self->queue = g_byte_array_new();
}

/* A stream on @fd, which is taken over. */
VitrineConsoleStream *vitrine_console_stream_new(int fd)
{
    VitrineConsoleStream *self = g_object_new(VITRINE_TYPE_CONSOLE_STREAM, NULL);

    self->fd = fd;
    g_unix_set_fd_nonblocking(fd, TRUE, NULL);
    watch(self);
    return self;
}

/* Says @data to the guest, all of it or, if there is too much waiting already, nothing: FALSE. */
gboolean vitrine_console_stream_send(VitrineConsoleStream *self, const char *data, gsize length)
{
    g_return_val_if_fail(VITRINE_IS_CONSOLE_STREAM(self), FALSE);

    if (self->fd < 0 || length > QUEUE_BYTES - self->queue->len)
        return FALSE;
    g_byte_array_append(self->queue, (const guint8 *)data, (guint)length);
    if (!self->writing)
        self->writing = g_unix_fd_add(self->fd, G_IO_OUT, on_writable, self);
    return TRUE;
}

/* Hangs up; no more signals. */
void vitrine_console_stream_close(VitrineConsoleStream *self)
{
    g_return_if_fail(VITRINE_IS_CONSOLE_STREAM(self));

    g_clear_handle_id(&self->reading, g_source_remove);
    g_clear_handle_id(&self->pause, g_source_remove);
    g_clear_handle_id(&self->writing, g_source_remove);
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
}
