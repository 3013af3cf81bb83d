/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nft is told of guests that may not reach everything. */
#pragma once

#include <glib.h>

#include "guest-config.h"
#include "network-access.h"

/* Where the interface of a domain is. */
typedef struct {
    gboolean on_lan;         /* on the network outside, where it may have no address but its own */
    char mac[MAC_TEXT_SIZE]; /* that one; empty if it is not known: it may send nothing then */
} FirewallPort;

/* A domain and what it may reach. */
typedef struct {
    int domid;
    FirewallPort port;
    NetworkAccess access; /* owned */
} FirewallGuest;

/* The text for `nft -f`, which puts the rules of GUESTS (FirewallGuest) in the place of all earlier
 * ones, in one step. It looks at the frames of the interfaces that libxl calls vifDOMID.*, on
 * whatever bridge they are, whatever addresses the guest puts into them. The caller owns the text.
 */
char *firewall_rules_write(const GArray *guests);
