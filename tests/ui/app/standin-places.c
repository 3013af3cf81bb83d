/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the stand-in's connections to screens lead: to its own screen, to a display server, to
 * nobody who speaks, or nowhere, because there is none or because this person may not.
 */
#include "standin-places.h"

#include "standin-screen.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct {
    const char *protocol;
    char *path; /* NULL: as at the start */
    const char *at_start;
} places[] = {{"vnc", NULL, ""}, {"spice", NULL, "refused"}, {"local", NULL, "refused"}};
static GPtrArray *protocols;

/* As org.vitrine.Standin1's ServeScreens has it. */
void standin_places_set(const char *vnc, const char *spice, const char *local)
{
    const char *paths[G_N_ELEMENTS(places)] = {vnc, spice, local};

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_free(places[i].path);
        places[i].path = g_strdup(paths[i]);
    }
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The other end is left to nobody. */
static int connect_to_nobody(void)
{
    int ends[2];

    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 ? ends[1] : -1;
}

static const char *find_place(const char *protocol)
{
    for (guint i = 0; i < G_N_ELEMENTS(places); i++)
        if (g_str_equal(protocol, places[i].protocol))
            return places[i].path ? places[i].path : places[i].at_start;
    return "refused";
}

/* Whether screens are served by @protocol. */
gboolean standin_places_is_there(const char *protocol)
{
    return !g_str_equal(find_place(protocol), "refused");
}

/* Whether this person may not see screens by @protocol. */
gboolean standin_places_is_denied(const char *protocol)
{
    return g_str_equal(find_place(protocol), "denied");
}

/* The viewer's end of a new connection, or -1. */
int standin_places_open(const char *protocol)
{
    const char *place = find_place(protocol);

    if (!protocols)
        protocols = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(protocols, g_strdup(protocol));
    if (!*place)
        return standin_screen_open();
    if (*place == '/')
        return connect_to(place);
    return g_str_equal(place, "silent") ? connect_to_nobody() : -1;
}

/* Since the last time, NULL at its end, to be freed. */
char **standin_places_take_protocols(void)
{
    GPtrArray *taken =
        protocols ? g_steal_pointer(&protocols) : g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(taken, NULL);
    return (char **)g_ptr_array_free(taken, FALSE);
}
