/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving a USB device to a guest and taking it back, with the question that may stand between. */
#pragma once

#include "model/usb-device.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Says in @window, for a few seconds, why something was not done. */
typedef void (*VitrineUsbSay)(GtkWindow *window, const char *sentence);

void vitrine_usb_give(GtkWindow *window, VitrineUsbDevice *device, const char *guest,
                      VitrineUsbSay say);
void vitrine_usb_remember(GtkWindow *window, VitrineUsbDevice *device, const char *guest,
                          const char *scope, VitrineUsbSay say);

G_END_DECLS
