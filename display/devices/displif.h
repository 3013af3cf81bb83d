/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV graphics card (Linux: xen-drm-front): its connectors' pictures. */
#ifndef DISPLAY_DEVICES_DISPLIF_H
#define DISPLAY_DEVICES_DISPLIF_H

#include "backend/xenbus.h"
#include "devices/displif-keep.h"
#include "heads.h"

struct displif;

/*
 * What the front end is told: connectors with these @modes, at most DISPLIF_MAX_CONNECTORS. A
 * toolstack that has told it of others is not overruled.
 */
struct xenbus_class displif_class(const struct displif_mode *modes, unsigned count);

/*
 * Waits for the guest's front end, whose buffers may have @videoram_kib KiB together, and shows its
 * connectors on @heads. @keep and @heads must outlive it. Goes on where a process before us, with
 * the same @keep, has left the guest. Returns NULL with errno set on failure.
 */
struct displif *displif_start(struct guest *guest, struct heads *heads, struct displif_keep *keep,
                              unsigned videoram_kib);

/* Leaves the guest, and @keep, to a process after us. Accepts NULL. */
void displif_stop(struct displif *displif);

#endif
