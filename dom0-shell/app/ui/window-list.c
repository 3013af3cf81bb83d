/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of guests in the main window: when its small pictures are kept up to date. */
#include "ui/window-private.h"

#include "model/preferences.h"

/* Somebody could see the pictures now. */
static gboolean is_list_seen(VitrineWindow *self)
{
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(self));

    return gtk_widget_get_mapped(GTK_WIDGET(self->list)) && GDK_IS_TOPLEVEL(surface) &&
           !(gdk_toplevel_get_state(GDK_TOPLEVEL(surface)) & GDK_TOPLEVEL_STATE_MINIMIZED);
}

static void update_thumbnailer(VitrineWindow *self)
{
    if (self->thumbnailer)
        vitrine_thumbnailer_set_active(self->thumbnailer,
                                       is_list_seen(self) && vitrine_preferences_get_thumbnails());
}

/* Old pictures would be taken for what is on the screen now. */
static void on_thumbnails_chosen(VitrineWindow *self)
{
    GListModel *guests = G_LIST_MODEL(vitrine_connection_get_guests(self->connection));

    update_thumbnailer(self);
    for (guint i = 0; !vitrine_preferences_get_thumbnails() && i < g_list_model_get_n_items(guests);
         i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(guests, i);

        vitrine_guest_set_thumbnail(guest, NULL);
    }
}

static void on_realized(VitrineWindow *self)
{
    g_signal_connect_object(gtk_native_get_surface(GTK_NATIVE(self)), "notify::state",
                            G_CALLBACK(update_thumbnailer), self, G_CONNECT_SWAPPED);
}

/* Once there is a connection. */
void vitrine_window_list_init(VitrineWindow *self)
{
    GSettings *settings = vitrine_preferences_get();
    g_autoptr(GAction) action = settings ? g_settings_create_action(settings, "thumbnails") : NULL;

    self->thumbnailer =
        vitrine_thumbnailer_new(G_LIST_MODEL(vitrine_connection_get_guests(self->connection)));
    vitrine_thumbnailer_add_display(self->thumbnailer,
                                    vitrine_guest_page_get_display(self->guest_page));
    g_signal_connect_object(self, "realize", G_CALLBACK(on_realized), self,
                            G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    g_signal_connect_object(self->list, "map", G_CALLBACK(update_thumbnailer), self,
                            G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    g_signal_connect_object(self->list, "unmap", G_CALLBACK(update_thumbnailer), self,
                            G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    if (!settings)
        return;
    g_action_map_add_action(G_ACTION_MAP(self), action);
    g_signal_connect_object(settings, "changed::thumbnails", G_CALLBACK(on_thumbnails_chosen), self,
                            G_CONNECT_SWAPPED);
}
