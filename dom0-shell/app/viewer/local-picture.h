/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's picture in memory that its display server shares with us. */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

cairo_surface_t *vitrine_local_picture_map(int fd, guint32 width, guint32 height, guint32 stride,
                                           const char **ret_problem);

G_END_DECLS
