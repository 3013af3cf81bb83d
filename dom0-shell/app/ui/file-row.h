/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row to choose one of this computer's files in. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_FILE_ROW (vitrine_file_row_get_type())
G_DECLARE_FINAL_TYPE(VitrineFileRow, vitrine_file_row, VITRINE, FILE_ROW, AdwActionRow)

void vitrine_file_row_set_path(VitrineFileRow *self, const char *path);
const char *vitrine_file_row_get_path(VitrineFileRow *self);

G_END_DECLS
