/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines of vitrine-audio and vitrine-audio-spice. */
#ifndef AUDIO_OPTIONS_H
#define AUDIO_OPTIONS_H

#include <stdbool.h>

/* How a command line names the guest. */
enum options_guest {
    OPTIONS_DOMID,  /* --domid: its PV sound card */
    OPTIONS_SOCKET, /* --socket: where its device model's SPICE server listens */
};

struct options {
    unsigned domid; /* or: */
    char *socket;
    char *name; /* what the desktop's mixer shows */
    char *icon; /* the name of an icon, beside it */
    bool microphone;
};

/*
 * Reads the command line. On success the strings are to be freed with options_clear(). On failure
 * returns false and *@ret_problem, a sentence to be freed with g_free(). --help prints and exits.
 */
bool options_parse(int argc, char **argv, enum options_guest guest, struct options *ret_options,
                   char **ret_problem);

void options_clear(struct options *options);

#endif
