/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's text console for tests, as xenconsoled makes one: a pseudo-terminal whose other end is
 * held open here, so that who looks may come and go. What is typed is noted, and said back.
 */
#include "standin-console.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int master = -1, slave = -1;
static GByteArray *waiting; /* to be said */
static GString *typed;
static guint reader, writer;

static gboolean write_some(int fd, GIOCondition condition, gpointer data)
{
    gssize written = write(fd, waiting->data, MIN(waiting->len, 4096));

    if (written > 0)
        g_byte_array_remove_range(waiting, 0, written);
    if (waiting->len > 0)
        return G_SOURCE_CONTINUE;
    writer = 0;
    return G_SOURCE_REMOVE;
}

static void say(const char *bytes, gsize length)
{
    g_byte_array_append(waiting, (const guint8 *)bytes, length);
    if (!writer && waiting->len > 0)
        writer = g_unix_fd_add(master, G_IO_OUT, write_some, NULL);
}

static gboolean read_some(int fd, GIOCondition condition, gpointer data)
{
    char chunk[1024];
    gssize got = read(fd, chunk, sizeof(chunk));

    for (gssize i = 0; i < got; i++) {
        g_string_append_c(typed, chunk[i]);
        if (chunk[i] == '\r')
            say("\r\n", 2);
        else
            say(chunk + i, 1);
    }
    return G_SOURCE_CONTINUE;
}

static void make_terminal(void)
{
    struct termios mode;

    if (!typed)
        typed = g_string_new(NULL);
    waiting = g_byte_array_new();
    master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
        g_error("no pseudo-terminal");
    slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    tcgetattr(slave, &mode);
    cfmakeraw(&mode);
    tcsetattr(slave, TCSANOW, &mode);
    reader = g_unix_fd_add(master, G_IO_IN, read_some, NULL);
}

/* A viewer's end, to be closed. */
int standin_console_open(void)
{
    if (master < 0)
        make_terminal();
    return open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
}

void standin_console_say(const char *text, guint times)
{
    if (master < 0)
        make_terminal();
    for (guint i = 0; i < times; i++)
        say(text, strlen(text));
}

/* How many bytes nobody has taken yet. */
guint standin_console_count_waiting(void)
{
    return master >= 0 ? waiting->len : 0;
}

/* As when the guest's domain is gone; the next one to open it gets a new one. */
void standin_console_hang_up(void)
{
    if (master < 0)
        return;
    g_clear_handle_id(&reader, g_source_remove);
    g_clear_handle_id(&writer, g_source_remove);
    g_clear_pointer(&waiting, g_byte_array_unref);
    close(slave);
    close(master);
    master = slave = -1;
}

/* What was typed since the last time, to be freed. */
char *standin_console_take_typed(void)
{
    char *taken = g_utf8_make_valid(typed ? typed->str : "", -1);

    if (typed)
        g_string_truncate(typed, 0);
    return taken;
}
