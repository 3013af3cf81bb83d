/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB process of one running guest, and which devices it holds. It is started when the first
 * device is wanted, and lives as long as the guest; one that dies is started again with the next
 * device. One that does not give a device back is killed. */
#pragma once

#include "usb-channel.h"

/* What is usual. */
extern const UsbChannelTimes guest_usb_times;

/* The process PROGRAM for the domain DOMID of the guest NAME, not running yet. EVENTS and TIMES
 * have to be static. When it is freed, the process gets a moment to give back what it has. */
UsbChannel *guest_usb_new(const char *program, const char *name, int domid,
                          const UsbChannelEvents *events, gpointer data,
                          const UsbChannelTimes *times);
