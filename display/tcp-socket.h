/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places in the network that viewers come through. */
#ifndef DISPLAY_TCP_SOCKET_H
#define DISPLAY_TCP_SOCKET_H

#include <stdbool.h>

/* An address of this computer, as numbers, and ports of which the first free one is taken. */
struct tcp_place {
    char *address; /* NULL: nowhere */
    unsigned first, last;
};

/*
 * Reads ADDRESS:PORT or ADDRESS:FIRST-LAST, as in 127.0.0.1:5900-5999 or [::1]:5900. The address is
 * to be freed with g_free(). On failure returns false and *@ret_problem, a sentence about @option
 * to be freed with g_free().
 */
bool tcp_place_parse(const char *option, const char *text, struct tcp_place *ret_place,
                     char **ret_problem);

/*
 * Listens at @place. Returns the socket, and where it is as *@ret_name (ADDRESS:PORT, to be freed
 * with g_free()); or -1 and *@ret_problem, a sentence.
 */
int tcp_socket_listen(const struct tcp_place *place, char **ret_name, char **ret_problem);

/* ADDRESS:PORT, with brackets where they are needed; to be freed with g_free(). */
char *tcp_socket_name(const char *address, unsigned port);

#endif
