/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV graphics card (Linux: xen-drm-front): the session's picture. */
#ifndef DISPLAY_DEVICES_DISPLIF_H
#define DISPLAY_DEVICES_DISPLIF_H

#include "backend/xenbus.h"
#include "session.h"

struct displif;

/* What the front end is told: one connector, of @width x @height pixels. */
struct xenbus_class displif_class(unsigned width, unsigned height);

/*
 * Waits for the guest's front end, whose buffers may have @videoram_kib KiB together. Returns NULL
 * with errno set on failure.
 */
struct displif *displif_start(struct guest *guest, struct session *session, unsigned videoram_kib);

/* Accepts NULL. */
void displif_stop(struct displif *displif);

#endif
