/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps small pictures of the screens of the guests that run. */
#pragma once

#include "viewer/display.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_THUMBNAILER (vitrine_thumbnailer_get_type())
G_DECLARE_FINAL_TYPE(VitrineThumbnailer, vitrine_thumbnailer, VITRINE, THUMBNAILER, GObject)

VitrineThumbnailer *vitrine_thumbnailer_new(GListModel *guests);
void vitrine_thumbnailer_set_active(VitrineThumbnailer *self, gboolean active);
void vitrine_thumbnailer_add_display(VitrineThumbnailer *self, VitrineDisplay *display);

G_END_DECLS
