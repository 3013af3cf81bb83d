/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saves a guest's screen as a picture. */
#pragma once

#include "viewer/display.h"

#include <adwaita.h>

G_BEGIN_DECLS

void vitrine_screenshot_take(VitrineDisplay *display, AdwToastOverlay *toasts);

G_END_DECLS
