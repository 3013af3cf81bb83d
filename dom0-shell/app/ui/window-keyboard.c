/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has the keyboard, the main window or the guest, and how it changes hands. */
#include "ui/window-private.h"

#include <glib/gi18n.h>

static void on_toast_dismissed(AdwToast *toast, VitrineWindow *self)
{
    if (self->capture_toast == toast)
        self->capture_toast = NULL;
}

static void on_captured(VitrineWindow *self)
{
    gboolean captured = vitrine_guest_page_get_captured(self->guest_page);

    vitrine_window_update_title(self);
    if (!captured && self->capture_toast) {
        adw_toast_dismiss(self->capture_toast);
    } else if (captured && self->fullscreen && !self->capture_toast) {
        /* In a window the title says it all the time. */
        self->capture_toast = adw_toast_new(_("Ctrl+Alt gives the keyboard back"));
        g_signal_connect_object(self->capture_toast, "dismissed", G_CALLBACK(on_toast_dismissed),
                                self, 0);
        adw_toast_overlay_add_toast(self->toasts, self->capture_toast);
    }
    if (captured)
        vitrine_window_reveal_leave(self, FALSE);
}

/* The keyboard comes back to the list, or in full screen to the button that leads out of it. */
static void on_leave(VitrineWindow *self)
{
    if (self->fullscreen) {
        vitrine_window_reveal_leave(self, TRUE);
        gtk_widget_grab_focus(self->leave_button);
    } else if (adw_flap_get_reveal_flap(self->flap)) {
        gtk_widget_grab_focus(GTK_WIDGET(self->list));
    } else {
        gtk_window_set_focus(GTK_WINDOW(self), NULL);
    }
}

/* Someone who has just started a guest wants to type into it when its screen opens. */
static void on_view_connected(VitrineWindow *self)
{
    if (!self->guest || g_strcmp0(self->focus_guest, vitrine_guest_get_name(self->guest)) != 0)
        return;
    if (vitrine_guest_page_focus_guest(self->guest_page))
        g_clear_pointer(&self->focus_guest, g_free);
}

/* @view is the guest's screen or its console. */
void vitrine_window_follow_view(VitrineWindow *self, gpointer view)
{
    g_signal_connect_object(view, "notify::captured", G_CALLBACK(on_captured), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(view, "notify::connected", G_CALLBACK(on_view_connected), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(view, "leave", G_CALLBACK(on_leave), self, G_CONNECT_SWAPPED);
}
