/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window with what takes up room on the disk. */
#pragma once

#include "model/connection.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_ROOM_DIALOG (vitrine_room_dialog_get_type())
G_DECLARE_FINAL_TYPE(VitrineRoomDialog, vitrine_room_dialog, VITRINE, ROOM_DIALOG, AdwWindow)

VitrineRoomDialog *vitrine_room_dialog_new(GtkWindow *parent, VitrineConnection *connection);

G_END_DECLS
