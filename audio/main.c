/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-audio: the sound of one guest, from its birth to its end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib-unix.h>

#include "backend/sandbox.h"
#include "control.h"
#include "options.h"
#include "pulse.h"
#include "sndif.h"

#define EXIT_USAGE 2

/* How long the start waits for a sound server, which may not be found any more after it. */
#define SERVER_WAIT_MS 2000

struct audio {
    struct options options;
    GMainLoop *loop;
    bool guest_gone;

    struct guest *guest;
    struct xenbus_class device;
    struct pulse *pulse;
    struct sound *sound;
    struct control *control;
    struct sndif *sndif;
    struct store_watch *release_watch;
};

static gboolean on_signal(gpointer data)
{
    struct audio *audio = data;

    g_main_loop_quit(audio->loop);
    return G_SOURCE_CONTINUE;
}

/* Some domain has died, or changed otherwise; perhaps ours. */
static void on_release(void *data)
{
    struct audio *audio = data;

    if (guest_is_alive(audio->guest))
        return;
    g_message("The guest is gone.");
    audio->guest_gone = true;
    g_main_loop_quit(audio->loop);
}

static void on_server(void *data, bool there)
{
    struct audio *audio = data;

    sound_set_server(audio->sound, there);
}

static void on_changed(void *data, enum sound_state state, bool now)
{
    control_print_state(state, now);
}

/* All that needs files; nothing that runs yet. */
static bool set_up(struct audio *audio, char **ret_problem)
{
    const struct options *options = &audio->options;

    audio->guest = guest_open(options->domid, ret_problem);
    if (!audio->guest)
        return false;
    audio->pulse = pulse_new(options->name, options->icon, on_server, audio);
    if (!audio->pulse) {
        *ret_problem = g_strdup("Can't set up PulseAudio's library.");
        return false;
    }
    audio->sound = sound_new(pulse_player(audio->pulse), on_changed, audio);
    pulse_wait(audio->pulse, SERVER_WAIT_MS);
    audio->device = sndif_class();
    if (xenbus_create_nodes(audio->guest, &audio->device, 1))
        return true;
    *ret_problem =
        g_strdup_printf("Can't make the sound card's nodes in xenstore: %s.", g_strerror(errno));
    return false;
}

static bool start(struct audio *audio, char **ret_problem)
{
    audio->sndif = sndif_start(audio->guest, audio->sound);
    audio->release_watch =
        store_watch_new(audio->guest->store, "@releaseDomain", on_release, audio);
    if (!audio->sndif || !audio->release_watch) {
        *ret_problem = g_strdup_printf("Can't watch xenstore: %s.", g_strerror(errno));
        return false;
    }
    sound_set_microphone(audio->sound, audio->options.microphone);
    audio->control = control_new(STDIN_FILENO, audio->sound, audio->options.microphone);
    return true;
}

/* In the order in which one thing leans on another; each may be missing. */
static void tear_down(struct audio *audio)
{
    store_watch_free(audio->release_watch);
    control_free(audio->control);
    sndif_stop(audio->sndif);
    pulse_free(audio->pulse);
    sound_free(audio->sound);
    /* While the guest lives, the nodes stay for a process after us. */
    if (audio->guest_gone)
        xenbus_remove_nodes(audio->guest, &audio->device, 1);
    guest_close(audio->guest);
    options_clear(&audio->options);
}

static bool run(struct audio *audio, char **ret_problem)
{
    const char *const nothing[SANDBOX_MAX_REMOVABLE] = {NULL};
    bool started = set_up(audio, ret_problem);

    if (started) {
        sandbox_enter(nothing);
        started = start(audio, ret_problem);
    }
    if (started) {
        puts("ready");
        fflush(stdout);
        g_main_loop_run(audio->loop);
    }
    return started;
}

int main(int argc, char **argv)
{
    struct audio audio = {0};
    g_autofree char *problem = NULL;
    bool ran;

    g_set_prgname("vitrine-audio");
    if (!options_parse(argc, argv, &audio.options, &problem)) {
        fprintf(stderr, "vitrine-audio: %s\n", problem);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    audio.loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, on_signal, &audio);
    g_unix_signal_add(SIGINT, on_signal, &audio);
    ran = run(&audio, &problem);
    if (!ran)
        fprintf(stderr, "vitrine-audio: %s\n", problem);
    tear_down(&audio);
    g_main_loop_unref(audio.loop);
    return ran ? EXIT_SUCCESS : EXIT_FAILURE;
}
