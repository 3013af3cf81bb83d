/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and the pointer as SPICE has them. */
#pragma once

#include <spice-client.h>

G_BEGIN_DECLS

void vitrine_spice_input_key(SpiceInputsChannel *inputs, gboolean down, guint16 xt_code);
void vitrine_spice_input_pointer(SpiceInputsChannel *inputs, guint old_buttons, guint buttons,
                                 int x, int y);

G_END_DECLS
