/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which protocol a guest's screen is best seen by. VNC does for one picture: it has less that a
 * hostile display server could play with, and any number of viewers at a time. SPICE tells where
 * each of several monitors is.
 */
#include "model/screen-protocol.h"

/* The first row that fits counts. */
static const struct {
    const char *kind; /* of guest; NULL: any */
    guint n_monitors; /* at least */
    VitrineScreenProtocol protocol;
} rules[] = {
    {"hvm", 0, VITRINE_SCREEN_VNC}, /* QEMU's, which is not to be had by anything else */
    {NULL, 2, VITRINE_SCREEN_SPICE},
    {NULL, 0, VITRINE_SCREEN_VNC},
};

/* For a guest of @kind, as the service calls it, that was given @n_monitors. */
VitrineScreenProtocol vitrine_screen_protocol_choose(const char *kind, guint n_monitors)
{
    guint i = 0;

    while ((rules[i].kind && g_strcmp0(rules[i].kind, kind) != 0) ||
           n_monitors < rules[i].n_monitors)
        i++;
    return rules[i].protocol;
}

/* What the service calls it. */
const char *vitrine_screen_protocol_get_name(VitrineScreenProtocol protocol)
{
    static const char *const names[] = {
        [VITRINE_SCREEN_VNC] = "vnc",
        [VITRINE_SCREEN_SPICE] = "spice",
    };

    return names[protocol];
}
