/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row that shows which image was chosen, with a button that opens a file chooser. */
#include "ui/image-row.h"

#include <glib/gi18n.h>

struct _VitrineImageRow {
    AdwActionRow parent_instance;

    char *path;
    GtkNativeDialog *chooser; /* while it is open */
};

enum {
    CHANGED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineImageRow, vitrine_image_row, ADW_TYPE_ACTION_ROW)

static void on_response(VitrineImageRow *self, int response)
{
    g_autoptr(GFile) file = response == GTK_RESPONSE_ACCEPT
                                ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(self->chooser))
                                : NULL;
    g_autofree char *path = file ? g_file_get_path(file) : NULL;

    g_clear_object(&self->chooser);
    if (path)
        vitrine_image_row_set_path(self, path);
}

static void choose(VitrineImageRow *self)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));

    if (self->chooser)
        return;
    self->chooser = GTK_NATIVE_DIALOG(gtk_file_chooser_native_new(
        _("Choose a Disk Image"), GTK_WINDOW(root), GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL));
    gtk_native_dialog_set_modal(self->chooser, TRUE);
    g_signal_connect_object(self->chooser, "response", G_CALLBACK(on_response), self,
                            G_CONNECT_SWAPPED);
    gtk_native_dialog_show(self->chooser);
}

static void vitrine_image_row_dispose(GObject *object)
{
    VitrineImageRow *self = VITRINE_IMAGE_ROW(object);

    g_clear_object(&self->chooser);
    g_clear_pointer(&self->path, g_free);
    G_OBJECT_CLASS(vitrine_image_row_parent_class)->dispose(object);
}

static void vitrine_image_row_class_init(VitrineImageRowClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_image_row_dispose;

    /* Another image was chosen. */
    signals[CHANGED] = g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
}

static void vitrine_image_row_init(VitrineImageRow *self)
{
    GtkWidget *button = gtk_button_new_with_mnemonic(_("C_hoose…"));

    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    g_signal_connect_object(button, "clicked", G_CALLBACK(choose), self, G_CONNECT_SWAPPED);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(self), _("Disk Image"));
    adw_action_row_set_subtitle(ADW_ACTION_ROW(self), _("A raw image; it is copied"));
    adw_action_row_add_suffix(ADW_ACTION_ROW(self), button);
    adw_action_row_set_activatable_widget(ADW_ACTION_ROW(self), button);
}

/* As if @path had been chosen. */
void vitrine_image_row_set_path(VitrineImageRow *self, const char *path)
{
    g_autofree char *shown = NULL, *safe = NULL;

    g_return_if_fail(VITRINE_IS_IMAGE_ROW(self));
    g_free(self->path);
    self->path = g_strdup(path);
    shown = g_filename_display_name(path);
    safe = g_markup_escape_text(shown, -1);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(self), safe);
    g_signal_emit(self, signals[CHANGED], 0);
}

/* The path of the chosen image, or NULL if there is none that the service could be told. */
const char *vitrine_image_row_get_path(VitrineImageRow *self)
{
    g_return_val_if_fail(VITRINE_IS_IMAGE_ROW(self), NULL);
    return self->path && g_utf8_validate(self->path, -1, NULL) ? self->path : NULL;
}
