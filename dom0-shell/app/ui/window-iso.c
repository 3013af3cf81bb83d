/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CD drive of the selected guest: what is put in, and taken out. */
#include "ui/window-private.h"

#include "ui/iso-row.h"

#include <glib/gi18n.h>

static void on_changed(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineWindow) self = data;
    g_autoptr(GError) error = NULL;

    if (!vitrine_guest_change_iso_finish(VITRINE_GUEST(source), result, &error))
        vitrine_window_toast(self, error->message);
}

static void on_response(AdwMessageDialog *dialog, const char *response, VitrineWindow *self)
{
    VitrineGuest *guest = g_object_get_data(G_OBJECT(dialog), "guest");
    VitrineIsoRow *row = g_object_get_data(G_OBJECT(dialog), "row");
    const char *path = vitrine_iso_row_get_path(row);

    if (g_str_equal(response, "insert") && path)
        vitrine_guest_change_iso_async(guest, path, NULL, on_changed, g_object_ref(self));
}

static void on_chosen(VitrineIsoRow *row, GParamSpec *pspec, AdwMessageDialog *dialog)
{
    adw_message_dialog_set_response_enabled(dialog, "insert",
                                            vitrine_iso_row_get_path(row) != NULL);
}

void vitrine_window_insert_iso(VitrineWindow *self)
{
    GtkWidget *dialog, *group, *row;

    if (!self->guest)
        return;
    dialog = adw_message_dialog_new(GTK_WINDOW(self), _("Insert ISO"),
                                    _("The guest finds it in its CD drive."));
    group = adw_preferences_group_new();
    row = g_object_new(VITRINE_TYPE_ISO_ROW, NULL);
    adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), row);
    adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(dialog), group);
    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Cancel"), "insert",
                                     _("_Insert"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "insert",
                                               ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "insert");
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    adw_message_dialog_set_response_enabled(ADW_MESSAGE_DIALOG(dialog), "insert", FALSE);
    g_object_set_data_full(G_OBJECT(dialog), "guest", g_object_ref(self->guest), g_object_unref);
    g_object_set_data_full(G_OBJECT(dialog), "row", g_object_ref(row), g_object_unref);
    g_signal_connect_object(row, "notify::selected-item", G_CALLBACK(on_chosen), dialog, 0);
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_response), self, 0);
    vitrine_iso_row_load(VITRINE_ISO_ROW(row), vitrine_connection_get_manager(self->connection));
    gtk_window_present(GTK_WINDOW(dialog));
}

void vitrine_window_eject_iso(VitrineWindow *self)
{
    if (self->guest)
        vitrine_guest_change_iso_async(self->guest, NULL, NULL, on_changed, g_object_ref(self));
}
