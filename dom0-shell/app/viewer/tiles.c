/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's picture, cut into tiles. GSK compares the nodes of one frame with the last frame's
 * and repaints where they differ; a node that is the same object is never looked into. So each tile
 * keeps its node until the guest draws below it, and a blinking cursor costs one tile.
 *
 * Scaling happens here, once per changed tile, and not in the renderer, once per frame: tiles are
 * always in the view's pixels, which also means that no seam can show between two of them.
 */
#include "viewer/tiles.h"

#include <gsk/gsk.h>

/* Of 32, 64 and 128, the one with which small changes and whole screens both cost least. */
#define TILE_SIZE 64

struct _VitrineTiles {
    VitrineViewport viewport;
    int n_columns, n_rows;
    GskRenderNode **nodes; /* row by row; NULL for what has to be made anew */
    gboolean use_textures;
};

static void drop_nodes(VitrineTiles *self)
{
    for (int i = 0; i < self->n_columns * self->n_rows; i++)
        g_clear_pointer(&self->nodes[i], gsk_render_node_unref);
    g_clear_pointer(&self->nodes, g_free);
    self->n_columns = self->n_rows = 0;
}

VitrineTiles *vitrine_tiles_new(void)
{
    return g_new0(VitrineTiles, 1);
}

void vitrine_tiles_free(VitrineTiles *self)
{
    if (!self)
        return;
    drop_nodes(self);
    g_free(self);
}

/*
 * Lays the picture out anew; everything has to be painted again. @renderer, which may be NULL while
 * there is none, decides what kind of node is cheapest.
 */
void vitrine_tiles_set_viewport(VitrineTiles *self, const VitrineViewport *viewport,
                                GskRenderer *renderer)
{
    drop_nodes(self);
    self->use_textures = renderer && !GSK_IS_CAIRO_RENDERER(renderer);
    self->viewport = *viewport;
    self->n_columns = (viewport->place.width + TILE_SIZE - 1) / TILE_SIZE;
    self->n_rows = (viewport->place.height + TILE_SIZE - 1) / TILE_SIZE;
    self->nodes = g_new0(GskRenderNode *, (gsize)self->n_columns * self->n_rows);
}

/* The guest has drawn in @guest_rect. Returns how many tiles that made stale. */
guint vitrine_tiles_damage(VitrineTiles *self, const VitrineRect *guest_rect)
{
    VitrineRect rect = vitrine_viewport_damage(&self->viewport, guest_rect);
    guint n_stale = 0;

    if (rect.width <= 0 || rect.height <= 0)
        return 0;
    for (int row = rect.y / TILE_SIZE; row <= (rect.y + rect.height - 1) / TILE_SIZE; row++) {
        for (int column = rect.x / TILE_SIZE; column <= (rect.x + rect.width - 1) / TILE_SIZE;
             column++) {
            g_clear_pointer(&self->nodes[row * self->n_columns + column], gsk_render_node_unref);
            n_stale++;
        }
    }
    return n_stale;
}

/* Paints the part of the picture that the tile shows; the tile's corner is the origin of @cr. */
static void paint_tile(VitrineTiles *self, cairo_t *cr, const VitrineRect *tile,
                       cairo_surface_t *surface)
{
    const VitrineViewport *viewport = &self->viewport;
    double scale_x = (double)viewport->place.width / viewport->guest_width;
    double scale_y = (double)viewport->place.height / viewport->guest_height;

    cairo_translate(cr, -tile->x, -tile->y);
    cairo_scale(cr, scale_x, scale_y);
    cairo_set_source_surface(cr, surface, 0, 0);
    cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
    /* Magnified by a whole number: keep the pixels. Shrunk: two neighbours are enough, and cheap.
     */
    cairo_pattern_set_filter(cairo_get_source(cr),
                             scale_x >= 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_BILINEAR);
    cairo_set_operator(cr, CAIRO_OPERATOR_SOURCE);
    cairo_paint(cr);
}

static void destroy_surface(gpointer surface)
{
    cairo_surface_destroy(surface);
}

/* For a renderer on the graphics card: a texture is sent there once. Takes @pixels over. */
static GskRenderNode *make_texture_node(cairo_surface_t *pixels, const graphene_rect_t *bounds)
{
    int width = cairo_image_surface_get_width(pixels);
    int height = cairo_image_surface_get_height(pixels);
    int stride = cairo_image_surface_get_stride(pixels);
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GdkTexture) texture = NULL;

    cairo_surface_flush(pixels);
    bytes = g_bytes_new_with_free_func(cairo_image_surface_get_data(pixels), (gsize)stride * height,
                                       destroy_surface, pixels);
    texture = gdk_memory_texture_new(width, height, GDK_MEMORY_DEFAULT, bytes, stride);
    return gsk_texture_node_new(texture, bounds);
}

/*
 * For the software renderer, which copies a texture each time that it looks at it, changed or not;
 * measured, this is half the work. Takes @pixels over.
 */
static GskRenderNode *make_cairo_node(cairo_surface_t *pixels, const graphene_rect_t *bounds)
{
    GskRenderNode *node = gsk_cairo_node_new(bounds);
    cairo_t *cr = gsk_cairo_node_get_draw_context(node);

    cairo_set_source_surface(cr, pixels, bounds->origin.x, bounds->origin.y);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
    cairo_rectangle(cr, bounds->origin.x, bounds->origin.y, bounds->size.width,
                    bounds->size.height);
    cairo_fill(cr);
    cairo_destroy(cr);
    cairo_surface_destroy(pixels);
    return node;
}

/* A node with the tile's pixels of this moment. */
static GskRenderNode *make_node(VitrineTiles *self, const VitrineRect *tile,
                                cairo_surface_t *surface)
{
    graphene_rect_t bounds = GRAPHENE_RECT_INIT(tile->x, tile->y, tile->width, tile->height);
    /* Not RGB24: GDK would take its unused byte for alpha. */
    cairo_surface_t *pixels =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, tile->width, tile->height);
    cairo_t *cr = cairo_create(pixels);

    paint_tile(self, cr, tile, surface);
    cairo_destroy(cr);
    return self->use_textures ? make_texture_node(pixels, &bounds)
                              : make_cairo_node(pixels, &bounds);
}

/* Adds the picture to @snapshot, in the view's pixels, making the stale tiles from @surface. */
void vitrine_tiles_snapshot(VitrineTiles *self, GtkSnapshot *snapshot, cairo_surface_t *surface)
{
    const VitrineRect *place = &self->viewport.place;

    if (!self->nodes)
        return;
    gtk_snapshot_save(snapshot);
    gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(place->x, place->y));
    for (int i = 0; i < self->n_columns * self->n_rows; i++) {
        int x = i % self->n_columns * TILE_SIZE;
        int y = i / self->n_columns * TILE_SIZE;
        VitrineRect tile = {x, y, MIN(TILE_SIZE, place->width - x),
                            MIN(TILE_SIZE, place->height - y)};

        if (!self->nodes[i])
            self->nodes[i] = make_node(self, &tile, surface);
        gtk_snapshot_append_node(snapshot, self->nodes[i]);
    }
    gtk_snapshot_restore(snapshot);
}
