/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small disc in a guest's colour. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_COLOR_DOT (vitrine_color_dot_get_type())
G_DECLARE_FINAL_TYPE(VitrineColorDot, vitrine_color_dot, VITRINE, COLOR_DOT, GtkWidget)

GtkWidget *vitrine_color_dot_new(const char *color);

G_END_DECLS
