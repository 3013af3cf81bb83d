/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row to choose a disk's image in, from the person's files. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_IMAGE_ROW (vitrine_image_row_get_type())
G_DECLARE_FINAL_TYPE(VitrineImageRow, vitrine_image_row, VITRINE, IMAGE_ROW, AdwActionRow)

void vitrine_image_row_set_path(VitrineImageRow *self, const char *path);
const char *vitrine_image_row_get_path(VitrineImageRow *self);

G_END_DECLS
