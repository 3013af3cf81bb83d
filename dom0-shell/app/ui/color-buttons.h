/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row of buttons to choose a guest's colour with. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What is called, with the data given, when a person or the program has chosen @rgb. */
typedef void (*VitrineColorChosen)(const char *rgb, gpointer data);

void vitrine_color_buttons_fill(GtkBox *box, VitrineColorChosen chosen, gpointer data);
void vitrine_color_buttons_select(GtkBox *box, const char *rgb);

G_END_DECLS
