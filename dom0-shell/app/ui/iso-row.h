/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row to choose one of the service's ISO images in. */
#pragma once

#include "vitrine-dbus.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_ISO_ROW (vitrine_iso_row_get_type())
G_DECLARE_FINAL_TYPE(VitrineIsoRow, vitrine_iso_row, VITRINE, ISO_ROW, AdwComboRow)

void vitrine_iso_row_load(VitrineIsoRow *self, VitrineManager1 *manager);
const char *vitrine_iso_row_get_path(VitrineIsoRow *self);

G_END_DECLS
