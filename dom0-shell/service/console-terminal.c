/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the terminal of a guest's console.
 *
 * xenconsoled writes what a guest says to its log first and to the terminal then, where it waits
 * for a reader. So what waits is the log's end, or a part in it that the rest will come after. */
#include "console-terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "console-log.h"
#include "error.h"

#define PTS_PREFIX "/dev/pts/"

/* The path is xenstore's word, so nothing but a pseudo-terminal will do. */
static gboolean is_pts(const char *path)
{
    const char *number = path + strlen(PTS_PREFIX);

    return g_str_has_prefix(path, PTS_PREFIX) && *number != '\0' &&
           strspn(number, "0123456789") == strlen(number);
}

static gboolean make_raw(int fd)
{
    struct termios mode;

    if (tcgetattr(fd, &mode) != 0)
        return FALSE;
    cfmakeraw(&mode);
    return tcsetattr(fd, TCSANOW, &mode) == 0;
}

int console_terminal_open(const char *path, GError **error)
{
    int fd = -1;

    if (is_pts(path))
        fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    else
        errno = ENOTTY;
    if (fd >= 0 && make_raw(fd))
        return fd;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_CONSOLE,
                N_("The guest's console can't be opened: %s. Try again in a moment."),
                g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Takes what waits in the terminal. */
static GString *take_waiting(int fd)
{
    GString *waiting = g_string_new(NULL);
    char chunk[4096];
    ssize_t got;

    while (waiting->len < CONSOLE_LOG_BYTES && (got = read(fd, chunk, sizeof chunk)) > 0)
        g_string_append_len(waiting, chunk, got);
    return waiting;
}

/* The end of the last part of LOG that equals WAITING, or -1. */
static gssize find_end(const GString *log, const GString *waiting)
{
    for (gsize end = log->len; end >= waiting->len; end--) {
        if (memcmp(log->str + end - waiting->len, waiting->str, waiting->len) == 0)
            return (gssize)end;
    }
    return -1;
}

char *console_terminal_history(int fd, const char *log_directory, const char *name)
{
    g_autoptr(GString) waiting = take_waiting(fd);
    g_autoptr(GString) log =
        log_directory ? console_log_tail(log_directory, name, CONSOLE_LOG_BYTES) : NULL;
    gssize end;

    if (!log)
        log = g_string_new(NULL);
    end = find_end(log, waiting);
    /* A log that does not have it is another's, or one with the time in it. */
    if (end < 0)
        return console_log_clean(waiting);
    g_string_truncate(log, (gsize)end);
    return console_log_clean(log);
}
