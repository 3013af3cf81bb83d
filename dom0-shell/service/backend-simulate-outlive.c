/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HVM domains of an imagined machine that outlive the service, as they do on a real one. */
#include "backend-simulate-private.h"

#include "guest-settings.h"
#include "simulate-record.h"

static SimulateRecord *record_of(const Domain *domain)
{
    SimulateRecord *record = simulate_record_new(domain->domid, domain->name);

    record->memory = domain->memory;
    record->has_controller = domain->has_controller;
    record->held = simulate_qemu_held(domain->qemu);
    record->settings = guest_settings_to_text(&domain->settings);
    return record;
}

void simulate_keep_record(Simulation *simulation)
{
    g_autoptr(GPtrArray) records =
        g_ptr_array_new_with_free_func((GDestroyNotify)simulate_record_free);
    GHashTableIter iter;
    gpointer value;

    if (!simulation->record)
        return;
    g_mutex_lock(&simulation->lock);
    g_hash_table_iter_init(&iter, simulation->domains);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((const Domain *)value)->qemu)
            g_ptr_array_add(records, record_of(value));
    }
    g_mutex_unlock(&simulation->lock);
    simulate_record_write(simulation->record, records);
}

/* They go on without this process. */
void simulate_leave_alone(Simulation *simulation)
{
    GHashTableIter iter;
    gpointer value;

    simulate_keep_record(simulation);
    g_hash_table_iter_init(&iter, simulation->domains);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Domain *domain = value;

        if (domain->qemu)
            simulate_qemu_leave(domain->qemu);
    }
}

static void revive(Simulation *simulation, const SimulateRecord *record)
{
    Domain *domain = g_new0(Domain, 1);

    domain->domid = record->domid;
    domain->name = g_strdup(record->name);
    domain->behaviour = g_strdup("");
    domain->text = g_strdup("");
    domain->memory = record->memory;
    if (record->settings)
        guest_settings_from_text(record->settings, &domain->settings);
    domain->running_since = g_get_monotonic_time();
    domain->has_controller = record->has_controller;
    domain->qemu = simulate_qemu_new(simulation->nodes, record->has_controller,
                                     worker_context(simulation->base.worker));
    for (guint i = 0; record->held && record->held[i]; i++)
        simulate_qemu_hold(domain->qemu, record->held[i]);
    simulation->next_domid = MAX(simulation->next_domid, record->domid + 1);
    g_hash_table_insert(simulation->domains, GINT_TO_POINTER(domain->domid), domain);
}

void simulate_revive_all(Simulation *simulation)
{
    g_autoptr(GPtrArray) records = simulate_record_read(simulation->record);

    for (guint i = 0; i < records->len; i++)
        revive(simulation, records->pdata[i]);
}
