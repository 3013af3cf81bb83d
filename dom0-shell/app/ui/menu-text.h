/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Menus whose items are called what people, or devices, call things. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void vitrine_menu_append(GMenu *menu, const char *label, const char *action, GVariant *target);

G_END_DECLS
