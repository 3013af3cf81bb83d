/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The selected guest: the main window follows it, and tells its parts. */
#include "ui/window-private.h"

/* What a failed creation says stays for as long as nobody has chosen another guest: that one is
 * selected by itself when the @failed one goes is no choice. */
static void update_content(VitrineWindow *self, gboolean failed)
{
    gboolean says_failure =
        g_strcmp0(gtk_stack_get_visible_child_name(self->content), "failed") == 0;

    if (says_failure && (failed || !self->guest))
        return;
    gtk_stack_set_visible_child_name(self->content, self->guest ? "guest" : "nothing");
}

static void on_sound(VitrineWindow *self)
{
    g_object_notify(G_OBJECT(self), "microphone");
    g_object_notify(G_OBJECT(self), "muted");
    vitrine_window_update_actions(self);
}

static void on_job_changed(VitrineWindow *self)
{
    vitrine_window_update_title(self);
    vitrine_window_update_actions(self);
    vitrine_window_update_usb(self);
    vitrine_window_update_remedy(self);
}

/* The job of the selected guest came or went: its phase is in the title. */
static void on_guest_job(VitrineWindow *self)
{
    VitrineJob *job = vitrine_guest_get_job(self->guest);

    if (job)
        g_signal_connect_object(job, "changed", G_CALLBACK(on_job_changed), self,
                                G_CONNECT_SWAPPED);
    on_job_changed(self);
}

/* @guest is the selected one from now on; NULL: none is. */
void vitrine_window_set_guest(VitrineWindow *self, VitrineGuest *guest)
{
    gboolean failed;

    if (self->guest == guest)
        return;
    failed =
        self->guest && g_strcmp0(vitrine_guest_get_name(self->guest), self->ordered_guest) == 0;
    if (self->guest)
        g_signal_handlers_disconnect_by_data(self->guest, self);
    g_set_object(&self->guest, guest);
    if (guest) {
        g_signal_connect_swapped(guest, "notify::state", G_CALLBACK(on_job_changed), self);
        g_signal_connect_swapped(guest, "notify::has-display", G_CALLBACK(on_job_changed), self);
        g_signal_connect_swapped(guest, "notify::problem", G_CALLBACK(on_job_changed), self);
        g_signal_connect_swapped(guest, "notify::iso", G_CALLBACK(on_job_changed), self);
        g_signal_connect_swapped(guest, "notify::installer-ended", G_CALLBACK(on_job_changed),
                                 self);
        g_signal_connect_swapped(guest, "notify::job", G_CALLBACK(on_guest_job), self);
        g_signal_connect_swapped(guest, "notify::has-sound", G_CALLBACK(on_sound), self);
        g_signal_connect_swapped(guest, "notify::microphone", G_CALLBACK(on_sound), self);
        g_signal_connect_swapped(guest, "notify::muted", G_CALLBACK(on_sound), self);
        on_guest_job(self);
    }
    vitrine_guest_page_set_elsewhere(self->guest_page, vitrine_window_has_own(self, guest));
    vitrine_guest_page_set_guest(self->guest_page, guest);
    vitrine_sound_button_set_guest(self->sound_button, guest);
    update_content(self, failed);
    on_job_changed(self);
    on_sound(self);
}
