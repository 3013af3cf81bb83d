/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which keys the guest believes to be held down. A key comes up as what it went down as, even if
 * Shift was let go in between, and none stays down when the window loses the keyboard. Control and
 * Alt pressed and let go with no other key between them is the chord that leaves the guest.
 */
#include "viewer/keyboard.h"

#include <gdk/gdkkeysyms.h>

static gboolean is_control(guint keysym)
{
    return keysym == GDK_KEY_Control_L || keysym == GDK_KEY_Control_R;
}

/* Alt with Shift held is Meta on many layouts; AltGr is neither and stays the guest's. */
static gboolean is_alt(guint keysym)
{
    return keysym == GDK_KEY_Alt_L || keysym == GDK_KEY_Alt_R || keysym == GDK_KEY_Meta_L ||
           keysym == GDK_KEY_Meta_R;
}

static int find_held(VitrineKeyboard *self, guint keycode)
{
    for (guint i = 0; i < self->n_held; i++) {
        if (self->held[i].keycode == keycode)
            return i;
    }
    return -1;
}

/* The chord is complete when exactly one Control and one Alt are held. */
static void update_chord(VitrineKeyboard *self)
{
    gboolean control = FALSE, alt = FALSE;

    for (guint i = 0; i < self->n_held; i++) {
        control |= is_control(self->held[i].keysym);
        alt |= is_alt(self->held[i].keysym);
    }
    self->chord_armed = self->n_held == 2 && control && alt;
}

/*
 * A key went down or repeats. FALSE if it must not be passed on, because more keys than any
 * hand has are held already.
 */
gboolean vitrine_keyboard_press(VitrineKeyboard *self, guint keycode, guint keysym)
{
    if (find_held(self, keycode) >= 0)
        return TRUE;
    if (self->n_held == G_N_ELEMENTS(self->held))
        return FALSE;
    self->held[self->n_held++] = (VitrineHeldKey){keycode, keysym};
    update_chord(self);
    return TRUE;
}

/*
 * A key came up. FALSE if the guest never saw it go down; else @ret_key is what to tell the guest.
 * @ret_leave is TRUE when that ends the chord that leaves the guest.
 */
gboolean vitrine_keyboard_release(VitrineKeyboard *self, guint keycode, VitrineHeldKey *ret_key,
                                  gboolean *ret_leave)
{
    int index = find_held(self, keycode);

    *ret_leave = FALSE;
    if (index < 0)
        return FALSE;
    *ret_key = self->held[index];
    *ret_leave = self->chord_armed;
    self->chord_armed = FALSE;
    self->held[index] = self->held[--self->n_held];
    return TRUE;
}

/* Takes any key that is still held; FALSE when there is none left. */
gboolean vitrine_keyboard_take(VitrineKeyboard *self, VitrineHeldKey *ret_key)
{
    self->chord_armed = FALSE;
    if (self->n_held == 0)
        return FALSE;
    *ret_key = self->held[--self->n_held];
    return TRUE;
}
