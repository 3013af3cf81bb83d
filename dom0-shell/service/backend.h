/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service needs of a machine: a table of operations that libxl fills on a real dom0
 * (backend-libxl.c) and a simulation everywhere else (backend-simulate.c). */
#pragma once

#include <gio/gio.h>

#include "disk-look.h"
#include "guest-config.h"
#include "qemu-spice.h"
#include "worker.h"

#define DOMID_NONE (-1)

/* Why a domain stopped by itself. */
typedef enum {
    STOP_POWEROFF,
    STOP_REBOOT,
    STOP_CRASH,
    STOP_WATCHDOG,
    STOP_REASONS,
} StopReason;

/* What is to be done with a domain that stopped (xl.cfg's on_poweroff and its kin). */
typedef enum {
    STOP_ACTION_DESTROY,
    STOP_ACTION_RESTART,
    STOP_ACTION_PRESERVE,
} StopAction;

/* What a guest's file says. */
typedef struct {
    GuestFacts facts;
    StopAction on[STOP_REASONS];
} BackendConfig;

typedef struct {
    char hypervisor[64]; /* "Xen 4.17" */
    guint cpus;
    guint64 total_memory; /* bytes */
    guint64 free_memory;  /* bytes a new guest could have */
    guint kinds;          /* of guests that it can run, GUEST_KIND_BIT each */
} BackendHost;

/* A domain that exists now. */
typedef struct {
    int domid;
    char *name;
    gboolean ours; /* made by this service (an earlier run counts); else by xl */
    gboolean paused;
    gboolean suspended; /* its memory was being saved, and it stands still since */
    gboolean unheard;   /* it was asked to shut down, and its kernel has not taken that up */
    guint64 memory;     /* bytes in use */
    guint64 cpu_time;   /* nanoseconds, of all its vCPUs */
} BackendDomain;

/* Called in the context the backend was opened in. */
typedef struct {
    /* The domain stopped by itself and waits to be destroyed. */
    void (*stopped)(int domid, StopReason reason, gpointer data);
    /* The domain is no more, whoever destroyed it. */
    void (*gone)(int domid, gpointer data);
    /* Some domain has come or gone, perhaps another's than this service's. */
    void (*changed)(gpointer data);
    gpointer data;
} BackendEvents;

/* Progress of one operation, from 0.0 to 1.0; may be called on any thread. */
typedef void (*BackendProgress)(double fraction, gpointer data);

typedef struct Backend Backend;

/* Operations may block; copy_disk, create, save and restore run on the builder's
 * thread, look_at_disk on one of its own, all others on the worker's. A failure leaves nothing
 * behind and says in ERROR, in a sentence, what is wrong and what to do. */
typedef struct {
    gboolean (*host)(Backend *backend, BackendHost *ret_host, GError **error);
    /* All domains but dom0; elements are BackendDomain, owned by the array. */
    GPtrArray *(*list)(Backend *backend, GError **error);
    gboolean (*read_config)(Backend *backend, const char *path, BackendConfig *ret_config,
                            GError **error);
    /* Makes the file TO, which must not exist, a copy of the file that FROM is open on, of SIZE
     * bytes or as many as that has, as disk_copy_from() does. */
    gboolean (*copy_disk)(Backend *backend, int from, const char *to, guint64 size,
                          BackendProgress progress, gpointer data, GCancellable *cancellable,
                          GError **error);
    /* Builds the domain of a guest's file, paused, with no display, and tells what the file says
     * (now: it may have been edited since it was last read). SPICE: what is served so if a device
     * model emulates its devices. */
    gboolean (*create)(Backend *backend, const char *path, const QemuSpice *spice,
                       GCancellable *cancellable, BackendConfig *ret_config, int *ret_domid,
                       GError **error);
    /* Writes the memory of a running domain, and what it was built of, to the file PATH, which must
     * not exist. The domain stands still then, and after a failure perhaps too: see resume. */
    gboolean (*save)(Backend *backend, int domid, const char *path, BackendProgress progress,
                     gpointer data, GCancellable *cancellable, GError **error);
    /* Lets a domain go on that save has brought to a stand, if it has, and watches it again. */
    gboolean (*resume)(Backend *backend, int domid, GError **error);
    /* As create, of a file that save wrote: what is in it tells what the domain is. */
    gboolean (*restore)(Backend *backend, const char *path, GCancellable *cancellable,
                        BackendConfig *ret_config, int *ret_domid, GError **error);
    /* Sends the events of a domain from here on, and of what befell it since it was made. */
    gboolean (*watch)(Backend *backend, int domid, GError **error);
    gboolean (*pause)(Backend *backend, int domid, GError **error);
    gboolean (*unpause)(Backend *backend, int domid, GError **error);
    /* Asks the guest to; fails at once if it has no way to hear it. */
    gboolean (*shutdown)(Backend *backend, int domid, GError **error);
    gboolean (*reboot)(Backend *backend, int domid, GError **error);
    /* A domain that is gone already is a success. */
    gboolean (*destroy)(Backend *backend, int domid, GError **error);
    /* Changes what a running domain has; WEIGHT 0 is the usual one. */
    gboolean (*set_memory)(Backend *backend, int domid, guint64 bytes, GError **error);
    gboolean (*set_weight)(Backend *backend, int domid, guint weight, GError **error);
    /* Puts the image PATH into the CD drive of a running HVM guest; NULL takes out what is in. */
    gboolean (*change_iso)(Backend *backend, int domid, const char *path, GError **error);
    /* Gives a running guest the raw image PATH as the disk VDEV; takes that away, which fails if
     * the guest does not let go of it. */
    gboolean (*attach_disk)(Backend *backend, int domid, const char *path, const char *vdev,
                            GError **error);
    gboolean (*detach_disk)(Backend *backend, int domid, const char *vdev, GError **error);
    /* How large the file of a disk is; on a thread that has nothing else to do. */
    DiskLook look_at_disk;
    /* Gives COMMAND, in the words of QEMU's monitor, to the device model of a running HVM guest.
     * TASK gets what that says, to be freed, or an error: perhaps long after this call, or never
     * while the device model hangs; at the latest when the domain is gone. */
    void (*ask_model)(Backend *backend, int domid, const char *command, GTask *task);
    /* Keeps with the domain, until it is destroyed, which settings it has; create does so too. */
    void (*keep_settings)(Backend *backend, int domid, const GuestFacts *facts);
    /* FALSE if nobody has kept them: the domain is xl's. */
    gboolean (*kept_settings)(Backend *backend, int domid, GuestFacts *ret_facts);
    /* The terminal of the console of the guest NAME, which the caller owns, and what was said there
     * before, to be freed; -1 if there is none. */
    int (*open_console)(Backend *backend, int domid, const char *name, char **ret_history,
                        GError **error);
    /* The end of what the guest NAME said on its console since it was last started; to be freed. */
    char *(*console_log)(Backend *backend, const char *name);
    /* The last thing a stopped guest said on its console that tells why, or NULL. */
    char *(*last_words)(Backend *backend, const char *name);
    /* Clears away what is kept of a guest outside of its own files. */
    void (*forget)(Backend *backend, const char *name);
    void (*close)(Backend *backend);
} BackendOps;

struct Backend {
    const BackendOps *ops;
    Worker *worker;  /* borrowed */
    Worker *builder; /* likewise */
    GMainContext *context;
    BackendEvents events;
};

/* Opens libxl's view of this machine. Runs on WORKER's thread. */
Backend *backend_libxl_open(Worker *worker, Worker *builder, GMainContext *context,
                            const BackendEvents *events, GError **error);

/* Opens an imagined machine that can run guests of KINDS, and whose every step takes PACE_MS
 * milliseconds. USB devices have their nodes in the directory NODES. The file RECORD (may be NULL)
 * keeps HVM domains for the next time that a machine is opened. */
Backend *backend_simulate_open(Worker *worker, Worker *builder, GMainContext *context,
                               const BackendEvents *events, guint kinds, guint pace_ms,
                               const char *nodes, const char *record);

/* Sends an event of BACKEND to its owner, from any thread. */
void backend_send_stopped(Backend *backend, int domid, StopReason reason);
void backend_send_gone(Backend *backend, int domid);
void backend_send_changed(Backend *backend);

void backend_domain_free(BackendDomain *domain);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BackendDomain, backend_domain_free)
