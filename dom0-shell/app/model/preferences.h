/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the shell remembers for a person. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GSettings *vitrine_preferences_get(void);
gboolean vitrine_preferences_get_thumbnails(void);
guint vitrine_preferences_get_zoom(const char *guest);
void vitrine_preferences_set_zoom(const char *guest, guint percent);

G_END_DECLS
