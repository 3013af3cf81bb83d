/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dialog that makes a new guest. */
#pragma once

#include "model/connection.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_NEW_GUEST_DIALOG (vitrine_new_guest_dialog_get_type())
G_DECLARE_FINAL_TYPE(VitrineNewGuestDialog, vitrine_new_guest_dialog, VITRINE, NEW_GUEST_DIALOG,
                     AdwWindow)

VitrineNewGuestDialog *vitrine_new_guest_dialog_new(GtkWindow *parent,
                                                    VitrineConnection *connection);

G_END_DECLS
