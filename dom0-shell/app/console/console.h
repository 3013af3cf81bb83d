/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The widget that shows a guest's text console. */
#pragma once

#include "model/guest.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_CONSOLE (vitrine_console_get_type())
G_DECLARE_FINAL_TYPE(VitrineConsole, vitrine_console, VITRINE, CONSOLE, GtkWidget)

void vitrine_console_set_guest(VitrineConsole *self, VitrineGuest *guest);
gboolean vitrine_console_get_captured(VitrineConsole *self);
gboolean vitrine_console_get_connected(VitrineConsole *self);

G_END_DECLS
