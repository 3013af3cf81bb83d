/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB devices that the service knows, in the order in which people look for them. */
#pragma once

#include "model/usb-device.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_USB_LIST (vitrine_usb_list_get_type())
G_DECLARE_FINAL_TYPE(VitrineUsbList, vitrine_usb_list, VITRINE, USB_LIST, GObject)

VitrineUsbList *vitrine_usb_list_new(void);
void vitrine_usb_list_set_manager(VitrineUsbList *self, GDBusObjectManager *manager);
VitrineUsbDevice *vitrine_usb_list_find(VitrineUsbList *self, const char *key);

G_END_DECLS
