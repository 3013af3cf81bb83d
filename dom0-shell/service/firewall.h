/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the rules of nft(8) for guests' networks in force. On the main thread. */
#pragma once

#include <gio/gio.h>

#include "firewall-rules.h"

typedef struct Firewall Firewall;

/* The rules asked for are in force, or, with ERROR, those from before still are. */
typedef void (*FirewallDone)(const GError *error, gpointer data);

/* PROGRAM is nft; empty: rules are written to a file of RUN_DIRECTORY, where they are
 * always found, and nothing is told to the kernel. Both are borrowed. */
Firewall *firewall_new(const char *program, const char *run_directory);

/* Rules stay in force: guests go on without the service. Calls that wait are not made any more. */
void firewall_free(Firewall *firewall);

/* Puts the rules of GUESTS (FirewallGuest; only looked at) in force, and calls DONE (may be NULL),
 * perhaps before it returns. */
void firewall_apply(Firewall *firewall, const GArray *guests, FirewallDone done, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Firewall, firewall_free)
