/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a small picture of a large one: each pixel is the mean of those that it stands for. A step
 * looks at a bounded number of them, so that the main loop gets its turn in between.
 */
#include "viewer/shrink.h"

/* A millisecond's work, about. */
#define PIXELS_A_STEP (256 * 1024)

struct _VitrineShrink {
    cairo_surface_t *surface;
    int from_width, from_height;
    int width, height;
    int n_rows; /* that are done */
    guint32 *pixels;
};

/* The length that @length has when @of_other becomes @other; never nothing. */
static int scale(int length, int other, int of_other)
{
    return MAX((gint64)length * other / of_other, 1);
}

/*
 * Begins to shrink @surface, RGB24 and kept, to at most that size; what is smaller stays as it is.
 * What is painted on it meanwhile may be seen or not.
 */
VitrineShrink *vitrine_shrink_new(cairo_surface_t *surface, int max_width, int max_height)
{
    VitrineShrink *self = g_new0(VitrineShrink, 1);

    self->surface = cairo_surface_reference(surface);
    self->width = self->from_width = cairo_image_surface_get_width(surface);
    self->height = self->from_height = cairo_image_surface_get_height(surface);
    if (self->width > max_width) {
        self->width = max_width;
        self->height = scale(self->from_height, max_width, self->from_width);
    }
    if (self->height > max_height) {
        self->height = max_height;
        self->width = MIN(scale(self->from_width, max_height, self->from_height), max_width);
    }
    self->pixels = g_new(guint32, (gsize)self->width * self->height);
    return self;
}

void vitrine_shrink_free(VitrineShrink *self)
{
    if (!self)
        return;
    cairo_surface_destroy(self->surface);
    g_free(self->pixels);
    g_free(self);
}

static guint32 mean(const guint32 *pixels, gsize stride, int width, int height)
{
    guint64 red = 0, green = 0, blue = 0, n = (guint64)width * height;

    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            guint32 pixel = pixels[y * stride + x];

            red += pixel >> 16 & 0xff;
            green += pixel >> 8 & 0xff;
            blue += pixel & 0xff;
        }
    }
    return 0xff000000 | (guint32)(red / n) << 16 | (guint32)(green / n) << 8 | (guint32)(blue / n);
}

/* Where the pixels begin that pixel @i of @n stands for, of @from. */
static int begin(int i, int n, int from)
{
    return (gint64)i * from / n;
}

static void shrink_row(VitrineShrink *self, int row)
{
    gsize stride = cairo_image_surface_get_stride(self->surface) / sizeof(guint32);
    const guint32 *from = (const guint32 *)cairo_image_surface_get_data(self->surface);
    int top = begin(row, self->height, self->from_height);
    int bottom = begin(row + 1, self->height, self->from_height);

    for (int x = 0; x < self->width; x++) {
        int left = begin(x, self->width, self->from_width);
        int right = begin(x + 1, self->width, self->from_width);

        self->pixels[row * self->width + x] =
            mean(from + top * stride + left, stride, right - left, bottom - top);
    }
}

/* Goes on for a moment. TRUE when there is nothing left to do. */
gboolean vitrine_shrink_step(VitrineShrink *self)
{
    gint64 a_row = (gint64)self->from_width * MAX(self->from_height / self->height, 1);
    gint64 n_rows = MAX(PIXELS_A_STEP / a_row, 1);

    for (; n_rows > 0 && self->n_rows < self->height; n_rows--)
        shrink_row(self, self->n_rows++);
    return self->n_rows == self->height;
}

/* The pixels of the small picture, which two may be compared by; to be unreferenced. */
GBytes *vitrine_shrink_dup_pixels(VitrineShrink *self)
{
    return g_bytes_new(self->pixels, sizeof(guint32) * self->width * self->height);
}

/* The small picture out of @pixels; to be unreferenced. */
GdkTexture *vitrine_shrink_make_texture(VitrineShrink *self, GBytes *pixels)
{
    return gdk_memory_texture_new(self->width, self->height, GDK_MEMORY_DEFAULT, pixels,
                                  sizeof(guint32) * self->width);
}
