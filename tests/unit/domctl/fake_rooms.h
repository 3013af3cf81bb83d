/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rooms below domctl, as far as the grant tests' world does not have them: they write down
 * what was asked of them. */
#ifndef TESTS_UNIT_DOMCTL_FAKE_ROOMS_H
#define TESTS_UNIT_DOMCTL_FAKE_ROOMS_H

#include "domain/vcpu.h"

extern int fake_kill_result; /* of domain_kill */
extern int fake_pauses;      /* pauses that are on */
extern unsigned int fake_kills, fake_shares, fake_creations;
extern struct xen_domctl_createdomain fake_config; /* what the last domain was made from */
extern bool fake_context_paused; /* was the domain paused when its context was set? */

#endif
