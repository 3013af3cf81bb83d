/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buttons that offer to shut guests down, to make room in the memory. */
#pragma once

#include "model/memory-remedy.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

void vitrine_memory_offers_show(GtkWidget *box, const VitrineMemoryUser *users, guint n_users);

G_END_DECLS
