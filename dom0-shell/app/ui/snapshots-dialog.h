/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A window with the snapshots of a guest's disk: take, roll back, delete. */
#pragma once

#include <adwaita.h>

#include "model/guest.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_SNAPSHOTS_DIALOG (vitrine_snapshots_dialog_get_type())
G_DECLARE_FINAL_TYPE(VitrineSnapshotsDialog, vitrine_snapshots_dialog, VITRINE, SNAPSHOTS_DIALOG,
                     AdwWindow)

VitrineSnapshotsDialog *vitrine_snapshots_dialog_new(GtkWindow *parent, VitrineGuest *guest);

G_END_DECLS
