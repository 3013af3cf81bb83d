/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The colours that tell guests apart. */
#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

typedef struct {
    const char *rgb;   /* "#rrggbb", as on the bus and in the guest's key file */
    const char *label; /* for a person, to be translated */
} VitrineGuestColor;

const VitrineGuestColor *vitrine_guest_colors_get(guint *n_colors);
void vitrine_guest_color_parse(const char *text, GdkRGBA *color);

G_END_DECLS
