/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row that shows which file was chosen, with a button that opens a file chooser, and one that
 * takes the choice back. */
#include "ui/file-row.h"

#include <glib/gi18n.h>

struct _VitrineFileRow {
    AdwActionRow parent_instance;

    char *path;
    char *hint; /* shown while there is no file */
    GtkWidget *clear_button;
    GtkNativeDialog *chooser; /* while it is open */
};

enum {
    PROP_0,
    PROP_HINT,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

enum {
    CHANGED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineFileRow, vitrine_file_row, ADW_TYPE_ACTION_ROW)

static void on_response(VitrineFileRow *self, int response)
{
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(self->chooser))
                                : NULL;
    g_autofree char *path = file ? g_file_get_path(file) : NULL;

    g_clear_object(&self->chooser);
    if (path)
        vitrine_file_row_set_path(self, path);
}

static void choose(VitrineFileRow *self)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));

    if (self->chooser)
        return;
    self->chooser = GTK_NATIVE_DIALOG(
        gtk_file_chooser_native_new(adw_preferences_row_get_title(ADW_PREFERENCES_ROW(self)),
                                    GTK_WINDOW(root), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL));
    gtk_native_dialog_set_modal(self->chooser, TRUE);
    g_signal_connect_object(self->chooser, "response", G_CALLBACK(on_response), self,
                            G_CONNECT_SWAPPED);
    gtk_native_dialog_show(self->chooser);
}

/* Shows the chosen file, or what there is to say while there is none. */
static void show_path(VitrineFileRow *self)
{
    g_autofree char *shown = self->path ? g_filename_display_name(self->path) : NULL;
    const char *text = shown ? shown : self->hint;
    g_autofree char *safe = g_markup_escape_text(text ? text : "", -1);

    adw_action_row_set_subtitle(ADW_ACTION_ROW(self), safe);
    gtk_widget_set_visible(self->clear_button, self->path != NULL);
}

static void clear(VitrineFileRow *self)
{
    vitrine_file_row_set_path(self, NULL);
}

static void vitrine_file_row_set_property(GObject *object, guint id, const GValue *value,
                                          GParamSpec *pspec)
{
    VitrineFileRow *self = VITRINE_FILE_ROW(object);

    if (id != PROP_HINT) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    g_free(self->hint);
    self->hint = g_value_dup_string(value);
    show_path(self);
}

static void vitrine_file_row_dispose(GObject *object)
{
    VitrineFileRow *self = VITRINE_FILE_ROW(object);

    g_clear_object(&self->chooser);
    g_clear_pointer(&self->path, g_free);
    g_clear_pointer(&self->hint, g_free);
    G_OBJECT_CLASS(vitrine_file_row_parent_class)->dispose(object);
}

static void vitrine_file_row_class_init(VitrineFileRowClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_file_row_dispose;
    G_OBJECT_CLASS(klass)->set_property = vitrine_file_row_set_property;

    /* What is said while no file is chosen. */
    properties[PROP_HINT] =
        g_param_spec_string("hint", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(G_OBJECT_CLASS(klass), N_PROPS, properties);

    /* Another file was chosen, or none. */
    signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
}

static void vitrine_file_row_init(VitrineFileRow *self)
{
    GtkWidget *button = gtk_button_new_with_mnemonic(_("C_hoose…"));

    self->clear_button = gtk_button_new_from_icon_name("edit-clear-symbolic");
    gtk_widget_set_tooltip_text(self->clear_button, _("Choose None"));
    gtk_widget_set_valign(self->clear_button, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(self->clear_button, "flat");
    gtk_widget_set_visible(self->clear_button, FALSE);
    g_signal_connect_object(self->clear_button, "clicked", G_CALLBACK(clear), self,
                            G_CONNECT_SWAPPED);
    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    g_signal_connect_object(button, "clicked", G_CALLBACK(choose), self, G_CONNECT_SWAPPED);
    adw_action_row_add_suffix(ADW_ACTION_ROW(self), self->clear_button);
    adw_action_row_add_suffix(ADW_ACTION_ROW(self), button);
    adw_action_row_set_activatable_widget(ADW_ACTION_ROW(self), button);
}

/* As if @path had been chosen; NULL: none. */
void vitrine_file_row_set_path(VitrineFileRow *self, const char *path)
{
    g_return_if_fail(VITRINE_IS_FILE_ROW(self));

    g_free(self->path);
    self->path = g_strdup(path);
    show_path(self);
    g_signal_emit(self, signals[CHANGED], 0);
}

/* The path of the chosen file, or NULL if there is none that the service could be told. */
const char *vitrine_file_row_get_path(VitrineFileRow *self)
{
    g_return_val_if_fail(VITRINE_IS_FILE_ROW(self), NULL);
    return self->path && g_utf8_validate(self->path, -1, NULL) ? self->path : NULL;
}
