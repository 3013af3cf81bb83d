/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hands out the terminal of a guest's text console, and its log. */
#include "guest-private.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

#include "error.h"

/* On its way to the one who asked. */
typedef struct {
    int domid;
    int fd; /* -1: none yet, or given away */
    char *history;
} Console;

static void console_free(gpointer data)
{
    Console *console = data;

    if (console->fd >= 0)
        close(console->fd);
    g_free(console->history);
    g_free(console);
}

static void open_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Guest *guest = source;
    Console *console = data;
    Backend *backend = service_backend(guest->service);
    GError *error = NULL;

    console->fd =
        backend->ops->open_console(backend, console->domid, guest->name, &console->history, &error);
    if (console->fd >= 0)
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void opened(GObject *source, GAsyncResult *result, gpointer data)
{
    GDBusMethodInvocation *invocation = data;
    Console *console = g_task_get_task_data(G_TASK(result));
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GError) error = NULL;

    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    fds = g_unix_fd_list_new_from_array(&console->fd, 1);
    console->fd = -1;
    g_dbus_method_invocation_return_value_with_unix_fd_list(
        invocation, g_variant_new("(hs)", 0, console->history), fds);
}

void guest_open_console(Guest *guest, GDBusMethodInvocation *invocation)
{
    g_autoptr(GTask) task = NULL;
    Console *console;
    int domid = guest_domid(guest);

    if (domid == DOMID_NONE) {
        g_dbus_method_invocation_return_error_literal(
            invocation, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
            N_("The guest is not running: start it, and its console is there."));
        return;
    }
    console = g_new0(Console, 1);
    console->domid = domid;
    console->fd = -1;
    task = g_task_new(guest, NULL, opened, invocation);
    g_task_set_task_data(task, console, console_free);
    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, open_thread);
}

static void read_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Guest *guest = source;
    Backend *backend = service_backend(guest->service);

    g_task_return_pointer(task, backend->ops->console_log(backend, guest->name), g_free);
}

static void was_read(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autofree char *text = g_task_propagate_pointer(G_TASK(result), NULL);

    g_dbus_method_invocation_return_value(data, g_variant_new("(s)", text));
}

void guest_read_console_log(Guest *guest, GDBusMethodInvocation *invocation)
{
    g_autoptr(GTask) task = g_task_new(guest, NULL, was_read, invocation);

    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, read_thread);
}
