/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits what a guest may reach in the network: when it starts, before it runs, and when that is
 * changed. */
#include <string.h>

#include "error.h"

#include <glib/gi18n.h>
#include "guest-steps.h"

gboolean guest_check_network(const NetworkAccess *access, const GuestFacts *facts, GError **error)
{
    if (access->kind == NETWORK_ACCESS_ALL || !facts->odd_nic)
        return TRUE;
    g_set_error_literal(
        error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
        N_("What this guest may reach can't be limited: the line “vif” of its file "
           "gives an interface a name, a script or a back end of its own. Take that "
           "out, or let the guest reach everything."));
    return FALSE;
}

static gboolean is_on_lan(Guest *guest, const GuestFacts *facts)
{
    return facts->nics == 1 && facts->bridge[0] != '\0' &&
           strcmp(facts->bridge, service_options(guest->service)->lan_bridge) == 0;
}

gboolean guest_check_port(Guest *guest, const GuestFacts *facts, GError **error)
{
    if (!is_on_lan(guest, facts) || (!facts->odd_nic && facts->mac[0] != '\0'))
        return TRUE;
    g_set_error_literal(
        error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
        facts->odd_nic
            ? N_("On the network outside this guest can't be kept to its own address: the line "
                 "“vif” "
                 "of its file gives the interface a name, a script or a back end of its own. Take "
                 "that out.")
            : N_("On the network outside this guest can't be kept to its own address: the line "
                 "“vif” "
                 "of its file has none. Write one there, as mac=00:16:3e:80:00:01."));
    return FALSE;
}

gboolean guest_note_port(Guest *guest, const GuestFacts *facts)
{
    const FirewallPort before = guest->port;

    guest->port.on_lan = is_on_lan(guest, facts);
    g_strlcpy(guest->port.mac, facts->mac, sizeof guest->port.mac);
    return guest->port.on_lan != before.on_lan ||
           (before.on_lan && strcmp(guest->port.mac, before.mac) != 0);
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
    guest_note_port(op->guest, &op->config.facts);
    if (!guest_check_network(&op->access, &op->config.facts, &error) ||
        !guest_check_port(op->guest, &op->config.facts, &error)) {
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
