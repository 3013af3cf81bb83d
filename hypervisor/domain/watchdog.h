/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's watchdogs (SCHEDOP_watchdog): timers that end the domain unless it sets them anew. */
#ifndef DOMAIN_WATCHDOG_H
#define DOMAIN_WATCHDOG_H

#include "lib/compiler.h"

struct domain;

/* Sets watchdog `id` to go off in that many seconds; 0 seconds: stops it; id 0: takes a free one.
 * Returns the id of one just taken, or 0; -XEN_EINVAL, -XEN_EEXIST (all are taken). */
int domain_watchdog_set(struct domain *d, uint32_t id, uint32_t seconds);
/* Ends them for good; for domains that die, as their vCPUs have stopped. */
void domain_watchdogs_kill(struct domain *d);

#endif
