/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV framebuffer (Linux: xen-fbfront): its pixels go to the session. */
#ifndef DISPLAY_DEVICES_FBIF_H
#define DISPLAY_DEVICES_FBIF_H

#include "backend/xenbus.h"
#include "session.h"

struct fbif;

/*
 * What the front end is told. It learns from "videoram" (MiB) only how much it may have; its size
 * in pixels is the guest's own choice (Linux: xen_fbfront.video=MiB,WIDTH,HEIGHT).
 */
struct xenbus_class fbif_class(unsigned videoram_kib);

/*
 * Waits for the guest's front end. A framebuffer of more than @videoram_kib is refused. The
 * session must outlive it. Returns NULL with errno set on failure.
 */
struct fbif *fbif_start(struct guest *guest, struct session *session, unsigned videoram_kib);

/* Accepts NULL. */
void fbif_stop(struct fbif *fbif);

/* While nobody looks on, the guest's events stay where they are. */
void fbif_set_watched(void *fbif, bool watched);

#endif
