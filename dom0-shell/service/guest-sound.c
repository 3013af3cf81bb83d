/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sound of one running guest: the back end of its PV sound card, one process a guest. */
#include "guest-private.h"

#include "error.h"

static const HelperKind kind = {
    .what = "sound",
    .error = SERVICE_ERROR_FAILED,
    .problem = "The guest runs, but its sound keeps failing and was given up. "
               "Restart the guest to hear it again.",
};

static void sound_changed(gboolean available, const char *problem, gpointer data)
{
    Guest *guest = data;

    if (problem)
        guest_set_problem(guest, problem);
}

static Helper *make_helper(Guest *guest, int domid)
{
    const ServiceOptions *options = service_options(guest->service);
    g_autofree char *domain = g_strdup_printf("%d", domid);
    g_autofree char *server = g_strconcat("PULSE_SERVER=unix:", options->sound_socket, NULL);
    const char *const argv[] = {
        options->sound_program, "--domid", domain, "--name", guest->name, NULL,
    };
    const char *const environment[] = {server, NULL};

    return helper_new(&kind, guest->name, argv, environment, NULL);
}

void guest_connect_sound(Guest *guest, int domid)
{
    guest_disconnect_sound(guest);
    if (*service_options(guest->service)->sound_program == '\0')
        return;
    guest->sound = make_helper(guest, domid);
    helper_start(guest->sound, NULL, sound_changed, guest);
}

void guest_disconnect_sound(Guest *guest)
{
    if (guest->sound)
        helper_stop(guest->sound);
    g_clear_object(&guest->sound);
}
