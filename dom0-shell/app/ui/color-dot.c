/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small disc in a guest's colour. It says nothing that the text beside it does not. */
#include "ui/color-dot.h"

#include "model/guest-color.h"

#define DIAMETER 14

struct _VitrineColorDot {
    GtkWidget parent_instance;

    GdkRGBA color;
};

enum {
    PROP_0,
    PROP_COLOR,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineColorDot, vitrine_color_dot, GTK_TYPE_WIDGET)

static void vitrine_color_dot_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    VitrineColorDot *self = VITRINE_COLOR_DOT(widget);
    int x = (gtk_widget_get_width(widget) - DIAMETER) / 2;
    int y = (gtk_widget_get_height(widget) - DIAMETER) / 2;
    graphene_rect_t bounds = GRAPHENE_RECT_INIT(x, y, DIAMETER, DIAMETER);
    GskRoundedRect disc;

    gsk_rounded_rect_init_from_rect(&disc, &bounds, DIAMETER / 2.0f);
    gtk_snapshot_push_rounded_clip(snapshot, &disc);
    gtk_snapshot_append_color(snapshot, &self->color, &bounds);
    gtk_snapshot_pop(snapshot);
}

static void vitrine_color_dot_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                      int *minimum, int *natural, int *minimum_baseline,
                                      int *natural_baseline)
{
    *minimum = *natural = DIAMETER;
}

static void vitrine_color_dot_set_property(GObject *object, guint id, const GValue *value,
                                           GParamSpec *pspec)
{
    VitrineColorDot *self = VITRINE_COLOR_DOT(object);

    if (id != PROP_COLOR) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
        return;
    }
    vitrine_guest_color_parse(g_value_get_string(value), &self->color);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void vitrine_color_dot_class_init(VitrineColorDotClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->set_property = vitrine_color_dot_set_property;
    widget_class->snapshot = vitrine_color_dot_snapshot;
    widget_class->measure = vitrine_color_dot_measure;

    /* Any CSS colour. */
    properties[PROP_COLOR] =
        g_param_spec_string("color", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(G_OBJECT_CLASS(klass), N_PROPS, properties);
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void vitrine_color_dot_init(VitrineColorDot *self)
{
    vitrine_guest_color_parse(NULL, &self->color);
}

/* @color: any CSS colour. */
GtkWidget *vitrine_color_dot_new(const char *color)
{
    return g_object_new(VITRINE_TYPE_COLOR_DOT, "color", color, NULL);
}
