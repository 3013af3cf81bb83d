/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that have windows of their own, one each, or one for each of a guest's monitors. The main
 * window's page says so in place of the guest's screen, and brings it back; closing the last such
 * window does the same.
 */
#include "ui/window-private.h"

/* The first of the guest's windows, or NULL. */
static VitrineGuestWindow *find(VitrineWindow *self, VitrineGuest *guest)
{
    for (guint i = 0; self->own_windows && i < self->own_windows->len; i++) {
        if (vitrine_guest_window_get_guest(self->own_windows->pdata[i]) == guest)
            return self->own_windows->pdata[i];
    }
    return NULL;
}

/* The one that shows that monitor (0: all of them), or NULL. */
static VitrineGuestWindow *find_monitor(VitrineWindow *self, VitrineGuest *guest, guint monitor)
{
    for (guint i = 0; i < self->own_windows->len; i++) {
        VitrineGuestWindow *window = self->own_windows->pdata[i];

        if (vitrine_guest_window_get_guest(window) == guest &&
            vitrine_guest_page_get_monitor(vitrine_guest_window_get_page(window)) == monitor)
            return window;
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

/* The person is done with it, and with what is in it rather not: with the last one the guest is
 * shown here again. */
static gboolean on_close_request(VitrineGuestWindow *window, VitrineWindow *self)
{
    g_autoptr(VitrineGuest) guest = g_object_ref(vitrine_guest_window_get_guest(window));

    g_signal_handlers_disconnect_by_data(window, self);
    g_ptr_array_remove(self->own_windows, window);
    if (find(self, guest))
        return GDK_EVENT_PROPAGATE;
    vitrine_window_select(self, vitrine_guest_get_name(guest));
    update(self);
    gtk_window_present(GTK_WINDOW(self));
    return GDK_EVENT_PROPAGATE;
}

static void on_each_monitor(VitrineGuestWindow *window, VitrineWindow *self);

/* In the main window, which may have a question first. */
static void on_remedy(VitrineGuestWindow *window, const char *action, VitrineWindow *self)
{
    vitrine_window_select(self, vitrine_guest_get_name(vitrine_guest_window_get_guest(window)));
    gtk_window_present(GTK_WINDOW(self));
    gtk_widget_activate_action(GTK_WIDGET(self), action, NULL);
}

static VitrineGuestWindow *open_window(VitrineWindow *self, VitrineGuest *guest, guint monitor)
{
    VitrineGuestWindow *window =
        vitrine_guest_window_new(gtk_window_get_application(GTK_WINDOW(self)), guest, monitor);

    g_ptr_array_add(self->own_windows, window);
    g_signal_connect(window, "close-request", G_CALLBACK(on_close_request), self);
    g_signal_connect(window, "each-monitor", G_CALLBACK(on_each_monitor), self);
    g_signal_connect(window, "remedy", G_CALLBACK(on_remedy), self);
    vitrine_thumbnailer_add_display(
        self->thumbnailer, vitrine_guest_page_get_display(vitrine_guest_window_get_page(window)));
    return window;
}

/* One that shows all of them becomes the first's. */
static void open_each(VitrineWindow *self, VitrineGuest *guest, guint n_monitors)
{
    VitrineGuestWindow *all = find_monitor(self, guest, 0);

    if (all && !find_monitor(self, guest, 1))
        vitrine_guest_page_set_monitor(vitrine_guest_window_get_page(all), 1);
    /* From the last: the first is to be in front. */
    for (guint i = n_monitors; i > 0; i--) {
        VitrineGuestWindow *window = find_monitor(self, guest, i);

        gtk_window_present(GTK_WINDOW(window ? window : open_window(self, guest, i)));
    }
    update(self);
}

static guint count_monitors(VitrineGuestPage *page)
{
    return vitrine_display_get_n_monitors(vitrine_guest_page_get_display(page));
}

static void on_each_monitor(VitrineGuestWindow *window, VitrineWindow *self)
{
    open_each(self, vitrine_guest_window_get_guest(window),
              count_monitors(vitrine_guest_window_get_page(window)));
}

/* Shows each monitor of the selected guest in a window of its own. */
void vitrine_window_open_each(VitrineWindow *self)
{
    guint n_monitors = count_monitors(self->guest_page);

    if (self->guest && n_monitors > 0)
        open_each(self, self->guest, n_monitors);
}

/* Shows the selected guest in a window of its own, or brings those that it has to the front. */
void vitrine_window_open_own(VitrineWindow *self)
{
    if (!self->guest)
        return;
    if (!find(self, self->guest))
        open_window(self, self->guest, vitrine_guest_page_get_monitor(self->guest_page));
    update(self);
    for (guint i = self->own_windows->len; i > 0; i--) {
        VitrineGuestWindow *window = self->own_windows->pdata[i - 1];

        if (vitrine_guest_window_get_guest(window) == self->guest)
            gtk_window_present(GTK_WINDOW(window));
    }
}

/* Brings the selected guest back. */
void vitrine_window_close_own(VitrineWindow *self)
{
    VitrineGuestWindow *window;

    while (self->guest && (window = find(self, self->guest)))
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
