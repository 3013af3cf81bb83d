/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV framebuffer (Linux: xen-fbfront): its picture is the console. */
#ifndef DISPLAY_DEVICES_FBIF_H
#define DISPLAY_DEVICES_FBIF_H

#include "backend/xenbus.h"
#include "heads.h"

struct fbif;

/*
 * What the front end is told. It learns from "videoram" (MiB) only how much it may have; its size
 * in pixels is the guest's own choice (Linux: xen_fbfront.video=MiB,WIDTH,HEIGHT).
 */
struct xenbus_class fbif_class(unsigned videoram_kib);

/*
 * Waits for the guest's front end, whose picture is @head's, which must outlive it. A framebuffer
 * of more than @videoram_kib is refused. While nobody sees the head, the guest's events stay where
 * they are. Returns NULL with errno set on failure.
 */
struct fbif *fbif_start(struct guest *guest, struct head *head, unsigned videoram_kib);

/* Accepts NULL. */
void fbif_stop(struct fbif *fbif);

#endif
