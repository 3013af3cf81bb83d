/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that make a new guest's files and its disk, and that remove a guest's. */
#include <inttypes.h>
#include <unistd.h>

#include "disk-copy.h"
#include "disk-new.h"

#include <glib/gi18n.h>
#include "error.h"
#include "guest-steps.h"
#include "qemu-socket.h"
#include "saved-store.h"
#include "snapshot-store.h"
#include "template.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)
/* A new guest's disk takes no room, but grows with the first start; a desktop writes this soon. */
#define DISK_ROOM_MIN (256 * MIB)

/* A full disk shows up in a guest as a broken one, so it has to be told before. */
gboolean guest_check_disk_room(GuestOp *op, GError **error)
{
    guint64 room = guest_store_free_disk(op_store(op), DISK_ROOM_MIN);

    if (room >= DISK_ROOM_MIN)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISK_SPACE,
                N_("The disk is full: %" PRIu64 " MiB are free, and a new guest needs at "
                   "least %" PRIu64 " MiB. Delete a guest that is not needed any more."),
                room / MIB, DISK_ROOM_MIN / MIB);
    return FALSE;
}

static gboolean check_template(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autoptr(Template) template =
        template_load(guest_store_templates(op_store(op)), op->plan.template);

    return template_check(template, error) && guest_check_disk_room(op, error) &&
           (!op->plan.start || guest_check_room(op, op->plan.memory, error));
}

/* A disk that is to be filled has to fit, though it takes no room at first. */
static gboolean check_disk_fits(GuestOp *op, GError **error)
{
    guint64 room = guest_store_free_disk(op_store(op), op->plan.disk_size);

    if (op->plan.disk_size <= room)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISK_SPACE,
                N_("The disk is to have %" PRIu64 " MiB, and %" PRIu64
                   " MiB are free. Choose a smaller one, or delete a guest that is not needed any "
                   "more."),
                op->plan.disk_size / MIB, room / MIB);
    return FALSE;
}

static gboolean check_source(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return guest_check_disk_room(op, error) && check_disk_fits(op, error) &&
           (!op->plan.start || guest_check_room(op, op->plan.memory, error));
}

static gboolean copy_image(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return op_backend(op)->ops->copy_disk(op_backend(op), op->plan.image_file->fd, op->disk_path, 0,
                                          job_step_progress, job, cancellable, error);
}

static gboolean make_disk(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    return disk_new(op->disk_path, op->plan.disk_size, error);
}

gboolean guest_copy_disk(Job *job, const char *from, const char *to, guint64 size,
                         GCancellable *cancellable, GError **error)
{
    Backend *backend = op_backend(job_data(job));
    int fd = disk_copy_open(from, error);
    gboolean done = fd >= 0 && backend->ops->copy_disk(backend, fd, to, size, job_step_progress,
                                                       job, cancellable, error);

    if (fd >= 0)
        close(fd);
    return done;
}

static gboolean fill_disk(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    g_autoptr(Template) template =
        template_load(guest_store_templates(op_store(op)), op->plan.template);

    return guest_copy_disk(job, template->disk, op->disk_path, template->disk_size, cancellable,
                           error);
}

/* What can't be taken back is for the journal: the job tells its own failure. */
static void take_back(Job *job, gboolean (*remove_them)(GuestStore *, const char *, GError **))
{
    GuestOp *op = job_data(job);
    g_autoptr(GError) error = NULL;

    if (!remove_them(op_store(op), op->name, &error))
        g_warning("%s: %s", op->name, error->message);
}

static void remove_disk(Job *job)
{
    take_back(job, guest_store_remove_disk);
}

static void remove_copies(Job *job)
{
    GuestOp *op = job_data(job);
    g_autoptr(GError) error = NULL;

    if (!guest_store_remove_copies(op_store(op), op->name, &error))
        g_warning("%s: %s", op->name, error->message);
}

/* FILE as PATH, where the guest's file has it. */
static gboolean bring_file(Job *job, const NamedFile *file, const char *path,
                           GCancellable *cancellable, GError **error)
{
    return !file || file->stays ||
           disk_copy_from(file->fd, path, 0, job_step_progress, job, cancellable, error);
}

static gboolean bring_all(Job *job, GCancellable *cancellable, GError **error)
{
    const GuestPlan *plan = &((GuestOp *)job_data(job))->plan;

    return bring_file(job, plan->kernel_file, plan->kernel, cancellable, error) &&
           bring_file(job, plan->ramdisk_file, plan->ramdisk, cancellable, error) &&
           bring_file(job, plan->iso_file, plan->iso, cancellable, error);
}

static gboolean leaves(const NamedFile *file)
{
    return file && !file->stays;
}

/* What a person can put something else in the place of is not for root to open by its path. */
static gboolean bring_files(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    const GuestPlan *plan = &op->plan;

    if (!leaves(plan->kernel_file) && !leaves(plan->ramdisk_file) && !leaves(plan->iso_file))
        return TRUE;
    if (!guest_store_remove_copies(op_store(op), op->name, error) ||
        !guest_store_make_files(op_store(op), op->name, error))
        return FALSE;
    if (bring_all(job, cancellable, error))
        return TRUE;
    remove_copies(job);
    return FALSE;
}

void guest_undo_files(Job *job)
{
    GuestOp *op = job_data(job);

    qemu_sockets_remove(service_options(op->service)->run_directory, op->name);
    take_back(job, guest_store_remove_files);
    op_backend(op)->ops->forget(op_backend(op), op->name);
}

/* The template of a new guest, or NULL if it has none. */
static Template *plan_template(const GuestOp *op)
{
    const char *directory = guest_store_templates(op_store(op));

    return op->plan.template[0] != '\0' ? template_load(directory, op->plan.template) : NULL;
}

/* A kernel with an empty disk is there to fill that. */
static gboolean plan_installs(const GuestPlan *plan)
{
    return plan->template[0] == '\0' && plan->kernel && !plan->image;
}

static gboolean write_files(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);
    GuestStore *store = op_store(op);
    const ServiceOptions *options = service_options(op->service);
    g_autoptr(Template) template = plan_template(op);
    g_autofree char *screen = qemu_socket_path(QEMU_SCREEN, options->run_directory, op->name);
    GuestConfig config = {
        .name = op->name,
        .kind = op->plan.kind,
        .kernel = template ? template->kernel : op->plan.kernel,
        .ramdisk = template ? template->ramdisk : op->plan.ramdisk,
        .cmdline = template ? template->cmdline : op->plan.extra,
        .iso = op->plan.iso,
        .screen = screen,
        .disk = op->disk_path,
        .bridge = *options->bridge ? options->bridge : NULL,
        .memory = op->plan.memory,
        .vcpus = op->plan.vcpus,
        .installs = plan_installs(&op->plan),
    };
    GuestNotes notes = {
        .template = op->plan.template,
        .color = op->plan.color,
        .display = op->plan.kind == GUEST_HVM ? DEVICE_AS_IN_CFG : DEVICE_YES,
        .sound = DEVICE_YES,
        .start.installer = plan_installs(&op->plan) ? INSTALLER_BEGUN : INSTALLER_NONE,
    };
    g_autofree char *text = guest_config_write(&config, error);

    return text && guest_store_add(store, op->name, text, &notes, error);
}

static gboolean delete_files(Job *job, GCancellable *cancellable, GError **error)
{
    GuestOp *op = job_data(job);

    op_backend(op)->ops->forget(op_backend(op), op->name);
    qemu_sockets_remove(service_options(op->service)->run_directory, op->name);
    /* The disk and its snapshots first: a guest with a file and no disk can be deleted again, the
     * other way round the space would be lost unseen. */
    return saved_store_remove(op_store(op), op->name, error) &&
           snapshot_store_remove_all(op_store(op), op->name, error) &&
           guest_store_remove_disk(op_store(op), op->name, error) &&
           guest_store_remove_copies(op_store(op), op->name, error) &&
           guest_store_remove_files(op_store(op), op->name, error);
}

const JobStep guest_step_check_template = {
    .phase = N_("Checking the template"),
    .work = check_template,
};
const JobStep guest_step_fill_disk = {
    .phase = N_("Copying the template's disk"),
    .work = fill_disk,
    .slow = TRUE,
    .undo = remove_disk,
};
const JobStep guest_step_check_source = {
    .phase = N_("Checking what it is made of"),
    .work = check_source,
};
const JobStep guest_step_copy_image = {
    .phase = N_("Copying the disk image"),
    .work = copy_image,
    .slow = TRUE,
    .undo = remove_disk,
};
const JobStep guest_step_make_disk = {
    .phase = N_("Making an empty disk"),
    .work = make_disk,
    .undo = remove_disk,
};
const JobStep guest_step_write_files = {
    .phase = N_("Writing the guest's file"),
    .work = write_files,
    .undo = guest_undo_files,
};
const JobStep guest_step_bring_files = {
    .phase = N_("Copying what it starts from"),
    .work = bring_files,
    .slow = TRUE,
    .undo = remove_copies,
};
const JobStep guest_step_delete_files = {
    .phase = N_("Removing its files"),
    .work = delete_files,
};
