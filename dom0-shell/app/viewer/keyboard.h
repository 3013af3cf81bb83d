/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which keys the guest believes to be held down, and the chord that leaves the guest. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VITRINE_KEYBOARD_MAX_HELD 32

typedef struct {
    guint keycode; /* GDK's hardware code: which key it is */
    guint keysym;  /* what it meant when it went down, hence what has to come up */
} VitrineHeldKey;

typedef struct {
    VitrineHeldKey held[VITRINE_KEYBOARD_MAX_HELD];
    guint n_held;
    gboolean chord_armed;
} VitrineKeyboard;

gboolean vitrine_keyboard_press(VitrineKeyboard *self, guint keycode, guint keysym);
gboolean vitrine_keyboard_release(VitrineKeyboard *self, guint keycode, VitrineHeldKey *ret_key,
                                  gboolean *ret_leave);
gboolean vitrine_keyboard_take(VitrineKeyboard *self, VitrineHeldKey *ret_key);

G_END_DECLS
