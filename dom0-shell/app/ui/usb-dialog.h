/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB devices of this computer: which there are, who has them, who is to get them. */
#pragma once

#include "model/connection.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_USB_DIALOG (vitrine_usb_dialog_get_type())
G_DECLARE_FINAL_TYPE(VitrineUsbDialog, vitrine_usb_dialog, VITRINE, USB_DIALOG, AdwWindow)

VitrineUsbDialog *vitrine_usb_dialog_new(GtkWindow *parent, VitrineConnection *connection);

G_END_DECLS
