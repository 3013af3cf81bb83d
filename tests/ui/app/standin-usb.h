/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices of the stand-in: as a test plugs them in, given to whoever is to have them. */
#pragma once

#include "standin-bus.h"
#include "vitrine-dbus.h"

typedef gboolean (*StandinRefuse)(GDBusMethodInvocation *invocation);

/* Connects the methods of @control for USB devices, which appear in @objects. @refuse answers with
 * what a test has prepared, if anything. */
void standin_usb_init(GDBusObjectManagerServer *objects, StandinBusStandin1 *control,
                      StandinRefuse refuse);
