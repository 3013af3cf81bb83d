/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the real machine, for the files backend-libxl*.c: one for each kind of the
 * operations that backend.h explains. */
#pragma once

#include <libxl.h>
#include <libxl_event.h>

#include "backend.h"
#include "domain-watch.h"
#include "libxl-log.h"
#include "libxl-monitor.h"
#include "libxl-source.h"

#define KIB               G_GUINT64_CONSTANT(1024)
#define CONSOLE_DIRECTORY "/var/log/xen/console"

/* There are two contexts, each called by one thread only: the worker's, which also gets the events,
 * and the builder's, which can be at work for long. */
typedef struct {
    Backend base;
    libxl_ctx *ctx;
    LibxlLog *log;
    LibxlSources *sources;
    LibxlMonitor *monitor;
    GHashTable *watched; /* domid -> libxl_evgen_domain_death */
    struct xs_handle *store;
    DomainWatch *domains;
    libxl_ctx *build_ctx;
    LibxlLog *build_log;
} Machine;

/* The machine, for a call of libxl by the worker's context; by the builder's. */
Machine *machine_of(Backend *backend);
Machine *machine_of_builder(Backend *backend);

/* In backend-libxl-events.c. The first has libxl tell of them, from when the machine is opened. */
void machine_register_events(Machine *machine);
gboolean machine_watch(Backend *backend, int domid, GError **error);

/* In backend-libxl-look.c. */
gboolean machine_host(Backend *backend, BackendHost *ret_host, GError **error);
GPtrArray *machine_list(Backend *backend, GError **error);
gboolean machine_read_config(Backend *backend, const char *path, BackendConfig *ret_config,
                             GError **error);

/* In backend-libxl-console.c. */
int machine_open_console(Backend *backend, int domid, const char *name, char **ret_history,
                         GError **error);
char *machine_console_log(Backend *backend, const char *name);
char *machine_last_words(Backend *backend, const char *name);
void machine_forget(Backend *backend, const char *name);

/* In backend-libxl-build.c. */
gboolean machine_copy_disk(Backend *backend, int from, const char *to, guint64 size,
                           BackendProgress progress, gpointer data, GCancellable *cancellable,
                           GError **error);
gboolean machine_create(Backend *backend, const char *path, const QemuSpice *spice,
                        GCancellable *cancellable, BackendConfig *ret_config, int *ret_domid,
                        GError **error);
gboolean machine_save(Backend *backend, int domid, const char *path, BackendProgress progress,
                      gpointer data, GCancellable *cancellable, GError **error);
gboolean machine_resume(Backend *backend, int domid, GError **error);
gboolean machine_restore(Backend *backend, const char *path, GCancellable *cancellable,
                         BackendConfig *ret_config, int *ret_domid, GError **error);

/* In backend-libxl-change.c. */
gboolean machine_set_memory(Backend *backend, int domid, guint64 bytes, GError **error);
gboolean machine_set_weight(Backend *backend, int domid, guint weight, GError **error);
gboolean machine_change_iso(Backend *backend, int domid, const char *path, GError **error);
gboolean machine_attach_disk(Backend *backend, int domid, const char *path, const char *vdev,
                             GError **error);
gboolean machine_detach_disk(Backend *backend, int domid, const char *vdev, GError **error);

/* In backend-libxl-userdata.c. */
void machine_keep_settings(Backend *backend, int domid, const GuestFacts *facts);
gboolean machine_kept_settings(Backend *backend, int domid, GuestFacts *ret_facts);
/* Marks a new domain, by the builder's context, as ours; whether one is, by the worker's. */
gboolean machine_mark(Machine *machine, uint32_t domid, GError **error);
gboolean machine_is_ours(Machine *machine, int domid);
/* As machine_keep_settings(), by the context CTX. */
void machine_keep(libxl_ctx *ctx, int domid, const GuestFacts *facts);
