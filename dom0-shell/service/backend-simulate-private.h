/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of an imagined machine, for the files backend-simulate*.c. */
#pragma once

#include "backend.h"
#include "simulate-console.h"
#include "simulate-qemu.h"

#define GIB             (G_GUINT64_CONSTANT(1) << 30)
#define SIMULATE_MEMORY (16 * GIB) /* of the machine */

typedef struct {
    int domid;
    char *name;
    char *behaviour;
    gboolean paused;
    gboolean suspended;
    gboolean unheard;
    char *text; /* its file's, when it was built */
    guint64 memory;
    GuestFacts settings;
    guint64 cpu_time;
    gint64 running_since;     /* monotonic, µs; 0 while paused */
    GSource *timer;           /* what it will do next by itself */
    GSocket *screen;          /* in QEMU's place: takes connections and says nothing; or NULL */
    GSocket *spice;           /* likewise */
    SimulateConsole *console; /* NULL until somebody looks at it */
    SimulateQemu *qemu;       /* the worker's thread's; NULL: no HVM guest */
    gboolean has_controller;  /* for USB devices */
} Domain;

typedef struct {
    Backend base;
    guint kinds;
    guint pace_ms;
    char *nodes;  /* of USB devices */
    char *record; /* a file in which HVM domains are kept, or NULL */
    int next_domid;
    GMutex lock;         /* of the table; a domain in it is the worker's thread's alone */
    GHashTable *domains; /* domid -> Domain */
} Simulation;

/* In backend-simulate-domains.c. */
void simulate_domain_free(gpointer domain);
/* Takes DOMAIN over, which has its number. */
void simulate_insert(Simulation *simulation, Domain *domain);
/* NULL and ERROR if there is none. */
Domain *simulate_find(Simulation *simulation, int domid, GError **error);
/* Frees the domain; FALSE if there is none. */
gboolean simulate_take_out(Simulation *simulation, int domid);
/* Bytes that a new domain can have. */
guint64 simulate_free_memory(Simulation *simulation);
/* What DOMAIN has had of the CPUs, in ns. */
guint64 simulate_cpu_time(const Domain *domain);
/* After a while the domain stops for REASON, or at once is destroyed by somebody else (VANISH). A
 * domain has one plan at a time, which is dropped with the domain. */
void simulate_make_plan(Simulation *simulation, Domain *domain, gboolean vanish, StopReason reason);
void simulate_cancel_plan(Domain *domain);

/* In backend-simulate-build.c, as backend.h has it. */
gboolean simulate_read_config(Backend *backend, const char *path, BackendConfig *ret_config,
                              GError **error);
gboolean simulate_copy_disk(Backend *backend, int from, const char *to, guint64 size,
                            BackendProgress progress, gpointer data, GCancellable *cancellable,
                            GError **error);
gboolean simulate_create(Backend *backend, const char *path, const QemuSpice *spice,
                         GCancellable *cancellable, BackendConfig *ret_config, int *ret_domid,
                         GError **error);
gboolean simulate_save(Backend *backend, int domid, const char *path, BackendProgress progress,
                       gpointer data, GCancellable *cancellable, GError **error);
gboolean simulate_resume(Backend *backend, int domid, GError **error);
gboolean simulate_restore(Backend *backend, const char *path, GCancellable *cancellable,
                          BackendConfig *ret_config, int *ret_domid, GError **error);

/* In backend-simulate-outlive.c. Writes down which HVM domains there are, if the machine has a
 * record; makes those that are in it again; has their device models go on without this process. */
void simulate_keep_record(Simulation *simulation);
void simulate_revive_all(Simulation *simulation);
void simulate_leave_alone(Simulation *simulation);
