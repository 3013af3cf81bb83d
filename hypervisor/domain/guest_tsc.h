/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time-stamp counter that a domain has: the machine's; or one an offset away from it, and at
 * another rate if it came from a machine that had that (xen/domctl.h, settscinfo). */
#ifndef DOMAIN_GUEST_TSC_H
#define DOMAIN_GUEST_TSC_H

#include "machine/time.h"

struct domain;

struct guest_tsc {
    uint32_t mode;        /* of settscinfo */
    uint32_t khz;         /* 0: the machine's rate */
    uint32_t incarnation; /* how often it has been restored, as the toolstack counts */
    bool emulated;        /* RDTSC is carried out by the hypervisor */
    uint64_t ratio;       /* for each tick of the machine's, in units of 2^-48; 0: one. If RDTSC is
                           * not carried out by the hypervisor, by the CPU. */
    uint64_t offset;      /* what it shows is the machine's TSC at its rate, and this */
};

/* How exactly this machine's CPUs can give a hardware guest another rate: bits of a ratio before
 * and behind the point; 0, 0: not at all. Set by hvm/ at boot. What they can't do is carried out by
 * the hypervisor. */
struct guest_tsc_scaling {
    uint8_t whole, fraction;
};
extern struct guest_tsc_scaling guest_tsc_scaling;

/* What it shows when the machine's shows `machine`. */
uint64_t guest_tsc_at(const struct domain *d, uint64_t machine);
uint64_t guest_tsc_now(const struct domain *d);
/* How many ticks of the machine's that many of its own are; UINT64_MAX for more than that. */
uint64_t guest_tsc_span(const struct domain *d, uint64_t ticks);
/* What makes nanoseconds of its ticks, and its ticks a millisecond. */
struct tsc_scale guest_tsc_scale(const struct domain *d);
uint32_t guest_tsc_khz(const struct domain *d);

/* Has it show `value` from now on. It does not run. */
void guest_tsc_move(struct domain *d, uint64_t value);
/* Sets mode and rate (kHz; 0: the machine's); what it shows goes on from where it is. The domain is
 * paused, its lock is held. (A PV guest whose RDTSC is the CPU's reads the machine's, whatever it
 * read before.) 0; -XEN_EOPNOTSUPP for a mode that there is not; -XEN_EINVAL for a rate that no CPU
 * has. */
int guest_tsc_set(struct domain *d, uint32_t mode, uint32_t khz, uint32_t incarnation);

#endif
