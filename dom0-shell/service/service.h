/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service as a whole: what every guest of it shares, and the objects on the bus. */
#pragma once

#include <gio/gio.h>

#include "authority.h"
#include "backend.h"
#include "firewall.h"
#include "guest-store.h"
#include "job.h"
#include "usb.h"
#include "vitrine-dbus.h"
#include "worker.h"

#define SERVICE_BUS_NAME "org.vitrine.Vitrine1"
#define SERVICE_PATH     "/org/vitrine/Vitrine1"

typedef struct Service Service;
typedef struct _Guest Guest;

/* Where things are. Strings are borrowed for the service's life. */
typedef struct {
    const char *run_directory;          /* of display sockets */
    const char *display_program;        /* the display server's executable */
    const char *sound_program;          /* the back end of sound cards; empty: none */
    const char *emulated_sound_program; /* the same for cards that device models emulate */
    const char *sound_socket;           /* where the sound server listens */
    guint microphone_idle;              /* ms after which a microphone granted once is taken away */
    const char *bridge;                 /* of guests with a network; empty: there is none */
    const char *lan_bridge;             /* to the network outside; likewise */
    const char *interfaces;             /* see network_bridge_problem() */
    const char *nft_program;            /* see firewall_new() */
    const char *grub_directory;         /* of the images that start guests' disks */
    const char *recipes_directory;      /* see recipe.h; beside it are our programs for guests */
    const char *settings_directory;     /* /etc */
    guint answer_timeout;               /* ms that a guest has to take up a request to shut down */
    guint stop_timeout;                 /* and to be off */
    guint look_timeout;                 /* ms that a disk's file system has to tell its size */
    UsbOptions usb;
} ServiceOptions;

/* A service on CONNECTION that takes WORKER, BUILDER, BACKEND, STORE and AUTHORITY over. All that
 * is there is exported already; the bus name is the caller's to own. NULL and ERROR (everything
 * freed) if the machine does not answer. */
Service *service_new(GDBusConnection *connection, const ServiceOptions *options, Worker *worker,
                     Worker *builder, Backend *backend, GuestStore *store, Authority *authority,
                     GError **error);

/* Cancels all jobs and calls DONE when the last of them is over. */
void service_quit(Service *service, GSourceFunc done, gpointer data);

/* Frees the service; guests go on, their display servers are ended. */
void service_free(Service *service);

/* For the backend's events. */
void service_domain_stopped(Service *service, int domid, StopReason reason);
void service_domain_gone(Service *service, int domid);

/* For guests and their jobs. */
const ServiceOptions *service_options(Service *service);
Worker *service_worker(Service *service);
Worker *service_builder(Service *service);
Backend *service_backend(Service *service);
GuestStore *service_store(Service *service);
Authority *service_authority(Service *service);
GDBusObjectManagerServer *service_objects(Service *service);
Usb *service_usb(Service *service);

guint64 service_total_memory(Service *service);

/* Puts JOB on the bus until some time after service_job_over(). */
void service_add_job(Service *service, Job *job);
void service_job_over(Service *service, Job *job);

Guest *service_find_guest(Service *service, const char *name);

/* All guests there are, each held by the array, which is the caller's. */
GPtrArray *service_guests(Service *service);

/* Makes the guest NAME, which must be new; not on the bus yet. */
Guest *service_add_guest(Service *service, const char *name);

/* Takes a guest off the bus and out of the service. */
void service_remove_guest(Service *service, Guest *guest);

/* Puts in force what all guests may reach in the network. */
void service_limit_networks(Service *service, FirewallDone done, gpointer data);

/* Looks at the machine soon, as something has changed. */
void service_refresh(Service *service);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Service, service_free)
