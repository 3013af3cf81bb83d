/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What GTK makes of icons: icon-check NAME... prints a line for each with the name, whether the
 * theme has it, how many pixels of it are painted, and how many of those are not in the one colour
 * that it was asked for. */
#include <gtk/gtk.h>

#define SIZE 64

/* That no icon is drawn in. */
static const GdkRGBA wanted = {1, 0, 1, 1};

/* In one colour, as buttons show it, if it is symbolic. */
static cairo_surface_t *paint(GtkIconPaintable *icon)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, SIZE, SIZE);
    GtkSnapshot *snapshot = gtk_snapshot_new();
    const GdkRGBA colors[] = {wanted, wanted, wanted, wanted};
    cairo_t *cairo = cairo_create(surface);
    GskRenderNode *node;

    gtk_symbolic_paintable_snapshot_symbolic(GTK_SYMBOLIC_PAINTABLE(icon), snapshot, SIZE, SIZE,
                                             colors, G_N_ELEMENTS(colors));
    node = gtk_snapshot_free_to_node(snapshot);
    if (node) {
        gsk_render_node_draw(node, cairo);
        gsk_render_node_unref(node);
    }
    cairo_destroy(cairo);
    cairo_surface_flush(surface);
    return surface;
}

/* Pixels are premultiplied: red and blue of the wanted colour are as much as alpha, give or take
 * what rounding takes. */
static gboolean is_wanted(guint32 pixel)
{
    int alpha = (int)(pixel >> 24), red = pixel >> 16 & 0xff, green = pixel >> 8 & 0xff,
        blue = pixel & 0xff;

    return ABS(red - alpha) <= 2 && ABS(blue - alpha) <= 2 && green <= 2;
}

static void look_at(GtkIconTheme *theme, const char *name)
{
    g_autoptr(GtkIconPaintable) icon =
        gtk_icon_theme_lookup_icon(theme, name, NULL, SIZE, 1, GTK_TEXT_DIR_LTR, 0);
    cairo_surface_t *surface = paint(icon);
    const guint32 *pixels = (const guint32 *)(const void *)cairo_image_surface_get_data(surface);
    guint painted = 0, others = 0;

    for (guint i = 0; i < SIZE * SIZE; i++) {
        painted += pixels[i] >> 24 != 0;
        others += pixels[i] >> 24 != 0 && !is_wanted(pixels[i]);
    }
    g_print("%s %d %u %u\n", name, gtk_icon_theme_has_icon(theme, name), painted, others);
    cairo_surface_destroy(surface);
}

int main(int argc, char **argv)
{
    GtkIconTheme *theme;

    gtk_init();
    theme = gtk_icon_theme_get_for_display(gdk_display_get_default());
    gtk_icon_theme_add_resource_path(theme, "/org/vitrine/Shell/icons");
    for (int i = 1; i < argc; i++)
        look_at(theme, argv[i]);
    return 0;
}
