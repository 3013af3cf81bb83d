/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Search in the main window's list of guests. It narrows the list, and leaves alone what is being
 * looked at: another guest is shown when the person chooses one.
 */
#include "ui/window-private.h"

static gboolean is_shown_guest_there(VitrineWindow *self)
{
    VitrineGuestList *guests = vitrine_connection_get_guests(self->connection);

    return self->guest &&
           vitrine_guest_list_find(guests, vitrine_guest_get_name(self->guest)) == self->guest;
}

/* Also in the moment in which what is typed in the list has not opened the search yet. */
static gboolean is_searching(VitrineWindow *self)
{
    return gtk_search_bar_get_search_mode(self->search_bar) ||
           *gtk_editable_get_text(GTK_EDITABLE(self->search_entry));
}

/* Whether the list has no selected guest only because the search has hidden it. */
gboolean vitrine_window_search_hides_guest(VitrineWindow *self)
{
    return is_searching(self) && is_shown_guest_there(self);
}

/* Selects the guest that is shown, if the list has it. */
static void select_shown(VitrineWindow *self)
{
    GListModel *model = G_LIST_MODEL(self->selection);

    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(model, i);

        if (guest == self->guest)
            gtk_single_selection_set_selected(self->selection, i);
    }
}

static void update_no_match(VitrineWindow *self)
{
    gboolean is_empty = g_list_model_get_n_items(G_LIST_MODEL(self->selection)) == 0;

    gtk_widget_set_visible(self->no_match, is_empty && is_searching(self));
}

/* As long as the list is narrowed, nothing gets selected only because something else has gone. */
static void on_changed(VitrineWindow *self)
{
    if (is_searching(self))
        gtk_single_selection_set_autoselect(self->selection, FALSE);
    gtk_string_filter_set_search(self->name_filter,
                                 gtk_editable_get_text(GTK_EDITABLE(self->search_entry)));
    select_shown(self);
    if (!is_searching(self))
        gtk_single_selection_set_autoselect(self->selection, TRUE);
    update_no_match(self);
}

/* The bar clears its entry only after this; but a list in which nothing is found takes no focus,
 * and the entry, which goes slowly, would take the next Escape. */
static void on_search_mode(VitrineWindow *self)
{
    gboolean ends = !gtk_search_bar_get_search_mode(self->search_bar);

    if (ends)
        gtk_editable_set_text(GTK_EDITABLE(self->search_entry), "");
    on_changed(self);
    if (ends && gtk_widget_get_mapped(GTK_WIDGET(self->list)))
        gtk_widget_grab_focus(GTK_WIDGET(self->list));
}

/* Enter: the first guest that was found, and the list is whole again. */
static void on_search_activated(VitrineWindow *self)
{
    if (g_list_model_get_n_items(G_LIST_MODEL(self->selection)) > 0)
        gtk_single_selection_set_selected(self->selection, 0);
    gtk_search_bar_set_search_mode(self->search_bar, FALSE);
}

/* Ctrl+G, which a search entry has another use for: give the keyboard to the guest, as elsewhere.
 */
static void on_next_match(VitrineWindow *self)
{
    vitrine_guest_page_focus_guest(self->guest_page);
}

/* Opens the search, and the list if it is away; a second time, takes the keyboard there again. */
void vitrine_window_search(VitrineWindow *self)
{
    if (self->fullscreen)
        return;
    self->sidebar_wanted = TRUE;
    adw_flap_set_reveal_flap(self->flap, TRUE);
    gtk_search_bar_set_search_mode(self->search_bar, TRUE);
    gtk_widget_grab_focus(GTK_WIDGET(self->search_entry));
}

/* Shows all guests again. */
void vitrine_window_end_search(VitrineWindow *self)
{
    gtk_search_bar_set_search_mode(self->search_bar, FALSE);
}

/* The search bar has its entry look at every key that comes to the list, to begin a search with it,
 * and the entry keeps an Escape now and then: it must not, when there is a job to be cancelled. */
static gboolean on_list_key(VitrineWindow *self, guint key)
{
    return key == GDK_KEY_Escape && !gtk_search_bar_get_search_mode(self->search_bar) &&
           gtk_widget_activate_action(GTK_WIDGET(self), "win.cancel-job", NULL);
}

/* Before the list's own, as the search bar's is. */
static void watch_list_keys(VitrineWindow *self)
{
    GtkEventController *keys = gtk_event_controller_key_new();

    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect_swapped(keys, "key-pressed", G_CALLBACK(on_list_key), self);
    gtk_widget_add_controller(gtk_widget_get_parent(GTK_WIDGET(self->list)), keys);
}

void vitrine_window_search_init(VitrineWindow *self)
{
    g_autoptr(GPropertyAction) action =
        g_property_action_new("search", self->search_bar, "search-mode-enabled");

    g_action_map_add_action(G_ACTION_MAP(self), G_ACTION(action));
    watch_list_keys(self);
    gtk_search_bar_connect_entry(self->search_bar, GTK_EDITABLE(self->search_entry));
    g_signal_connect_object(self->search_entry, "changed", G_CALLBACK(on_changed), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->search_bar, "notify::search-mode-enabled",
                            G_CALLBACK(on_search_mode), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->search_entry, "activate", G_CALLBACK(on_search_activated), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->search_entry, "next-match", G_CALLBACK(on_next_match), self,
                            G_CONNECT_SWAPPED);
}
