/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vitrine-display. */
#ifndef DISPLAY_OPTIONS_H
#define DISPLAY_OPTIONS_H

#include <stdbool.h>

#include "devices/displif-objects.h"
#include "tcp-socket.h"

struct options {
    unsigned domid;
    char *name;       /* what viewers see as the title */
    char *vnc_socket; /* path; each may be NULL, but not all */
    char *spice_socket;
    char *local_socket;
    struct tcp_place vnc_place, spice_place, spice_tls_place; /* each may be nowhere */
    char *tls_directory;    /* where the certificate is; NULL if nothing needs it */
    unsigned uid;           /* who the process becomes; 0: it stays who it is */
    int passwords;          /* descriptor to read them from, -1: there are none */
    unsigned width, height; /* pixels that the guest is known to have; 0 if not told */
    unsigned contacts;      /* fingers that the guest's touch screen takes; 0: there is none */
    bool restored;          /* the guest was saved, and goes on */
    unsigned videoram_kib;  /* the most that each of the guest's graphics devices may have */
    struct displif_mode monitors[DISPLIF_MAX_CONNECTORS]; /* of the graphics card */
    unsigned monitor_count;                               /* 0: there is no card */
    char *keep; /* where it keeps what a process after it has to know; or NULL */
};

/*
 * Reads the command line. On success the strings are to be freed with options_clear(). On failure
 * returns false and *@ret_problem, a sentence to be freed with g_free(). --help prints and exits.
 */
bool options_parse(int argc, char **argv, struct options *ret_options, char **ret_problem);

void options_clear(struct options *options);

#endif
