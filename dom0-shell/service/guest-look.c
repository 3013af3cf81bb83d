/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a look at the computer shows of a guest: what its files say, and how its domain is. */
#include "guest-private.h"

#include <string.h>

#include "guest-devices.h"
#include "guest-settings.h"
#include "guest-start.h"

static void show_facts(Guest *guest, const GuestFacts *facts)
{
    const ServiceOptions *options = service_options(guest->service);
    const GuestBridges bridges = {options->bridge, options->lan_bridge, NULL};
    g_auto(GStrv) list = monitor_list_words(guest_devices_find_monitors(&guest->monitors, facts));

    vitrine_guest1_set_memory(guest->skeleton, facts->memory);
    vitrine_guest1_set_maximum_memory(guest->skeleton, facts->maximum_memory);
    vitrine_guest1_set_vcpus(guest->skeleton, facts->vcpus);
    vitrine_guest1_set_weight(guest->skeleton, facts->weight);
    vitrine_guest1_set_network(guest->skeleton, guest_settings_network(facts, &bridges));
    vitrine_guest1_set_kind(guest->skeleton, guest_kind_name(facts->kind));
    vitrine_guest1_set_iso(guest->skeleton, facts->iso);
    vitrine_guest1_set_start_from(guest->skeleton, guest_start_name(facts->start));
    vitrine_guest1_set_monitors(guest->skeleton, (const char *const *)list);
    guest_show_restart(guest);
}

static void show_start(Guest *guest, const GuestFacts *facts, const GuestStartNotes *notes)
{
    g_autofree const char **choices = guest_start_choices(facts, notes);

    vitrine_guest1_set_start_choices(guest->skeleton, choices);
    vitrine_guest1_set_installer_ended(guest->skeleton, notes->installer == INSTALLER_ENDED);
}

/* What was saved may have been removed, or put back, by hand. */
static void follow_saved(Guest *guest, gboolean saved)
{
    const char *state = vitrine_guest1_get_state(guest->skeleton);
    gboolean rests = strcmp(state, guest_resting_state(guest)) == 0;

    guest->saved = saved;
    if (rests)
        guest_set_state(guest, guest_resting_state(guest));
}

static gboolean same_access(const NetworkAccess *a, const NetworkAccess *b)
{
    static const char *const none[] = {NULL};
    const char *const *of_a = a->hosts ? (const char *const *)a->hosts : none;
    const char *const *of_b = b->hosts ? (const char *const *)b->hosts : none;

    return a->kind == b->kind && g_strv_equal(of_a, of_b);
}

/* A person may have changed the file by hand: a guest that runs is limited by what it says now. */
static void follow_access(Guest *guest, const NetworkAccess *access)
{
    static const char *const none[] = {NULL};

    vitrine_guest1_set_network_access(guest->skeleton, network_access_name(access->kind));
    vitrine_guest1_set_network_hosts(guest->skeleton,
                                     access->hosts ? (const char *const *)access->hosts : none);
    if (same_access(&guest->access, access))
        return;
    network_access_clear(&guest->access);
    network_access_copy(access, &guest->access);
    if (guest->domid != DOMID_NONE)
        guest_limit_network(guest, NULL, NULL);
}

void guest_update_file(Guest *guest, const InventoryGuest *file)
{
    follow_saved(guest, file->saved);
    guest->config = file->config;
    guest->display_choice = file->notes.display;
    guest->sound_choice = file->notes.sound;
    guest->monitors = file->notes.monitors;
    follow_access(guest, &file->notes.access);
    guest_follow_loudness(guest, &file->notes.loudness);
    vitrine_guest1_set_template(guest->skeleton, file->notes.template);
    vitrine_guest1_set_color(guest->skeleton, file->notes.color);
    vitrine_guest1_set_group(guest->skeleton, file->notes.group);
    vitrine_guest1_set_autostart(guest->skeleton, file->notes.autostart);
    vitrine_guest1_set_sound(guest->skeleton, guest_wants_sound(guest));
    show_facts(guest, &file->config.facts);
    show_start(guest, &file->config.facts, &file->notes.start);
    if (g_strcmp0(guest->file_problem, file->problem) != 0) {
        g_free(guest->file_problem);
        guest->file_problem = g_strdup(file->problem);
        guest_set_problem(guest, file->problem ? file->problem : "");
    }
}

typedef struct {
    Guest *guest;
    int domid;
    gboolean suspended; /* of ours */
    gboolean settings_known;
    GuestFacts settings;
} Watch;

static void watch_free(gpointer data)
{
    Watch *watch = data;

    g_object_unref(watch->guest);
    g_free(watch);
}

static void watch_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Watch *watch = data;
    Backend *backend = service_backend(watch->guest->service);
    g_autoptr(GError) error = NULL;

    /* What a killed service was about to save and did not goes on. */
    if (!(watch->suspended ? backend->ops->resume : backend->ops->watch)(backend, watch->domid,
                                                                         &error))
        backend_send_gone(backend, watch->domid);
    watch->settings_known = backend->ops->kept_settings(backend, watch->domid, &watch->settings);
    g_task_return_boolean(task, TRUE);
}

/* Of what xl made nobody kept them: its file is taken at its word. */
static void watched(GObject *source, GAsyncResult *result, gpointer data)
{
    Guest *guest = SERVICE_GUEST(source);
    const Watch *watch = g_task_get_task_data(G_TASK(result));

    if (guest->domid != watch->domid || guest->settings_known)
        return;
    guest_set_settings(guest, watch->settings_known ? &watch->settings : &guest->config.facts);
    if (guest_note_port(guest, &guest->settings))
        guest_limit_network(guest, NULL, NULL);
}

/* Of a domain that xl made, only NAME.ini's word counts: a `vfb` was served by xl's QEMU. It gets
 * its devices late, perhaps while it runs already, and Linux takes them up all the same. */
static gboolean shows(const Guest *guest)
{
    const GuestFacts *facts = &guest->config.facts;

    return guest_devices_have_display(guest->display_choice, facts) &&
           (guest->ours || !facts->has_vfb);
}

/* Likewise: to a card of libxl's somebody else is the back end. */
static gboolean sounds(const Guest *guest)
{
    const GuestFacts *facts = &guest->config.facts;

    return guest_wants_sound(guest) && (guest->ours || !facts->has_vsnd);
}

static const char *monitors(const Guest *guest)
{
    const GuestFacts *facts = &guest->config.facts;

    return guest->ours || *facts->monitors == '\0'
               ? guest_devices_find_monitors(&guest->monitors, facts)
               : "";
}

/* A domain of this guest that this process has not made: from an earlier run of the service, or
 * from `xl create`. */
static void adopt(Guest *guest, const BackendDomain *domain)
{
    g_autoptr(GTask) task = g_task_new(guest, NULL, watched, NULL);
    Watch *watch = g_new0(Watch, 1);
    DisplayDevices devices = {.touch = guest->config.facts.touch};

    guest_set_domid(guest, domain->domid);
    guest->ours = domain->ours;
    devices.monitors = monitors(guest);
    guest_set_state(guest, domain->paused ? "paused" : "running");
    watch->guest = g_object_ref(guest);
    watch->domid = domain->domid;
    watch->suspended = domain->suspended && domain->ours;
    g_task_set_task_data(task, watch, watch_free);
    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, watch_thread);
    guest_note_port(guest, &guest->config.facts);
    if (guest->access.kind != NETWORK_ACCESS_ALL || guest->port.on_lan)
        guest_limit_network(guest, NULL, NULL);
    if (guest->config.facts.kind == GUEST_HVM)
        guest_connect_qemu(guest);
    else if (shows(guest))
        guest_connect_display(guest, domain->domid, &devices, NULL);
    if (sounds(guest))
        guest_connect_sound(guest, domain->domid, guest->config.facts.kind);
    guest_show_running(guest);
    usb_guest_started(service_usb(guest->service), guest->name);
}

/* TRUE if the domain's business is done: a killed service had saved it, and is to be followed. Any
 * other that runs beside what was saved makes that worthless. */
static gboolean settle_saved(Guest *guest, const BackendDomain *domain)
{
    if (!guest->saved || (domain->paused && !domain->suspended))
        return FALSE;
    if (domain->suspended && domain->ours) {
        guest_set_domid(guest, domain->domid);
        guest->ours = TRUE;
        guest_finish_save(guest);
        return TRUE;
    }
    if (!domain->suspended)
        guest_drop_stale_save(guest);
    return FALSE;
}

static void measure(Guest *guest, const BackendDomain *domain, gint64 now)
{
    gint64 passed = now - guest->measured; /* µs */

    vitrine_guest1_set_memory_used(guest->skeleton, domain->memory);
    if (guest->measured != 0 && passed <= 0)
        return;
    if (guest->measured != 0 && domain->cpu_time >= guest->cpu_time)
        vitrine_guest1_set_cpu_usage(guest->skeleton, (double)(domain->cpu_time - guest->cpu_time) /
                                                          1000.0 / (double)passed);
    guest->cpu_time = domain->cpu_time;
    guest->measured = now;
}

/* Somebody may have paused it from outside. */
static void follow_pause(Guest *guest, gboolean paused)
{
    const char *state = vitrine_guest1_get_state(guest->skeleton);

    if (guest->holding)
        return;
    if (paused ? strcmp(state, "running") == 0 : guest_is_held(guest))
        guest_set_paused(guest, paused);
}

/* It has heard after all what nobody waits for any more. */
static void follow_answer(Guest *guest, gboolean unheard)
{
    if (strcmp(vitrine_guest1_get_state(guest->skeleton), GUEST_NOT_RESPONDING) != 0 || unheard ||
        guest->ignored)
        return;
    guest_set_state(guest, "running");
    guest_show_running(guest);
}

void guest_update_domain(Guest *guest, const BackendDomain *domain, gint64 now)
{
    if (guest->job) {
        if (domain)
            guest_job_look(guest, domain);
        return;
    }
    if (!domain) {
        if (guest->domid != DOMID_NONE)
            guest_gone(guest);
        return;
    }
    if (guest->domid != domain->domid) {
        if (guest->domid != DOMID_NONE)
            guest_gone(guest);
        if (guest->saved && domain->suspended && settle_saved(guest, domain))
            return;
        adopt(guest, domain);
    }
    settle_saved(guest, domain);
    guest_look_for_qemu(guest);
    measure(guest, domain, now);
    follow_pause(guest, domain->paused);
    follow_answer(guest, domain->unheard);
}
