/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of guests in the main window: its order, and when its small pictures are kept up to
 * date. */
#include "ui/window-private.h"

#include "model/guest-order.h"
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

/* Those too that a search hides: they keep their places meanwhile. */
static guint count_guests(GtkFilterListModel *filtered)
{
    GListModel *guests = gtk_filter_list_model_get_model(filtered);

    return guests ? g_list_model_get_n_items(guests) : 0;
}

static int compare_guests(gconstpointer a, gconstpointer b, gpointer data)
{
    return vitrine_guest_order_compare(VITRINE_GUEST((gpointer)a), VITRINE_GUEST((gpointer)b),
                                       count_guests(GTK_FILTER_LIST_MODEL(data)));
}

/* A guest begins or ends to do something. Few guests stay where they are. */
static void on_guest_state(GtkSortListModel *sorted)
{
    if (count_guests(GTK_FILTER_LIST_MODEL(gtk_sort_list_model_get_model(sorted))) >
        VITRINE_GUEST_ORDER_FEW)
        gtk_sorter_changed(gtk_sort_list_model_get_sorter(sorted), GTK_SORTER_CHANGE_DIFFERENT);
}

/* Somebody else's room may have become the selected guest's. */
static void on_any_state(VitrineGuestPage *page)
{
    GtkWidget *window = gtk_widget_get_ancestor(GTK_WIDGET(page), VITRINE_TYPE_WINDOW);

    if (window)
        vitrine_window_update_remedy(VITRINE_WINDOW(window));
}

/* The first of each group has its name above it. */
static void update_headings(GListModel *guests)
{
    g_autoptr(VitrineGuest) before = NULL;

    for (guint i = 0; i < g_list_model_get_n_items(guests); i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(guests, i);
        const char *group = vitrine_guest_get_group(guest);
        gboolean begins = !before || g_strcmp0(group, vitrine_guest_get_group(before)) != 0;

        vitrine_guest_set_heading(guest, begins && *group != '\0' ? group : NULL);
        g_set_object(&before, guest);
    }
}

/* A guest has come into another group. */
static void on_guest_group(GtkSortListModel *sorted)
{
    gtk_sorter_changed(gtk_sort_list_model_get_sorter(sorted), GTK_SORTER_CHANGE_DIFFERENT);
    update_headings(G_LIST_MODEL(sorted));
}

static void on_items_changed(GListModel *guests, guint position, guint n_removed, guint n_added,
                             VitrineWindow *self)
{
    guint n_guests = g_list_model_get_n_items(guests);
    gboolean were_many = n_guests + n_removed > n_added + VITRINE_GUEST_ORDER_FEW;

    for (guint i = position; i < position + n_added; i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(guests, i);

        /* What the window itself has connected goes with the guest's being selected. */
        g_signal_connect_object(guest, "notify::state", G_CALLBACK(on_guest_state), self->sorted,
                                G_CONNECT_SWAPPED);
        g_signal_connect_object(guest, "notify::group", G_CALLBACK(on_guest_group), self->sorted,
                                G_CONNECT_SWAPPED);
        g_signal_connect_object(guest, "notify::state", G_CALLBACK(on_any_state), self->guest_page,
                                G_CONNECT_SWAPPED);
    }
    if (were_many != (n_guests > VITRINE_GUEST_ORDER_FEW))
        gtk_sorter_changed(gtk_sort_list_model_get_sorter(self->sorted),
                           GTK_SORTER_CHANGE_DIFFERENT);
}

static void order_init(VitrineWindow *self)
{
    GListModel *guests = G_LIST_MODEL(vitrine_connection_get_guests(self->connection));
    g_autoptr(GtkCustomSorter) sorter = gtk_custom_sorter_new(compare_guests, self->filtered, NULL);

    gtk_sort_list_model_set_sorter(self->sorted, GTK_SORTER(sorter));
    g_signal_connect(self->sorted, "items-changed", G_CALLBACK(update_headings), NULL);
    /* Only when the lists that are made of this one know it too. */
    g_signal_connect_object(guests, "items-changed", G_CALLBACK(on_items_changed), self,
                            G_CONNECT_AFTER);
    on_items_changed(guests, 0, 0, g_list_model_get_n_items(guests), self);
    gtk_filter_list_model_set_model(self->filtered, guests);
}

/* Once there is a connection. */
void vitrine_window_list_init(VitrineWindow *self)
{
    GSettings *settings = vitrine_preferences_get();
    g_autoptr(GAction) action = settings ? g_settings_create_action(settings, "thumbnails") : NULL;

    order_init(self);
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
