/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices of an HVM guest, which has nothing of ours in it: its device model opens them itself,
 * by QEMU's `usb-host`, on the controller that the guest's file asks for by `usbversion`.
 *
 * The orders go through libxl to QEMU's monitor. libxl's own list of USB devices is not used: it
 * knows only controllers that it has added itself, and once one device was unplugged behind its
 * back, it gives none to any guest. What QEMU has, QEMU is asked. */
#pragma once

#include "backend.h"
#include "usb-channel.h"

/* What is usual. */
extern const UsbChannelTimes qemu_usb_times;

/* The device model of the domain DOMID of the guest NAME. EVENTS and TIMES have to be static. What
 * the guest has stays with it when this is freed, as QEMU outlives the service; to be adopted by
 * the next one. */
UsbChannel *qemu_usb_new(Backend *backend, const char *name, int domid,
                         const UsbChannelEvents *events, gpointer data,
                         const UsbChannelTimes *times);
