/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that have windows of their own. The main window's page says so in place of the guest's
 * screen, and brings it back; closing such a window does the same.
 */
#include "ui/window-private.h"

static VitrineGuestWindow *find(VitrineWindow *self, VitrineGuest *guest)
{
    for (guint i = 0; self->own_windows && i < self->own_windows->len; i++) {
        if (vitrine_guest_window_get_guest(self->own_windows->pdata[i]) == guest)
            return self->own_windows->pdata[i];
    }
    return NULL;
}

/* Whether @guest, which may be NULL, has a window of its own. */
gboolean vitrine_window_has_own(VitrineWindow *self, VitrineGuest *guest)
{
    return guest && find(self, guest);
}

static void update(VitrineWindow *self)
{
    vitrine_guest_page_set_elsewhere(self->guest_page, vitrine_window_has_own(self, self->guest));
    vitrine_window_update_actions(self);
}

/* The person is done with it, and with what is in it rather not: the guest is shown here again. */
static gboolean on_close_request(VitrineGuestWindow *window, VitrineWindow *self)
{
    g_autoptr(VitrineGuest) guest = g_object_ref(vitrine_guest_window_get_guest(window));

    g_signal_handlers_disconnect_by_data(window, self);
    g_ptr_array_remove(self->own_windows, window);
    vitrine_window_select(self, vitrine_guest_get_name(guest));
    update(self);
    gtk_window_present(GTK_WINDOW(self));
    return GDK_EVENT_PROPAGATE;
}

/* Shows the selected guest in a window of its own, or brings that to the front. */
void vitrine_window_open_own(VitrineWindow *self)
{
    VitrineGuestWindow *window = self->guest ? find(self, self->guest) : NULL;

    if (!self->guest)
        return;
    if (!window) {
        window =
            vitrine_guest_window_new(gtk_window_get_application(GTK_WINDOW(self)), self->guest);
        g_ptr_array_add(self->own_windows, window);
        g_signal_connect(window, "close-request", G_CALLBACK(on_close_request), self);
        vitrine_thumbnailer_add_display(
            self->thumbnailer,
            vitrine_guest_page_get_display(vitrine_guest_window_get_page(window)));
        update(self);
    }
    gtk_window_present(GTK_WINDOW(window));
}

/* Brings the selected guest back. */
void vitrine_window_close_own(VitrineWindow *self)
{
    VitrineGuestWindow *window = self->guest ? find(self, self->guest) : NULL;

    if (window)
        gtk_window_close(GTK_WINDOW(window));
}

static void destroy(VitrineWindow *self, VitrineGuestWindow *window)
{
    g_signal_handlers_disconnect_by_data(window, self);
    g_ptr_array_remove(self->own_windows, window);
    gtk_window_destroy(GTK_WINDOW(window));
}

/* A guest that is gone leaves no window behind, nor does the service with all of them. */
void vitrine_window_update_own(VitrineWindow *self)
{
    VitrineGuestList *guests = vitrine_connection_get_guests(self->connection);

    for (guint i = self->own_windows->len; i > 0; i--) {
        VitrineGuestWindow *window = self->own_windows->pdata[i - 1];
        VitrineGuest *guest = vitrine_guest_window_get_guest(window);

        if (vitrine_guest_list_find(guests, vitrine_guest_get_name(guest)) != guest)
            destroy(self, window);
    }
}

/* With the main window go the others: they would have nothing to go back to. */
void vitrine_window_destroy_own(VitrineWindow *self)
{
    while (self->own_windows && self->own_windows->len)
        destroy(self, self->own_windows->pdata[0]);
    g_clear_pointer(&self->own_windows, g_ptr_array_unref);
}
