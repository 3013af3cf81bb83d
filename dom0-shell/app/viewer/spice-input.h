/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and the pointer as SPICE has them. */
#pragma once

#include <spice-client.h>

G_BEGIN_DECLS

/* What the server was told; all zero at the start. */
typedef struct {
    SpiceMainChannel *main;     /* which knows the server's mouse; not referenced */
    SpiceInputsChannel *inputs; /* likewise; nothing is told while one of both is NULL */
    guint buttons;              /* that are down, as a session's mask */
    gboolean is_placed;         /* the pointer is at: */
    int x, y;
} VitrineSpiceInput;

void vitrine_spice_input_key(VitrineSpiceInput *self, gboolean down, guint16 xt_code);
void vitrine_spice_input_pointer(VitrineSpiceInput *self, guint buttons, int x, int y);

G_END_DECLS
