/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes what a running domain has: memory, weight, the CD in its drive, disks. */
#include "backend-libxl-private.h"

#include <libxl_utils.h>
#include <string.h>

#include "error.h"

#define DISK_SCRIPT "block-vitrine" /* as in the files of the service's guests */
/* The weight of both of the hypervisor's schedulers where nobody chose another. */
#define WEIGHT_DEFAULT 256

gboolean machine_set_memory(Backend *backend, int domid, guint64 bytes, GError **error)
{
    Machine *machine = machine_of(backend);
    /* Enforced: a guest that does not shrink can at least not grow back. */
    int status =
        libxl_set_memory_target(machine->ctx, (uint32_t)domid, (int64_t)(bytes / KIB), 0, 1);

    return status == 0 ||
           libxl_log_fail(machine->log, status, N_("The guest's memory can't be changed"), error);
}

/* What is not set here stays: libxl's own defaults say so. */
gboolean machine_set_weight(Backend *backend, int domid, guint weight, GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_domain_sched_params params;
    int status;

    libxl_domain_sched_params_init(&params);
    params.weight = (int)(weight ? weight : WEIGHT_DEFAULT);
    status = libxl_domain_sched_params_set(machine->ctx, (uint32_t)domid, &params);
    libxl_domain_sched_params_dispose(&params);
    return status == 0 ||
           libxl_log_fail(machine->log, status, N_("The guest's weight can't be changed"), error);
}

/* The name of the guest's first CD drive, to be freed with free(); NULL if it was built without. */
static char *find_drive(Machine *machine, int domid)
{
    int count = 0;
    libxl_device_disk *disks = libxl_device_disk_list(machine->ctx, (uint32_t)domid, &count);
    char *drive = NULL;

    for (int i = 0; i < count && !drive; i++) {
        if (disks[i].is_cdrom)
            drive = strdup(disks[i].vdev);
    }
    if (disks)
        libxl_device_disk_list_free(disks, count);
    return drive;
}

gboolean machine_change_iso(Backend *backend, int domid, const char *path, GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_device_disk disk;
    int status;

    libxl_device_disk_init(&disk);
    disk.vdev = find_drive(machine, domid);
    if (!disk.vdev) {
        libxl_device_disk_dispose(&disk);
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                            N_("The guest runs without a CD drive. Shut it down first."));
        return FALSE;
    }
    /* libxl's own allocations, hence strdup(). */
    disk.pdev_path = strdup(path ? path : "");
    disk.format = path ? LIBXL_DISK_FORMAT_RAW : LIBXL_DISK_FORMAT_EMPTY;
    disk.is_cdrom = 1;
    disk.removable = 1;
    status = libxl_cdrom_insert(machine->ctx, (uint32_t)domid, &disk, NULL);
    libxl_device_disk_dispose(&disk);
    return status == 0 ||
           libxl_log_fail(machine->log, status, N_("The CD can't be changed"), error);
}

gboolean machine_attach_disk(Backend *backend, int domid, const char *path, const char *vdev,
                             GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_device_disk disk;
    int status;

    /* libxl's own allocations, hence strdup(). */
    libxl_device_disk_init(&disk);
    disk.pdev_path = strdup(path);
    disk.vdev = strdup(vdev);
    disk.script = strdup(DISK_SCRIPT);
    disk.backend = LIBXL_DISK_BACKEND_PHY;
    disk.format = LIBXL_DISK_FORMAT_RAW;
    disk.readwrite = 1;
    status = libxl_device_disk_add(machine->ctx, (uint32_t)domid, &disk, NULL);
    libxl_device_disk_dispose(&disk);
    return status == 0 ||
           libxl_log_fail(machine->log, status, N_("The guest can't have the disk"), error);
}

gboolean machine_detach_disk(Backend *backend, int domid, const char *vdev, GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_device_disk disk;
    int status;

    libxl_device_disk_init(&disk);
    status = libxl_vdev_to_device_disk(machine->ctx, (uint32_t)domid, vdev, &disk);
    /* A guest that was started before it had the disk in its file has none to give back. */
    if (status != 0) {
        libxl_device_disk_dispose(&disk);
        return TRUE;
    }
    /* The other call for it takes the disk away by force after ten seconds. */
    status = libxl_device_disk_safe_remove(machine->ctx, (uint32_t)domid, &disk, NULL);
    libxl_device_disk_dispose(&disk);
    return status == 0 ||
           libxl_log_fail(machine->log, status,
                          N_("The guest does not let go of the disk: unmount it in there first"),
                          error);
}
