/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bridge by which guests are on the same network as this computer's wired card. */
#pragma once

#include <glib.h>

/* Why no guest can be on BRIDGE, a sentence that the caller owns; NULL if one can: it is a bridge,
 * and has an interface in it that is no guest's. INTERFACES is where Linux lists the interfaces
 * (/sys/class/net). BRIDGE is empty if there is none to be had. */
char *network_bridge_problem(const char *interfaces, const char *bridge);
