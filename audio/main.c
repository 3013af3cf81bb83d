/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-audio: the sound of one guest with a PV card, from its birth to its end. */
#include <errno.h>

#include <glib.h>

#include "program.h"
#include "sndif.h"

struct audio {
    struct program *program;
    struct guest *guest;
    struct xenbus_class device;
    struct sndif *sndif;
    struct store_watch *release_watch;
};

/* Some domain has died, or changed otherwise; perhaps ours. */
static void on_release(void *data)
{
    struct audio *audio = data;

    if (!guest_is_alive(audio->guest))
        program_guest_gone(audio->program);
}

static bool open_card(void *data, struct program *program, char **ret_problem)
{
    struct audio *audio = data;

    audio->program = program;
    audio->guest = guest_open(program_options(program)->domid, ret_problem);
    if (!audio->guest)
        return false;
    audio->device = sndif_class();
    if (xenbus_create_nodes(audio->guest, &audio->device, 1))
        return true;
    *ret_problem =
        g_strdup_printf("Can't make the sound card's nodes in xenstore: %s.", g_strerror(errno));
    return false;
}

static bool start_card(void *data, struct program *program, char **ret_problem)
{
    struct audio *audio = data;

    audio->sndif = sndif_start(audio->guest, program_sound(program));
    audio->release_watch =
        store_watch_new(audio->guest->store, "@releaseDomain", on_release, audio);
    if (audio->sndif && audio->release_watch)
        return true;
    *ret_problem = g_strdup_printf("Can't watch xenstore: %s.", g_strerror(errno));
    return false;
}

static void stop_card(void *data)
{
    struct audio *audio = data;

    store_watch_free(audio->release_watch);
    sndif_stop(audio->sndif);
}

/* While the guest lives, the nodes stay for a process after us. */
static void close_card(void *data, bool guest_gone)
{
    struct audio *audio = data;

    if (guest_gone)
        xenbus_remove_nodes(audio->guest, &audio->device, 1);
    guest_close(audio->guest);
}

int main(int argc, char **argv)
{
    static const struct program_card card = {
        .guest = OPTIONS_DOMID,
        .open = open_card,
        .start = start_card,
        .stop = stop_card,
        .close = close_card,
    };
    struct audio audio = {0};

    g_set_prgname("vitrine-audio");
    return program_main(argc, argv, &card, &audio);
}
