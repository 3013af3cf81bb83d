/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sees devices come and go, and guests. */
#include "usb-private.h"

#include "error.h"

/* In the run directory. */
#define NOTES "usb-away"
/* In the state directory. */
#define RULES "usb.ini"

/* ---- A look at what is plugged in, on the worker's thread ---- */

typedef struct {
    UsbDevice *device;
    char *concern; /* NULL: none */
} Found;

typedef struct {
    const UsbOptions *options;
    char **away;
} Look;

static void found_free(gpointer data)
{
    Found *found = data;

    usb_device_free(found->device);
    g_free(found->concern);
    g_free(found);
}

static void look_free(gpointer data)
{
    Look *look = data;

    g_strfreev(look->away);
    g_free(look);
}

static void look_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Look *look = data;
    const UsbSources sources = {look->options->sysfs, look->options->mountinfo,
                                look->options->swaps};
    GPtrArray *all = g_ptr_array_new_with_free_func(found_free);
    g_autoptr(GPtrArray) devices = usb_device_list(look->options->sysfs);

    for (guint i = 0; i < devices->len; i++) {
        Found *found = g_new0(Found, 1);

        found->device = g_steal_pointer(&devices->pdata[i]);
        usb_concern_find(&sources, found->device->key, (const char *const *)look->away,
                         &found->concern);
        g_ptr_array_add(all, found);
    }
    g_task_return_pointer(task, all, (GDestroyNotify)g_ptr_array_unref);
}

/* ---- Comparing ---- */

static const Found *find_key(const GPtrArray *all, const char *key)
{
    for (guint i = 0; i < all->len; i++) {
        const Found *found = all->pdata[i];

        if (strcmp(found->device->key, key) == 0)
            return found;
    }
    return NULL;
}

static void remove_unplugged(Usb *usb, const GPtrArray *all)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, usb->objects);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        g_autoptr(UsbObject) object = usb_object_ref(value);
        const Found *found = find_key(all, object->device->key);

        if (found && usb_device_is_same(found->device, object->device))
            continue;
        g_hash_table_iter_remove(&iter);
        usb_object_withdraw(object);
        usb_abandon(object);
    }
}

static void add_or_update(Usb *usb, Found *found)
{
    UsbDevice *device = g_steal_pointer(&found->device);
    UsbObject *object = g_hash_table_lookup(usb->objects, device->key);

    if (object) {
        usb_object_update(object, device, found->concern);
        return;
    }
    object = usb_object_new(usb, device, found->concern);
    g_hash_table_insert(usb->objects, g_strdup(device->key), object);
    usb_follow_rule(object);
}

/* Once both the devices and the guests are known. */
static void take_up_kept(Usb *usb)
{
    g_autoptr(GHashTable) kept = NULL;
    GHashTableIter iter;
    gpointer note;

    if (!usb->looked || !usb->guests_known || !usb->kept)
        return;
    kept = g_steal_pointer(&usb->kept);
    g_hash_table_iter_init(&iter, kept);
    while (g_hash_table_iter_next(&iter, NULL, &note))
        usb_take_up(usb, note);
}

static void looked(GObject *source, GAsyncResult *result, gpointer data)
{
    Usb *usb = data;
    g_autoptr(GPtrArray) all = g_task_propagate_pointer(G_TASK(result), NULL);

    usb->looking = FALSE;
    if (!usb->worker)
        return;
    remove_unplugged(usb, all);
    for (guint i = 0; i < all->len; i++)
        add_or_update(usb, all->pdata[i]);
    usb->looked = TRUE;
    take_up_kept(usb);
    usb_processes_check(usb);
    if (usb->again) {
        usb->again = FALSE;
        usb_look(usb);
    }
}

char **usb_keys_away(Usb *usb)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, usb->objects);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const UsbObject *object = value;

        if (object->state != USB_HERE)
            g_ptr_array_add(keys, g_strdup(object->device->key));
    }
    g_ptr_array_add(keys, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&keys), FALSE);
}

void usb_look(Usb *usb)
{
    g_autoptr(GTask) task = NULL;
    Look *look;

    if (!usb->worker)
        return;
    if (usb->looking) {
        usb->again = TRUE;
        return;
    }
    usb->looking = TRUE;
    look = g_new0(Look, 1);
    look->options = usb->options;
    look->away = usb_keys_away(usb);
    task = g_task_new(NULL, NULL, looked, usb);
    g_task_set_task_data(task, look, look_free);
    worker_run(usb->worker, G_PRIORITY_DEFAULT, task, look_thread);
}

/* ---- Guests ---- */

void usb_guests_are_known(Usb *usb)
{
    usb->guests_known = TRUE;
    take_up_kept(usb);
}

/* All that is remembered for the guest NAME, which runs now. ANEW: what was taken back, or has
 * failed too often, is tried again. */
static void follow_rules(Usb *usb, const char *name, gboolean anew)
{
    GHashTableIter iter;
    gpointer value;

    if (!usb || !usb->worker)
        return;
    g_hash_table_iter_init(&iter, usb->objects);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        UsbObject *object = value;

        if (strcmp(usb_rules_find(usb->rules, object->device), name) != 0)
            continue;
        if (anew) {
            object->declined = FALSE;
            object->attempts = 0;
        }
        usb_follow_rule(object);
    }
}

void usb_guest_started(Usb *usb, const char *name)
{
    follow_rules(usb, name, TRUE);
}

void usb_guest_unpaused(Usb *usb, const char *name)
{
    follow_rules(usb, name, FALSE);
}

/* A guest whose tool has mapped the pages of its USB process can't be saved: those are dom0's. The
 * tool lets go of them when the process has ended; the next device gets another process. */
gboolean usb_prepare_saving(Usb *usb, const char *name, GError **error)
{
    const UsbProcess *process = usb ? g_hash_table_lookup(usb->processes, name) : NULL;

    if (process && !process->channel->ops->is_empty(process->channel)) {
        g_set_error(
            error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
            N_("“%s” has USB devices, which can't be saved with it: what it has not written "
               "to them yet would be lost. Take them back first."),
            name);
        return FALSE;
    }
    usb_guest_stopped(usb, name);
    return TRUE;
}

void usb_guest_stopped(Usb *usb, const char *name)
{
    g_autofree char *key = NULL;
    gpointer process;

    if (!usb || !usb->worker ||
        !g_hash_table_steal_extended(usb->processes, name, (gpointer *)&key, &process))
        return;
    usb_process_end(process);
}

void usb_guest_deleted(Usb *usb, const char *name)
{
    g_autoptr(GError) error = NULL;
    GHashTableIter iter;
    gpointer object;

    if (!usb || !usb->worker)
        return;
    if (!usb_rules_forget_guest(usb->rules, name, &error))
        g_warning("The next guest “%s” gets what this one was to have: %s", name, error->message);
    g_hash_table_iter_init(&iter, usb->objects);
    while (g_hash_table_iter_next(&iter, NULL, &object))
        usb_object_show_rule(object);
}

/* ---- Life ---- */

static void changed(gpointer data)
{
    usb_look(data);
}

static void begin_to_watch(Usb *usb)
{
    g_autofree char *devices = g_build_filename(usb->options->sysfs, "bus/usb/devices", NULL);
    g_autoptr(GError) error = NULL;

    usb->watch = usb->options->made_up ? usb_watch_new_directory(devices, changed, usb, &error)
                                       : usb_watch_new(changed, usb, &error);
    if (!usb->watch)
        g_warning("USB devices that are plugged in later are not seen: %s", error->message);
    usb->mounts = g_unix_mount_monitor_get();
    g_signal_connect_swapped(usb->mounts, "mounts-changed", G_CALLBACK(usb_look), usb);
}

/* What device models have by the notes of the last service. */
static GHashTable *read_kept(const char *notes)
{
    GHashTable *kept =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)usb_note_free);
    g_autoptr(GPtrArray) all = usb_return_kept(notes);

    for (guint i = 0; i < all->len; i++) {
        UsbNote *note = g_steal_pointer(&all->pdata[i]);

        g_hash_table_insert(kept, note->key, note);
    }
    return kept;
}

Usb *usb_new(Service *service)
{
    const char *guests = guest_store_guests(service_store(service));
    const ServiceOptions *options = service_options(service);
    g_autofree char *state = g_path_get_dirname(guests);
    g_autofree char *rules = g_build_filename(state, RULES, NULL);
    Usb *usb = g_new0(Usb, 1);

    usb->service = service;
    usb->options = &options->usb;
    usb->notes = g_build_filename(options->run_directory, NOTES, NULL);
    usb->worker = worker_new("usb");
    usb->rules = usb_rules_new(rules);
    usb->objects =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)usb_object_unref);
    usb->processes =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)usb_process_free);
    usb->ending = g_ptr_array_new_with_free_func((GDestroyNotify)usb_process_free);
    usb->kept = read_kept(usb->notes);
    usb_return_all(usb->options->sysfs, usb->notes);
    begin_to_watch(usb);
    usb_look(usb);
    return usb;
}

void usb_stop(Usb *usb)
{
    GHashTableIter iter;
    gpointer object;

    if (!usb)
        return;
    g_clear_pointer(&usb->watch, usb_watch_free);
    g_signal_handlers_disconnect_by_data(usb->mounts, usb);
    g_clear_object(&usb->mounts);
    g_clear_handle_id(&usb->sweep, g_source_remove);
    g_clear_pointer(&usb->processes, g_hash_table_unref);
    g_clear_pointer(&usb->ending, g_ptr_array_unref);
    g_clear_pointer(&usb->worker, worker_free);
    g_hash_table_iter_init(&iter, usb->objects);
    while (g_hash_table_iter_next(&iter, NULL, &object))
        usb_object_withdraw(object);
    usb_return_all(usb->options->sysfs, usb->notes);
}

void usb_free(Usb *usb)
{
    if (!usb)
        return;
    g_hash_table_unref(usb->objects);
    g_clear_pointer(&usb->kept, g_hash_table_unref);
    usb_rules_free(usb->rules);
    g_free(usb->notes);
    g_free(usb);
}
