/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes what is in a guest's CD drive: in its file, and at once if it runs. An image that a
 * person names is opened as that person, and copied if its path is not for root to rely on. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "config-drive.h"
#include "config-edit.h"
#include "disk-copy.h"
#include "error.h"
#include "file-replace.h"
#include "guest-private.h"
#include "iso-image.h"
#include "snapshot-store.h"

/* One call, on its way to the threads where things block, and back. */
typedef struct {
    GDBusMethodInvocation *invocation; /* answering it gives it up */
    Service *service;                  /* borrowed */
    Guest *guest;
    NamedFile *file; /* a person's image, or NULL */
    char *copy;      /* of it, that was made for this call and has no name yet; or NULL */
    char *name;
    char *config_path;
    char *iso;            /* what is to be in the drive; NULL: nothing */
    int domid;            /* of the guest as it runs, or DOMID_NONE */
    BackendConfig config; /* what the file says in the end */
    GuestNotes notes;
} Changing;

static void changing_free(gpointer data)
{
    Changing *call = data;

    guest_notes_clear(&call->notes);
    g_clear_pointer(&call->file, named_file_free);
    g_free(call->copy);
    g_object_unref(call->guest);
    g_free(call->iso);
    g_free(call->config_path);
    g_free(call->name);
    g_free(call);
}

/* ---- On a thread of its own ---- */

/* A CallerWork: what lies in the service's directory is for all, anything else is the caller's. */
static gboolean open_iso(const Caller *caller, gpointer data, GError **error)
{
    Changing *call = data;
    const char *directory = guest_store_isos(service_store(call->service));
    g_autofree char *text = g_steal_pointer(&call->iso);

    if (iso_image_is_own(directory, text)) {
        call->iso = iso_image_find(directory, text, error);
        return call->iso != NULL;
    }
    if (!caller_become(caller, error))
        return FALSE;
    call->file = named_file_open(caller, text, FALSE, error);
    call->iso = g_steal_pointer(&text);
    return call->file && iso_image_check(call->file->fd, call->iso, error);
}

/* ---- On the builder's thread ---- */

/* Under a name that nobody takes for an image's: a change meanwhile leaves it alone. */
static void copy_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Changing *call = data;
    GuestStore *store = service_store(call->service);
    g_autofree char *path = guest_store_new_cd_path(store, call->name, COPY_PREFIX "cd");
    GError *error = NULL;

    if (!guest_store_make_files(store, call->name, &error) ||
        !disk_copy_from(call->file->fd, path, 0, NULL, NULL, NULL, &error)) {
        g_task_return_error(task, error);
        return;
    }
    call->copy = g_steal_pointer(&path);
    g_task_return_boolean(task, TRUE);
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
                        N_("Only an HVM guest has a CD drive."));
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

/* Gives the copy, if there is one, its name. */
static gboolean place_copy(Changing *call, GError **error)
{
    g_autofree char *path = NULL;

    if (!call->copy)
        return TRUE;
    path = guest_store_new_cd_path(service_store(call->service), call->name, call->iso);
    if (!disk_copy_place(call->copy, path, error))
        return FALSE;
    g_free(call->iso);
    call->iso = g_steal_pointer(&path);
    return TRUE;
}

static void change_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Changing *call = data;
    GuestStore *store = service_store(call->service);
    GError *error = NULL;

    if (!check_kind(call, &error) || !place_copy(call, &error)) {
        g_task_return_error(task, error);
    } else if (change(call, call->iso, &error)) {
        /* What was in the drive before, if it was a copy, is of no use any more. */
        guest_store_remove_cds(store, call->name, call->iso);
        guest_store_read_notes(store, call->name, &call->notes);
        g_task_return_boolean(task, TRUE);
    } else {
        if (call->copy)
            g_unlink(call->iso);
        g_task_return_error(task, error);
    }
}

/* ---- On the main thread ---- */

/* Unless it has become an image in the guest's drive. */
static void drop_copy(const Changing *call)
{
    if (call->copy && g_unlink(call->copy) != 0 && errno != ENOENT)
        g_warning("%s: %s can't be removed: %s", call->name, call->copy, g_strerror(errno));
}

static void changed(GObject *source, GAsyncResult *result, gpointer data)
{
    Guest *guest = SERVICE_GUEST(source);
    const Changing *call = g_task_get_task_data(G_TASK(result));
    InventoryGuest file = {
        .name = call->name, .config = call->config, .notes = call->notes, .saved = guest->saved};
    g_autoptr(GError) error = NULL;

    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        drop_copy(call);
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

static gboolean check_state(Guest *guest, GError **error)
{
    if (!service_worker(guest->service)) {
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                            N_("The service is being stopped: try again when it is there."));
        return FALSE;
    }
    return guest_check_not_saved(guest, error) && guest_check_idle(guest, error);
}

/* Answers the CALL, and frees it. */
static void refuse(Changing *call, const GError *error)
{
    drop_copy(call);
    g_dbus_method_invocation_return_gerror(call->invocation, error);
    changing_free(call);
}

/* The last part, which takes CALL over. */
static void begin_change(Changing *call)
{
    g_autoptr(GTask) task = NULL;
    g_autoptr(GError) error = NULL;

    if (!check_state(call->guest, &error)) {
        refuse(call, error);
        return;
    }
    call->domid = call->guest->domid;
    task = g_task_new(call->guest, NULL, changed, NULL);
    g_task_set_task_data(task, call, changing_free);
    worker_run(service_worker(call->service), G_PRIORITY_DEFAULT, task, change_thread);
}

static void copied(GObject *source, GAsyncResult *result, gpointer data)
{
    Changing *call = data;
    g_autoptr(GError) error = NULL;

    if (g_task_propagate_boolean(G_TASK(result), &error))
        begin_change(call);
    else
        refuse(call, error);
}

static void iso_opened(Caller *caller, const GError *error, gpointer data)
{
    Changing *call = data;
    g_autoptr(GTask) task = NULL;
    g_autoptr(GError) failure = NULL;

    if (error || !check_state(call->guest, &failure)) {
        refuse(call, error ? error : failure);
    } else if (!call->file || call->file->stays) {
        begin_change(call);
    } else {
        task = g_task_new(NULL, NULL, copied, call);
        g_task_set_task_data(task, call, NULL);
        worker_run(service_builder(call->service), G_PRIORITY_DEFAULT, task, copy_thread);
    }
}

static Changing *changing_new(Guest *guest, GDBusMethodInvocation *invocation)
{
    Changing *call = g_new0(Changing, 1);

    call->invocation = invocation;
    call->service = guest->service;
    call->guest = g_object_ref(guest);
    call->name = g_strdup(guest->name);
    call->config_path = guest_store_config_path(service_store(guest->service), guest->name);
    return call;
}

void guest_insert_iso(Guest *guest, GDBusMethodInvocation *invocation)
{
    Changing *call = changing_new(guest, invocation);
    g_autoptr(GError) error = NULL;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(s)", &call->iso);
    if (check_state(guest, &error))
        caller_run(invocation, open_iso, iso_opened, call);
    else
        refuse(call, error);
}

void guest_eject_iso(Guest *guest, GDBusMethodInvocation *invocation)
{
    begin_change(changing_new(guest, invocation));
}
