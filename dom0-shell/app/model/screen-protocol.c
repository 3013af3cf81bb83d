/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which protocol a guest's screen is best seen by. Best is to look at the display server's picture
 * itself: nothing is copied, any number of viewers can, and it tells where each of several monitors
 * is. A display server of before does not have that. SPICE tells of monitors, too; VNC does for one
 * picture, and has less that a hostile display server could play with.
 */
#include "model/screen-protocol.h"

/* The first row that fits counts. */
static const struct {
    const char *kind; /* of guest; NULL: any */
    guint n_monitors; /* at least */
    VitrineScreenProtocol protocol;
} rules[] = {
    {"hvm", 0, VITRINE_SCREEN_SPICE}, /* QEMU's, if the guest's file wants it */
    {"hvm", 0, VITRINE_SCREEN_VNC},   /* which all of them have */
    {NULL, 0, VITRINE_SCREEN_LOCAL},  {NULL, 2, VITRINE_SCREEN_SPICE},
    {NULL, 0, VITRINE_SCREEN_VNC},
};

static gboolean fits(guint rule, const char *kind, guint n_monitors, guint without)
{
    return (!rules[rule].kind || g_strcmp0(rules[rule].kind, kind) == 0) &&
           n_monitors >= rules[rule].n_monitors && !(without & 1u << rules[rule].protocol);
}

/* For a guest of @kind, as the service calls it, that was given @n_monitors. VNC is chosen even if
 * it is in the set @without. */
VitrineScreenProtocol vitrine_screen_protocol_choose(const char *kind, guint n_monitors,
                                                     guint without)
{
    guint i = 0;

    while (i < G_N_ELEMENTS(rules) - 1 && !fits(i, kind, n_monitors, without))
        i++;
    return rules[i].protocol;
}

/* What the service calls it. */
const char *vitrine_screen_protocol_get_name(VitrineScreenProtocol protocol)
{
    static const char *const names[] = {
        [VITRINE_SCREEN_VNC] = "vnc",
        [VITRINE_SCREEN_SPICE] = "spice",
        [VITRINE_SCREEN_LOCAL] = "local",
    };

    return names[protocol];
}
