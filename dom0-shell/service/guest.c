/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows one guest on the bus and answers its methods; what takes long is in guest-jobs.c. */
#include "guest-private.h"

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "display-socket.h"
#include "error.h"
#include "guest-settings.h"
#include "guest-start.h"
#include "qemu-socket.h"

G_DEFINE_FINAL_TYPE(Guest, guest, G_TYPE_OBJECT)

static void guest_finalize(GObject *object)
{
    Guest *guest = SERVICE_GUEST(object);

    guest_disconnect(guest);
    g_clear_object(&guest->object);
    g_clear_object(&guest->skeleton);
    g_clear_object(&guest->last_job);
    g_free(guest->file_problem);
    network_access_clear(&guest->access);
    g_free(guest->name);
    G_OBJECT_CLASS(guest_parent_class)->finalize(object);
}

static void guest_class_init(GuestClass *class)
{
    G_OBJECT_CLASS(class)->finalize = guest_finalize;
}

static void guest_init(Guest *guest)
{
    guest->domid = DOMID_NONE;
    guest->skeleton = vitrine_guest1_skeleton_new();
}

const char *guest_name(Guest *guest)
{
    return guest->name;
}

VitrineGuest1 *guest_skeleton(Guest *guest)
{
    return guest->skeleton;
}

int guest_domid(Guest *guest)
{
    return guest->job ? guest_job_domid(guest) : guest->domid;
}

const NetworkAccess *guest_network_access(Guest *guest)
{
    return &guest->access;
}

Job *guest_job(Guest *guest)
{
    return guest->job;
}

void guest_set_state(Guest *guest, const char *state)
{
    vitrine_guest1_set_state(guest->skeleton, state);
}

const char *guest_resting_state(const Guest *guest)
{
    return guest->saved ? "saved" : "stopped";
}

void guest_set_problem(Guest *guest, const char *problem)
{
    vitrine_guest1_set_problem(guest->skeleton, problem);
}

void guest_set_domid(Guest *guest, int domid)
{
    guest->domid = domid;
    vitrine_guest1_set_domid(guest->skeleton, domid);
    if (domid == DOMID_NONE) {
        guest->settings_known = FALSE;
        guest_show_restart(guest);
        guest->ours = FALSE;
        guest->ignored = FALSE;
        guest->measured = 0;
        vitrine_guest1_set_memory_used(guest->skeleton, 0);
        vitrine_guest1_set_cpu_usage(guest->skeleton, 0);
    }
}

/* Only of a domain that was made here it is known what card it has. */
static gboolean has_sound_as_wanted(const Guest *guest)
{
    gboolean can = *service_options(guest->service)->sound_program != '\0';

    return !guest->ours || !can || (guest->sound != NULL) == guest_wants_sound(guest);
}

void guest_show_restart(Guest *guest)
{
    vitrine_guest1_set_needs_restart(
        guest->skeleton,
        guest->settings_known && (!guest_settings_agree(&guest->settings, &guest->config.facts) ||
                                  !has_sound_as_wanted(guest)));
}

void guest_set_settings(Guest *guest, const GuestFacts *settings)
{
    guest->settings = *settings;
    guest->settings_known = TRUE;
    guest_show_restart(guest);
}

void guest_clear_problem(Guest *guest)
{
    guest_set_problem(guest, guest->file_problem ? guest->file_problem : "");
}

void guest_show_running(Guest *guest)
{
    if (guest->display || (guest->on_qemu && vitrine_guest1_get_has_display(guest->skeleton)))
        guest_clear_problem(guest);
    else if (guest->on_qemu)
        guest_set_problem(guest, "This guest's screen is on no unix socket, where it could be "
                                 "looked at from here: its file says by “vnclisten” where it is.");
    else
        guest_set_problem(guest, "This guest has no screen, but a text console. "
                                 "With “display=true” below “[guest]” in its .ini file it gets a "
                                 "screen with the next start.");
}

static void display_changed(gboolean available, const char *problem, gpointer data)
{
    Guest *guest = data;

    if (problem)
        guest_set_problem(guest, problem);
    vitrine_guest1_set_has_display(guest->skeleton, available);
}

void guest_connect_display(Guest *guest, int domid, HelperReady ready)
{
    const ServiceOptions *options = service_options(guest->service);
    g_autofree char *file = g_strconcat(guest->name, ".sock", NULL);
    g_autofree char *path = g_build_filename(options->run_directory, "display", file, NULL);

    guest_disconnect_display(guest);
    guest->display = display_server_new(options->display_program, domid, guest->name, path);
    display_server_start(guest->display, ready, display_changed, guest);
}

void guest_disconnect_display(Guest *guest)
{
    if (guest->display)
        display_server_stop(guest->display);
    g_clear_object(&guest->display);
    guest->on_qemu = FALSE;
    vitrine_guest1_set_has_display(guest->skeleton, FALSE);
}

void guest_disconnect(Guest *guest)
{
    guest_disconnect_display(guest);
    guest_disconnect_sound(guest);
    usb_guest_stopped(service_usb(guest->service), guest->name);
}

/* The socket comes and goes with QEMU, whoever started that. */
static void look_for_qemu(Guest *guest)
{
    const char *run_directory = service_options(guest->service)->run_directory;

    if (guest->on_qemu)
        vitrine_guest1_set_has_display(
            guest->skeleton, qemu_socket_is_there(QEMU_SCREEN, run_directory, guest->name));
}

void guest_connect_qemu(Guest *guest)
{
    guest_disconnect_display(guest);
    guest->on_qemu = TRUE;
    look_for_qemu(guest);
}

/* What becomes of its USB devices is for usb_stop() to say. */
void guest_release(Guest *guest)
{
    guest_disconnect_display(guest);
    guest_disconnect_sound(guest);
}

/* A domain made by `xl create` is cleared up by the xl process that waits for it; what is known of
 * its end is shown until then, and a crash after that too. */
static void show_end(Guest *guest, StopReason reason)
{
    gboolean crashed = reason == STOP_CRASH || reason == STOP_WATCHDOG;

    if (crashed)
        guest_set_problem(guest, "The guest crashed. Its console says more.");
    guest_set_state(guest, crashed ? "crashed" : "stopping");
}

void guest_stopped(Guest *guest, StopReason reason)
{
    if (guest->job) {
        if (!guest_job_stopped(guest, reason)) {
            guest->stop_pending = TRUE;
            guest->stop_reason = reason;
        }
    } else if (guest->ours) {
        guest_clear_up(guest, reason);
    } else {
        show_end(guest, reason);
    }
}

void guest_gone(Guest *guest)
{
    if (guest->job && guest_job_gone(guest))
        return;
    guest_disconnect(guest);
    guest_set_domid(guest, DOMID_NONE);
    if (strcmp(vitrine_guest1_get_state(guest->skeleton), "crashed") != 0) {
        guest_clear_problem(guest);
        guest_set_state(guest, guest_resting_state(guest));
    }
}

void guest_job_over(Guest *guest)
{
    gboolean pending = guest->stop_pending;

    guest->stop_pending = FALSE;
    if (pending && guest->domid != DOMID_NONE)
        guest_stopped(guest, guest->stop_reason);
    service_refresh(guest->service);
}

static void show_facts(Guest *guest, const GuestFacts *facts)
{
    const char *bridge = service_options(guest->service)->bridge;

    vitrine_guest1_set_memory(guest->skeleton, facts->memory);
    vitrine_guest1_set_maximum_memory(guest->skeleton, facts->maximum_memory);
    vitrine_guest1_set_vcpus(guest->skeleton, facts->vcpus);
    vitrine_guest1_set_weight(guest->skeleton, facts->weight);
    vitrine_guest1_set_network(guest->skeleton, guest_settings_network(facts, bridge));
    vitrine_guest1_set_kind(guest->skeleton, guest_kind_name(facts->kind));
    vitrine_guest1_set_iso(guest->skeleton, facts->iso);
    vitrine_guest1_set_start_from(guest->skeleton, guest_start_name(facts->start));
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
    follow_access(guest, &file->notes.access);
    guest_follow_loudness(guest, &file->notes.loudness);
    vitrine_guest1_set_template(guest->skeleton, file->notes.template);
    vitrine_guest1_set_color(guest->skeleton, file->notes.color);
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

    if (guest->domid == watch->domid && !guest->settings_known)
        guest_set_settings(guest, watch->settings_known ? &watch->settings : &guest->config.facts);
}

/* Of a domain that xl made, only NAME.ini's word counts: a `vfb` was served by xl's QEMU. It gets
 * its devices late, perhaps while it runs already, and Linux takes them up all the same. */
static gboolean shows(const Guest *guest)
{
    const GuestFacts *facts = &guest->config.facts;

    return guest_store_shows(guest->display_choice, facts) && (guest->ours || !facts->has_vfb);
}

/* Likewise: to a card of libxl's somebody else is the back end. */
static gboolean sounds(const Guest *guest)
{
    const GuestFacts *facts = &guest->config.facts;

    return guest_wants_sound(guest) && (guest->ours || !facts->has_vsnd);
}

/* A domain of this guest that this process has not made: from an earlier run of the service, or
 * from `xl create`. */
static void adopt(Guest *guest, const BackendDomain *domain)
{
    g_autoptr(GTask) task = g_task_new(guest, NULL, watched, NULL);
    Watch *watch = g_new0(Watch, 1);

    guest_set_domid(guest, domain->domid);
    guest->ours = domain->ours;
    guest_set_state(guest, domain->paused ? "paused" : "running");
    watch->guest = g_object_ref(guest);
    watch->domid = domain->domid;
    watch->suspended = domain->suspended && domain->ours;
    g_task_set_task_data(task, watch, watch_free);
    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, watch_thread);
    if (guest->access.kind != NETWORK_ACCESS_ALL)
        guest_limit_network(guest, NULL, NULL);
    if (guest->config.facts.kind == GUEST_HVM)
        guest_connect_qemu(guest);
    else if (shows(guest))
        guest_connect_display(guest, domain->domid, NULL);
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

/* By a person, or for want of room on the disk. */
static gboolean is_held(Guest *guest)
{
    const char *state = vitrine_guest1_get_state(guest->skeleton);

    return strcmp(state, "paused") == 0 || strcmp(state, GUEST_OUT_OF_DISK) == 0;
}

void guest_set_paused(Guest *guest, gboolean paused)
{
    guest_set_state(guest, paused ? "paused" : "running");
    if (!paused)
        usb_guest_unpaused(service_usb(guest->service), guest->name);
}

/* Somebody may have paused it from outside. */
static void follow_pause(Guest *guest, gboolean paused)
{
    const char *state = vitrine_guest1_get_state(guest->skeleton);

    if (guest->holding)
        return;
    if (paused ? strcmp(state, "running") == 0 : is_held(guest))
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
    look_for_qemu(guest);
    measure(guest, domain, now);
    follow_pause(guest, domain->paused);
    follow_answer(guest, domain->unheard);
}

/* A method call between its arrival and polkit's word. */
typedef struct {
    Guest *guest;
    GDBusMethodInvocation *invocation; /* answering it gives it up */
    void (*act)(Guest *guest, GDBusMethodInvocation *invocation);
} Call;

static void decided(const GError *error, gpointer data)
{
    Call *call = data;

    if (error)
        g_dbus_method_invocation_return_gerror(call->invocation, error);
    else
        call->act(call->guest, call->invocation);
    g_object_unref(call->guest);
    g_free(call);
}

static void authorize(Guest *guest, GDBusMethodInvocation *invocation,
                      void (*act)(Guest *guest, GDBusMethodInvocation *invocation))
{
    Call *call = g_new0(Call, 1);

    call->guest = g_object_ref(guest);
    call->invocation = invocation;
    call->act = act;
    authority_check(service_authority(guest->service), invocation, decided, call);
}

static void refuse(GDBusMethodInvocation *invocation, const char *sentence)
{
    g_dbus_method_invocation_return_error_literal(invocation, SERVICE_ERROR,
                                                  SERVICE_ERROR_WRONG_STATE, sentence);
}

/* A method that starts a job, and when it may. */
typedef struct {
    const char *name;
    const char *signal;
    gboolean running;   /* the guest must have a domain; else must not */
    const char *state;  /* and must be in this state; NULL: any */
    gboolean impatient; /* ends a job that only waits for the guest to stop */
    const char *refusal;
    void (*start)(Guest *guest);
} JobMethod;

static const JobMethod job_methods[] = {
    {"Start", "handle-start", FALSE, NULL, FALSE, "The guest is running already.", guest_start},
    {"Shutdown", "handle-shutdown", TRUE, NULL, FALSE, "The guest is not running.", guest_shutdown},
    {"Reboot", "handle-reboot", TRUE, NULL, FALSE, "The guest is not running.", guest_reboot},
    {"ForceOff", "handle-force-off", TRUE, NULL, TRUE, "The guest is not running.",
     guest_force_off},
    {"Save", "handle-save", TRUE, "running", FALSE,
     "Only a running guest can be saved. If it is paused, let it go on first.", guest_save},
    {"DiscardSaved", "handle-discard-saved", FALSE, "saved", FALSE,
     "Nothing is saved of this guest.", guest_discard_saved},
    {"Delete", "handle-delete", FALSE, NULL, FALSE,
     "The guest is running: shut it down or force it off first.", guest_delete},
};

static const JobMethod *find_job_method(GDBusMethodInvocation *invocation)
{
    const char *name = g_dbus_method_invocation_get_method_name(invocation);

    for (guint i = 0; i < G_N_ELEMENTS(job_methods); i++) {
        if (strcmp(job_methods[i].name, name) == 0)
            return &job_methods[i];
    }
    g_assert_not_reached();
}

static void act_job(Guest *guest, GDBusMethodInvocation *invocation)
{
    const JobMethod *method = find_job_method(invocation);
    const char *state = vitrine_guest1_get_state(guest->skeleton);
    GDBusInterfaceSkeleton *job;

    if (guest->job && method->impatient)
        guest_job_stop_waiting(guest);
    if (guest->job) {
        refuse(invocation, "Something else is being done with this guest. Wait until it is "
                           "finished, or cancel it.");
        return;
    }
    if (method->running != (guest->domid != DOMID_NONE) ||
        (method->state && g_strcmp0(method->state, state) != 0)) {
        refuse(invocation, method->refusal);
        return;
    }
    method->start(guest);
    /* A job stays on the bus for a while even if it is over by now. */
    job = G_DBUS_INTERFACE_SKELETON(guest->last_job);
    g_dbus_method_invocation_return_value(
        invocation, g_variant_new("(o)", g_dbus_interface_skeleton_get_object_path(job)));
}

static gboolean handle_job(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                           gpointer data)
{
    authorize(data, invocation, act_job);
    return TRUE;
}

static void switch_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Guest *guest = source;
    Backend *backend = service_backend(guest->service);
    gboolean pause = GPOINTER_TO_INT(data);
    GError *error = NULL;

    if (pause ? backend->ops->pause(backend, guest->domid, &error)
              : backend->ops->unpause(backend, guest->domid, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void switched(GObject *source, GAsyncResult *result, gpointer data)
{
    GDBusMethodInvocation *invocation = data;
    Guest *guest = SERVICE_GUEST(source);
    gboolean pause = GPOINTER_TO_INT(g_task_get_task_data(G_TASK(result)));
    g_autoptr(GError) error = NULL;

    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    if (!guest->job && guest->domid != DOMID_NONE) {
        guest_set_paused(guest, pause);
        guest->runs_without_room = !pause;
        if (!pause)
            guest_show_running(guest);
    }
    g_dbus_method_invocation_return_value(invocation, NULL);
}

static void act_switch(Guest *guest, GDBusMethodInvocation *invocation)
{
    gboolean pause = strcmp(g_dbus_method_invocation_get_method_name(invocation), "Pause") == 0;
    gboolean running = strcmp(vitrine_guest1_get_state(guest->skeleton), "running") == 0;
    g_autoptr(GTask) task = NULL;

    if (guest->job || guest->holding || !(pause ? running : is_held(guest))) {
        refuse(invocation,
               pause ? "Only a running guest can be paused." : "Only a paused guest can go on.");
        return;
    }
    task = g_task_new(guest, NULL, switched, invocation);
    g_task_set_task_data(task, GINT_TO_POINTER(pause), NULL);
    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, switch_thread);
}

static gboolean handle_switch(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                              gpointer data)
{
    authorize(data, invocation, act_switch);
    return TRUE;
}

static gboolean handle_configure(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                 GVariant *options, gpointer data)
{
    authorize(data, invocation, guest_configure);
    return TRUE;
}

static gboolean handle_insert_iso(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                  const char *path, gpointer data)
{
    authorize(data, invocation, guest_insert_iso);
    return TRUE;
}

static gboolean handle_eject_iso(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                 gpointer data)
{
    authorize(data, invocation, guest_eject_iso);
    return TRUE;
}

static gboolean handle_add_disk(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                guint64 size, gpointer data)
{
    authorize(data, invocation, guest_add_disk);
    return TRUE;
}

static gboolean handle_remove_disk(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                   const char *name, gpointer data)
{
    authorize(data, invocation, guest_remove_disk);
    return TRUE;
}

static gboolean handle_resize_disk(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                   const char *name, guint64 size, gpointer data)
{
    authorize(data, invocation, guest_resize_disk);
    return TRUE;
}

static gboolean handle_take_snapshot(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                     const char *label, gpointer data)
{
    authorize(data, invocation, guest_take_snapshot);
    return TRUE;
}

static gboolean handle_roll_back(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                 const char *id, gpointer data)
{
    authorize(data, invocation, guest_roll_back);
    return TRUE;
}

static gboolean handle_delete_snapshot(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                       const char *id, gpointer data)
{
    authorize(data, invocation, guest_delete_snapshot);
    return TRUE;
}

/* A descriptor connected to the guest's display, or -1 and ERROR. */
static int connect_display(Guest *guest, DisplayProtocol protocol, GError **error)
{
    g_autofree char *qemu =
        qemu_socket_path(QEMU_SCREEN, service_options(guest->service)->run_directory, guest->name);

    if (guest->on_qemu && protocol != DISPLAY_VNC)
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                            "An HVM guest's display is served as “vnc” only.");
    else if (guest->on_qemu ? !vitrine_guest1_get_has_display(guest->skeleton)
                            : !guest->display || !display_server_is_available(guest->display))
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISPLAY,
                            "The guest has no display now.");
    else if (guest->on_qemu)
        return display_socket_connect(qemu, error);
    else
        return display_server_connect(guest->display, protocol, error);
    return -1;
}

static void act_open_display(Guest *guest, GDBusMethodInvocation *invocation)
{
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GError) error = NULL;
    DisplayProtocol protocol;
    const char *name;
    int fd;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s)", &name);
    if (!display_protocol_parse(name, &protocol)) {
        g_dbus_method_invocation_return_error(invocation, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                                              "Displays are served as “vnc” and “spice”.");
        return;
    }
    fd = connect_display(guest, protocol, &error);
    if (fd < 0) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    fds = g_unix_fd_list_new_from_array(&fd, 1);
    g_dbus_method_invocation_return_value_with_unix_fd_list(invocation, g_variant_new("(h)", 0),
                                                            fds);
}

static gboolean handle_open_display(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                    GUnixFDList *fds, const char *protocol, gpointer data)
{
    authorize(data, invocation, act_open_display);
    return TRUE;
}

static gboolean handle_open_console(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                    GUnixFDList *fds, gpointer data)
{
    authorize(data, invocation, guest_open_console);
    return TRUE;
}

static gboolean handle_read_console_log(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                        gpointer data)
{
    authorize(data, invocation, guest_read_console_log);
    return TRUE;
}

static gboolean handle_set_microphone(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                      const char *how, gpointer data)
{
    authorize(data, invocation, guest_set_microphone);
    return TRUE;
}

static gboolean handle_set_muted(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                 gboolean muted, gpointer data)
{
    authorize(data, invocation, guest_set_muted);
    return TRUE;
}

static gboolean handle_set_volume(VitrineGuest1 *skeleton, GDBusMethodInvocation *invocation,
                                  guint percent, gpointer data)
{
    authorize(data, invocation, guest_set_volume);
    return TRUE;
}

static void connect_methods(Guest *guest)
{
    for (guint i = 0; i < G_N_ELEMENTS(job_methods); i++)
        g_signal_connect(guest->skeleton, job_methods[i].signal, G_CALLBACK(handle_job), guest);
    g_signal_connect(guest->skeleton, "handle-pause", G_CALLBACK(handle_switch), guest);
    g_signal_connect(guest->skeleton, "handle-unpause", G_CALLBACK(handle_switch), guest);
    g_signal_connect(guest->skeleton, "handle-configure", G_CALLBACK(handle_configure), guest);
    g_signal_connect(guest->skeleton, "handle-set-microphone", G_CALLBACK(handle_set_microphone),
                     guest);
    g_signal_connect(guest->skeleton, "handle-set-muted", G_CALLBACK(handle_set_muted), guest);
    g_signal_connect(guest->skeleton, "handle-set-volume", G_CALLBACK(handle_set_volume), guest);
    g_signal_connect(guest->skeleton, "handle-insert-iso", G_CALLBACK(handle_insert_iso), guest);
    g_signal_connect(guest->skeleton, "handle-eject-iso", G_CALLBACK(handle_eject_iso), guest);
    g_signal_connect(guest->skeleton, "handle-add-disk", G_CALLBACK(handle_add_disk), guest);
    g_signal_connect(guest->skeleton, "handle-remove-disk", G_CALLBACK(handle_remove_disk), guest);
    g_signal_connect(guest->skeleton, "handle-resize-disk", G_CALLBACK(handle_resize_disk), guest);
    g_signal_connect(guest->skeleton, "handle-list-disks", G_CALLBACK(guest_handle_list_disks),
                     guest);
    g_signal_connect(guest->skeleton, "handle-take-snapshot", G_CALLBACK(handle_take_snapshot),
                     guest);
    g_signal_connect(guest->skeleton, "handle-roll-back", G_CALLBACK(handle_roll_back), guest);
    g_signal_connect(guest->skeleton, "handle-delete-snapshot", G_CALLBACK(handle_delete_snapshot),
                     guest);
    g_signal_connect(guest->skeleton, "handle-list-snapshots",
                     G_CALLBACK(guest_handle_list_snapshots), guest);
    g_signal_connect(guest->skeleton, "handle-open-display", G_CALLBACK(handle_open_display),
                     guest);
    g_signal_connect(guest->skeleton, "handle-open-console", G_CALLBACK(handle_open_console),
                     guest);
    g_signal_connect(guest->skeleton, "handle-read-console-log",
                     G_CALLBACK(handle_read_console_log), guest);
}

static void set_first_properties(Guest *guest)
{
    g_autofree char *path = guest_store_config_path(service_store(guest->service), guest->name);

    vitrine_guest1_set_name(guest->skeleton, guest->name);
    vitrine_guest1_set_state(guest->skeleton, "stopped");
    vitrine_guest1_set_domid(guest->skeleton, DOMID_NONE);
    vitrine_guest1_set_template(guest->skeleton, "");
    vitrine_guest1_set_color(guest->skeleton, "");
    vitrine_guest1_set_network(guest->skeleton, "none");
    vitrine_guest1_set_kind(guest->skeleton, guest_kind_name(GUEST_PV));
    vitrine_guest1_set_iso(guest->skeleton, "");
    vitrine_guest1_set_start_from(guest->skeleton, guest_start_name(GUEST_START_DISK));
    vitrine_guest1_set_start_choices(guest->skeleton, (const char *const[]){NULL});
    vitrine_guest1_set_config_path(guest->skeleton, path);
    vitrine_guest1_set_problem(guest->skeleton, "");
    vitrine_guest1_set_network_access(guest->skeleton, network_access_name(NETWORK_ACCESS_ALL));
    vitrine_guest1_set_network_hosts(guest->skeleton, (const char *const[]){NULL});
    guest_follow_loudness(guest, &(const GuestLoudness){.percent = GUEST_LOUDNESS_MAX});
    guest_disconnect_sound(guest);
}

Guest *guest_new(Service *service, const char *name)
{
    Guest *guest = g_object_new(GUEST_TYPE, NULL);
    g_autofree char *id = g_dbus_escape_object_path(name);
    g_autofree char *path = g_strconcat(SERVICE_PATH "/guests/", id, NULL);

    guest->service = service;
    guest->name = g_strdup(name);
    set_first_properties(guest);
    connect_methods(guest);
    guest->object = vitrine_object_skeleton_new(path);
    vitrine_object_skeleton_set_guest1(guest->object, guest->skeleton);
    return guest;
}

void guest_autostart(Guest *guest)
{
    if (vitrine_guest1_get_autostart(guest->skeleton) && !guest->job && guest->domid == DOMID_NONE)
        guest_start(guest);
}

void guest_export(Guest *guest)
{
    g_dbus_object_manager_server_export(service_objects(guest->service),
                                        G_DBUS_OBJECT_SKELETON(guest->object));
}

void guest_withdraw(Guest *guest)
{
    const char *path = g_dbus_object_get_object_path(G_DBUS_OBJECT(guest->object));

    g_signal_handlers_disconnect_by_data(guest->skeleton, guest);
    g_dbus_object_manager_server_unexport(service_objects(guest->service), path);
}
