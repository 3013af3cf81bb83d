/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the templates, and asks the service to delete one. Which of them guests still need, the
 * service knows, and says. */
#include "ui/templates-dialog.h"

#include "model/template.h"
#include "ui/ask.h"
#include "sentence.h"

#include <glib/gi18n.h>

#define CALL_FLAGS G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
/* A person may have to type a password meanwhile. */
#define CALL_TIMEOUT_MS (5 * 60 * 1000)

struct _VitrineTemplatesDialog {
    AdwWindow parent_instance;

    VitrineManager1 *manager;
    AdwPreferencesGroup *group;
    GtkLabel *problem;
    GPtrArray *rows; /* in the group */
};

G_DEFINE_FINAL_TYPE(VitrineTemplatesDialog, vitrine_templates_dialog, ADW_TYPE_WINDOW)

static void show_problem(VitrineTemplatesDialog *self, GError *error)
{
    if (error)
        sentence_localise_error(error);
    gtk_label_set_text(self->problem, error ? error->message : "");
    gtk_widget_set_visible(GTK_WIDGET(self->problem), error != NULL);
}

static void on_deleted(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineTemplatesDialog) self = data;
    g_autoptr(GError) error = NULL;

    vitrine_manager1_call_delete_template_finish(VITRINE_MANAGER1(source), result, &error);
    show_problem(self, error);
}

static void on_confirmed(AdwMessageDialog *dialog, const char *response,
                         VitrineTemplatesDialog *self)
{
    const char *id = g_object_get_data(G_OBJECT(dialog), "id");

    if (g_str_equal(response, "delete") && self->manager)
        vitrine_manager1_call_delete_template(self->manager, id, CALL_FLAGS, CALL_TIMEOUT_MS, NULL,
                                              on_deleted, g_object_ref(self));
}

static void on_delete(GtkWidget *button, VitrineTemplatesDialog *self)
{
    AdwActionRow *row = g_object_get_data(G_OBJECT(button), "row");
    g_autofree char *heading =
        g_strdup_printf(_("Delete “%s”?"), adw_preferences_row_get_title(ADW_PREFERENCES_ROW(row)));
    AdwMessageDialog *dialog = vitrine_ask_new(
        GTK_WINDOW(self), heading,
        _("No guests can be made of it any more. The guests that there are stay as they are."),
        "delete", _("_Delete"));

    g_object_set_data_full(G_OBJECT(dialog), "id", g_strdup(g_object_get_data(G_OBJECT(row), "id")),
                           g_free);
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_confirmed), self, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void add_button(VitrineTemplatesDialog *self, AdwActionRow *row)
{
    /* Translators: what a button does, and the title of the template that it does it to. */
    g_autofree char *spoken = g_strdup_printf(
        _("%s: %s"), _("Delete"), adw_preferences_row_get_title(ADW_PREFERENCES_ROW(row)));
    GtkWidget *button = gtk_button_new_from_icon_name("user-trash-symbolic");

    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(button, "flat");
    gtk_widget_set_tooltip_text(button, _("Delete"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                   -1);
    g_object_set_data(G_OBJECT(button), "row", row);
    g_signal_connect(button, "clicked", G_CALLBACK(on_delete), self);
    adw_action_row_add_suffix(row, button);
}

static void add_row(VitrineTemplatesDialog *self, const VitrineTemplate *template)
{
    AdwActionRow *row = ADW_ACTION_ROW(adw_action_row_new());
    g_autofree char *subtitle =
        g_markup_escape_text(*template->broken ? template->broken : template->description, -1);

    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), template->title);
    adw_action_row_set_subtitle(row, subtitle);
    g_object_set_data_full(G_OBJECT(row), "id", g_strdup(template->id), g_free);
    add_button(self, row);
    adw_preferences_group_add(self->group, GTK_WIDGET(row));
    g_ptr_array_add(self->rows, row);
}

static void fill(VitrineTemplatesDialog *self)
{
    g_autoptr(GPtrArray) templates =
        vitrine_templates_parse(vitrine_manager1_get_templates(self->manager));

    for (guint i = 0; i < self->rows->len; i++)
        adw_preferences_group_remove(self->group, self->rows->pdata[i]);
    g_ptr_array_set_size(self->rows, 0);
    for (guint i = 0; i < templates->len; i++)
        add_row(self, templates->pdata[i]);
    adw_preferences_group_set_description(
        self->group, templates->len ? _("New guests are copies of them.") : _("There is none."));
}

static void vitrine_templates_dialog_dispose(GObject *object)
{
    VitrineTemplatesDialog *self = VITRINE_TEMPLATES_DIALOG(object);

    g_clear_object(&self->manager);
    G_OBJECT_CLASS(vitrine_templates_dialog_parent_class)->dispose(object);
}

static void vitrine_templates_dialog_finalize(GObject *object)
{
    g_ptr_array_unref(VITRINE_TEMPLATES_DIALOG(object)->rows);
    G_OBJECT_CLASS(vitrine_templates_dialog_parent_class)->finalize(object);
}

static void vitrine_templates_dialog_class_init(VitrineTemplatesDialogClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_templates_dialog_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_templates_dialog_finalize;
    gtk_widget_class_add_binding_action(GTK_WIDGET_CLASS(klass), GDK_KEY_Escape, 0, "window.close",
                                        NULL);
}

static void vitrine_templates_dialog_init(VitrineTemplatesDialog *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *page = adw_preferences_page_new();

    self->rows = g_ptr_array_new();
    self->problem = GTK_LABEL(gtk_label_new(""));
    self->group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());
    gtk_label_set_wrap(self->problem, TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(self->problem), "error");
    gtk_widget_set_visible(GTK_WIDGET(self->problem), FALSE);
    adw_preferences_page_add(ADW_PREFERENCES_PAGE(page), self->group);
    gtk_widget_set_vexpand(page, TRUE);
    gtk_box_append(GTK_BOX(box), adw_header_bar_new());
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->problem));
    gtk_box_append(GTK_BOX(box), page);
    adw_window_set_content(ADW_WINDOW(self), box);
    gtk_window_set_default_size(GTK_WINDOW(self), 460, 480);
    gtk_window_set_title(GTK_WINDOW(self), _("Templates"));
}

/* A window with the service's templates, as they come and go. @connection must be ready. */
VitrineTemplatesDialog *vitrine_templates_dialog_new(GtkWindow *parent,
                                                     VitrineConnection *connection)
{
    VitrineTemplatesDialog *self =
        g_object_new(VITRINE_TYPE_TEMPLATES_DIALOG, "transient-for", parent, "modal", TRUE, NULL);

    self->manager = g_object_ref(vitrine_connection_get_manager(connection));
    g_signal_connect_object(self->manager, "notify::templates", G_CALLBACK(fill), self,
                            G_CONNECT_SWAPPED);
    fill(self);
    return self;
}
