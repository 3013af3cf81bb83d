/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest in the sidebar. */
#pragma once

#include "model/guest.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_GUEST_ROW (vitrine_guest_row_get_type())
G_DECLARE_FINAL_TYPE(VitrineGuestRow, vitrine_guest_row, VITRINE, GUEST_ROW, GtkWidget)

G_END_DECLS
