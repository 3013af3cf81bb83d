/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPU features who may see, and which need which. */
#ifndef DOMAIN_CPU_POLICY_FEATURES_H
#define DOMAIN_CPU_POLICY_FEATURES_H

#include <stdint.h>

#include "domain/cpu_policy.h"

enum cpu_features {
    CPU_FEATURES_KNOWN,      /* the ABI has a name for them */
    CPU_FEATURES_PV_DEFAULT, /* PV guests see them if the host has them */
    CPU_FEATURES_PV_MAX,     /* those, and the ones they see if they are asked for */
    CPU_FEATURES_HVM_DEFAULT,
    CPU_FEATURES_HVM_MAX,
};

/* Leaves in words only what `which` has. */
void cpu_features_restrict(uint32_t words[CPU_POLICY_WORDS], enum cpu_features which);

/* Adds what hardware guests have though the host may not. */
void cpu_features_add_emulated(uint32_t words[CPU_POLICY_WORDS]);

/* Takes out what needs a feature that isn't there. */
void cpu_features_drop_orphans(uint32_t words[CPU_POLICY_WORDS]);

static inline bool cpu_features_test(const uint32_t words[CPU_POLICY_WORDS], unsigned int feature)
{
    return words[feature / 32] >> feature % 32 & 1;
}

static inline void cpu_features_assign(uint32_t words[CPU_POLICY_WORDS], unsigned int feature,
                                       bool present)
{
    uint32_t bit = 1u << feature % 32;

    words[feature / 32] = present ? words[feature / 32] | bit : words[feature / 32] & ~bit;
}

#endif
