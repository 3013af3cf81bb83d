/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The widget that shows a guest's screen and passes keyboard and pointer on to it. */
#pragma once

#include "model/guest.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_DISPLAY (vitrine_display_get_type())
G_DECLARE_FINAL_TYPE(VitrineDisplay, vitrine_display, VITRINE, DISPLAY, GtkWidget)

void vitrine_display_set_guest(VitrineDisplay *self, VitrineGuest *guest);
VitrineGuest *vitrine_display_get_guest(VitrineDisplay *self);
cairo_surface_t *vitrine_display_get_surface(VitrineDisplay *self);
guint64 vitrine_display_get_serial(VitrineDisplay *self);
void vitrine_display_set_monitor(VitrineDisplay *self, guint number);
guint vitrine_display_get_monitor(VitrineDisplay *self);
guint vitrine_display_get_n_monitors(VitrineDisplay *self);
gboolean vitrine_display_is_dark(VitrineDisplay *self);
gboolean vitrine_display_get_captured(VitrineDisplay *self);
gboolean vitrine_display_get_connected(VitrineDisplay *self);
const char *vitrine_display_get_problem(VitrineDisplay *self);
void vitrine_display_set_zoom(VitrineDisplay *self, guint percent);
void vitrine_display_send_ctrl_alt_del(VitrineDisplay *self);
GdkTexture *vitrine_display_dup_screen(VitrineDisplay *self);

G_END_DECLS
