/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window with the disks of a guest. */
#pragma once

#include "model/connection.h"
#include "model/guest.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_DISKS_DIALOG (vitrine_disks_dialog_get_type())
G_DECLARE_FINAL_TYPE(VitrineDisksDialog, vitrine_disks_dialog, VITRINE, DISKS_DIALOG, AdwWindow)

VitrineDisksDialog *vitrine_disks_dialog_new(GtkWindow *parent, VitrineConnection *connection,
                                             VitrineGuest *guest);

G_END_DECLS
