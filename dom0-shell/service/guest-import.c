/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps by which a person's xl.cfg becomes a guest, with its disks. */
#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "config-edit.h"
#include "disk-copy.h"
#include "error.h"
#include "guest-steps.h"
#include "plan-files.h"
#include "qemu-socket.h"

/* The text with the path of a copy in it, where that of the file can't stay. Takes TEXT over. */
static char *name_copy(char *text, const char *key, const char *path, const NamedFile *file,
                       GError **error)
{
    g_autofree char *old = text;
    g_autofree char *quoted = g_strdup_printf("\"%s\"", path);
    ConfigChange change = {key, quoted};

    if (!text || !file || file->stays)
        return g_steal_pointer(&old);
    return config_edit(text, strlen(text), &change, 1, error);
}

static char *name_copies(const GuestPlan *plan, char *text, GError **error)
{
    text = name_copy(text, "kernel", plan->kernel, plan->kernel_file, error);
    return name_copy(text, "ramdisk", plan->ramdisk, plan->ramdisk_file, error);
}

/* Somebody may have started it by `xl create`: then its disks change while they are brought. */
static gboolean check_off(GuestOp *op, const char *text, GError **error)
{
    g_autofree char *name = guest_config_scan_string(text, "name");
    g_autoptr(GPtrArray) domains = op_backend(op)->ops->list(op_backend(op), error);

    for (guint i = 0; domains && i < domains->len; i++) {
        if (g_strcmp0(((BackendDomain *)domains->pdata[i])->name, name) != 0)
            continue;
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                    N_("The guest of this file, “%s”, is running. Shut it down first."), name);
        return FALSE;
    }
    return domains != NULL;
}

static gboolean check_config(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    const char *run_directory = service_options(op->service)->run_directory;
    g_autofree char *screen = qemu_socket_path(QEMU_SCREEN, run_directory, op->name);
    GuestPlan *plan = &op->plan;
    GuestFacts facts;

    if (!check_off(op, plan->config_text, error))
        return FALSE;
    op->import_text =
        name_copies(plan,
                    config_import(plan->config_text, plan->config_length, op_store(op), op->name,
                                  screen, plan->import_way, &op->import_disks, error),
                    error);
    if (!op->import_text)
        return FALSE;
    guest_config_scan(op->import_text, &facts);
    return guest_check_disk_room(op, error) &&
           (!op->plan.start || guest_check_room(op, facts.memory, error));
}

/* xl has the last word on the file, which is looked at where it is to stay. */
static gboolean write_files(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    GuestNotes notes = {.template = (char *)"", .color = op->plan.color};

    if (!guest_store_add(op_store(op), op->name, op->import_text, &notes, error))
        return FALSE;
    if (op_backend(op)->ops->read_config(op_backend(op), op->config_path, &op->config, error))
        return TRUE;
    guest_store_remove_files(op_store(op), op->name, NULL);
    return FALSE;
}

/* Within one file system a move takes no time; else the original goes when all is copied. What is
 * not root's is copied as it was opened: what is at its path now is not for root to move. */
static gboolean bring(GuestOp *op, ImportedDisk *disk, Job *job, GCancellable *cancellable,
                      GError **error)
{
    const NamedFile *file = plan_files_find_disk(&op->plan, disk->from);
    g_autoptr(GError) failure = NULL;

    if (!file) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                    N_("The disk “%s” can't be understood in the file. Write its line anew."),
                    disk->from);
        return FALSE;
    }
    if (op->plan.import_way == IMPORT_MOVE && caller_is_service(op->plan.caller) &&
        disk_copy_place(disk->from, disk->to, &failure)) {
        disk->renamed = TRUE;
        return TRUE;
    }
    return op_backend(op)->ops->copy_disk(op_backend(op), file->fd, disk->to, 0, job_step_progress,
                                          job, cancellable, error);
}

/* What has not been brought is where it was. */
static void take_back_disks(GuestOp *op, guint count)
{
    for (guint i = 0; i < count; i++) {
        ImportedDisk *disk = op->import_disks->pdata[i];
        int status = disk->renamed ? g_rename(disk->to, disk->from) : g_unlink(disk->to);

        if (status != 0)
            g_warning("%s: %s: %s", op->name, disk->to, g_strerror(errno));
    }
}

static gboolean bring_disks(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    for (guint i = 0; i < op->import_disks->len; i++) {
        if (!bring(op, op->import_disks->pdata[i], job, cancellable, error)) {
            take_back_disks(op, i);
            return FALSE;
        }
    }
    return TRUE;
}

static void undo_disks(Job *job)
{
    GuestOp *op = job_data(job);

    take_back_disks(op, op->import_disks->len);
}

/* On a thread of its own: by the person, who has to be allowed to. */
static gboolean remove_as(const Caller *caller, gpointer data, GError **error)
{
    return caller_become(caller, error) && named_file_remove(data, error);
}

/* Comes last, when nothing is left that could fail. */
static gboolean remove_originals(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    for (guint i = 0; op->plan.import_way == IMPORT_MOVE && i < op->import_disks->len; i++) {
        const ImportedDisk *disk = op->import_disks->pdata[i];
        const NamedFile *file = plan_files_find_disk(&op->plan, disk->from);
        g_autoptr(GError) failure = NULL;

        if (!disk->renamed && !caller_wait(op->plan.caller, remove_as, (gpointer)file, &failure))
            g_warning("%s: %s can't be removed: %s", op->name, disk->from, failure->message);
    }
    return TRUE;
}

const JobStep guest_step_check_config = {
    .phase = N_("Reading the file"),
    .work = check_config,
};
const JobStep guest_step_write_config = {
    .phase = N_("Writing the guest's file"),
    .work = write_files,
    .undo = guest_undo_files,
};
const JobStep guest_step_bring_disks = {
    .phase = N_("Bringing its disks"),
    .work = bring_disks,
    .slow = TRUE,
    .undo = undo_disks,
};
const JobStep guest_step_remove_originals = {
    .phase = N_("Starting it"),
    .work = remove_originals,
    .slow = TRUE,
};
