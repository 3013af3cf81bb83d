/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service, as this program sees it: its objects, by what the D-Bus contract says of them. */
#pragma once

#include <gio/gio.h>

#define CTL_BUS_NAME      "org.vitrine.Vitrine1"
#define CTL_PATH          "/org/vitrine/Vitrine1"
#define CTL_MANAGER_PATH  CTL_PATH "/Manager"
#define CTL_MANAGER_IFACE "org.vitrine.Manager1"
#define CTL_GUEST_IFACE   "org.vitrine.Guest1"
#define CTL_JOB_IFACE     "org.vitrine.Job1"
#define CTL_USB_IFACE     "org.vitrine.UsbDevice1"

/* What the program ends with. */
enum {
    CTL_EXIT_OK = 0,
    CTL_EXIT_FAILED = 1,      /* the service refused, or it did not work out */
    CTL_EXIT_USAGE = 2,       /* the command line makes no sense */
    CTL_EXIT_NO_GUEST = 3,    /* there is no guest, or device, of that name */
    CTL_EXIT_NO_SERVICE = 4,  /* the service can't be reached */
    CTL_EXIT_CANCELLED = 130, /* by Ctrl-C */
};

typedef struct {
    gboolean json;
    gboolean quiet;   /* no progress on standard error */
    gboolean session; /* the session bus: a service under development */
    GDBusConnection *connection;
    GDBusObjectManager *objects;
} Client;

/* Connects, and waits until the service's objects are known. 0, or the status to end with after the
 * reason was written to standard error. */
int client_open(Client *client);

void client_close(Client *client);

/* Writes "vitrinectl: SENTENCE" to standard error. */
void client_complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Writes what ERROR says to standard error, without D-Bus's own words; the status to end with. */
int client_complain_of(const GError *error);

/* Complains that the service answers otherwise than it should; the status to end with. */
int client_complain_version(void);

/* All objects that have INTERFACE, of GDBusProxy, sorted by path; to be unref'd. */
GPtrArray *client_proxies(Client *client, const char *interface);

/* The guest called NAME, to be unref'd; NULL after a complaint if there is none. */
GDBusProxy *client_guest(Client *client, const char *name);

/* The machine as a whole, to be unref'd; NULL after a complaint. */
GDBusProxy *client_manager(Client *client);

/* Calls METHOD of PROXY; polkit may ask for a password. NULL and ERROR on failure. */
GVariant *client_call(GDBusProxy *proxy, const char *method, GVariant *parameters, GError **error);

/* A property that the contract promises; of another type or missing it is empty, 0 or FALSE. */
const char *client_string(GDBusProxy *proxy, const char *property, char **keep);

/* What JOB does now, in the person's language; KEEP is to be freed. */
const char *client_phase(GDBusProxy *job, char **keep);
guint64 client_number(GDBusProxy *proxy, const char *property);
double client_real(GDBusProxy *proxy, const char *property);
