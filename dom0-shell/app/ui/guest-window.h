/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One guest in a window of its own. */
#pragma once

#include "ui/guest-page.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_GUEST_WINDOW (vitrine_guest_window_get_type())
G_DECLARE_FINAL_TYPE(VitrineGuestWindow, vitrine_guest_window, VITRINE, GUEST_WINDOW,
                     AdwApplicationWindow)

VitrineGuestWindow *vitrine_guest_window_new(GtkApplication *application, VitrineGuest *guest,
                                             guint monitor);
VitrineGuest *vitrine_guest_window_get_guest(VitrineGuestWindow *self);
VitrineGuestPage *vitrine_guest_window_get_page(VitrineGuestWindow *self);

G_END_DECLS
