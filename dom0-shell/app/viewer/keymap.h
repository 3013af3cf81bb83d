/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the computer's key codes to the ones that display protocols speak. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint16 vitrine_keymap_to_xt(guint hardware_keycode);

G_END_DECLS
