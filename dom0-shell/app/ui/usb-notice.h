/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says that a USB device was plugged in, and offers it to the guests that run. */
#pragma once

#include "model/connection.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_USB_NOTICE (vitrine_usb_notice_get_type())
G_DECLARE_FINAL_TYPE(VitrineUsbNotice, vitrine_usb_notice, VITRINE, USB_NOTICE, GtkWidget)

void vitrine_usb_notice_set_connection(VitrineUsbNotice *self, VitrineConnection *connection);
VitrineUsbDevice *vitrine_usb_notice_get_device(VitrineUsbNotice *self);
void vitrine_usb_notice_dismiss(VitrineUsbNotice *self, const char *key);

G_END_DECLS
