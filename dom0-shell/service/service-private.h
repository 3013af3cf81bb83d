/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the service, for the files service*.c. */
#pragma once

#include "client-watch.h"
#include "disk-room.h"
#include "inventory.h"
#include "manager.h"
#include "service.h"

struct Service {
    ServiceOptions options;
    GDBusObjectManagerServer *objects;
    Worker *builder;
    Worker *worker; /* NULL while the service is being freed */
    Backend *backend;
    GuestStore *store;
    Authority *authority;
    Inventory *inventory;
    Manager *manager;
    Usb *usb;
    Firewall *firewall;
    gboolean looked; /* at the machine, once */
    ClientWatch *clients;
    GFileMonitor *monitor; /* of the guests' directory; may be NULL */
    GHashTable *guests;    /* name -> Guest */
    GHashTable *lingering; /* timeout sources of jobs that are over */
    guint next_job;
    guint refresh_timer;
    gboolean refreshing; /* a look is under way */
    guint room_timer;
    DiskRoom room;
    gboolean again; /* and another is wanted after it */
    guint live_jobs;
    GSourceFunc quit;
    gpointer quit_data;
};

/* In service-jobs.c. Jobs that are over stay as they are, until all objects go. */
void service_forget_jobs(Service *service);

/* In service-look.c. One look at the machine, waited for; looks from now on, as things change and
 * while anybody on CONNECTION is interested; no more of them. */
gboolean service_look_first(Service *service, GError **error);
void service_start_looking(Service *service, GDBusConnection *connection);
void service_stop_looking(Service *service);
