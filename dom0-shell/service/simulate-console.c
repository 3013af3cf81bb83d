/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In the place of xenconsoled and a guest: a pseudo-terminal with an echo at its other end. */
#include "simulate-console.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "console-terminal.h"
#include "error.h"

struct SimulateConsole {
    int master;
    int slave; /* held open, as xenconsoled does: who looks may come and go */
    char path[64];
    GSource *source;
};

/* Enter begins a line. What nobody reads is lost, once the terminal is full. */
static gboolean echo(int fd, GIOCondition condition, gpointer data)
{
    char chunk[1024];
    ssize_t got = read(fd, chunk, sizeof chunk);
    g_autoptr(GString) answer = g_string_new(NULL);

    if (got < 0)
        return errno == EAGAIN ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    for (ssize_t i = 0; i < got; i++) {
        if (chunk[i] == '\r')
            g_string_append(answer, "\r\n");
        else
            g_string_append_c(answer, chunk[i]);
    }
    if (write(fd, answer->str, answer->len) < 0)
        g_debug("nobody listens");
    return G_SOURCE_CONTINUE;
}

static gboolean open_terminal(SimulateConsole *console, GError **error)
{
    console->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (console->master >= 0 && grantpt(console->master) == 0 && unlockpt(console->master) == 0 &&
        ptsname_r(console->master, console->path, sizeof console->path) == 0) {
        console->slave = console_terminal_open(console->path, error);
        return console->slave >= 0;
    }
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_CONSOLE, "There is no terminal: %s.",
                g_strerror(errno));
    return FALSE;
}

SimulateConsole *simulate_console_new(GMainContext *context, const char *name, GError **error)
{
    SimulateConsole *console = g_new0(SimulateConsole, 1);
    g_autofree char *greeting = g_strdup_printf("\033[1m%s\033[0m, simulated\r\n", name);

    console->slave = -1;
    if (!open_terminal(console, error) ||
        write(console->master, greeting, strlen(greeting)) != (ssize_t)strlen(greeting)) {
        simulate_console_free(console);
        return NULL;
    }
    console->source = g_unix_fd_source_new(console->master, G_IO_IN);
    g_source_set_callback(console->source, G_SOURCE_FUNC(echo), NULL, NULL);
    g_source_attach(console->source, context);
    return console;
}

void simulate_console_free(SimulateConsole *console)
{
    if (!console)
        return;
    if (console->source) {
        g_source_destroy(console->source);
        g_source_unref(console->source);
    }
    if (console->slave >= 0)
        close(console->slave);
    if (console->master >= 0)
        close(console->master);
    g_free(console);
}

int simulate_console_open(SimulateConsole *console, char **ret_history, GError **error)
{
    int fd = console_terminal_open(console->path, error);

    if (fd >= 0)
        *ret_history = console_terminal_history(fd, NULL, NULL);
    return fd;
}
