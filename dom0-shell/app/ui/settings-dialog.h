/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dialog with the settings of one guest. */
#pragma once

#include "model/connection.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_SETTINGS_DIALOG (vitrine_settings_dialog_get_type())
G_DECLARE_FINAL_TYPE(VitrineSettingsDialog, vitrine_settings_dialog, VITRINE, SETTINGS_DIALOG,
                     AdwWindow)

VitrineSettingsDialog *vitrine_settings_dialog_new(GtkWindow *parent, VitrineConnection *connection,
                                                   VitrineGuest *guest);

G_END_DECLS
