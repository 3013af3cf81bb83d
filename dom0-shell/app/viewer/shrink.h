/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a small picture of a large one, a piece at a time. */
#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

typedef struct _VitrineShrink VitrineShrink;

VitrineShrink *vitrine_shrink_new(cairo_surface_t *surface, int max_width, int max_height);
void vitrine_shrink_free(VitrineShrink *self);
gboolean vitrine_shrink_step(VitrineShrink *self);
GBytes *vitrine_shrink_dup_pixels(VitrineShrink *self);
GdkTexture *vitrine_shrink_make_texture(VitrineShrink *self, GBytes *pixels);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VitrineShrink, vitrine_shrink_free)

G_END_DECLS
