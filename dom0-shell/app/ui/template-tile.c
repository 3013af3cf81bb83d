/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A template to choose in the dialog for a new guest; a broken one can't be, and says why. */
#include "ui/template-tile.h"

#include "model/memory-text.h"

#include <glib/gi18n.h>

struct _VitrineTemplateTile {
    GtkFlowBoxChild parent_instance;

    GtkImage *icon;
    GtkLabel *title;
    GtkLabel *description;
    GtkLabel *size;

    const VitrineTemplate *template;
};

G_DEFINE_FINAL_TYPE(VitrineTemplateTile, vitrine_template_tile, GTK_TYPE_FLOW_BOX_CHILD)

static void vitrine_template_tile_class_init(VitrineTemplateTileClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/vitrine/Shell/ui/template-tile.ui");
    gtk_widget_class_bind_template_child(widget_class, VitrineTemplateTile, icon);
    gtk_widget_class_bind_template_child(widget_class, VitrineTemplateTile, title);
    gtk_widget_class_bind_template_child(widget_class, VitrineTemplateTile, description);
    gtk_widget_class_bind_template_child(widget_class, VitrineTemplateTile, size);
}

static void vitrine_template_tile_init(VitrineTemplateTile *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

static void show_icon(VitrineTemplateTile *self, const char *name)
{
    GtkIconTheme *theme = gtk_icon_theme_get_for_display(gtk_widget_get_display(GTK_WIDGET(self)));

    gtk_image_set_from_icon_name(
        self->icon, *name && gtk_icon_theme_has_icon(theme, name) ? name : "computer-symbolic");
}

/* @template must outlive the tile. */
GtkWidget *vitrine_template_tile_new(const VitrineTemplate *template)
{
    VitrineTemplateTile *self = g_object_new(VITRINE_TYPE_TEMPLATE_TILE, NULL);
    gboolean broken = *template->broken != '\0';
    g_autofree char *memory = vitrine_memory_text(template->memory);
    g_autofree char *size = g_strdup_printf(
        g_dngettext(NULL, "%s memory, %u CPU", "%s memory, %u CPUs", template->vcpus), memory,
        template->vcpus);

    self->template = template;
    show_icon(self, template->icon);
    gtk_label_set_text(self->title, template->title);
    gtk_label_set_text(self->description, broken ? template->broken : template->description);
    gtk_label_set_text(self->size, size);
    gtk_widget_set_visible(GTK_WIDGET(self->size), !broken);
    gtk_widget_set_sensitive(GTK_WIDGET(self), !broken);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   template->title, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   broken ? template->broken : template->description, -1);
    return GTK_WIDGET(self);
}

const VitrineTemplate *vitrine_template_tile_get_template(VitrineTemplateTile *self)
{
    g_return_val_if_fail(VITRINE_IS_TEMPLATE_TILE(self), NULL);
    return self->template;
}
