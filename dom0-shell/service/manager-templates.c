/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deletes templates that no guest needs any more. A guest has a disk of its own, which shares
 * blocks but no file with its template's; what it does need of the template is the kernel, by its
 * path. */
#include "manager-templates.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "bus-methods.h"
#include "error.h"
#include "guest-private.h"
#include "snapshot-store.h"
#include "template.h"

/* More names than this make no sentence. */
#define NAMED_MAX 3

/* A call on its way to the worker's thread and back. */
typedef struct {
    Service *service;                  /* borrowed */
    GDBusMethodInvocation *invocation; /* answering it gives it up */
    char *id;
} Deletion;

static void free_deletion(gpointer data)
{
    Deletion *deletion = data;

    g_free(deletion->id);
    g_free(deletion);
}

/* ---- On the worker's thread ---- */

/* Whatever else ID is, it is the name of a directory there. */
static gboolean check_known(const Deletion *deletion, GError **error)
{
    const char *directory = guest_store_templates(service_store(deletion->service));
    g_autoptr(GPtrArray) templates = template_list(directory);

    for (guint i = 0; i < templates->len; i++) {
        if (strcmp(((Template *)templates->pdata[i])->id, deletion->id) == 0)
            return TRUE;
    }
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNKNOWN_TEMPLATE,
                N_("There is no template “%s”. Choose one of those in the list."), deletion->id);
    return FALSE;
}

static gboolean has_text(const char *path, const char *text)
{
    g_autofree char *content = NULL;

    return g_file_get_contents(path, &content, NULL, NULL) && strstr(content, text);
}

/* Whether the guest NAME starts from something below DIRECTORY, or can be made to again. */
static gboolean needs(const GuestStore *store, const char *name, const char *directory)
{
    g_autofree char *config = guest_store_config_path(store, name);
    g_autofree char *notes = guest_store_notes_path(store, name);

    return has_text(config, directory) || has_text(notes, directory);
}

static gboolean refuse_needed(const GPtrArray *names, GError **error)
{
    g_autoptr(GString) list = g_string_new(NULL);
    guint shown = MIN(names->len, NAMED_MAX);

    for (guint i = 0; i < shown; i++)
        g_string_append_printf(list, "%s“%s”", i > 0 ? ", " : "", (char *)names->pdata[i]);
    if (names->len > shown)
        g_string_append_printf(list, " and %u more", names->len - shown);
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                N_("Guests that were made of this template start with its kernel: %s. Delete them "
                   "first."),
                list->str);
    return FALSE;
}

static gboolean check_unneeded(const Deletion *deletion, GError **error)
{
    GuestStore *store = service_store(deletion->service);
    g_autofree char *directory =
        g_strconcat(guest_store_templates(store), "/", deletion->id, "/", NULL);
    g_autoptr(GPtrArray) names = guest_store_list(store);
    g_autoptr(GPtrArray) needing = g_ptr_array_new();

    for (guint i = 0; i < names->len; i++) {
        if (needs(store, names->pdata[i], directory))
            g_ptr_array_add(needing, names->pdata[i]);
    }
    return needing->len == 0 || refuse_needed(needing, error);
}

/* First out of sight, in one step: a killed service leaves a whole one or one to be swept. */
static gboolean remove_template(const Deletion *deletion, GError **error)
{
    const char *directory = guest_store_templates(service_store(deletion->service));
    g_autofree char *hidden = g_strconcat(COPY_PREFIX, deletion->id, NULL);
    g_autofree char *from = g_build_filename(directory, deletion->id, NULL);
    g_autofree char *to = g_build_filename(directory, hidden, NULL);

    if (g_rename(from, to) == 0)
        return snapshot_store_remove_directory(to, error);
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                N_("The template %s can't be removed: %s."), from, g_strerror(errno));
    return FALSE;
}

static void delete_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Deletion *deletion = data;
    GError *error = NULL;

    if (check_known(deletion, &error) && check_unneeded(deletion, &error) &&
        remove_template(deletion, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

/* ---- On the main thread ---- */

static void deleted(GObject *source, GAsyncResult *result, gpointer data)
{
    const Deletion *deletion = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;

    service_refresh(deletion->service);
    if (g_task_propagate_boolean(G_TASK(result), &error))
        g_dbus_method_invocation_return_value(deletion->invocation, NULL);
    else
        g_dbus_method_invocation_return_gerror(deletion->invocation, error);
}

/* Of a guest that is being made, there may be no file yet. */
static gboolean is_being_used(Service *service, const char *id)
{
    g_autoptr(GPtrArray) guests = service_guests(service);

    for (guint i = 0; i < guests->len; i++) {
        const Guest *guest = guests->pdata[i];

        if (guest->job && g_strcmp0(vitrine_guest1_get_template(guest->skeleton), id) == 0)
            return TRUE;
    }
    return FALSE;
}

static void delete_template(Service *service, GDBusMethodInvocation *invocation)
{
    g_autoptr(GTask) task = NULL;
    Deletion *deletion;
    const char *id;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s)", &id);
    if (is_being_used(service, id)) {
        g_dbus_method_invocation_return_error_literal(
            invocation, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
            N_("Something is being done with a guest of this template. Wait until it is finished, "
               "or "
               "cancel it."));
        return;
    }
    deletion = g_new0(Deletion, 1);
    deletion->service = service;
    deletion->invocation = invocation;
    deletion->id = g_strdup(id);
    task = g_task_new(NULL, NULL, deleted, NULL);
    g_task_set_task_data(task, deletion, free_deletion);
    worker_run(service_worker(service), G_PRIORITY_DEFAULT, task, delete_thread);
}

static const BusMethod methods[] = {
    {"DeleteTemplate", BUS_MANAGERS, G_CALLBACK(delete_template)},
};

static const BusTarget keeping = {NULL, NULL, NULL};

void manager_templates_connect(VitrineManager1 *skeleton, Service *service)
{
    bus_methods_connect(G_DBUS_INTERFACE_SKELETON(skeleton), methods, G_N_ELEMENTS(methods),
                        &keeping, service, service_authority(service));
}
