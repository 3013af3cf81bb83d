/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One look at a guest's screen, by a connection of its own. */
#pragma once

#include "model/guest.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_GLIMPSE (vitrine_glimpse_get_type())
G_DECLARE_FINAL_TYPE(VitrineGlimpse, vitrine_glimpse, VITRINE, GLIMPSE, GObject)

VitrineGlimpse *vitrine_glimpse_new(VitrineGuest *guest, guint without);
void vitrine_glimpse_close(VitrineGlimpse *self);
cairo_surface_t *vitrine_glimpse_get_surface(VitrineGlimpse *self);
guint vitrine_glimpse_get_without(VitrineGlimpse *self);

G_END_DECLS
