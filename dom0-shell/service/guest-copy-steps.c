/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that copy a guest's disk, away and back. What is put together has a name that nobody
 * looks at until the last step, which renames it. */
#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "config-edit.h"
#include "disk-copy.h"
#include "error.h"
#include "file-replace.h"
#include "guest-clone.h"
#include "guest-steps.h"
#include "qemu-socket.h"
#include "snapshot-store.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)

static gboolean copy(Job *job, const char *from, const char *to, GCancellable *cancellable,
                     GError **error)
{
    return guest_copy_disk(job, from, to, 0, cancellable, error);
}

/* Somebody may have started it without the service since that last looked. */
static gboolean check_stopped(const GuestOp *op, GError **error)
{
    Backend *backend = op_backend(op);
    g_autoptr(GPtrArray) domains = backend->ops->list(backend, error);

    for (guint i = 0; domains && i < domains->len; i++) {
        if (g_strcmp0(((BackendDomain *)domains->pdata[i])->name, op->name) != 0)
            continue;
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                            N_("The guest is running: shut it down first."));
        return FALSE;
    }
    return domains != NULL;
}

static gboolean check_copy(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    gsize length;
    g_autofree char *text = file_replace_read(op->config_path, &length, error);

    return text && guest_clone_check(text, op->disk_path, error) && check_stopped(op, error);
}

/* ---- Snapshots ---- */

static void abandon_snapshot(Job *job)
{
    GuestOp *op = job_data(job);

    snapshot_store_abandon(op_store(op), op->name, op->copy.id);
}

static gboolean copy_snapshot(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autofree char *to = snapshot_store_begin(op_store(op), op->name, op->copy.id, error);

    if (to && copy(job, op->disk_path, to, cancellable, error))
        return TRUE;
    abandon_snapshot(job);
    return FALSE;
}

static gboolean commit_snapshot(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return snapshot_store_commit(op_store(op), op->name, op->copy.id, op->copy.label, error);
}

/* ---- A disk beside the disks: of a roll back or a clone ---- */

/* The path that a copy for the guest NAME is put together at. */
static gboolean remove_making(const GuestOp *op, const char *name)
{
    g_autofree char *path = guest_store_making_path(op_store(op), name);

    if (g_unlink(path) == 0 || errno == ENOENT)
        return TRUE;
    g_warning("%s can't be removed: %s", path, g_strerror(errno));
    return FALSE;
}

static gboolean copy_back(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autofree char *from = snapshot_store_find(op_store(op), op->name, op->copy.id, error);
    g_autofree char *to = guest_store_making_path(op_store(op), op->name);

    return from && copy(job, from, to, cancellable, error);
}

static void undo_copy_back(Job *job)
{
    GuestOp *op = job_data(job);

    remove_making(op, op->name);
}

static gboolean commit_back(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autofree char *from = guest_store_making_path(op_store(op), op->name);

    if (!check_stopped(op, error))
        return FALSE;
    if (g_rename(from, op->disk_path) != 0) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                    N_("The guest's disk %s can't be replaced: %s."), op->disk_path,
                    g_strerror(errno));
        return FALSE;
    }
    disk_copy_sync_directory(guest_store_disks(op_store(op)));
    return TRUE;
}

static gboolean copy_clone(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autofree char *to = guest_store_making_path(op_store(op), op->copy.name);

    return copy(job, op->disk_path, to, cancellable, error);
}

static void undo_copy_clone(Job *job)
{
    GuestOp *op = job_data(job);

    remove_making(op, op->copy.name);
}

static char *clone_text(const GuestOp *op, const char *disk, GError **error)
{
    g_autofree char *screen =
        qemu_socket_path(QEMU_SCREEN, service_options(op->service)->run_directory, op->copy.name);
    GuestCloneFile file = {op->copy.name, disk, op->disk_path, screen};
    gsize length;
    g_autofree char *text = file_replace_read(op->config_path, &length, error);
    g_autofree char *clone = text ? guest_clone_write(text, length, &file, error) : NULL;

    return clone ? guest_store_name_files(op_store(op), op->name, op->copy.name, clone) : NULL;
}

/* What NAME.ini of the copy says. */
static void clone_notes(const GuestOp *op, GuestNotes *ret_notes)
{
    GuestStore *store = op_store(op);
    GuestStartNotes *start = &ret_notes->start;
    GuestStartNotes old;

    guest_store_read_notes(store, op->name, ret_notes);
    if (op->copy.color) {
        g_free(ret_notes->color);
        ret_notes->color = g_strdup(op->copy.color);
    }
    old = *start;
    start->kernel = guest_store_name_files(store, op->name, op->copy.name, old.kernel);
    start->ramdisk = guest_store_name_files(store, op->name, op->copy.name, old.ramdisk);
    g_free(old.kernel);
    g_free(old.ramdisk);
}

static gboolean add_clone(const GuestOp *op, const char *text, const GuestNotes *notes,
                          GError **error)
{
    GuestStore *store = op_store(op);

    if (!guest_store_share_files(store, op->name, op->copy.name, error))
        return FALSE;
    if (guest_store_add(store, op->copy.name, text, notes, error))
        return TRUE;
    guest_store_remove_copies(store, op->copy.name, NULL);
    return FALSE;
}

/* The file first: a killed service's next run gives the disk its name. */
static gboolean commit_clone(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    GuestStore *store = op_store(op);
    g_autofree char *from = guest_store_making_path(store, op->copy.name);
    g_autofree char *disk = guest_store_disk_path(store, op->copy.name);
    g_autofree char *text = clone_text(op, disk, error);
    g_auto(GuestNotes) notes = {0};

    clone_notes(op, &notes);
    if (!text || !check_stopped(op, error) || !add_clone(op, text, &notes, error))
        return FALSE;
    if (disk_copy_place(from, disk, error))
        return TRUE;
    guest_store_remove_files(store, op->copy.name, NULL);
    guest_store_remove_copies(store, op->copy.name, NULL);
    return FALSE;
}

/* ---- Templates ---- */

static char *template_path(const GuestOp *op, const char *prefix)
{
    g_autofree char *entry = g_strconcat(prefix, op->copy.name, NULL);

    return g_build_filename(guest_store_templates(op_store(op)), entry, NULL);
}

static void abandon_template(Job *job)
{
    g_autofree char *making = template_path(job_data(job), COPY_PREFIX);
    g_autoptr(GError) error = NULL;

    if (!snapshot_store_remove_directory(making, &error))
        g_warning("%s", error->message);
}

/* The file that KEY of the guest's file names, into DIRECTORY as NAME. */
static gboolean copy_boot_file(const char *text, const char *key, const char *directory,
                               const char *name, GError **error)
{
    g_autofree char *from = guest_config_scan_string(text, key);
    g_autofree char *whole = from ? g_canonicalize_filename(from, "/") : NULL;
    g_autofree char *to = g_build_filename(directory, name, NULL);

    if (whole)
        return disk_copy(whole, to, 0, NULL, NULL, NULL, error);
    g_set_error(
        error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
        N_("The guest's file names no %s, and a template needs one: only a guest that was made "
           "of a template can become one."),
        key);
    return FALSE;
}

static gboolean fill_template(Job *job, const char *making, GCancellable *cancellable,
                              GError **error)
{
    GuestOp *op = job_data(job);
    g_autofree char *disk = g_build_filename(making, "disk.img", NULL);
    gsize length;
    g_autofree char *text = file_replace_read(op->config_path, &length, error);

    return text && copy_boot_file(text, "kernel", making, "vmlinuz", error) &&
           copy_boot_file(text, "ramdisk", making, "initrd.img", error) &&
           copy(job, op->disk_path, disk, cancellable, error);
}

static gboolean copy_template(Job *job, GCancellable *cancellable, GError **error)
{
    g_autofree char *making = template_path(job_data(job), COPY_PREFIX);

    if (g_mkdir(making, 0755) != 0) {
        g_set_error(error, SERVICE_ERROR,
                    errno == EEXIST ? SERVICE_ERROR_NAME_TAKEN : SERVICE_ERROR_FAILED,
                    N_("The template can't be made in %s: %s."), making, g_strerror(errno));
        return FALSE;
    }
    if (fill_template(job, making, cancellable, error))
        return TRUE;
    abandon_template(job);
    return FALSE;
}

static char *template_text(const GuestOp *op, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    gsize length;
    g_autofree char *text = file_replace_read(op->config_path, &length, error);
    g_autofree char *cmdline = text ? guest_config_scan_string(text, "cmdline") : NULL;
    GuestFacts facts;

    if (!text)
        return NULL;
    guest_config_scan(text, &facts);
    g_key_file_set_string(file, "template", "title", op->copy.name);
    g_key_file_set_string(file, "template", "description", op->copy.label);
    g_key_file_set_string(file, "template", "cmdline", cmdline ? cmdline : "");
    g_key_file_set_string(file, "template", "kind", guest_kind_name(facts.kind));
    g_key_file_set_uint64(file, "template", "memory", facts.memory / MIB);
    g_key_file_set_uint64(file, "template", "vcpus", facts.vcpus);
    return g_key_file_to_data(file, NULL, NULL);
}

static gboolean commit_template(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autofree char *making = template_path(op, COPY_PREFIX);
    g_autofree char *whole = template_path(op, "");
    g_autofree char *ini = g_build_filename(making, "template.ini", NULL);
    g_autofree char *text = template_text(op, error);

    if (!text || !check_stopped(op, error) ||
        !g_file_set_contents_full(ini, text, -1, G_FILE_SET_CONTENTS_DURABLE, 0644, error))
        return FALSE;
    disk_copy_sync_directory(making);
    return disk_copy_place(making, whole, error);
}

/* ---- The table ---- */

const JobStep guest_step_check_copy = {
    .phase = N_("Checking the guest's disk"),
    .work = check_copy,
};
const JobStep guest_step_copy_snapshot = {
    .phase = N_("Copying the guest's disk"),
    .work = copy_snapshot,
    .slow = TRUE,
    .undo = abandon_snapshot,
};
const JobStep guest_step_commit_snapshot = {
    .phase = N_("Keeping the snapshot"),
    .work = commit_snapshot,
    .final = TRUE,
};
const JobStep guest_step_copy_back = {
    .phase = N_("Copying the snapshot"),
    .work = copy_back,
    .slow = TRUE,
    .undo = undo_copy_back,
};
const JobStep guest_step_commit_back = {
    .phase = N_("Replacing the guest's disk"),
    .work = commit_back,
    .final = TRUE,
};
const JobStep guest_step_copy_clone = {
    .phase = N_("Copying the guest's disk"),
    .work = copy_clone,
    .slow = TRUE,
    .undo = undo_copy_clone,
};
const JobStep guest_step_commit_clone = {
    .phase = N_("Writing the copy's file"),
    .work = commit_clone,
    .final = TRUE,
};
const JobStep guest_step_copy_template = {
    .phase = N_("Copying the guest's disk and kernel"),
    .work = copy_template,
    .slow = TRUE,
    .undo = abandon_template,
};
const JobStep guest_step_commit_template = {
    .phase = N_("Writing the template's description"),
    .work = commit_template,
    .final = TRUE,
};
