/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of a picture, such as one monitor's, as a picture of its own. */
#pragma once

#include "viewer/viewport.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

cairo_surface_t *vitrine_part_new(cairo_surface_t *surface, const VitrineRect *rect);
GdkTexture *vitrine_part_dup_texture(cairo_surface_t *part);

G_END_DECLS
