/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A USB device as the windows see it: properties to bind to, who gets it. */
#pragma once

#include "vitrine-dbus.h"

G_BEGIN_DECLS

/* The word of the contract for "no guest gets it". */
#define VITRINE_USB_NEVER "never"

#define VITRINE_TYPE_USB_DEVICE (vitrine_usb_device_get_type())
G_DECLARE_FINAL_TYPE(VitrineUsbDevice, vitrine_usb_device, VITRINE, USB_DEVICE, GObject)

VitrineUsbDevice *vitrine_usb_device_new(VitrineUsbDevice1 *proxy);
const char *vitrine_usb_device_get_path(VitrineUsbDevice *self);
const char *vitrine_usb_device_get_key(VitrineUsbDevice *self);
const char *vitrine_usb_device_get_name(VitrineUsbDevice *self);
const char *vitrine_usb_device_get_icon(VitrineUsbDevice *self);
const char *vitrine_usb_device_get_description(VitrineUsbDevice *self);
const char *vitrine_usb_device_get_guest(VitrineUsbDevice *self);
const char *vitrine_usb_device_get_concern(VitrineUsbDevice *self);
const char *vitrine_usb_device_get_problem(VitrineUsbDevice *self);
const char *vitrine_usb_device_get_remembered(VitrineUsbDevice *self);
char *vitrine_usb_device_dup_place(VitrineUsbDevice *self);
gboolean vitrine_usb_device_is_moving(VitrineUsbDevice *self);
gboolean vitrine_usb_device_is_open(VitrineUsbDevice *self);
int vitrine_usb_device_compare(VitrineUsbDevice *a, VitrineUsbDevice *b);

void vitrine_usb_device_assign_async(VitrineUsbDevice *self, const char *guest, gboolean confirmed,
                                     GAsyncReadyCallback callback, gpointer user_data);
void vitrine_usb_device_release_async(VitrineUsbDevice *self, GAsyncReadyCallback callback,
                                      gpointer user_data);
void vitrine_usb_device_remember_async(VitrineUsbDevice *self, const char *guest, const char *scope,
                                       GAsyncReadyCallback callback, gpointer user_data);
gboolean vitrine_usb_device_call_finish(VitrineUsbDevice *self, GAsyncResult *result,
                                        gboolean *ret_needs_confirmation, GError **error);

G_END_DECLS
