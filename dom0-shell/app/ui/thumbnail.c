/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small picture of a guest's screen or, if it has none, the icon of its state, on a ground in the
 * guest's colour. It says nothing that the text beside it does not.
 */
#include "ui/thumbnail.h"

#include "model/guest-color.h"

#define WIDTH     56
#define HEIGHT    36
#define ICON_SIZE 16
#define FRAME     2
#define RADIUS    5

struct _VitrineThumbnail {
    GtkWidget parent_instance;

    GdkPaintable *picture;
    char *icon_name;
    GdkRGBA color;
};

enum {
    PROP_0,
    PROP_PICTURE,
    PROP_ICON_NAME,
    PROP_COLOR,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineThumbnail, vitrine_thumbnail, GTK_TYPE_WIDGET)

/* As large as there is room for, and not distorted. */
static void snapshot_picture(VitrineThumbnail *self, GtkSnapshot *snapshot, double width,
                             double height)
{
    double ratio = gdk_paintable_get_intrinsic_aspect_ratio(self->picture);
    double picture_width = ratio > 0 ? MIN(width, height * ratio) : width;
    double picture_height = ratio > 0 ? MIN(height, width / ratio) : height;

    gtk_snapshot_append_color(snapshot, &(GdkRGBA){0.12, 0.12, 0.12, 1},
                              &GRAPHENE_RECT_INIT(0, 0, width, height));
    gtk_snapshot_translate(
        snapshot, &GRAPHENE_POINT_INIT((width - picture_width) / 2, (height - picture_height) / 2));
    gdk_paintable_snapshot(self->picture, snapshot, picture_width, picture_height);
}

static void snapshot_icon(VitrineThumbnail *self, GtkSnapshot *snapshot, double width,
                          double height)
{
    GtkWidget *widget = GTK_WIDGET(self);
    GtkIconTheme *theme = gtk_icon_theme_get_for_display(gtk_widget_get_display(widget));
    g_autoptr(GtkIconPaintable) icon = NULL;
    GdkRGBA color, ground;

    if (!self->icon_name)
        return;
    icon = gtk_icon_theme_lookup_icon(theme, self->icon_name, NULL, ICON_SIZE,
                                      gtk_widget_get_scale_factor(widget),
                                      gtk_widget_get_direction(widget), 0);
    gtk_style_context_get_color(gtk_widget_get_style_context(widget), &color);
    ground = color;
    ground.alpha = 0.08;
    gtk_snapshot_append_color(snapshot, &ground, &GRAPHENE_RECT_INIT(0, 0, width, height));
    gtk_snapshot_translate(snapshot,
                           &GRAPHENE_POINT_INIT((width - ICON_SIZE) / 2, (height - ICON_SIZE) / 2));
    gtk_symbolic_paintable_snapshot_symbolic(GTK_SYMBOLIC_PAINTABLE(icon), snapshot, ICON_SIZE,
                                             ICON_SIZE, &color, 1);
}

static void vitrine_thumbnail_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    VitrineThumbnail *self = VITRINE_THUMBNAIL(widget);
    double x = (gtk_widget_get_width(widget) - WIDTH) / 2;
    double y = (gtk_widget_get_height(widget) - HEIGHT) / 2;
    GskRoundedRect outer, inner;

    gsk_rounded_rect_init_from_rect(&outer, &GRAPHENE_RECT_INIT(x, y, WIDTH, HEIGHT), RADIUS);
    inner = outer;
    gsk_rounded_rect_shrink(&inner, FRAME, FRAME, FRAME, FRAME);
    gtk_snapshot_append_border(snapshot, &outer, (float[4]){FRAME, FRAME, FRAME, FRAME},
                               (GdkRGBA[4]){self->color, self->color, self->color, self->color});
    gtk_snapshot_push_rounded_clip(snapshot, &inner);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x + FRAME, y + FRAME));
    if (self->picture)
        snapshot_picture(self, snapshot, WIDTH - 2 * FRAME, HEIGHT - 2 * FRAME);
    else
        snapshot_icon(self, snapshot, WIDTH - 2 * FRAME, HEIGHT - 2 * FRAME);
    gtk_snapshot_pop(snapshot);
}

static void vitrine_thumbnail_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                      int *minimum, int *natural, int *minimum_baseline,
                                      int *natural_baseline)
{
    *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

static void vitrine_thumbnail_set_property(GObject *object, guint id, const GValue *value,
                                           GParamSpec *pspec)
{
    VitrineThumbnail *self = VITRINE_THUMBNAIL(object);

    switch (id) {
    case PROP_PICTURE:
        g_set_object(&self->picture, g_value_get_object(value));
        break;
    case PROP_ICON_NAME:
        g_free(self->icon_name);
        self->icon_name = g_value_dup_string(value);
        break;
    case PROP_COLOR:
        vitrine_guest_color_parse(g_value_get_string(value), &self->color);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void vitrine_thumbnail_dispose(GObject *object)
{
    VitrineThumbnail *self = VITRINE_THUMBNAIL(object);

    g_clear_object(&self->picture);
    g_clear_pointer(&self->icon_name, g_free);
    G_OBJECT_CLASS(vitrine_thumbnail_parent_class)->dispose(object);
}

static void vitrine_thumbnail_class_init(VitrineThumbnailClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS;

    G_OBJECT_CLASS(klass)->dispose = vitrine_thumbnail_dispose;
    G_OBJECT_CLASS(klass)->set_property = vitrine_thumbnail_set_property;
    widget_class->snapshot = vitrine_thumbnail_snapshot;
    widget_class->measure = vitrine_thumbnail_measure;

    properties[PROP_PICTURE] =
        g_param_spec_object("picture", NULL, NULL, GDK_TYPE_PAINTABLE, flags);
    properties[PROP_ICON_NAME] = g_param_spec_string("icon-name", NULL, NULL, NULL, flags);
    /* Any CSS colour. */
    properties[PROP_COLOR] = g_param_spec_string("color", NULL, NULL, NULL, flags);
    g_object_class_install_properties(G_OBJECT_CLASS(klass), N_PROPS, properties);
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void vitrine_thumbnail_init(VitrineThumbnail *self)
{
    vitrine_guest_color_parse(NULL, &self->color);
}
