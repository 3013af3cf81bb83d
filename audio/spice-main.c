/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-audio-spice: the sound of one guest whose device model emulates its sound card. */
#include <glib.h>

#include "program.h"
#include "spice-card.h"

struct emulated {
    struct program *program;
    struct spice_card *card;
};

static void on_gone(void *data)
{
    struct emulated *emulated = data;

    program_guest_gone(emulated->program);
}

static bool open_card(void *data, struct program *program, char **ret_problem)
{
    struct emulated *emulated = data;

    emulated->program = program;
    return true;
}

static bool start_card(void *data, struct program *program, char **ret_problem)
{
    struct emulated *emulated = data;

    emulated->card = spice_card_start(program_options(program)->socket, program_sound(program),
                                      on_gone, emulated, ret_problem);
    return emulated->card != NULL;
}

static void stop_card(void *data)
{
    struct emulated *emulated = data;

    spice_card_stop(emulated->card);
}

static void close_card(void *data, bool guest_gone)
{
}

int main(int argc, char **argv)
{
    static const struct program_card card = {
        .guest = OPTIONS_SOCKET,
        .open = open_card,
        .start = start_card,
        .stop = stop_card,
        .close = close_card,
    };
    struct emulated emulated = {0};

    g_set_prgname("vitrine-audio-spice");
    return program_main(argc, argv, &card, &emulated);
}
