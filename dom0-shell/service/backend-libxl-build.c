/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes domains, of a guest's file or of what was saved, and saves them: the builder's work, which
 * can take long, but for machine_resume(). */
#include "backend-libxl-private.h"

#include <libxl_utils.h>
#include <unistd.h>

#include "console-log.h"
#include "disk-copy.h"
#include "error.h"
#include "libxl-config.h"
#include "libxl-save.h"

gboolean machine_copy_disk(Backend *backend, int from, const char *to, guint64 size,
                           BackendProgress progress, gpointer data, GCancellable *cancellable,
                           GError **error)
{
    return disk_copy_from(from, to, size, progress, data, cancellable, error);
}

static gboolean check_name(Machine *machine, const char *name, GError **error)
{
    uint32_t domid;

    if (libxl_name_to_domid(machine->build_ctx, name, &domid) != 0) {
        /* That it was not found is in the log as an error. */
        libxl_log_begin(machine->build_log);
        return TRUE;
    }
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN,
                N_("A domain “%s” is running already, as number %u: shut it down first."), name,
                domid);
    return FALSE;
}

static gboolean build(Machine *machine, libxl_domain_config *config, int *ret_domid, GError **error)
{
    uint32_t domid = INVALID_DOMID;
    int status;

    console_log_set_aside(CONSOLE_DIRECTORY, config->c_info.name);
    status = libxl_domain_create_new(machine->build_ctx, config, &domid, NULL, NULL);
    if (status != 0)
        return libxl_log_fail(machine->build_log, status, N_("The guest can't be built"), error);
    if (machine_mark(machine, domid, error)) {
        *ret_domid = (int)domid;
        return TRUE;
    }
    libxl_domain_destroy(machine->build_ctx, domid, NULL);
    return FALSE;
}

gboolean machine_create(Backend *backend, const char *path, const QemuSpice *spice,
                        GCancellable *cancellable, BackendConfig *ret_config, int *ret_domid,
                        GError **error)
{
    Machine *machine = machine_of_builder(backend);
    libxl_domain_config config;
    gboolean built;

    if (!libxl_config_load(machine->build_ctx, path, &config, error))
        return FALSE;
    libxl_config_describe(&config, ret_config);
    libxl_config_take_sound(&config);
    if (config.c_info.type != LIBXL_DOMAIN_TYPE_HVM)
        libxl_config_take_display(machine->build_ctx, &config);
    else
        libxl_config_set_spice(&config, spice);
    built = libxl_config_check_files(&config, error) &&
            check_name(machine, config.c_info.name, error) &&
            !g_cancellable_set_error_if_cancelled(cancellable, error) &&
            build(machine, &config, ret_domid, error);
    libxl_domain_config_dispose(&config);
    if (built)
        machine_keep(machine->build_ctx, *ret_domid, &ret_config->facts);
    return built;
}

/* ---- Saving and restoring ---- */

gboolean machine_save(Backend *backend, int domid, const char *path, BackendProgress progress,
                      gpointer data, GCancellable *cancellable, GError **error)
{
    Machine *machine = machine_of_builder(backend);
    libxl_dominfo info;
    int status;

    libxl_dominfo_init(&info);
    status = libxl_domain_info(machine->build_ctx, &info, (uint32_t)domid);
    if (status != 0)
        libxl_log_fail(machine->build_log, status, N_("The guest can't be saved"), error);
    else if (!libxl_save_domain(machine->build_ctx, machine->build_log, (uint32_t)domid, path,
                                info.current_memkb * KIB, progress, data, cancellable, error))
        status = ERROR_FAIL;
    libxl_dominfo_dispose(&info);
    return status == 0;
}

/* Only a domain that has come to a stand can be told to go on. */
gboolean machine_resume(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_dominfo info;
    int status;

    libxl_dominfo_init(&info);
    status = libxl_domain_info(machine->ctx, &info, (uint32_t)domid);
    if (status == 0 && info.shutdown && info.shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND)
        status = libxl_domain_resume(machine->ctx, (uint32_t)domid, 1, NULL);
    libxl_dominfo_dispose(&info);
    if (status != 0)
        return libxl_log_fail(machine->log, status, N_("The guest can't go on"), error);
    return machine_watch(backend, domid, error);
}

static gboolean restore(Machine *machine, libxl_domain_config *config, int fd,
                        GCancellable *cancellable, int *ret_domid, GError **error)
{
    uint32_t domid;

    console_log_set_aside(CONSOLE_DIRECTORY, config->c_info.name);
    if (!libxl_save_restore(machine->build_ctx, machine->build_log, config, fd, cancellable, &domid,
                            error))
        return FALSE;
    if (machine_mark(machine, domid, error)) {
        *ret_domid = (int)domid;
        return TRUE;
    }
    libxl_domain_destroy(machine->build_ctx, domid, NULL);
    return FALSE;
}

gboolean machine_restore(Backend *backend, const char *path, GCancellable *cancellable,
                         BackendConfig *ret_config, int *ret_domid, GError **error)
{
    Machine *machine = machine_of_builder(backend);
    libxl_domain_config config;
    gboolean restored;
    int fd;

    fd = libxl_save_open(machine->build_ctx, path, &config, error);
    if (fd < 0)
        return FALSE;
    libxl_config_describe(&config, ret_config);
    libxl_config_take_sound(&config);
    if (config.c_info.type != LIBXL_DOMAIN_TYPE_HVM)
        libxl_config_take_display(machine->build_ctx, &config);
    restored = libxl_config_check_files(&config, error) &&
               check_name(machine, config.c_info.name, error) &&
               restore(machine, &config, fd, cancellable, ret_domid, error);
    close(fd);
    libxl_domain_config_dispose(&config);
    if (restored)
        machine_keep(machine->build_ctx, *ret_domid, &ret_config->facts);
    return restored;
}
