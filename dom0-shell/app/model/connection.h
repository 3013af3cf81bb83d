/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tie to the service: there or not, and if it is, its objects. */
#pragma once

#include "model/guest-list.h"
#include "model/job-tracker.h"
#include "model/usb-list.h"

G_BEGIN_DECLS

typedef enum {
    VITRINE_CONNECTION_CONNECTING,
    VITRINE_CONNECTION_READY,
    VITRINE_CONNECTION_LOST, /* see vitrine_connection_get_problem() */
} VitrineConnectionState;

#define VITRINE_TYPE_CONNECTION (vitrine_connection_get_type())
G_DECLARE_FINAL_TYPE(VitrineConnection, vitrine_connection, VITRINE, CONNECTION, GObject)

VitrineConnection *vitrine_connection_new(GBusType bus_type);
void vitrine_connection_retry(VitrineConnection *self);
VitrineConnectionState vitrine_connection_get_state(VitrineConnection *self);
const char *vitrine_connection_get_problem(VitrineConnection *self);
VitrineGuestList *vitrine_connection_get_guests(VitrineConnection *self);
VitrineJobTracker *vitrine_connection_get_jobs(VitrineConnection *self);
VitrineUsbList *vitrine_connection_get_usb(VitrineConnection *self);
VitrineManager1 *vitrine_connection_get_manager(VitrineConnection *self);

G_END_DECLS
