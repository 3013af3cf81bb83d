/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What buttons are called when they are read aloud. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void vitrine_button_name_init(void);
void vitrine_button_set_label(GtkButton *button, const char *label);

G_END_DECLS
