/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domains of an imagined machine: their table, their time, and what each will do by itself. */
#include "backend-simulate-private.h"

#include "error.h"

#define DOM0_MEMORY (4 * GIB)
/* Of one CPU, while a guest runs. */
#define BUSY 0.25

void simulate_cancel_plan(Domain *domain)
{
    if (!domain->timer)
        return;
    g_source_destroy(domain->timer);
    g_clear_pointer(&domain->timer, g_source_unref);
}

void simulate_domain_free(gpointer data)
{
    Domain *domain = data;

    simulate_cancel_plan(domain);
    g_clear_object(&domain->screen);
    g_clear_object(&domain->spice);
    simulate_console_free(domain->console);
    simulate_qemu_free(domain->qemu);
    g_free(domain->name);
    g_free(domain->behaviour);
    g_free(domain->text);
    g_free(domain);
}

void simulate_insert(Simulation *simulation, Domain *domain)
{
    g_mutex_lock(&simulation->lock);
    g_hash_table_insert(simulation->domains, GINT_TO_POINTER(domain->domid), domain);
    g_mutex_unlock(&simulation->lock);
}

Domain *simulate_find(Simulation *simulation, int domid, GError **error)
{
    Domain *domain;

    g_mutex_lock(&simulation->lock);
    domain = g_hash_table_lookup(simulation->domains, GINT_TO_POINTER(domid));
    g_mutex_unlock(&simulation->lock);
    if (!domain)
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE,
                            "The guest is not running any more.");
    return domain;
}

gboolean simulate_take_out(Simulation *simulation, int domid)
{
    gboolean was_there;

    g_mutex_lock(&simulation->lock);
    was_there = g_hash_table_remove(simulation->domains, GINT_TO_POINTER(domid));
    g_mutex_unlock(&simulation->lock);
    return was_there;
}

guint64 simulate_free_memory(Simulation *simulation)
{
    GHashTableIter iter;
    gpointer value;
    guint64 used = DOM0_MEMORY;

    g_mutex_lock(&simulation->lock);
    g_hash_table_iter_init(&iter, simulation->domains);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        used += ((Domain *)value)->memory;
    g_mutex_unlock(&simulation->lock);
    return SIMULATE_MEMORY - used;
}

guint64 simulate_cpu_time(const Domain *domain)
{
    gint64 ran = domain->running_since ? g_get_monotonic_time() - domain->running_since : 0;

    return domain->cpu_time + (guint64)((double)ran * 1000 * BUSY);
}

typedef struct {
    Simulation *simulation;
    int domid;
    gboolean vanish; /* destroyed by somebody else; otherwise it stops */
    StopReason reason;
} Plan;

static gboolean carry_out(gpointer data)
{
    Plan *plan = data;
    Backend *backend = &plan->simulation->base;
    Domain *domain = simulate_find(plan->simulation, plan->domid, NULL);

    g_assert(domain);
    if (plan->vanish) {
        backend_send_gone(backend, plan->domid);
        simulate_take_out(plan->simulation, plan->domid);
        return G_SOURCE_REMOVE;
    }
    domain->cpu_time = simulate_cpu_time(domain);
    domain->running_since = 0;
    backend_send_stopped(backend, plan->domid, plan->reason);
    return G_SOURCE_REMOVE;
}

void simulate_make_plan(Simulation *simulation, Domain *domain, gboolean vanish, StopReason reason)
{
    Plan *plan = g_new0(Plan, 1);

    simulate_cancel_plan(domain);
    plan->simulation = simulation;
    plan->domid = domain->domid;
    plan->vanish = vanish;
    plan->reason = reason;
    domain->timer = g_timeout_source_new(vanish ? 0 : simulation->pace_ms * 2);
    g_source_set_callback(domain->timer, carry_out, plan, g_free);
    g_source_attach(domain->timer, worker_context(simulation->base.worker));
}
