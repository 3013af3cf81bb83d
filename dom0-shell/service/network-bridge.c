/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks whether the bridge to the network outside is there. */
#include "network-bridge.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

/* Where Linux lists what is in a bridge. */
#define PORTS "brif"
/* What guests' interfaces are called, emulated ones too. */
#define GUEST_PREFIX "vif"

#define ADVICE                                                                    \
    "How this computer's wired card is put into it is in /usr/share/doc/vitrine/" \
    "install.md, “Guests on the network outside”."

/* Ports of a bridge that are no guests': cards, as a rule one. */
static gboolean has_uplink(GDir *ports)
{
    const char *name;

    while ((name = g_dir_read_name(ports)) != NULL) {
        if (!g_str_has_prefix(name, GUEST_PREFIX))
            return TRUE;
    }
    return FALSE;
}

char *network_bridge_problem(const char *interfaces, const char *bridge)
{
    g_autofree char *path = g_build_filename(interfaces, bridge, PORTS, NULL);
    g_autoptr(GDir) ports = NULL;

    if (*bridge == '\0')
        return g_strdup(
            N_("This computer's service runs without a bridge to the network outside."));
    ports = g_dir_open(path, 0, NULL);
    if (!ports)
        return g_strdup_printf("This computer has no bridge “%s” to the network outside. " ADVICE,
                               bridge);
    if (!has_uplink(ports))
        return g_strdup_printf(
            "The bridge “%s” leads nowhere: there is no network card in it. " ADVICE, bridge);
    return NULL;
}
