/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a SPICE server has drawn, and where its monitors are, as a session has them. */
#pragma once

#include "viewer/session.h"

#include <spice-client.h>

G_BEGIN_DECLS

/* The library's picture, of the size of the session's surface. */
typedef struct {
    VitrineSession *session; /* not referenced: the picture is a part of it */
    const guint8 *pixels;    /* the library's; NULL while it has none */
    int stride;              /* bytes */
} VitrineSpicePicture;

gboolean vitrine_spice_picture_set(VitrineSpicePicture *self, int format, int width, int height,
                                   int stride, const guint8 *pixels, const char **ret_problem);
void vitrine_spice_picture_clear(VitrineSpicePicture *self);
void vitrine_spice_picture_copy(VitrineSpicePicture *self, const VitrineRect *wanted);
void vitrine_spice_picture_arrange(VitrineSpicePicture *self, const GArray *monitors);
GdkTexture *vitrine_spice_picture_make_cursor(int width, int height, gconstpointer rgba);

G_END_DECLS
