/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sound of one running guest: what plays its sound card, one process a guest. It is told how
 * loud the guest is (guest-loudness.c), and of the microphone, which is off until a person grants
 * it and never outlives the guest. */
#include "guest-private.h"

#include <string.h>

#include "error.h"
#include "guest-devices.h"
#include "qemu-socket.h"

#define MICROPHONE_OFF     "off"
#define MICROPHONE_ONCE    "once"
#define MICROPHONE_RUNNING "running"

/* How long a guest waits for its card before it runs, in ms: it would be there without one. */
#define PATIENCE 5000

#define SOUND_NONE    "none"
#define SOUND_SILENT  "silent"
#define SOUND_PLAYING "playing"

static const HelperKind helper_kind = {
    .what = N_("sound"),
    .error = SERVICE_ERROR_FAILED,
    .problem = N_("The guest runs, but its sound keeps failing and was given up. "
                  "Restart the guest to hear it again."),
};

/* ---- The microphone ---- */

static gboolean has_microphone(Guest *guest, const char *how)
{
    return strcmp(vitrine_guest1_get_microphone(guest->skeleton), how) == 0;
}

void guest_order_sound(Guest *guest, const char *text)
{
    if (!guest->sound || !helper_is_available(guest->sound))
        return;
    /* One that does not listen is ended: it might leave the microphone on. */
    if (!helper_send(guest->sound, text, -1)) {
        g_warning("%s: the sound does not take orders.", guest->name);
        guest_disconnect_sound(guest);
    }
}

static void order_microphone(Guest *guest, gboolean on)
{
    guest_order_sound(guest, on ? "microphone on" : "microphone off");
}

static void take_microphone(Guest *guest)
{
    gboolean was_on = !has_microphone(guest, MICROPHONE_OFF);

    g_clear_handle_id(&guest->microphone_idle, g_source_remove);
    vitrine_guest1_set_microphone(guest->skeleton, MICROPHONE_OFF);
    if (was_on)
        order_microphone(guest, FALSE);
}

static gboolean been_idle(gpointer data)
{
    Guest *guest = data;

    guest->microphone_idle = 0;
    take_microphone(guest);
    return G_SOURCE_REMOVE;
}

/* What was granted once is over when the guest has not recorded for a while. */
static void follow_idleness(Guest *guest)
{
    guint idle = service_options(guest->service)->microphone_idle;

    g_clear_handle_id(&guest->microphone_idle, g_source_remove);
    if (has_microphone(guest, MICROPHONE_ONCE) && !vitrine_guest1_get_recording(guest->skeleton))
        guest->microphone_idle = g_timeout_add(idle, been_idle, guest);
}

/* ---- What the process says ---- */

static void set_playing(Guest *guest, gboolean on)
{
    vitrine_guest1_set_sound_state(guest->skeleton, on ? SOUND_PLAYING : SOUND_SILENT);
}

static void set_recording(Guest *guest, gboolean on)
{
    vitrine_guest1_set_recording(guest->skeleton, on);
    follow_idleness(guest);
}

static void set_asking(Guest *guest, gboolean on)
{
    vitrine_guest1_set_asks_for_microphone(guest->skeleton, on);
}

static void sound_said(const char *text, gpointer data)
{
    static const struct {
        const char *text;
        gboolean on;
        void (*set)(Guest *guest, gboolean on);
    } states[] = {
        {"playing on", TRUE, set_playing},     {"playing off", FALSE, set_playing},
        {"recording on", TRUE, set_recording}, {"recording off", FALSE, set_recording},
        {"asking on", TRUE, set_asking},       {"asking off", FALSE, set_asking},
    };

    if (guest_hear_loudness(data, text))
        return;
    for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
        if (strcmp(states[i].text, text) == 0)
            states[i].set(data, states[i].on);
    }
}

/* Who waits for the card need not any longer. */
static void settle(Guest *guest)
{
    HelperReady settled = guest->sound_settled;

    g_clear_handle_id(&guest->sound_patience, g_source_remove);
    guest->sound_settled = NULL;
    if (settled)
        settled(NULL, guest);
}

static gboolean is_late(gpointer data)
{
    Guest *guest = data;

    guest->sound_patience = 0;
    g_warning("%s: the sound is late, and the guest does not wait for it.", guest->name);
    settle(guest);
    return G_SOURCE_REMOVE;
}

void guest_await_sound(Guest *guest, HelperReady settled)
{
    guest->sound_settled = settled;
    if (!guest->sound || helper_is_available(guest->sound))
        settle(guest);
    else
        guest->sound_patience = g_timeout_add(PATIENCE, is_late, guest);
}

/* A new process has to be told what the last one knew. */
static void sound_changed(gboolean available, const char *problem, gpointer data)
{
    Guest *guest = data;

    if (problem)
        guest_set_problem(guest, problem);
    vitrine_guest1_set_sound_state(guest->skeleton, available ? SOUND_SILENT : SOUND_NONE);
    vitrine_guest1_set_recording(guest->skeleton, FALSE);
    vitrine_guest1_set_asks_for_microphone(guest->skeleton, FALSE);
    if (!available && !has_microphone(guest, MICROPHONE_RUNNING))
        take_microphone(guest);
    if (available && has_microphone(guest, MICROPHONE_RUNNING))
        order_microphone(guest, TRUE);
    if (available)
        guest_tell_loudness(guest);
    settle(guest);
}

/* ---- The process ---- */

/* What finds the guest's card, a PV one or a device model's. */
typedef struct {
    const char *program;
    const char *option;
    char *value;
} Card;

static Card find_card(const Guest *guest, int domid, GuestKind kind)
{
    const ServiceOptions *options = service_options(guest->service);

    if (kind == GUEST_HVM)
        return (Card){options->emulated_sound_program, "--socket",
                      qemu_socket_path(QEMU_SOUND, options->run_directory, guest->name)};
    return (Card){options->sound_program, "--domid", g_strdup_printf("%d", domid)};
}

static Helper *make_helper(Guest *guest, int domid, GuestKind kind)
{
    const ServiceOptions *options = service_options(guest->service);
    Card card = find_card(guest, domid, kind);
    g_autofree char *value = card.value;
    g_autofree char *server = g_strconcat("PULSE_SERVER=unix:", options->sound_socket, NULL);
    const char *const argv[] = {
        card.program, card.option, value, "--name", guest->name, NULL,
    };
    const char *const environment[] = {server, NULL};
    Helper *helper = helper_new(&helper_kind, guest->name, argv, environment, NULL);

    helper_open_lines(helper, sound_said);
    return helper;
}

gboolean guest_wants_sound(const Guest *guest)
{
    return guest_devices_have_sound(guest->sound_choice, &guest->config.facts);
}

/* A device model that was started otherwise than the files say now, by xl perhaps, has no sound. */
static gboolean has_card(const Guest *guest, GuestKind kind)
{
    const ServiceOptions *options = service_options(guest->service);

    return *options->sound_program != '\0' &&
           (kind != GUEST_HVM ||
            qemu_socket_is_there(QEMU_SOUND, options->run_directory, guest->name));
}

void guest_connect_sound(Guest *guest, int domid, GuestKind kind)
{
    guest_disconnect_sound(guest);
    if (!has_card(guest, kind))
        return;
    guest->sound = make_helper(guest, domid, kind);
    helper_start(guest->sound, NULL, sound_changed, guest);
}

void guest_disconnect_sound(Guest *guest)
{
    g_clear_handle_id(&guest->microphone_idle, g_source_remove);
    g_clear_handle_id(&guest->sound_patience, g_source_remove);
    guest->sound_settled = NULL;
    if (guest->sound)
        helper_stop(guest->sound);
    g_clear_object(&guest->sound);
    vitrine_guest1_set_microphone(guest->skeleton, MICROPHONE_OFF);
    vitrine_guest1_set_sound_state(guest->skeleton, SOUND_NONE);
    vitrine_guest1_set_recording(guest->skeleton, FALSE);
    vitrine_guest1_set_asks_for_microphone(guest->skeleton, FALSE);
}

/* ---- Methods ---- */

/* FALSE after an answer if there is no sound now. */
static gboolean check(Guest *guest, GDBusMethodInvocation *invocation)
{
    if (guest->sound && helper_is_available(guest->sound))
        return TRUE;
    g_dbus_method_invocation_return_error_literal(
        invocation, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
        N_("This guest has no sound now: it does not run, or its sound is switched off in its "
           "settings."));
    return FALSE;
}

/* Whoever is answered is to find the properties as they are now. */
static void answer(Guest *guest, GDBusMethodInvocation *invocation, gboolean done)
{
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(guest->skeleton));
    if (done)
        g_dbus_method_invocation_return_value(invocation, NULL);
    else
        g_dbus_method_invocation_return_error_literal(
            invocation, SERVICE_ERROR, SERVICE_ERROR_FAILED,
            N_("The guest's sound did not listen and was ended. Restart the guest to hear it "
               "again."));
}

void guest_set_microphone(Guest *guest, GDBusMethodInvocation *invocation)
{
    static const char *const ways[] = {MICROPHONE_OFF, MICROPHONE_ONCE, MICROPHONE_RUNNING, NULL};
    const char *how;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s)", &how);
    if (!g_strv_contains(ways, how)) {
        g_dbus_method_invocation_return_error_literal(
            invocation, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
            N_("A microphone is “off”, or granted “once” or while the guest is “running”."));
        return;
    }
    /* Whatever is the matter, it can be taken away. */
    if (strcmp(how, MICROPHONE_OFF) == 0) {
        take_microphone(guest);
        answer(guest, invocation, TRUE);
    } else if (check(guest, invocation)) {
        vitrine_guest1_set_microphone(guest->skeleton, how);
        follow_idleness(guest);
        order_microphone(guest, TRUE);
        answer(guest, invocation, guest->sound != NULL);
    }
}
