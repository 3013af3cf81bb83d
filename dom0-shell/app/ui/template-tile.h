/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A template to choose in the dialog for a new guest. */
#pragma once

#include "model/template.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_TEMPLATE_TILE (vitrine_template_tile_get_type())
G_DECLARE_FINAL_TYPE(VitrineTemplateTile, vitrine_template_tile, VITRINE, TEMPLATE_TILE,
                     GtkFlowBoxChild)

GtkWidget *vitrine_template_tile_new(const VitrineTemplate *template);
const VitrineTemplate *vitrine_template_tile_get_template(VitrineTemplateTile *self);

G_END_DECLS
