/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guests that the service knows, as a GListModel of VitrineGuest. */
#pragma once

#include "model/guest.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_GUEST_LIST (vitrine_guest_list_get_type())
G_DECLARE_FINAL_TYPE(VitrineGuestList, vitrine_guest_list, VITRINE, GUEST_LIST, GObject)

VitrineGuestList *vitrine_guest_list_new(void);
void vitrine_guest_list_set_manager(VitrineGuestList *self, GDBusObjectManager *manager);
char **vitrine_guest_list_dup_running(VitrineGuestList *self);
VitrineGuest *vitrine_guest_list_find(VitrineGuestList *self, const char *name);

G_END_DECLS
