/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One guest as an object on the bus, and what serves its domain. */
#include "guest-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "guest-devices.h"
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

const FirewallPort *guest_port(Guest *guest)
{
    return &guest->port;
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

static char *screen_socket(Guest *guest)
{
    g_autofree char *file = g_strconcat(guest->name, ".sock", NULL);

    return g_build_filename(service_options(guest->service)->run_directory, "display", file, NULL);
}

static void forget_screen(Guest *guest)
{
    g_autofree char *path = screen_socket(guest);

    display_server_forget(path);
}

void guest_set_domid(Guest *guest, int domid)
{
    if (domid == DOMID_NONE)
        forget_screen(guest);
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

static gboolean has_monitors_as_wanted(const Guest *guest)
{
    return !guest->ours || !guest->display ||
           strcmp(guest->shown_monitors,
                  guest_devices_find_monitors(&guest->monitors, &guest->config.facts)) == 0;
}

void guest_show_restart(Guest *guest)
{
    vitrine_guest1_set_needs_restart(
        guest->skeleton,
        guest->settings_known && (!guest_settings_agree(&guest->settings, &guest->config.facts) ||
                                  !has_sound_as_wanted(guest) || !has_monitors_as_wanted(guest)));
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
        guest_set_problem(guest,
                          N_("This guest's screen is on no unix socket, where it could be "
                             "looked at from here: its file says by “vnclisten” where it is."));
    else
        guest_set_problem(guest,
                          N_("This guest has no screen, but a text console. "
                             "With “display=true” below “[guest]” in its .ini file it gets a "
                             "screen with the next start."));
}

static void show_addresses(Guest *guest, const char *const *addresses)
{
    static const char *const none[] = {NULL};

    vitrine_guest1_set_display_addresses(guest->skeleton, addresses ? addresses : none);
}

static void display_changed(gboolean available, const char *problem, gpointer data)
{
    Guest *guest = data;

    if (problem)
        guest_set_problem(guest, problem);
    vitrine_guest1_set_has_display(guest->skeleton, available);
    if (!available)
        show_addresses(guest, NULL);
}

/* It says where viewers can come to: "at URL". */
static void display_said(const char *text, gpointer data)
{
    Guest *guest = data;
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_auto(GStrv) addresses = NULL;

    if (!g_str_has_prefix(text, "at "))
        return;
    g_strv_builder_addv(builder,
                        (const char **)vitrine_guest1_get_display_addresses(guest->skeleton));
    g_strv_builder_add(builder, text + strlen("at "));
    addresses = g_strv_builder_end(builder);
    show_addresses(guest, (const char *const *)addresses);
}

/* As the guest's file has it now. Whether it can be had was checked when the guest was started;
 * what a person has written into it since then is told in the journal. */
static void read_places(Guest *guest, ScreenPlaces *ret_places)
{
    g_autofree char *path = guest_store_config_path(service_store(guest->service), guest->name);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    memset(ret_places, 0, sizeof *ret_places);
    if (g_file_get_contents(path, &text, NULL, &error))
        screen_places_read(text, ret_places, &error);
    if (error)
        g_message("%s: the screen is served to nobody else: %s", guest->name, error->message);
}

void guest_connect_display(Guest *guest, int domid, const DisplayDevices *devices,
                           HelperReady ready)
{
    const ServiceOptions *options = service_options(guest->service);
    g_autofree char *path = screen_socket(guest);
    g_auto(ScreenPlaces) places;

    guest_disconnect_display(guest);
    read_places(guest, &places);
    guest->display = display_server_new(options->display_program, domid, guest->name, path, devices,
                                        &places, display_said);
    g_strlcpy(guest->shown_monitors, devices->monitors, sizeof guest->shown_monitors);
    display_server_start(guest->display, ready, display_changed, guest);
}

void guest_disconnect_display(Guest *guest)
{
    if (guest->display)
        display_server_stop(guest->display);
    g_clear_object(&guest->display);
    guest->on_qemu = FALSE;
    vitrine_guest1_set_has_display(guest->skeleton, FALSE);
    show_addresses(guest, NULL);
}

void guest_disconnect(Guest *guest)
{
    guest_disconnect_display(guest);
    guest_disconnect_sound(guest);
    usb_guest_stopped(service_usb(guest->service), guest->name);
}

/* The socket comes and goes with QEMU, whoever started that. */
void guest_look_for_qemu(Guest *guest)
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
    guest_look_for_qemu(guest);
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
        guest_set_problem(guest, N_("The guest crashed. Its console says more."));
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

void guest_set_paused(Guest *guest, gboolean paused)
{
    guest_set_state(guest, paused ? "paused" : "running");
    if (!paused)
        usb_guest_unpaused(service_usb(guest->service), guest->name);
}

gboolean guest_is_held(Guest *guest)
{
    const char *state = vitrine_guest1_get_state(guest->skeleton);

    return strcmp(state, "paused") == 0 || strcmp(state, GUEST_OUT_OF_DISK) == 0;
}

static void set_first_properties(Guest *guest)
{
    g_autofree char *path = guest_store_config_path(service_store(guest->service), guest->name);

    vitrine_guest1_set_name(guest->skeleton, guest->name);
    vitrine_guest1_set_state(guest->skeleton, "stopped");
    vitrine_guest1_set_domid(guest->skeleton, DOMID_NONE);
    vitrine_guest1_set_template(guest->skeleton, "");
    vitrine_guest1_set_color(guest->skeleton, "");
    vitrine_guest1_set_group(guest->skeleton, "");
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
    guest_connect_methods(guest);
    guest->object = vitrine_object_skeleton_new(path);
    vitrine_object_skeleton_set_guest1(guest->object, guest->skeleton);
    return guest;
}

void guest_autostart(Guest *guest)
{
    if (vitrine_guest1_get_autostart(guest->skeleton) && !guest->job && guest->domid == DOMID_NONE)
        guest_start(guest);
}

void guest_go_on(Guest *guest)
{
    if (guest->saved && !guest->job && guest->domid == DOMID_NONE)
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
