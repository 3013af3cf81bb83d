/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main window. */
#pragma once

#include "model/connection.h"
#include "ui/guest-page.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_WINDOW (vitrine_window_get_type())
G_DECLARE_FINAL_TYPE(VitrineWindow, vitrine_window, VITRINE, WINDOW, AdwApplicationWindow)

VitrineWindow *vitrine_window_new(GtkApplication *application, VitrineConnection *connection);
VitrineGuest *vitrine_window_get_guest(VitrineWindow *self);
void vitrine_window_give_usb(VitrineWindow *self, const char *key, const char *guest);
VitrineGuestPage *vitrine_window_get_page(VitrineWindow *self);

G_END_DECLS
