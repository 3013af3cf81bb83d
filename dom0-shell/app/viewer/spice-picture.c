/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a SPICE server has drawn, and where its monitors are, as a session has them. The library has
 * a picture of its own, which it may take away at any time; what has changed is copied from there
 * into the session's surface. All numbers may be a hostile server's.
 */
#include "viewer/spice-picture.h"

#include <glib/gi18n.h>
#include <string.h>

/* The largest pointer that is shown. */
#define MAX_CURSOR 256

/*
 * The library's picture is this one from now on. FALSE, and a sentence in @ret_problem, if it can't
 * be shown: then there is none. Only what is laid out as our surface is taken.
 */
gboolean vitrine_spice_picture_set(VitrineSpicePicture *self, int format, int width, int height,
                                   int stride, const guint8 *pixels, const char **ret_problem)
{
    self->pixels = NULL;
    if ((format != SPICE_SURFACE_FMT_32_xRGB && format != SPICE_SURFACE_FMT_32_ARGB) || !pixels ||
        stride / 4 < width) {
        *ret_problem = _("The guest’s display is drawn in a way that can’t be shown.");
        return FALSE;
    }
    if (!vitrine_session_make_surface(self->session, width, height, ret_problem))
        return FALSE;
    self->pixels = pixels;
    self->stride = stride;
    vitrine_session_tell_resized(self->session);
    vitrine_spice_picture_copy(self, &(VitrineRect){0, 0, width, height});
    return TRUE;
}

/* The library takes its picture away; what was copied stays. */
void vitrine_spice_picture_clear(VitrineSpicePicture *self)
{
    self->pixels = NULL;
}

/* Copies what of @wanted, which may be anything, lies within the picture. */
void vitrine_spice_picture_copy(VitrineSpicePicture *self, const VitrineRect *wanted)
{
    cairo_surface_t *surface = vitrine_session_get_surface(self->session);
    VitrineRect all, rect;
    guint8 *target;
    int stride;

    if (!self->pixels)
        return;
    all = (VitrineRect){0, 0, cairo_image_surface_get_width(surface),
                        cairo_image_surface_get_height(surface)};
    rect = vitrine_rect_intersect(wanted, &all);
    if (rect.width <= 0 || rect.height <= 0)
        return;
    cairo_surface_flush(surface);
    target = cairo_image_surface_get_data(surface);
    stride = cairo_image_surface_get_stride(surface);
    for (int y = rect.y; y < rect.y + rect.height; y++)
        memcpy(target + (gsize)y * stride + (gsize)rect.x * 4,
               self->pixels + (gsize)y * self->stride + (gsize)rect.x * 4, (gsize)rect.width * 4);
    vitrine_session_damage(self->session, &rect);
}

/* Says which parts of the picture are @monitors, of SpiceDisplayMonitorConfig; NULL: that is not
 * known. Numbers beyond an int become places that are on no surface. */
void vitrine_spice_picture_arrange(VitrineSpicePicture *self, const GArray *monitors)
{
    VitrineRect rects[VITRINE_SESSION_MAX_MONITORS];
    guint n_monitors = monitors ? MIN(monitors->len, G_N_ELEMENTS(rects)) : 0;

    for (guint i = 0; i < n_monitors; i++) {
        const SpiceDisplayMonitorConfig *monitor =
            &g_array_index(monitors, SpiceDisplayMonitorConfig, i);

        rects[i] = (VitrineRect){monitor->x, monitor->y,
                                 monitor->surface_id == 0 ? monitor->width : 0, monitor->height};
    }
    vitrine_session_set_monitors(self->session, rects, n_monitors);
}

/* How a pointer looks, to be unreferenced; NULL if there is nothing to be seen, or too much. */
GdkTexture *vitrine_spice_picture_make_cursor(int width, int height, gconstpointer rgba)
{
    g_autoptr(GBytes) bytes = NULL;

    if (!rgba || width <= 0 || height <= 0 || width > MAX_CURSOR || height > MAX_CURSOR)
        return NULL;
    bytes = g_bytes_new(rgba, (gsize)width * height * 4);
    return gdk_memory_texture_new(width, height, GDK_MEMORY_R8G8B8A8, bytes, (gsize)width * 4);
}
