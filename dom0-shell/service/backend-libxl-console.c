/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The consoles of guests: their terminals, and what xenconsoled keeps of them. */
#include "backend-libxl-private.h"

#include <stdlib.h>

#include "console-log.h"
#include "console-terminal.h"
#include "error.h"

/* An HVM guest's first console is its serial port, if its file gives it one. Its PV console, on
 * which Linux can be told to speak, it has all the same. */
static char *find_terminal(Machine *machine, int domid)
{
    char *path = NULL;

    if (libxl_primary_console_get_tty(machine->ctx, (uint32_t)domid, &path) != 0)
        path = NULL;
    if (!path &&
        libxl_console_get_tty(machine->ctx, (uint32_t)domid, 0, LIBXL_CONSOLE_TYPE_PV, &path) != 0)
        path = NULL;
    return path;
}

int machine_open_console(Backend *backend, int domid, const char *name, char **ret_history,
                         GError **error)
{
    Machine *machine = machine_of(backend);
    char *path = find_terminal(machine, domid); /* libxl's own allocation */
    int fd;

    if (!path || !*path) {
        free(path);
        g_set_error_literal(
            error, SERVICE_ERROR, SERVICE_ERROR_NO_CONSOLE,
            N_("The guest has no text console, or not yet. Try again in a moment."));
        return -1;
    }
    fd = console_terminal_open(path, error);
    free(path);
    if (fd >= 0)
        *ret_history = console_terminal_history(fd, CONSOLE_DIRECTORY, name);
    return fd;
}

char *machine_console_log(Backend *backend, const char *name)
{
    return console_log_text(CONSOLE_DIRECTORY, name);
}

char *machine_last_words(Backend *backend, const char *name)
{
    return console_log_last_words(CONSOLE_DIRECTORY, name);
}

void machine_forget(Backend *backend, const char *name)
{
    console_log_remove(CONSOLE_DIRECTORY, name);
}
