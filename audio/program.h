/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that a guest's sound card has for itself, whatever the card is: from the command line
 * to the end, with the sound server on one side and the service's orders on the other.
 */
#ifndef AUDIO_PROGRAM_H
#define AUDIO_PROGRAM_H

#include <stdbool.h>

#include "options.h"
#include "sound.h"

struct program;

/* A kind of card. Its functions get @data of program_main(); on failure they return false and
 * *@ret_problem, a sentence to be freed with g_free(). */
struct program_card {
    enum options_guest guest; /* how the command line names the guest */
    /* Opens all that needs files; nothing that runs yet, nor any thread. */
    bool (*open)(void *data, struct program *program, char **ret_problem);
    /* Sound may flow from here on. */
    bool (*start)(void *data, struct program *program, char **ret_problem);
    /* Ends both, or what there is of them: no stream is left open. */
    void (*stop)(void *data);
    /* After all sound has ended. @guest_gone: as program_guest_gone() said. */
    void (*close)(void *data, bool guest_gone);
};

/* What main() returns. */
int program_main(int argc, char **argv, const struct program_card *card, void *data);

const struct options *program_options(const struct program *program);
struct sound *program_sound(const struct program *program);

/* The process ends, from its main loop, as its guest has. */
void program_guest_gone(struct program *program);

#endif
