/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A USB device in a list, with a menu of who may have it. */
#pragma once

#include "model/guest-list.h"
#include "ui/usb-move.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_USB_ROW (vitrine_usb_row_get_type())
G_DECLARE_FINAL_TYPE(VitrineUsbRow, vitrine_usb_row, VITRINE, USB_ROW, AdwActionRow)

VitrineUsbRow *vitrine_usb_row_new(VitrineUsbDevice *device, VitrineGuestList *guests,
                                   VitrineUsbSay say);

G_END_DECLS
