/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disks of a guest: lists them; adds, takes away and enlarges them, in its file, and at once if
 * it runs. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config-disks.h"
#include "config-edit.h"
#include "disk-look.h"
#include "disk-new.h"
#include "error.h"
#include "file-replace.h"
#include "guest-private.h"
#include "guest-settings.h"

#define MIB           (G_GUINT64_CONSTANT(1) << 20)
#define OWN_PARAMETER ",script=block-vitrine"

typedef struct Changing Changing;

/* One call, on its way to the worker's thread and back. */
struct Changing {
    GDBusMethodInvocation *invocation; /* answering it gives it up */
    Service *service;                  /* borrowed */
    char *name;
    char *config_path;
    int domid; /* of the guest as it runs, or DOMID_NONE */
    gboolean (*change)(Changing *call, const char *text, GError **error);
    char *vdev;           /* of the disk; of an added one, what it got */
    guint64 size;         /* bytes */
    BackendConfig config; /* for read_config() */
};

static void changing_free(gpointer data)
{
    Changing *call = data;

    g_free(call->vdev);
    g_free(call->config_path);
    g_free(call->name);
    g_free(call);
}

static gboolean fail(GError **error, ServiceError code, const char *sentence)
{
    g_set_error_literal(error, SERVICE_ERROR, code, sentence);
    return FALSE;
}

/* ---- On the worker's thread ---- */

static Backend *backend_of(const Changing *call)
{
    return service_backend(call->service);
}

static gboolean read_config(const char *path, gpointer data, GError **error)
{
    Changing *call = data;

    return backend_of(call)->ops->read_config(backend_of(call), path, &call->config, error);
}

static gboolean write_text(Changing *call, const char *text, GError **error)
{
    GuestFilesChange change = {.config = text};

    return guest_store_change(service_store(call->service), call->name, &change, read_config, call,
                              error);
}

/* Gives the file the VALUE of `disk`. */
static gboolean write_disks(Changing *call, const char *text, const char *value, GError **error)
{
    ConfigChange change = {"disk", value};
    g_autofree char *changed = config_edit(text, strlen(text), &change, 1, error);

    return changed && write_text(call, changed, error);
}

/* The disk VDEV, or NULL and a sentence. */
static const ConfigDisk *find_disk(const GPtrArray *disks, const char *vdev, GError **error)
{
    for (guint i = 0; i < disks->len; i++) {
        const ConfigDisk *disk = disks->pdata[i];

        if (strcmp(disk->vdev, vdev) == 0 && !disk->is_cdrom)
            return disk;
    }
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                N_("The guest has no disk “%s”."), vdev);
    return NULL;
}

/* Whether the file is one that was made for the guest beside its first disk. */
static gboolean is_added(GuestStore *store, const char *name, const ConfigDisk *disk)
{
    g_autofree char *path = guest_store_more_disk_path(store, name, disk->vdev, NULL);

    return g_strcmp0(path, disk->target) == 0;
}

/* A name that the guest has no disk of, as it knows them: xvda, sda and hda are one place. */
static char *free_vdev(const GPtrArray *disks, GError **error)
{
    for (char letter = 'a'; letter <= 'z'; letter++) {
        gboolean taken = FALSE;

        for (guint i = 0; i < disks->len; i++) {
            const char *vdev = ((ConfigDisk *)disks->pdata[i])->vdev;
            gsize length = strcspn(vdev, "0123456789");

            taken |= length > 0 && vdev[length - 1] == letter;
        }
        if (!taken)
            return g_strdup_printf("xvd%c", letter);
    }
    fail(error, SERVICE_ERROR_UNSUPPORTED, N_("The guest has as many disks as it can have."));
    return NULL;
}

static gboolean check_room(Changing *call, guint64 bytes, GError **error)
{
    guint64 room = guest_store_free_disk(service_store(call->service), bytes);

    if (bytes <= room)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISK_SPACE,
                N_("That takes %" PRIu64 " MiB, and %" PRIu64
                   " MiB are free. Choose less, or delete a guest that is not needed any more."),
                bytes / MIB, room / MIB);
    return FALSE;
}

static gboolean attach(Changing *call, const char *path, const char *text, GError **error)
{
    Backend *backend = backend_of(call);

    if (call->domid == DOMID_NONE ||
        backend->ops->attach_disk(backend, call->domid, path, call->vdev, error))
        return TRUE;
    if (!write_text(call, text, NULL))
        g_warning("%s: the guest's file has a disk that the guest has not.", call->name);
    return FALSE;
}

/* What is not finished leaves no file. */
static gboolean add_disk(Changing *call, const char *text, GError **error)
{
    g_autoptr(GPtrArray) disks = config_disks_read(text, error);
    ConfigDisk disk = {.format = (char *)"raw", .others = (char *)OWN_PARAMETER};
    g_autofree char *path = NULL, *line = NULL, *value = NULL;

    call->vdev = disks ? free_vdev(disks, error) : NULL;
    path = call->vdev ? guest_store_more_disk_path(service_store(call->service), call->name,
                                                   call->vdev, error)
                      : NULL;
    if (!path || !check_room(call, call->size, error))
        return FALSE;
    disk.target = path;
    disk.vdev = call->vdev;
    line = config_disk_line(&disk, error);
    value = line ? config_disks_edit(text, NULL, line) : NULL;
    if (!value || !disk_new(path, call->size, error))
        return FALSE;
    if (write_disks(call, text, value, error) && attach(call, path, text, error))
        return TRUE;
    g_unlink(path);
    return FALSE;
}

/* The guest lets go of it first, or keeps it. Linux since 5.15 lets go of one that it uses, too. */
static gboolean remove_disk(Changing *call, const char *text, GError **error)
{
    Backend *backend = backend_of(call);
    GuestStore *store = service_store(call->service);
    g_autofree char *first = guest_store_disk_path(store, call->name);
    g_autoptr(GPtrArray) disks = config_disks_read(text, error);
    const ConfigDisk *disk = disks ? find_disk(disks, call->vdev, error) : NULL;
    g_autofree char *value = NULL;

    if (!disk)
        return FALSE;
    if (strcmp(disk->target, first) == 0)
        return fail(error, SERVICE_ERROR_UNSUPPORTED,
                    N_("This is the disk that the guest was made with. It goes with the guest."));
    if (call->domid != DOMID_NONE &&
        !backend->ops->detach_disk(backend, call->domid, call->vdev, error))
        return FALSE;
    value = config_disks_edit(text, disk, NULL);
    if (!write_disks(call, text, value, error))
        return FALSE;
    if (is_added(store, call->name, disk) && g_unlink(disk->target) != 0 && errno != ENOENT)
        g_warning("%s: %s can't be removed: %s", call->name, disk->target, g_strerror(errno));
    return TRUE;
}

static gboolean enlarge(const char *path, guint64 size, GError **error)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    int failure = fd < 0 || ftruncate(fd, (off_t)size) != 0 || fsync(fd) != 0 ? errno : 0;

    if (fd >= 0)
        close(fd);
    if (failure == 0)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                N_("The disk %s can't be enlarged: %s."), path, g_strerror(failure));
    return FALSE;
}

/* Only files that grow by becoming longer. */
static gboolean check_enlarge(Changing *call, const ConfigDisk *disk, GError **error)
{
    GStatBuf st;

    if (call->domid != DOMID_NONE)
        return fail(error, SERVICE_ERROR_WRONG_STATE,
                    N_("The disk of a running guest can't be enlarged: shut it down first."));
    if (strcmp(disk->format, "raw") != 0 || g_lstat(disk->target, &st) != 0 || !S_ISREG(st.st_mode))
        return fail(error, SERVICE_ERROR_UNSUPPORTED,
                    N_("Only a disk that is a raw image can be enlarged."));
    if (call->size < (guint64)st.st_size)
        return fail(error, SERVICE_ERROR_INVALID_OPTION,
                    N_("A disk can't be made smaller: what is at its end would be lost."));
    return check_room(call, call->size - (guint64)st.st_size, error);
}

static gboolean resize_disk(Changing *call, const char *text, GError **error)
{
    g_autoptr(GPtrArray) disks = config_disks_read(text, error);
    const ConfigDisk *disk = disks ? find_disk(disks, call->vdev, error) : NULL;

    return disk && check_enlarge(call, disk, error) && enlarge(disk->target, call->size, error);
}

static void change_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Changing *call = data;
    gsize length;
    GError *error = NULL;
    g_autofree char *text = file_replace_read(call->config_path, &length, &error);

    if (text && call->change(call, text, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

/* ---- On the main thread ---- */

static void changed(GObject *source, GAsyncResult *result, gpointer data)
{
    Guest *guest = SERVICE_GUEST(source);
    const Changing *call = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;

    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        g_dbus_method_invocation_return_gerror(call->invocation, error);
        return;
    }
    service_refresh(guest->service);
    g_dbus_method_invocation_return_value(
        call->invocation, call->change == add_disk ? g_variant_new("(s)", call->vdev) : NULL);
}

/* Takes VDEV over. */
static void begin(Guest *guest, GDBusMethodInvocation *invocation, char *vdev, guint64 size,
                  gboolean (*change)(Changing *call, const char *text, GError **error))
{
    Changing *call = g_new0(Changing, 1);
    g_autoptr(GTask) task = g_task_new(guest, NULL, changed, NULL);
    g_autoptr(GError) error = NULL;

    call->invocation = invocation;
    call->service = guest->service;
    call->name = g_strdup(guest->name);
    call->config_path = guest_store_config_path(service_store(guest->service), guest->name);
    call->domid = guest->domid;
    call->change = change;
    call->vdev = vdev;
    call->size = size / MIB * MIB;
    g_task_set_task_data(task, call, changing_free);
    if (guest_check_idle(guest, &error) && change == remove_disk && guest_is_held(guest))
        fail(&error, SERVICE_ERROR_WRONG_STATE,
             N_("The guest is paused, and can't let go of the disk: let it go on first."));
    if (error || !guest_check_not_saved(guest, &error) ||
        (change != remove_disk && !settings_check_disk_size(call->size, &error)))
        g_task_return_error(task, g_steal_pointer(&error));
    else
        worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, change_thread);
}

void guest_add_disk(Guest *guest, GDBusMethodInvocation *invocation)
{
    guint64 size;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(t)", &size);
    begin(guest, invocation, NULL, size, add_disk);
}

void guest_remove_disk(Guest *guest, GDBusMethodInvocation *invocation)
{
    char *vdev;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(s)", &vdev);
    begin(guest, invocation, vdev, 0, remove_disk);
}

void guest_resize_disk(Guest *guest, GDBusMethodInvocation *invocation)
{
    guint64 size;
    char *vdev;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(st)", &vdev, &size);
    begin(guest, invocation, vdev, size, resize_disk);
}

/* ListDisks, on its way. */
typedef struct {
    GDBusMethodInvocation *invocation; /* answering it gives it up */
    GPtrArray *told;                   /* a GVariantDict for each disk, without its sizes yet */
} Listing;

static void describe(GVariantDict *dict, GuestStore *store, const char *name,
                     const ConfigDisk *disk)
{
    g_autofree char *first = guest_store_disk_path(store, name);
    g_autofree char *path = g_utf8_make_valid(disk->target, -1);

    g_variant_dict_insert(dict, "name", "s", disk->vdev);
    g_variant_dict_insert(dict, "path", "s", path);
    g_variant_dict_insert(dict, "writable", "b", !disk->is_readonly);
    g_variant_dict_insert(dict, "removable", "b", strcmp(disk->target, first) != 0);
    g_variant_dict_insert(dict, "deletes", "b", is_added(store, name, disk));
}

static void looked(const DiskSize *sizes, gpointer data)
{
    Listing *listing = data;
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < listing->told->len; i++) {
        GVariantDict *dict = listing->told->pdata[i];

        g_variant_dict_insert(dict, "size", "t", sizes[i].size);
        g_variant_dict_insert(dict, "used", "t", sizes[i].used);
        g_variant_dict_insert(dict, "answers", "b", sizes[i].known);
        g_variant_builder_add_value(&builder, g_variant_dict_end(dict));
    }
    g_dbus_method_invocation_return_value(listing->invocation, g_variant_new("(aa{sv})", &builder));
    g_ptr_array_unref(listing->told);
    g_free(listing);
}

/* What is looked at may be on a file system that does not answer. */
void guest_list_disks(Guest *guest, GDBusMethodInvocation *invocation)
{
    GuestStore *store = service_store(guest->service);
    g_autofree char *path = guest_store_config_path(store, guest->name);
    g_autoptr(GError) error = NULL;
    gsize length;
    g_autofree char *text = file_replace_read(path, &length, &error);
    g_autoptr(GPtrArray) disks = text ? config_disks_read(text, &error) : NULL;
    g_autoptr(GPtrArray) paths = g_ptr_array_new(); /* borrowed */
    Listing *listing;

    if (!disks) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    listing = g_new0(Listing, 1);
    listing->invocation = invocation;
    listing->told = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_dict_unref);
    for (guint i = 0; i < disks->len; i++) {
        const ConfigDisk *disk = disks->pdata[i];

        if (disk->is_cdrom)
            continue;
        g_ptr_array_add(listing->told, g_variant_dict_new(NULL));
        describe(listing->told->pdata[paths->len], store, guest->name, disk);
        g_ptr_array_add(paths, disk->target);
    }
    g_ptr_array_add(paths, NULL);
    disk_look((const char *const *)paths->pdata, service_backend(guest->service)->ops->look_at_disk,
              service_options(guest->service)->look_timeout, looked, listing);
}
