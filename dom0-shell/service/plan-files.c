/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a guest's plan: which there are, and how each is to be. */
#include "plan-files.h"

#include <string.h>

#include "config-disks.h"
#include "error.h"
#include "guest-source.h"
#include "iso-image.h"

/* More disks than a guest can have. */
#define DISKS_MAX 64

gboolean plan_files_are_named(const GuestPlan *plan)
{
    return plan->config || plan->image || plan->kernel || plan->ramdisk || plan->iso;
}

/* ---- On a thread of its own ---- */

/* What lies there was put there for all, by root. */
static gboolean find_own_iso(PlanFiles *files, GError **error)
{
    GuestPlan *plan = &files->plan;
    char *path;

    if (!plan->iso || !iso_image_is_own(files->isos, plan->iso))
        return TRUE;
    path = iso_image_find(files->isos, plan->iso, error);
    g_free(plan->iso);
    plan->iso = path;
    return path != NULL;
}

static gboolean open_iso(PlanFiles *files, GError **error)
{
    GuestPlan *plan = &files->plan;

    if (!plan->iso || iso_image_is_own(files->isos, plan->iso))
        return TRUE;
    plan->iso_file = named_file_open(plan->caller, plan->iso, FALSE, error);
    return plan->iso_file && iso_image_check(plan->iso_file->fd, plan->iso, error);
}

static gboolean open_image(GuestPlan *plan, GError **error)
{
    if (!plan->image)
        return TRUE;
    plan->image_file = named_file_open(plan->caller, plan->image, FALSE, error);
    return plan->image_file && guest_source_check_image(plan->image_file, error);
}

/* A guest has a copy of its own: this computer's kernels go with its upgrades. Root's stay. */
static void have_copied(const GuestPlan *plan, NamedFile *file)
{
    if (file)
        file->stays = caller_is_service(plan->caller);
}

static gboolean open_kernel(GuestPlan *plan, GError **error)
{
    if (!plan->kernel)
        return TRUE;
    plan->kernel_file = named_file_open(plan->caller, plan->kernel, FALSE, error);
    have_copied(plan, plan->kernel_file);
    return plan->kernel_file && guest_source_check_kernel(plan->kernel_file, error);
}

static gboolean open_ramdisk(GuestPlan *plan, GError **error)
{
    if (!plan->ramdisk)
        return TRUE;
    plan->ramdisk_file = named_file_open(plan->caller, plan->ramdisk, FALSE, error);
    have_copied(plan, plan->ramdisk_file);
    return plan->ramdisk_file != NULL;
}

/* An image of another form can name files of its own, which root would open. */
static gboolean check_form(const ConfigDisk *disk, GError **error)
{
    if (strcmp(disk->format, "raw") == 0)
        return TRUE;
    g_set_error(
        error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
        N_("“%s” is an image of another form than raw, which can't stay where it is. Convert "
           "it by “qemu-img convert -O raw”, and correct the file."),
        disk->target);
    return FALSE;
}

static gboolean check_kept(const GuestPlan *plan, const ConfigDisk *disk, GError **error)
{
    const char *advice =
        disk->is_cdrom ? N_("Take the CD's image out of the file, and insert it when the guest "
                            "is there.")
                       : N_("Have it copied or moved (“copy”, “move”), or ask the administrator "
                            "to put it into a directory of root's.");

    return caller_is_service(plan->caller) ||
           (check_form(disk, error) &&
            named_file_check_kept(plan->caller, disk->target, !disk->is_cdrom && !disk->is_readonly,
                                  advice, error));
}

static gboolean open_disk(GuestPlan *plan, const ConfigDisk *disk, GError **error)
{
    NamedFile *file;

    /* What is no path at all is told by who looks into the rest of the file. */
    if (!g_path_is_absolute(disk->target) || disk->is_foreign)
        return TRUE;
    if (disk->is_cdrom || plan->import_way == IMPORT_KEEP)
        return check_kept(plan, disk, error);
    if (strcmp(disk->format, "raw") != 0)
        return TRUE; /* likewise */
    file = named_file_open(plan->caller, disk->target, plan->import_way == IMPORT_MOVE, error);
    if (!file)
        return FALSE;
    g_ptr_array_add(plan->disk_files, file);
    return guest_source_check_image(file, error);
}

static gboolean open_disks(GuestPlan *plan, GError **error)
{
    g_autoptr(GPtrArray) disks = config_disks_read(plan->config_text, NULL);

    plan->disk_files = g_ptr_array_new_with_free_func((GDestroyNotify)named_file_free);
    for (guint i = 0; disks && i < disks->len; i++) {
        if (i == DISKS_MAX) {
            g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                        N_("The file has more disks than a guest can have (%d)."), DISKS_MAX);
            return FALSE;
        }
        if (!open_disk(plan, disks->pdata[i], error))
            return FALSE;
    }
    return TRUE;
}

/* The path that KEY has in the file, if it is one; owned by the caller. */
static char *find_path(const GuestPlan *plan, const char *key)
{
    char *path = guest_config_scan_string(plan->config_text, key);

    if (path && !g_path_is_absolute(path))
        g_clear_pointer(&path, g_free);
    return path;
}

/* Any kernel: whether it is one is told when the guest is built. */
static gboolean open_boot_file(GuestPlan *plan, const char *path, NamedFile **file, GError **error)
{
    if (path)
        *file = named_file_open(plan->caller, path, FALSE, error);
    return !path || *file;
}

static void take_facts(GuestPlan *plan)
{
    GuestFacts facts;

    guest_config_scan(plan->config_text, &facts);
    plan->kind = facts.kind;
    plan->memory = facts.memory;
    plan->vcpus = facts.vcpus;
}

static gboolean open_config(GuestPlan *plan, GError **error)
{
    g_autoptr(NamedFile) file = named_file_open(plan->caller, plan->config, FALSE, error);

    if (!file)
        return FALSE;
    plan->config_text = guest_source_read_config(file, &plan->config_length, error);
    if (!plan->config_text)
        return FALSE;
    take_facts(plan);
    plan->kernel = find_path(plan, "kernel");
    plan->ramdisk = find_path(plan, "ramdisk");
    return open_disks(plan, error) &&
           open_boot_file(plan, plan->kernel, &plan->kernel_file, error) &&
           open_boot_file(plan, plan->ramdisk, &plan->ramdisk_file, error);
}

gboolean plan_files_open(const Caller *caller, PlanFiles *files, GError **error)
{
    GuestPlan *plan = &files->plan;

    plan->caller = caller_ref((Caller *)caller);
    if (!find_own_iso(files, error) || !caller_become(caller, error))
        return FALSE;
    if (plan->config)
        return open_config(plan, error);
    return open_image(plan, error) && open_kernel(plan, error) && open_ramdisk(plan, error) &&
           open_iso(files, error);
}

/* ---- On the main thread ---- */

static void settle(char **path, const NamedFile *file, const GuestStore *store, const char *name,
                   const char *copy)
{
    if (!file || file->stays)
        return;
    g_free(*path);
    *path = guest_store_file_path(store, name, copy);
}

void plan_files_settle(GuestPlan *plan, const GuestStore *store, const char *name)
{
    g_autofree char *iso = plan->iso ? g_path_get_basename(plan->iso) : NULL;

    settle(&plan->kernel, plan->kernel_file, store, name, GUEST_FILE_KERNEL);
    settle(&plan->ramdisk, plan->ramdisk_file, store, name, GUEST_FILE_RAMDISK);
    settle(&plan->iso, plan->iso_file, store, name, iso);
}

const NamedFile *plan_files_find_disk(const GuestPlan *plan, const char *path)
{
    for (guint i = 0; i < plan->disk_files->len; i++) {
        const NamedFile *file = plan->disk_files->pdata[i];

        if (strcmp(file->path, path) == 0)
            return file;
    }
    return NULL;
}
