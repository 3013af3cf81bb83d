/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What viewers that come through the network have to know. */
#ifndef DISPLAY_PASSWORDS_H
#define DISPLAY_PASSWORDS_H

#include <stdbool.h>

/* NULL: there is none. */
struct passwords {
    char *vnc;
    char *spice;
};

/* More characters are no password of SPICE's. */
#define PASSWORD_MAX 60

/*
 * Reads lines from the descriptor @fd to its end: "vnc PASSWORD" and "spice PASSWORD", each at most
 * once. They come so, and not on the command line, which everybody can read. On failure returns
 * false and *@ret_problem, a sentence to be freed with g_free().
 */
bool passwords_read(int fd, struct passwords *ret_passwords, char **ret_problem);

/* Forgets them, in memory too. */
void passwords_clear(struct passwords *passwords);

#endif
