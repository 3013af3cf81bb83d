/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits what a guest may reach in the network: when it starts, before it runs, and when that is
 * changed. */
#include "error.h"

#include <glib/gi18n.h>
#include "guest-steps.h"

gboolean guest_check_network(const NetworkAccess *access, const GuestFacts *facts, GError **error)
{
    if (access->kind == NETWORK_ACCESS_ALL || !facts->odd_nic)
        return TRUE;
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                        "What this guest may reach can't be limited: the line “vif” of its file "
                        "gives an interface a name, a script or a back end of its own. Take that "
                        "out, or let the guest reach everything.");
    return FALSE;
}

void guest_limit_network(Guest *guest, FirewallDone done, gpointer data)
{
    service_limit_networks(guest->service, done, data);
}

/* A step's call of the firewall. The job may be over before its answer is there. */
typedef struct {
    Job *job;
    Guest *guest;
} Limiting;

static void limited(const GError *error, gpointer data)
{
    Limiting *limiting = data;

    if (limiting->guest->job == limiting->job) {
        GuestOp *op = job_data(limiting->job);

        if (op->limiting) {
            op->limiting = FALSE;
            job_step_finish(limiting->job, error ? g_error_copy(error) : NULL);
        }
    }
    g_object_unref(limiting->job);
    g_object_unref(limiting->guest);
    g_free(limiting);
}

static void begin(Job *job)
{
    GuestOp *op = job_data(job);
    g_autoptr(GError) error = NULL;
    Limiting *limiting;

    network_access_clear(&op->guest->access);
    network_access_copy(&op->access, &op->guest->access);
    if (!guest_check_network(&op->access, &op->config.facts, &error)) {
        job_step_finish(job, g_steal_pointer(&error));
        return;
    }
    limiting = g_new0(Limiting, 1);
    limiting->job = g_object_ref(job);
    limiting->guest = g_object_ref(op->guest);
    op->limiting = TRUE;
    guest_limit_network(op->guest, limited, limiting);
}

static void abandon(Job *job)
{
    ((GuestOp *)job_data(job))->limiting = FALSE;
}

const JobStep guest_step_limit_network = {
    .phase = N_("Limiting its network"),
    .begin = begin,
    .abandon = abandon,
};
