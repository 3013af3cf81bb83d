/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libxl tells of domains by itself, handed on as the machine's events. */
#include "backend-libxl-private.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <unistd.h>

#include "display-nodes.h"

static StopReason stop_reason(libxl_shutdown_reason reason)
{
    switch (reason) {
    case LIBXL_SHUTDOWN_REASON_REBOOT:
    case LIBXL_SHUTDOWN_REASON_SOFT_RESET:
        return STOP_REBOOT;
    case LIBXL_SHUTDOWN_REASON_CRASH:
        return STOP_CRASH;
    case LIBXL_SHUTDOWN_REASON_WATCHDOG:
        return STOP_WATCHDOG;
    default:
        return STOP_POWEROFF;
    }
}

static void unwatch(Machine *machine, int domid)
{
    libxl_evgen_domain_death *death = g_hash_table_lookup(machine->watched, GINT_TO_POINTER(domid));

    if (!death)
        return;
    g_hash_table_remove(machine->watched, GINT_TO_POINTER(domid));
    libxl_evdisable_domain_death(machine->ctx, death);
}

static void on_event(void *user, libxl_event *event)
{
    Machine *machine = user;
    int domid = (int)event->domid;

    if (event->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN &&
        event->u.domain_shutdown.shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND) {
        /* It is being saved, by us or by xl, which goes on with it. */
    } else if (event->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN) {
        backend_send_stopped(&machine->base, domid,
                             stop_reason(event->u.domain_shutdown.shutdown_reason));
    } else if (event->type == LIBXL_EVENT_TYPE_DOMAIN_DEATH) {
        unwatch(machine, domid);
        display_nodes_remove(machine->store, domid);
        backend_send_gone(&machine->base, domid);
    }
    libxl_event_free(machine->ctx, event);
}

/* Events may be lost from here on: a fresh start finds out what is. libxl may not be called. */
static void on_disaster(void *user, libxl_event_type type, const char *message, int error_number)
{
    g_critical("libxl can't go on: %s: %s", message, g_strerror(error_number));
    kill(getpid(), SIGTERM);
}

static const libxl_event_hooks event_hooks = {
    .event_occurs_mask = LIBXL_EVENTMASK_ALL,
    .event_occurs = on_event,
    .disaster = on_disaster,
};

/* GLib watches its children through pidfds, without SIGCHLD. */
static const libxl_childproc_hooks child_hooks = {
    .chldowner = libxl_sigchld_owner_libxl_always_selective_reap,
};

gboolean machine_watch(Backend *backend, int domid, GError **error)
{
    Machine *machine = machine_of(backend);
    libxl_evgen_domain_death *death;
    int status;

    /* libxl tells one shutdown a watch, and a suspend counts as one. */
    unwatch(machine, domid);
    status = libxl_evenable_domain_death(machine->ctx, (uint32_t)domid, 0, &death);
    if (status != 0)
        return libxl_log_fail(machine->log, status, N_("The guest can't be watched"), error);
    g_hash_table_insert(machine->watched, GINT_TO_POINTER(domid), death);
    return TRUE;
}

void machine_register_events(Machine *machine)
{
    libxl_childproc_setmode(machine->ctx, &child_hooks, NULL);
    libxl_childproc_setmode(machine->build_ctx, &child_hooks, NULL);
    libxl_event_register_callbacks(machine->ctx, &event_hooks, machine);
}
