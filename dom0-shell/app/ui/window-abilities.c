/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of its actions make sense for the main window now. */
#include "ui/window-private.h"

#include "model/guest-sound.h"

/* Enables what makes sense for the selected guest, and shows the one button that does most. */
void vitrine_window_update_actions(VitrineWindow *self)
{
    GtkWidget *widget = GTK_WIDGET(self);
    gboolean ready = vitrine_connection_get_state(self->connection) == VITRINE_CONNECTION_READY;
    gboolean has_guest = ready && self->guest;
    VitrineGuestState state =
        has_guest ? vitrine_guest_get_state(self->guest) : VITRINE_GUEST_STATE_UNKNOWN;
    VitrineJob *job = has_guest ? vitrine_guest_get_job(self->guest) : NULL;
    gboolean is_saved = state == VITRINE_GUEST_STATE_SAVED;
    gboolean is_free = !job && vitrine_guest_state_frees_disk(state);
    gboolean has_drive = has_guest && vitrine_guest_has_drive(self->guest) && !is_saved &&
                         vitrine_guest_state_is_lasting(state);
    gboolean is_elsewhere = has_guest && vitrine_window_has_own(self, self->guest);
    gboolean has_display = has_guest && !is_elsewhere && vitrine_guest_get_has_display(self->guest);
    gboolean has_sound = has_guest && vitrine_guest_has_sound(self->guest);
    gboolean has_view =
        has_display || (has_guest && vitrine_guest_page_shows_console(self->guest_page));

    vitrine_window_update_operations(self, has_guest ? self->guest : NULL);
    gtk_widget_action_set_enabled(widget, "win.start-disk",
                                  has_guest && vitrine_guest_has_installed(self->guest));
    gtk_widget_action_set_enabled(widget, "win.new", ready);
    gtk_widget_action_set_enabled(widget, "win.usb", ready);
    gtk_widget_action_set_enabled(widget, "win.new-template", ready);
    gtk_widget_action_set_enabled(widget, "win.templates", ready);
    gtk_widget_action_set_enabled(widget, "win.settings", vitrine_guest_state_is_lasting(state));
    gtk_widget_action_set_enabled(widget, "win.insert-iso", has_drive);
    gtk_widget_action_set_enabled(widget, "win.eject-iso",
                                  has_drive && *vitrine_guest_get_iso(self->guest));
    gtk_widget_action_set_enabled(widget, "win.disks", vitrine_guest_state_is_lasting(state));
    gtk_widget_action_set_enabled(widget, "win.snapshots", vitrine_guest_state_is_lasting(state));
    gtk_widget_action_set_enabled(widget, "win.duplicate", is_free);
    gtk_widget_action_set_enabled(widget, "win.make-template", is_free);
    gtk_widget_action_set_enabled(widget, "win.retry", !ready);
    gtk_widget_action_set_enabled(widget, "win.cancel-job",
                                  job && vitrine_job_get_cancellable(job));
    gtk_widget_action_set_enabled(widget, "win.send-ctrl-alt-del", has_display);
    gtk_widget_action_set_enabled(widget, "win.screenshot", has_display);
    gtk_widget_action_set_enabled(widget, "win.own-window", has_guest);
    gtk_widget_action_set_enabled(
        widget, "win.each-monitor",
        has_display &&
            vitrine_display_get_n_monitors(vitrine_guest_page_get_display(self->guest_page)) > 1);
    gtk_widget_action_set_enabled(widget, "win.console", has_guest && !is_elsewhere);
    gtk_widget_action_set_enabled(widget, "win.microphone", has_sound);
    gtk_widget_action_set_enabled(widget, "win.mute", has_sound);
    gtk_widget_action_set_enabled(widget, "win.volume", has_sound);
    gtk_widget_action_set_enabled(widget, "win.focus-screen", has_view);
    gtk_widget_action_set_enabled(widget, "win.fullscreen", has_view || self->fullscreen);
    gtk_widget_set_visible(self->start_button,
                           has_guest && vitrine_guest_allows(self->guest, VITRINE_OPERATION_START));
    gtk_widget_set_visible(self->shutdown_button,
                           vitrine_guest_state_allows(state, VITRINE_OPERATION_SHUTDOWN));
}
