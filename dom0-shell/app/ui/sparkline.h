/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's CPU load, or its memory, of the last two minutes as a small curve. */
#pragma once

#include "model/guest.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_SPARKLINE (vitrine_sparkline_get_type())
G_DECLARE_FINAL_TYPE(VitrineSparkline, vitrine_sparkline, VITRINE, SPARKLINE, GtkWidget)

guint vitrine_sparkline_get_n_draws(VitrineSparkline *self);

G_END_DECLS
