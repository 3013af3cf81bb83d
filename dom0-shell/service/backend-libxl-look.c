/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks at the machine, its domains and guests' files. */
#include "backend-libxl-private.h"

#include <glib/gi18n.h>
#include <libxl_utils.h>
#include <stdlib.h>
#include <xenstore.h>

#include "libxl-config.h"

#define DOM0       0
#define PAGE_BYTES G_GUINT64_CONSTANT(4096)

/* A PVH guest's memory is the CPU's to translate: shadow page tables are for HVM guests only. */
static guint kinds_of(const libxl_physinfo *info)
{
    return (info->cap_pv ? GUEST_KIND_BIT(GUEST_PV) : 0) |
           (info->cap_hvm ? GUEST_KIND_BIT(GUEST_HVM) : 0) |
           (info->cap_hvm && info->cap_hap ? GUEST_KIND_BIT(GUEST_PVH) : 0);
}

gboolean machine_host(Backend *backend, BackendHost *ret_host, GError **error)
{
    Machine *machine = machine_of(backend);
    const libxl_version_info *version = libxl_get_version_info(machine->ctx);
    libxl_physinfo info;
    uint64_t free_kib = 0;
    int status;

    libxl_physinfo_init(&info);
    status = libxl_get_physinfo(machine->ctx, &info);
    if (status == 0)
        status = libxl_get_free_memory(machine->ctx, &free_kib);
    if (status != 0 || !version) {
        libxl_physinfo_dispose(&info);
        return libxl_log_fail(machine->log, status, N_("The hypervisor does not answer"), error);
    }
    g_snprintf(ret_host->hypervisor, sizeof ret_host->hypervisor, "%d.%d%s",
               version->xen_version_major, version->xen_version_minor, version->xen_version_extra);
    ret_host->cpus = info.nr_cpus;
    ret_host->total_memory = info.total_pages * PAGE_BYTES;
    ret_host->free_memory = free_kib * KIB;
    ret_host->kinds = kinds_of(&info);
    libxl_physinfo_dispose(&info);
    return TRUE;
}

/* The guest's kernel takes a request out of the store when it has read it. */
static gboolean is_unheard(Machine *machine, int domid)
{
    g_autofree char *path = g_strdup_printf("/local/domain/%d/control/shutdown", domid);
    unsigned int length = 0;
    char *word = xs_read(machine->store, XBT_NULL, path, &length);
    gboolean unheard = word && length > 0;

    free(word);
    return unheard;
}

static BackendDomain *describe(Machine *machine, const libxl_dominfo *info)
{
    BackendDomain *domain = g_new0(BackendDomain, 1);
    char *name = libxl_domid_to_name(machine->ctx, info->domid);

    domain->domid = (int)info->domid;
    domain->name = g_strdup(name ? name : "");
    domain->ours = machine_is_ours(machine, domain->domid);
    domain->paused = info->paused;
    domain->suspended = info->shutdown && info->shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND;
    domain->unheard = is_unheard(machine, domain->domid);
    domain->memory = info->current_memkb * KIB;
    domain->cpu_time = info->cpu_time;
    free(name);
    return domain;
}

GPtrArray *machine_list(Backend *backend, GError **error)
{
    Machine *machine = machine_of(backend);
    GPtrArray *list;
    int count;
    libxl_dominfo *infos = libxl_list_domain(machine->ctx, &count);

    if (!infos) {
        libxl_log_fail(machine->log, ERROR_FAIL, N_("The guests can't be listed"), error);
        return NULL;
    }
    list = g_ptr_array_new_with_free_func((GDestroyNotify)backend_domain_free);
    for (int i = 0; i < count; i++) {
        /* What is dying has no name any more, and waits only for its last page to come back. */
        if (infos[i].domid != DOM0 && !infos[i].dying)
            g_ptr_array_add(list, describe(machine, &infos[i]));
    }
    libxl_dominfo_list_free(infos, count);
    return list;
}

gboolean machine_read_config(Backend *backend, const char *path, BackendConfig *ret_config,
                             GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_domain_config config;

    if (!libxl_config_load(machine->ctx, path, &config, error))
        return FALSE;
    libxl_config_describe(&config, ret_config);
    libxl_domain_config_dispose(&config);
    return TRUE;
}
