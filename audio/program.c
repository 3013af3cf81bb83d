/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that a guest's sound card has for itself. */
#include "program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <glib-unix.h>

#include "backend/sandbox.h"
#include "control.h"
#include "pulse.h"

#define EXIT_USAGE 2

/* As PulseAudio's own: sound that comes late is of no use. */
#define NICE_LEVEL (-11)

/* How long the start waits for a sound server, which may not be found any more after it. */
#define SERVER_WAIT_MS 2000

struct program {
    const struct program_card *card;
    void *data; /* the card's */
    struct options options;
    GMainLoop *loop;
    bool guest_gone;

    struct pulse *pulse;
    struct sound *sound;
    struct control *control;
};

const struct options *program_options(const struct program *program)
{
    return &program->options;
}

struct sound *program_sound(const struct program *program)
{
    return program->sound;
}

void program_guest_gone(struct program *program)
{
    g_message("The guest is gone.");
    program->guest_gone = true;
    g_main_loop_quit(program->loop);
}

static gboolean on_signal(gpointer data)
{
    struct program *program = data;

    g_main_loop_quit(program->loop);
    return G_SOURCE_CONTINUE;
}

static void on_server(void *data, bool there)
{
    struct program *program = data;

    sound_set_server(program->sound, there);
}

static void on_changed(void *data, enum sound_state state, bool now)
{
    control_print_state(state, now);
}

static void on_mixed(void *data, unsigned percent, bool muted)
{
    control_print_volume(percent, muted);
}

/* All that needs files; nothing that runs yet. */
static bool set_up(struct program *program, char **ret_problem)
{
    const struct options *options = &program->options;

    program->pulse = pulse_new(options->name, options->icon, on_server, program);
    if (!program->pulse) {
        *ret_problem = g_strdup("Can't set up PulseAudio's library.");
        return false;
    }
    program->sound = sound_new(pulse_player(program->pulse), on_changed, program);
    sound_tell_mixed(program->sound, on_mixed);
    pulse_wait(program->pulse, SERVER_WAIT_MS);
    return program->card->open(program->data, program, ret_problem);
}

static bool start(struct program *program, char **ret_problem)
{
    sound_set_microphone(program->sound, program->options.microphone);
    program->control = control_new(STDIN_FILENO, program->sound, program->options.microphone);
    return program->card->start(program->data, program, ret_problem);
}

/* In the order in which one thing leans on another; each may be missing. */
static void tear_down(struct program *program)
{
    control_free(program->control);
    program->card->stop(program->data);
    pulse_free(program->pulse);
    sound_free(program->sound);
    program->card->close(program->data, program->guest_gone);
    options_clear(&program->options);
}

static bool run(struct program *program, char **ret_problem)
{
    const char *const nothing[SANDBOX_MAX_REMOVABLE] = {NULL};
    bool started = set_up(program, ret_problem);

    if (started) {
        setpriority(PRIO_PROCESS, 0,
                    NICE_LEVEL); /* without the right to it, it runs as others do */
        sandbox_enter(nothing);
        started = start(program, ret_problem);
    }
    if (started) {
        puts("ready");
        fflush(stdout);
        g_main_loop_run(program->loop);
    }
    return started;
}

int program_main(int argc, char **argv, const struct program_card *card, void *data)
{
    struct program program = {.card = card, .data = data};
    g_autofree char *problem = NULL;
    bool ran;

    if (!options_parse(argc, argv, card->guest, &program.options, &problem)) {
        fprintf(stderr, "%s: %s\n", g_get_prgname(), problem);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    program.loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, on_signal, &program);
    g_unix_signal_add(SIGINT, on_signal, &program);
    ran = run(&program, &problem);
    if (!ran)
        fprintf(stderr, "%s: %s\n", g_get_prgname(), problem);
    tear_down(&program);
    g_main_loop_unref(program.loop);
    return ran ? EXIT_SUCCESS : EXIT_FAILURE;
}
