/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's picture, cut into tiles so that only what changed is copied and painted. */
#pragma once

#include "viewer/viewport.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _VitrineTiles VitrineTiles;

VitrineTiles *vitrine_tiles_new(void);
void vitrine_tiles_free(VitrineTiles *self);
void vitrine_tiles_set_viewport(VitrineTiles *self, const VitrineViewport *viewport,
                                GskRenderer *renderer);
guint vitrine_tiles_damage(VitrineTiles *self, const VitrineRect *guest_rect);
void vitrine_tiles_snapshot(VitrineTiles *self, GtkSnapshot *snapshot, cairo_surface_t *surface);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VitrineTiles, vitrine_tiles_free)

G_END_DECLS
