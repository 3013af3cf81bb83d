/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The colours that tell guests apart, and how text becomes one. */
#include "model/guest-color.h"

#include <glib/gi18n.h>

static const VitrineGuestColor colors[] = {
    {"#3584e4", N_("Blue")},   {"#2ec27e", N_("Green")}, {"#f5c211", N_("Yellow")},
    {"#ff7800", N_("Orange")}, {"#e01b24", N_("Red")},   {"#9141ac", N_("Purple")},
    {"#986a44", N_("Brown")},  {"#77767b", N_("Gray")},
};

/* The palette offered for new guests. */
const VitrineGuestColor *vitrine_guest_colors_get(guint *n_colors)
{
    *n_colors = G_N_ELEMENTS(colors);
    return colors;
}

/* Any CSS colour; what is none of those becomes gray. */
void vitrine_guest_color_parse(const char *text, GdkRGBA *color)
{
    if (!text || !gdk_rgba_parse(color, text))
        gdk_rgba_parse(color, "#77767b");
}
