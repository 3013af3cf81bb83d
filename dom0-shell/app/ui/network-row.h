/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The row with the choices of a guest's network. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

void vitrine_network_row_set_up(AdwComboRow *row);
void vitrine_network_row_load(AdwComboRow *row, const char *network, const char *bridged_problem);

G_END_DECLS
