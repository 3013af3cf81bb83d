/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Menus whose items are called what people, or devices, call things. */
#include "ui/menu-text.h"

/* Appends an item that is called @label as it stands: no letter of it is a key. @target (floating)
 * may be NULL. */
void vitrine_menu_append(GMenu *menu, const char *label, const char *action, GVariant *target)
{
    g_auto(GStrv) parts = g_strsplit(label, "_", -1);
    g_autofree char *plain = g_strjoinv("__", parts);
    g_autoptr(GMenuItem) item = g_menu_item_new(plain, NULL);

    g_menu_item_set_action_and_target_value(item, action, target);
    g_menu_append_item(menu, item);
}
