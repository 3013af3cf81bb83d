/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of the selected guest: its screen, or what there is to say instead. */
#pragma once

#include "console/console.h"
#include "viewer/display.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_GUEST_PAGE (vitrine_guest_page_get_type())
G_DECLARE_FINAL_TYPE(VitrineGuestPage, vitrine_guest_page, VITRINE, GUEST_PAGE, GtkWidget)

GtkWidget *vitrine_guest_page_get_offers(VitrineGuestPage *self);
void vitrine_guest_page_set_elsewhere(VitrineGuestPage *self, gboolean elsewhere);
void vitrine_guest_page_set_guest(VitrineGuestPage *self, VitrineGuest *guest);
guint vitrine_guest_page_get_monitor(VitrineGuestPage *self);
void vitrine_guest_page_set_monitor(VitrineGuestPage *self, guint number);
void vitrine_guest_page_add_actions(VitrineGuestPage *self, GActionMap *window);
VitrineDisplay *vitrine_guest_page_get_display(VitrineGuestPage *self);
VitrineConsole *vitrine_guest_page_get_console(VitrineGuestPage *self);
void vitrine_guest_page_show_console(VitrineGuestPage *self, gboolean shown);
gboolean vitrine_guest_page_shows_console(VitrineGuestPage *self);
gboolean vitrine_guest_page_get_captured(VitrineGuestPage *self);
gboolean vitrine_guest_page_focus_guest(VitrineGuestPage *self);

G_END_DECLS
