/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the toolstack is told of a domain; shared by sysctl and domctl. */
#ifndef HYPERCALL_DOMAIN_INFO_H
#define HYPERCALL_DOMAIN_INFO_H

#include "domain/domain.h"

/* Fills in a snapshot of a held domain. */
void domain_info_fill(const struct domain *d, struct xen_domctl_getdomaininfo *info);

#endif
