/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Full screen: nothing but the guest, and a bar that comes down when the pointer touches the upper
 * edge or the keyboard is given back. It is a state of ours and not the compositor's: under a kiosk
 * shell every window is full screen and still needs its header bar.
 */
#include "ui/window-private.h"

/* The bar stays while the pointer is no further down than this, in pixels. */
#define BAR_REACH 64

void vitrine_window_reveal_leave(VitrineWindow *self, gboolean revealed)
{
    gtk_revealer_set_reveal_child(self->leave_revealer, revealed && self->fullscreen);
    gtk_widget_set_visible(GTK_WIDGET(self->leave_revealer), revealed && self->fullscreen);
}

static void on_motion(GtkEventControllerMotion *controller, double x, double y, VitrineWindow *self)
{
    if (!self->fullscreen)
        return;
    if (y < 1)
        vitrine_window_reveal_leave(self, TRUE);
    else if (y > BAR_REACH && !gtk_widget_has_focus(self->leave_button))
        vitrine_window_reveal_leave(self, FALSE);
}

/* The compositor, or its own key, took the window out of full screen: then so do we. */
static void on_fullscreened(VitrineWindow *self)
{
    if (self->fullscreen && !gtk_window_is_fullscreen(GTK_WINDOW(self)) &&
        gtk_widget_get_mapped(GTK_WIDGET(self)))
        vitrine_window_set_fullscreen(self, FALSE);
}

void vitrine_window_fullscreen_init(VitrineWindow *self)
{
    GtkEventController *motion = gtk_event_controller_motion_new();

    gtk_event_controller_set_propagation_phase(motion, GTK_PHASE_CAPTURE);
    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
    gtk_widget_add_controller(GTK_WIDGET(self), motion);
    g_signal_connect(self, "notify::fullscreened", G_CALLBACK(on_fullscreened), NULL);
}

/* Goes into full screen, or back to how the window was. */
void vitrine_window_set_fullscreen(VitrineWindow *self, gboolean fullscreen)
{
    if (self->fullscreen == fullscreen)
        return;
    self->fullscreen = fullscreen;
    gtk_widget_set_visible(self->header, !fullscreen);
    adw_flap_set_reveal_flap(self->flap, !fullscreen && self->sidebar_wanted);
    vitrine_window_reveal_leave(self, FALSE);
    if (fullscreen) {
        gtk_window_fullscreen(GTK_WINDOW(self));
        vitrine_guest_page_focus_guest(self->guest_page);
    } else {
        gtk_window_unfullscreen(GTK_WINDOW(self));
    }
    vitrine_window_update_actions(self);
}
