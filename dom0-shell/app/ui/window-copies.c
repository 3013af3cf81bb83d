/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disks of the selected guest, and what is made of them: snapshots, another guest, a template.
 */
#include "ui/window-private.h"

#include "ui/disks-dialog.h"
#include "ui/snapshots-dialog.h"
#include "sentence.h"

#include <glib/gi18n.h>

#define CALL_FLAGS G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
/* A person may have to type a password meanwhile. */
#define CALL_TIMEOUT_MS (5 * 60 * 1000)

void vitrine_window_show_disks(VitrineWindow *self)
{
    if (self->guest)
        gtk_window_present(
            GTK_WINDOW(vitrine_disks_dialog_new(GTK_WINDOW(self), self->connection, self->guest)));
}

void vitrine_window_show_snapshots(VitrineWindow *self)
{
    if (self->guest)
        gtk_window_present(GTK_WINDOW(vitrine_snapshots_dialog_new(GTK_WINDOW(self), self->guest)));
}

static void on_cloned(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineWindow) self = data;
    g_autoptr(GError) error = NULL;

    if (vitrine_manager1_call_clone_guest_finish(VITRINE_MANAGER1(source), NULL, result, &error))
        return;
    sentence_localise_error(error);
    vitrine_window_toast(self, error->message);
}

static void on_template_made(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineWindow) self = data;
    g_autoptr(GError) error = NULL;

    if (vitrine_manager1_call_make_template_finish(VITRINE_MANAGER1(source), NULL, result, &error))
        return;
    sentence_localise_error(error);
    vitrine_window_toast(self, error->message);
}

static const char *text_of(GtkWidget *dialog, const char *key)
{
    return gtk_editable_get_text(GTK_EDITABLE(g_object_get_data(G_OBJECT(dialog), key)));
}

static void on_response(GtkWidget *dialog, const char *response, VitrineWindow *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    VitrineGuest *guest = g_object_get_data(G_OBJECT(dialog), "guest");

    if (!manager)
        return;
    if (g_str_equal(response, "duplicate"))
        vitrine_manager1_call_clone_guest(manager, vitrine_guest_get_name(guest),
                                          text_of(dialog, "name"), g_variant_new("a{sv}", NULL),
                                          CALL_FLAGS, CALL_TIMEOUT_MS, NULL, on_cloned,
                                          g_object_ref(self));
    else if (g_str_equal(response, "make"))
        vitrine_manager1_call_make_template(manager, vitrine_guest_get_name(guest),
                                            text_of(dialog, "name"), text_of(dialog, "description"),
                                            CALL_FLAGS, CALL_TIMEOUT_MS, NULL, on_template_made,
                                            g_object_ref(self));
}

static void on_name_changed(GtkWidget *dialog)
{
    const char *response = g_object_get_data(G_OBJECT(dialog), "response");

    adw_message_dialog_set_response_enabled(ADW_MESSAGE_DIALOG(dialog), response,
                                            *text_of(dialog, "name") != '\0');
}

/* An entry, which the dialog's responses find by KEY. */
static GtkWidget *add_entry(GtkWidget *dialog, GtkWidget *group, const char *key, const char *title)
{
    GtkWidget *row = adw_entry_row_new();

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), row);
    g_object_set_data_full(G_OBJECT(dialog), key, g_object_ref(row), g_object_unref);
    return row;
}

/* A question for a name. RESPONSE is static. */
static GtkWidget *ask(VitrineWindow *self, const char *heading, const char *body,
                      const char *response, const char *label)
{
    GtkWidget *dialog = adw_message_dialog_new(GTK_WINDOW(self), NULL, body);
    GtkWidget *group = adw_preferences_group_new();
    GtkWidget *name;

    adw_message_dialog_format_heading(ADW_MESSAGE_DIALOG(dialog), heading,
                                      vitrine_guest_get_name(self->guest));
    adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(dialog), group);
    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Cancel"), response,
                                     label, NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), response,
                                               ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_response_enabled(ADW_MESSAGE_DIALOG(dialog), response, FALSE);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), response);
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    g_object_set_data(G_OBJECT(dialog), "response", (gpointer)response);
    g_object_set_data(G_OBJECT(dialog), "group", group);
    g_object_set_data_full(G_OBJECT(dialog), "guest", g_object_ref(self->guest), g_object_unref);
    name = add_entry(dialog, group, "name", _("Name"));
    g_signal_connect_object(name, "changed", G_CALLBACK(on_name_changed), dialog,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_response), self, 0);
    return dialog;
}

void vitrine_window_duplicate(VitrineWindow *self)
{
    GtkWidget *dialog;

    if (!self->guest)
        return;
    dialog = ask(self, _("Duplicate “%s”"),
                 _("The new guest has the same settings and a copy of the disk as it is now."),
                 "duplicate", _("_Duplicate"));
    gtk_window_present(GTK_WINDOW(dialog));
}

void vitrine_window_make_template(VitrineWindow *self)
{
    GtkWidget *dialog;

    if (!self->guest)
        return;
    dialog = ask(self, _("Make a Template of “%s”"),
                 _("What is on the disk, as accounts and keys, is in every guest made of it."),
                 "make", _("_Make"));
    add_entry(dialog, g_object_get_data(G_OBJECT(dialog), "group"), "description",
              _("Description"));
    gtk_window_present(GTK_WINDOW(dialog));
}
