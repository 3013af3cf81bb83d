/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small picture of a guest's screen, or its state's icon. */
#pragma once

#include "model/guest.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_THUMBNAIL (vitrine_thumbnail_get_type())
G_DECLARE_FINAL_TYPE(VitrineThumbnail, vitrine_thumbnail, VITRINE, THUMBNAIL, GtkWidget)

G_END_DECLS
