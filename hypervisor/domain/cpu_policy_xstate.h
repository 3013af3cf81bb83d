/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XSAVE part of CPU policies, for the files that make them. */
#ifndef DOMAIN_CPU_POLICY_XSTATE_H
#define DOMAIN_CPU_POLICY_XSTATE_H

#include <stdint.h>

#include "domain/cpu_policy.h"

/* The XCR0 bits that leaf 0xd names. */
uint64_t cpu_policy_states(const struct cpu_policy *policy);

/* Takes out the features whose register sets aren't all in `states`. */
void cpu_policy_drop_stateless(uint32_t words[CPU_POLICY_WORDS], uint64_t states);

/* Makes leaf 0xd anew out of the features; where the register sets lie is in `max`. */
void cpu_policy_derive_xstate(struct cpu_policy *policy, const struct cpu_policy *max);

#endif
