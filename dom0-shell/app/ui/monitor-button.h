/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of a guest's monitors is shown: a button with a menu of them. */
#pragma once

#include "viewer/display.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_MONITOR_BUTTON (vitrine_monitor_button_get_type())
G_DECLARE_FINAL_TYPE(VitrineMonitorButton, vitrine_monitor_button, VITRINE, MONITOR_BUTTON, AdwBin)

void vitrine_monitor_button_set_display(VitrineMonitorButton *self, VitrineDisplay *display);

G_END_DECLS
