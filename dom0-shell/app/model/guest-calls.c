/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the windows ask of a guest: one call of the service's each, with its sentence if it refuses.
 */
#include "model/guest.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>

#include "sentence.h"

/* Starting a guest can wait for a password prompt; the work itself is a job and does not count. */
#define CALL_TIMEOUT_MS (120 * 1000)
/* An image of a CD may be copied meanwhile. */
#define COPY_TIMEOUT_MS (30 * 60 * 1000)

static void on_operation_done(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) task = data;
    g_autoptr(GVariant) reply = NULL;
    GError *error = NULL;
    char *job = NULL;

    g_assert(G_IS_TASK(task));

    reply = g_dbus_proxy_call_finish(G_DBUS_PROXY(source), result, &error);
    if (!reply) {
        sentence_localise_error(error);
        g_task_return_error(task, error);
        return;
    }
    if (g_variant_is_of_type(reply, G_VARIANT_TYPE("(o)")))
        g_variant_get(reply, "(o)", &job);
    g_task_return_pointer(task, job, g_free);
}

/* Asks the service for @operation. It is done when @callback comes only if it has no job. */
void vitrine_guest_run_async(VitrineGuest *self, VitrineOperation operation,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    GTask *task;

    g_return_if_fail(VITRINE_IS_GUEST(self));

    task = g_task_new(self, cancellable, callback, user_data);
    g_task_set_source_tag(task, vitrine_guest_run_async);
    g_dbus_proxy_call(G_DBUS_PROXY(vitrine_guest_get_proxy(self)),
                      vitrine_operation_get_method(operation), NULL,
                      G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, CALL_TIMEOUT_MS,
                      cancellable, on_operation_done, task);
}

/*
 * FALSE with @error set to the service's sentence if it refused. @ret_job, which may be NULL, gets
 * the path of the job, to be freed, or NULL for an operation that has none.
 */
gboolean vitrine_guest_run_finish(VitrineGuest *self, GAsyncResult *result, char **ret_job,
                                  GError **error)
{
    g_autofree char *job = NULL;
    GError *failure = NULL;

    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);

    job = g_task_propagate_pointer(G_TASK(result), &failure);
    if (failure) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    if (ret_job)
        *ret_job = g_steal_pointer(&job);
    return TRUE;
}

static void on_configured(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) task = data;
    GError *error = NULL;

    g_assert(G_IS_TASK(task));

    if (vitrine_guest1_call_configure_finish(VITRINE_GUEST1(source), result, &error)) {
        g_task_return_boolean(task, TRUE);
        return;
    }
    sentence_localise_error(error);
    g_task_return_error(task, error);
}

/* Asks the service for other settings: @options (floating) as Guest1.Configure has them. */
void vitrine_guest_configure_async(VitrineGuest *self, GVariant *options, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task;

    g_return_if_fail(VITRINE_IS_GUEST(self));

    task = g_task_new(self, cancellable, callback, user_data);
    g_task_set_source_tag(task, vitrine_guest_configure_async);
    vitrine_guest1_call_configure(vitrine_guest_get_proxy(self), options,
                                  G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                                  CALL_TIMEOUT_MS, cancellable, on_configured, task);
}

/* FALSE with @error set to the service's sentence if it refused; nothing is changed then. */
gboolean vitrine_guest_configure_finish(VitrineGuest *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);
    return g_task_propagate_boolean(G_TASK(result), error);
}

static void on_iso_inserted(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) task = data;
    GError *error = NULL;

    if (vitrine_guest1_call_insert_iso_finish(VITRINE_GUEST1(source), result, &error)) {
        g_task_return_boolean(task, TRUE);
        return;
    }
    sentence_localise_error(error);
    g_task_return_error(task, error);
}

static void on_iso_ejected(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) task = data;
    GError *error = NULL;

    if (vitrine_guest1_call_eject_iso_finish(VITRINE_GUEST1(source), result, &error)) {
        g_task_return_boolean(task, TRUE);
        return;
    }
    sentence_localise_error(error);
    g_task_return_error(task, error);
}

/* Asks the service to put the image @path into the guest's CD drive; NULL: to empty it. */
void vitrine_guest_change_iso_async(VitrineGuest *self, const char *path, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
    const GDBusCallFlags flags = G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION;
    GTask *task;

    g_return_if_fail(VITRINE_IS_GUEST(self));

    task = g_task_new(self, cancellable, callback, user_data);
    g_task_set_source_tag(task, vitrine_guest_change_iso_async);
    if (path)
        vitrine_guest1_call_insert_iso(vitrine_guest_get_proxy(self), path, flags, COPY_TIMEOUT_MS,
                                       cancellable, on_iso_inserted, task);
    else
        vitrine_guest1_call_eject_iso(vitrine_guest_get_proxy(self), flags, CALL_TIMEOUT_MS,
                                      cancellable, on_iso_ejected, task);
}

/* FALSE with @error set to the service's sentence if it refused. */
gboolean vitrine_guest_change_iso_finish(VitrineGuest *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);
    return g_task_propagate_boolean(G_TASK(result), error);
}

/* Ends @task with the descriptor that came with an answer, or with the sentence @none. */
static void return_descriptor(GTask *task, GUnixFDList *fds, GVariant *handle, const char *none)
{
    GError *error = NULL;
    int fd = fds ? g_unix_fd_list_get(fds, g_variant_get_handle(handle), &error) : -1;

    if (error)
        g_task_return_error(task, error);
    else if (fd < 0)
        g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s", none);
    else
        g_task_return_int(task, fd);
}

/* Ends @task with @error, which it takes, without the bus's own words. That this person may not is
 * told as G_IO_ERROR_PERMISSION_DENIED. */
static void return_refusal(GTask *task, GError *error)
{
    g_autofree char *name = g_dbus_error_get_remote_error(error);

    sentence_localise_error(error);
    if (g_strcmp0(name, "org.vitrine.Error.NotAuthorized") == 0) {
        error->domain = G_IO_ERROR;
        error->code = G_IO_ERROR_PERMISSION_DENIED;
    }
    g_task_return_error(task, error);
}

static void on_display_opened(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) task = data;
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GVariant) handle = NULL;
    GError *error = NULL;

    g_assert(G_IS_TASK(task));

    if (!vitrine_guest1_call_open_display_finish(VITRINE_GUEST1(source), &handle, &fds, result,
                                                 &error)) {
        return_refusal(task, error);
        return;
    }
    return_descriptor(task, fds, handle, _("The service gave no connection to the display."));
}

/* Asks the service for a connection to the guest's display server. @may_ask: whether that may ask
 * the person for a password. */
void vitrine_guest_open_display_async(VitrineGuest *self, VitrineScreenProtocol protocol,
                                      gboolean may_ask, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
    const GDBusCallFlags flags =
        may_ask ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION : G_DBUS_CALL_FLAGS_NONE;
    GTask *task;

    g_return_if_fail(VITRINE_IS_GUEST(self));

    task = g_task_new(self, cancellable, callback, user_data);
    g_task_set_source_tag(task, vitrine_guest_open_display_async);
    /* A socket that comes after all is handed over, for the caller to close. */
    g_task_set_check_cancellable(task, FALSE);
    vitrine_guest1_call_open_display(vitrine_guest_get_proxy(self),
                                     vitrine_screen_protocol_get_name(protocol), flags,
                                     CALL_TIMEOUT_MS, NULL, cancellable, on_display_opened, task);
}

/* A connected stream socket that speaks the protocol, for the caller to close; -1 with @error set,
 * G_IO_ERROR_PERMISSION_DENIED if this person may not. */
int vitrine_guest_open_display_finish(VitrineGuest *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), -1);
    return g_task_propagate_int(G_TASK(result), error);
}

static void on_console_opened(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) task = data;
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GVariant) handle = NULL;
    g_autofree char *history = NULL;
    GError *error = NULL;

    if (!vitrine_guest1_call_open_console_finish(VITRINE_GUEST1(source), &handle, &history, &fds,
                                                 result, &error)) {
        return_refusal(task, error);
        return;
    }
    g_task_set_task_data(task, g_steal_pointer(&history), g_free);
    return_descriptor(task, fds, handle, _("The service gave no connection to the console."));
}

/* Asks the service for the terminal of the guest's text console. */
void vitrine_guest_open_console_async(VitrineGuest *self, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task;

    g_return_if_fail(VITRINE_IS_GUEST(self));

    task = g_task_new(self, cancellable, callback, user_data);
    g_task_set_source_tag(task, vitrine_guest_open_console_async);
    /* A terminal that comes after all is handed over, for the caller to close. */
    g_task_set_check_cancellable(task, FALSE);
    vitrine_guest1_call_open_console(vitrine_guest_get_proxy(self),
                                     G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                                     CALL_TIMEOUT_MS, NULL, cancellable, on_console_opened, task);
}

/*
 * The terminal, for the caller to close, and in @ret_history what was said there before, to be
 * freed; -1 with @error set, G_IO_ERROR_PERMISSION_DENIED if this person may not.
 */
int vitrine_guest_open_console_finish(VitrineGuest *self, GAsyncResult *result, char **ret_history,
                                      GError **error)
{
    int fd;

    g_return_val_if_fail(g_task_is_valid(result, self), -1);

    fd = g_task_propagate_int(G_TASK(result), error);
    *ret_history = fd >= 0 ? g_strdup(g_task_get_task_data(G_TASK(result))) : NULL;
    return fd;
}

static void on_log_read(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) task = data;
    char *text = NULL;
    GError *error = NULL;

    if (vitrine_guest1_call_read_console_log_finish(VITRINE_GUEST1(source), &text, result, &error))
        g_task_return_pointer(task, text, g_free);
    else
        g_task_return_error(task, error);
}

/* Asks the service for what the guest said on its console in its last run. @may_ask: whether that
 * may ask the person for a password. */
void vitrine_guest_read_console_log_async(VitrineGuest *self, gboolean may_ask,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data)
{
    const GDBusCallFlags flags =
        may_ask ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION : G_DBUS_CALL_FLAGS_NONE;
    GTask *task;

    g_return_if_fail(VITRINE_IS_GUEST(self));

    task = g_task_new(self, cancellable, callback, user_data);
    g_task_set_source_tag(task, vitrine_guest_read_console_log_async);
    vitrine_guest1_call_read_console_log(vitrine_guest_get_proxy(self), flags, CALL_TIMEOUT_MS,
                                         cancellable, on_log_read, task);
}

/* Plain text, to be freed; NULL with @error set. */
char *vitrine_guest_read_console_log_finish(VitrineGuest *self, GAsyncResult *result,
                                            GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}
