/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connects this terminal with a guest's text console, until Ctrl+] or until the guest stops. */
#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include "commands.h"

#define LEAVE '\035' /* Ctrl+] */

/* Between the two: what was typed and is not the guest's yet. */
typedef struct {
    int guest;
    int signals; /* tells of one that would end this program */
    char typed[4096];
    gsize length;
    gboolean at_end; /* there is no more to be typed */
} Link;

/* NULL after a complaint, which STATUS is for. */
static GVariant *ask(Client *client, const char *name, int *fd, int *status)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, name);
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GError) error = NULL;
    GVariant *answer;

    *status = CTL_EXIT_NO_GUEST;
    if (!guest)
        return NULL;
    answer = g_dbus_proxy_call_with_unix_fd_list_sync(
        guest, "OpenConsole", NULL, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT,
        NULL, &fds, NULL, &error);
    if (!answer) {
        *status = client_complain_of(error);
        return NULL;
    }
    *fd = fds && g_variant_is_of_type(answer, G_VARIANT_TYPE("(hs)"))
              ? g_unix_fd_list_get(fds, 0, NULL)
              : -1;
    if (*fd >= 0)
        return answer;
    client_complain(_("The service answers with no terminal: it is of another version."));
    *status = CTL_EXIT_NO_SERVICE;
    g_variant_unref(answer);
    return NULL;
}

/* Writes to this terminal, or where its output goes; waits for it. */
static gboolean show(const char *bytes, gsize length)
{
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);
        struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

        if (written < 0 && errno != EAGAIN && errno != EINTR)
            return FALSE;
        if (written < 0)
            poll(&out, 1, -1);
        bytes += MAX(written, 0);
        length -= (gsize)MAX(written, 0);
    }
    return TRUE;
}

/* FALSE once the guest has gone. */
static gboolean take_from_guest(Link *link)
{
    char bytes[4096];
    ssize_t got = read(link->guest, bytes, sizeof bytes);

    return got > 0 ? show(bytes, (gsize)got) : got < 0 && (errno == EAGAIN || errno == EINTR);
}

static gboolean give_to_guest(Link *link)
{
    ssize_t written = write(link->guest, link->typed, link->length);

    if (written < 0)
        return errno == EAGAIN || errno == EINTR;
    link->length -= (gsize)written;
    memmove(link->typed, link->typed + written, link->length);
    return TRUE;
}

/* What comes before the key that leaves still goes to the guest. */
static void take_typed(Link *link)
{
    ssize_t got = read(STDIN_FILENO, link->typed, sizeof link->typed);
    const char *leave = got > 0 ? memchr(link->typed, LEAVE, (gsize)got) : NULL;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    link->at_end = got <= 0 || leave;
    link->length = leave ? (gsize)(leave - link->typed) : (gsize)MAX(got, 0);
}

/* Carries on until one of the two ends; TRUE if that was the guest. */
static gboolean carry(Link *link)
{
    while (!link->at_end || link->length > 0) {
        struct pollfd ends[] = {
            {.fd = link->guest, .events = (short)(POLLIN | (link->length > 0 ? POLLOUT : 0))},
            {.fd = link->length > 0 ? -1 : STDIN_FILENO, .events = POLLIN},
            {.fd = link->signals, .events = POLLIN},
        };

        if (poll(ends, G_N_ELEMENTS(ends), -1) < 0 && errno != EINTR)
            return FALSE;
        if (ends[2].revents)
            return FALSE;
        if ((ends[0].revents & (POLLIN | POLLHUP | POLLERR)) && !take_from_guest(link))
            return TRUE;
        if ((ends[0].revents & POLLOUT) && !give_to_guest(link))
            return TRUE;
        if (ends[1].revents)
            take_typed(link);
    }
    return FALSE;
}

static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
static volatile sig_atomic_t caught;
static int caught_event;

static void on_signal(int number)
{
    const guint64 one = 1;

    caught = number;
    if (write(caught_event, &one, sizeof one) < 0)
        _exit(128 + number);
}

/* What would end the program in the middle of it is waited for as all else is, so that the terminal
 * gets its own mode back. The descriptor to wait for, which may be -1. */
static int open_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    caught_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    for (guint i = 0; caught_event >= 0 && i < G_N_ELEMENTS(signals); i++)
        sigaction(signals[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    return caught_event;
}

/* Ends the program now, if it was to be ended. */
static void close_signals(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
        signal(signals[i], SIG_DFL);
    if (caught)
        raise(caught);
    if (caught_event >= 0)
        close(caught_event);
}

/* TRUE if the guest ended it. */
static gboolean run(int fd, const char *history)
{
    Link link = {.guest = fd, .signals = open_signals()};
    struct termios own, raw;
    gboolean is_terminal = tcgetattr(STDIN_FILENO, &own) == 0;
    gboolean guest_ended;

    if (is_terminal) {
        fprintf(stderr, "%s\r\n", _("Ctrl+] leaves the console."));
        raw = own;
        cfmakeraw(&raw);
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    }
    guest_ended = show(history, strlen(history)) && carry(&link);
    if (is_terminal)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &own);
    fputs(is_terminal ? "\n" : "", stderr);
    close_signals();
    return guest_ended;
}

int command_console(Client *client, const char *method, char **arguments,
                    const CreateOptions *options)
{
    int fd = -1, status;
    g_autoptr(GVariant) answer = ask(client, arguments[0], &fd, &status);
    const char *history;

    if (!answer)
        return status;
    g_variant_get_child(answer, 1, "&s", &history);
    if (run(fd, history))
        client_complain(_("The guest has stopped, and its console with it."));
    close(fd);
    return CTL_EXIT_OK;
}
