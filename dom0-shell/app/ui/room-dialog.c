/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the guests by the room that they take up, with what can be deleted of each. Nothing is
 * deleted here: the window that is told asks first. */
#include "ui/room-dialog.h"

#include "model/guest.h"
#include "model/memory-text.h"

#include <glib/gi18n.h>

struct _VitrineRoomDialog {
    AdwWindow parent_instance;

    AdwPreferencesGroup *group;
};

enum {
    CHOSEN,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineRoomDialog, vitrine_room_dialog, ADW_TYPE_WINDOW)

static guint64 get_used(VitrineGuest *guest)
{
    return vitrine_guest1_get_disk_used(vitrine_guest_get_proxy(guest));
}

static int compare(gconstpointer a, gconstpointer b)
{
    guint64 first = get_used(*(VitrineGuest *const *)a);
    guint64 second = get_used(*(VitrineGuest *const *)b);

    return (first < second) - (first > second);
}

static void on_clicked(GtkWidget *button, VitrineRoomDialog *self)
{
    g_autofree char *guest = g_strdup(g_object_get_data(G_OBJECT(button), "guest"));
    const char *action = g_object_get_data(G_OBJECT(button), "action");

    gtk_window_close(GTK_WINDOW(self));
    g_signal_emit(self, signals[CHOSEN], 0, guest, action);
}

/* @action is a static string. */
static void add_button(VitrineRoomDialog *self, AdwActionRow *row, VitrineGuest *guest,
                       const char *label, const char *action)
{
    GtkWidget *button = gtk_button_new_with_label(label);
    /* Translators: what a button does, and the name of the guest that it does it to. */
    g_autofree char *spoken = g_strdup_printf(_("%s: %s"), label, vitrine_guest_get_name(guest));

    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                   -1);
    g_object_set_data_full(G_OBJECT(button), "guest", g_strdup(vitrine_guest_get_name(guest)),
                           g_free);
    g_object_set_data(G_OBJECT(button), "action", (gpointer)action);
    g_signal_connect_object(button, "clicked", G_CALLBACK(on_clicked), self, 0);
    adw_action_row_add_suffix(row, button);
}

static void add_row(VitrineRoomDialog *self, VitrineGuest *guest)
{
    AdwActionRow *row = ADW_ACTION_ROW(adw_action_row_new());
    VitrineGuestState state = vitrine_guest_get_state(guest);
    g_autofree char *used = vitrine_memory_text(get_used(guest));
    g_autofree char *text = g_strdup_printf("%s · %s", used, vitrine_guest_state_get_label(state));

    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), vitrine_guest_get_name(guest));
    adw_action_row_set_subtitle(row, text);
    add_button(self, row, guest, _("Snapshots…"), "win.snapshots");
    if (vitrine_guest_state_allows(state, VITRINE_OPERATION_DELETE))
        add_button(self, row, guest, _("Delete…"), "win.delete");
    adw_preferences_group_add(self->group, GTK_WIDGET(row));
}

static void fill(VitrineRoomDialog *self, VitrineConnection *connection)
{
    GListModel *guests = G_LIST_MODEL(vitrine_connection_get_guests(connection));
    g_autoptr(GPtrArray) sorted = g_ptr_array_new_with_free_func(g_object_unref);

    for (guint i = 0; i < g_list_model_get_n_items(guests); i++)
        g_ptr_array_add(sorted, g_list_model_get_item(guests, i));
    g_ptr_array_sort(sorted, compare);
    for (guint i = 0; i < sorted->len; i++)
        add_row(self, sorted->pdata[i]);
}

static void vitrine_room_dialog_class_init(VitrineRoomDialogClass *klass)
{
    /* Something is to be done with a guest: its name, and the window's action. */
    signals[CHOSEN] = g_signal_new("chosen", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
    gtk_widget_class_add_binding_action(GTK_WIDGET_CLASS(klass), GDK_KEY_Escape, 0, "window.close",
                                        NULL);
}

static void vitrine_room_dialog_init(VitrineRoomDialog *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    AdwPreferencesPage *page = ADW_PREFERENCES_PAGE(adw_preferences_page_new());

    self->group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());
    adw_preferences_group_set_description(
        self->group, _("Disks, snapshots and saved memory together. What copies share is counted "
                       "for each of them, and becomes free with the last."));
    adw_preferences_page_add(page, self->group);
    gtk_widget_set_vexpand(GTK_WIDGET(page), TRUE);
    gtk_box_append(GTK_BOX(box), adw_header_bar_new());
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(page));
    adw_window_set_content(ADW_WINDOW(self), box);
    gtk_window_set_title(GTK_WINDOW(self), _("What Takes Up Room"));
    gtk_window_set_default_size(GTK_WINDOW(self), 480, 460);
}

/* A window over @parent with the guests of @connection as they are now. */
VitrineRoomDialog *vitrine_room_dialog_new(GtkWindow *parent, VitrineConnection *connection)
{
    VitrineRoomDialog *self =
        g_object_new(VITRINE_TYPE_ROOM_DIALOG, "transient-for", parent, "modal", TRUE, NULL);

    fill(self, connection);
    return self;
}
