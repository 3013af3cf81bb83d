/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes what is in a guest's CD drive: in its file, and at once if it runs. */
#include <string.h>

#include "config-drive.h"
#include "config-edit.h"
#include "error.h"
#include "file-replace.h"
#include "guest-private.h"
#include "iso-image.h"

/* One call, on its way to the worker's thread and back. */
typedef struct {
    GDBusMethodInvocation *invocation; /* answering it gives it up */
    Service *service;                  /* borrowed */
    char *name;
    char *config_path;
    char *iso;            /* what the call names; NULL: nothing is to be in the drive */
    int domid;            /* of the guest as it runs, or DOMID_NONE */
    BackendConfig config; /* what the file says in the end */
    GuestNotes notes;
} Changing;

static void changing_free(gpointer data)
{
    Changing *call = data;

    guest_notes_clear(&call->notes);
    g_free(call->iso);
    g_free(call->config_path);
    g_free(call->name);
    g_free(call);
}

/* ---- On the worker's thread ---- */

static gboolean read_config(const char *path, gpointer data, GError **error)
{
    Changing *call = data;
    Backend *backend = service_backend(call->service);

    return backend->ops->read_config(backend, path, &call->config, error);
}

static gboolean check_kind(Changing *call, GError **error)
{
    if (!read_config(call->config_path, call, error))
        return FALSE;
    if (call->config.facts.kind == GUEST_HVM)
        return TRUE;
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                        "Only an HVM guest has a CD drive.");
    return FALSE;
}

static gboolean write_config(Changing *call, const char *text, GError **error)
{
    GuestFilesChange change = {.config = text};

    return guest_store_change(service_store(call->service), call->name, &change, read_config, call,
                              error);
}

/* OLD, of LENGTH bytes, with the image PATH in the drive; NULL and ERROR if it can't be. */
static char *edit(const char *old, gsize length, const char *path, GError **error)
{
    g_autofree char *disks = config_drive_set(old, path, error);
    ConfigChange change = {"disk", disks};

    return disks ? config_edit(old, length, &change, 1, error) : NULL;
}

/* The file goes first: what is wrong with it shows before the guest sees anything. If the guest
 * can't have the image, the file goes back to what it was. */
static gboolean change(Changing *call, const char *path, GError **error)
{
    Backend *backend = service_backend(call->service);
    gsize length;
    g_autofree char *old = file_replace_read(call->config_path, &length, error);
    g_autofree char *text = old ? edit(old, length, path ? path : "", error) : NULL;

    if (!text || !write_config(call, text, error))
        return FALSE;
    if (call->domid == DOMID_NONE || backend->ops->change_iso(backend, call->domid, path, error))
        return TRUE;
    if (!write_config(call, old, NULL))
        g_warning("%s: the guest's file names a CD that the guest has not.", call->name);
    return FALSE;
}

static void change_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Changing *call = data;
    const char *directory = guest_store_isos(service_store(call->service));
    GError *error = NULL;
    g_autofree char *path = call->iso ? iso_image_find(directory, call->iso, &error) : NULL;

    if (error || !check_kind(call, &error) || !change(call, path, &error)) {
        g_task_return_error(task, error);
        return;
    }
    guest_store_read_notes(service_store(call->service), call->name, &call->notes);
    g_task_return_boolean(task, TRUE);
}

/* ---- On the main thread ---- */

static void changed(GObject *source, GAsyncResult *result, gpointer data)
{
    Guest *guest = SERVICE_GUEST(source);
    const Changing *call = g_task_get_task_data(G_TASK(result));
    InventoryGuest file = {
        .name = call->name, .config = call->config, .notes = call->notes, .saved = guest->saved};
    g_autoptr(GError) error = NULL;

    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        g_dbus_method_invocation_return_gerror(call->invocation, error);
        return;
    }
    /* So that who called finds the new one at once, and not after the next look. */
    if (!guest->job)
        guest_update_file(guest, &file);
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(guest->skeleton));
    service_refresh(guest->service);
    g_dbus_method_invocation_return_value(call->invocation, NULL);
}

static void begin(Guest *guest, GDBusMethodInvocation *invocation, const char *iso)
{
    g_autoptr(GTask) task = NULL;
    g_autoptr(GError) error = NULL;
    Changing *call;

    if (!guest_check_not_saved(guest, &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    if (guest->job) {
        g_dbus_method_invocation_return_error_literal(
            invocation, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
            "Something else is being done with this guest. Wait until it is finished, or cancel "
            "it.");
        return;
    }
    call = g_new0(Changing, 1);
    call->invocation = invocation;
    call->service = guest->service;
    call->name = g_strdup(guest->name);
    call->config_path = guest_store_config_path(service_store(guest->service), guest->name);
    call->iso = g_strdup(iso);
    call->domid = guest->domid;
    task = g_task_new(guest, NULL, changed, NULL);
    g_task_set_task_data(task, call, changing_free);
    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, change_thread);
}

void guest_insert_iso(Guest *guest, GDBusMethodInvocation *invocation)
{
    const char *iso;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s)", &iso);
    begin(guest, invocation, iso);
}

void guest_eject_iso(Guest *guest, GDBusMethodInvocation *invocation)
{
    begin(guest, invocation, NULL);
}
