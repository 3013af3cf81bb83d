/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row to choose one of the service's ISO images in; without any it says where to put one. */
#include "ui/iso-row.h"

#include <glib/gi18n.h>

#include "sentence.h"

struct _VitrineIsoRow {
    AdwComboRow parent_instance;

    GPtrArray *paths; /* of the images, in the order of the row's model */
    GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE(VitrineIsoRow, vitrine_iso_row, ADW_TYPE_COMBO_ROW)

static void fill(VitrineIsoRow *self, GVariant *isos)
{
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

    g_ptr_array_set_size(self->paths, 0);
    for (gsize i = 0; i < g_variant_n_children(isos); i++) {
        g_autoptr(GVariant) iso = g_variant_get_child_value(isos, i);
        const char *path = "", *name = "";

        g_variant_lookup(iso, "path", "&s", &path);
        g_variant_lookup(iso, "name", "&s", &name);
        g_ptr_array_add(self->paths, g_strdup(path));
        gtk_string_list_append(names, name);
    }
    adw_action_row_set_subtitle(ADW_ACTION_ROW(self),
                                self->paths->len ? ""
                                                 : _("There is none: put one into "
                                                     "/var/lib/vitrine/iso, then come back."));
    adw_combo_row_set_model(ADW_COMBO_ROW(self), G_LIST_MODEL(names));
}

static void on_listed(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineIsoRow) self = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) isos = NULL;

    if (vitrine_manager1_call_list_isos_finish(VITRINE_MANAGER1(source), &isos, result, &error)) {
        fill(self, isos);
    } else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        sentence_localise_error(error);
        adw_action_row_set_subtitle(ADW_ACTION_ROW(self), error->message);
    }
}

static void vitrine_iso_row_dispose(GObject *object)
{
    g_cancellable_cancel(VITRINE_ISO_ROW(object)->cancellable);
    G_OBJECT_CLASS(vitrine_iso_row_parent_class)->dispose(object);
}

static void vitrine_iso_row_finalize(GObject *object)
{
    VitrineIsoRow *self = VITRINE_ISO_ROW(object);

    g_ptr_array_unref(self->paths);
    g_object_unref(self->cancellable);
    G_OBJECT_CLASS(vitrine_iso_row_parent_class)->finalize(object);
}

static void vitrine_iso_row_class_init(VitrineIsoRowClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_iso_row_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_iso_row_finalize;
}

static void vitrine_iso_row_init(VitrineIsoRow *self)
{
    self->paths = g_ptr_array_new_with_free_func(g_free);
    self->cancellable = g_cancellable_new();
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(self), _("ISO Image"));
}

/* Asks the service for its images; "selected-item" is notified when they are there. */
void vitrine_iso_row_load(VitrineIsoRow *self, VitrineManager1 *manager)
{
    g_return_if_fail(VITRINE_IS_ISO_ROW(self));
    if (manager)
        vitrine_manager1_call_list_isos(manager, G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable,
                                        on_listed, g_object_ref(self));
}

/* The path of the chosen image, or NULL if there is none. */
const char *vitrine_iso_row_get_path(VitrineIsoRow *self)
{
    guint selected;

    g_return_val_if_fail(VITRINE_IS_ISO_ROW(self), NULL);
    selected = adw_combo_row_get_selected(ADW_COMBO_ROW(self));
    return selected < self->paths->len ? self->paths->pdata[selected] : NULL;
}
