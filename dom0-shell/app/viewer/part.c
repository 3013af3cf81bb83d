/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of a picture, such as one monitor's, as a picture of its own. */
#include "viewer/part.h"

static void release(gpointer surface)
{
    cairo_surface_destroy(surface);
}

/* The pixels of @rect, which lies within @surface, an RGB24 image: the very same ones, not a copy.
 * To be destroyed; @surface is kept until then. */
cairo_surface_t *vitrine_part_new(cairo_surface_t *surface, const VitrineRect *rect)
{
    static const cairo_user_data_key_t key;
    int stride = cairo_image_surface_get_stride(surface);
    guint8 *pixels = cairo_image_surface_get_data(surface);
    cairo_surface_t *part =
        cairo_image_surface_create_for_data(pixels + (gsize)rect->y * stride + (gsize)rect->x * 4,
                                            CAIRO_FORMAT_RGB24, rect->width, rect->height, stride);

    cairo_surface_set_user_data(part, &key, cairo_surface_reference(surface), release);
    return part;
}

/* What is on it now, to be unreferenced. */
GdkTexture *vitrine_part_dup_texture(cairo_surface_t *part)
{
    int width = cairo_image_surface_get_width(part);
    int height = cairo_image_surface_get_height(part);
    int stride = cairo_image_surface_get_stride(part);
    const guint8 *pixels = cairo_image_surface_get_data(part);
    guint32 *copy = g_new(guint32, (gsize)width * height);
    g_autoptr(GBytes) bytes = g_bytes_new_take(copy, (gsize)width * height * sizeof(*copy));

    for (int y = 0; y < height; y++) {
        const guint32 *line = (const guint32 *)(pixels + (gsize)y * stride);

        /* RGB24 leaves the fourth byte undefined; GDK reads it as alpha. */
        for (int x = 0; x < width; x++)
            copy[(gsize)y * width + x] = line[x] | 0xff000000;
    }
    return gdk_memory_texture_new(width, height, GDK_MEMORY_DEFAULT, bytes,
                                  (gsize)width * sizeof(*copy));
}
