/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which protocol a guest's screen is best seen by. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    VITRINE_SCREEN_VNC,
    VITRINE_SCREEN_SPICE,
    VITRINE_SCREEN_LOCAL,
} VitrineScreenProtocol;

/* A set of protocols has the bit 1u << PROTOCOL of each. */
VitrineScreenProtocol vitrine_screen_protocol_choose(const char *kind, guint n_monitors,
                                                     guint without);
const char *vitrine_screen_protocol_get_name(VitrineScreenProtocol protocol);

G_END_DECLS
