/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XSAVE part of CPU policies: leaf 0xd, which register sets there are, and how big they are. */
#include "domain/cpu_policy_xstate.h"

#include <stddef.h>

#include "domain/cpu_policy_features.h"

#define FEATURE(name) XEN_X86_FEATURE_##name
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

/* Register sets in XCR0. */
#define XCR0_X87    (1ULL << 0)
#define XCR0_SSE    (1ULL << 1)
#define XCR0_AVX    (1ULL << 2)
#define XCR0_MPX    (3ULL << 3)
#define XCR0_AVX512 (7ULL << 5)
#define XCR0_PKRU   (1ULL << 9)
#define XCR0_ALWAYS (XCR0_X87 | XCR0_SSE)

/* The legacy area and the header of what XSAVE writes. */
#define XSAVE_LEGACY_SIZE 576u

/* In xstate[n].c: the set is aligned to 64 bytes in the compacted form. */
#define XSTATE_ALIGNED 2u

/* Register sets beyond X87 and SSE, and the feature that each is for. */
static const struct {
    uint64_t states;
    uint16_t feature;
} state_features[] = {
    {XCR0_AVX, FEATURE(AVX)},
    {XCR0_MPX, FEATURE(MPX)},
    {XCR0_AVX512, FEATURE(AVX512F)},
    {XCR0_PKRU, FEATURE(PKU)},
};

uint64_t cpu_policy_states(const struct cpu_policy *policy)
{
    return (uint64_t)policy->xstate[0].d << 32 | policy->xstate[0].a;
}

void cpu_policy_drop_stateless(uint32_t words[CPU_POLICY_WORDS], uint64_t states)
{
    for (size_t i = 0; i < COUNT(state_features); i++) {
        if (state_features[i].states & ~states)
            cpu_features_assign(words, state_features[i].feature, false);
    }
}

/* The register sets that the features are about. */
static uint64_t states_needed(const struct cpu_policy *policy)
{
    uint64_t states = XCR0_ALWAYS;

    if (!cpu_policy_has(policy, FEATURE(XSAVE)))
        return 0;
    for (size_t i = 0; i < COUNT(state_features); i++) {
        if (cpu_policy_has(policy, state_features[i].feature))
            states |= state_features[i].states;
    }
    return states;
}

void cpu_policy_derive_xstate(struct cpu_policy *policy, const struct cpu_policy *max)
{
    uint64_t states = states_needed(policy);
    uint32_t variants = policy->xstate[1].a; /* the XSAVEOPT word */

    for (unsigned int i = 0; i < CPU_POLICY_XSTATE; i++)
        policy->xstate[i] = (struct cpuid_leaf){0};
    if (states == 0)
        return;

    for (unsigned int i = 2; i < CPU_POLICY_XSTATE; i++) {
        if (states >> i & 1)
            policy->xstate[i] = max->xstate[i];
    }
    policy->xstate[0].a = (uint32_t)states;
    policy->xstate[0].d = states >> 32;
    policy->xstate[0].c = cpu_policy_xsave_size(policy, states, false);
    policy->xstate[1].a = variants;
}

uint64_t cpu_policy_xcr0(const struct cpu_policy *policy)
{
    return cpu_policy_has(policy, FEATURE(XSAVE)) ? cpu_policy_states(policy) : 0;
}

bool cpu_policy_xcr0_valid(const struct cpu_policy *policy, uint64_t xcr0)
{
    uint64_t avx512 = xcr0 & XCR0_AVX512;
    uint64_t mpx = xcr0 & XCR0_MPX;

    if (!(xcr0 & XCR0_X87) || xcr0 & ~cpu_policy_xcr0(policy))
        return false;
    if (xcr0 & XCR0_AVX && !(xcr0 & XCR0_SSE))
        return false;
    if (avx512 && (avx512 != XCR0_AVX512 || !(xcr0 & XCR0_AVX)))
        return false;
    return !mpx || mpx == XCR0_MPX;
}

uint32_t cpu_policy_xsave_size(const struct cpu_policy *policy, uint64_t xcr0, bool compact)
{
    uint32_t size = XSAVE_LEGACY_SIZE;

    for (unsigned int i = 2; i < CPU_POLICY_XSTATE; i++) {
        const struct cpuid_leaf *set = &policy->xstate[i];

        if (!(xcr0 >> i & 1))
            continue;
        if (!compact && set->a + set->b > size)
            size = set->a + set->b;
        if (compact && set->c & XSTATE_ALIGNED)
            size = (size + 63) & ~63u;
        if (compact)
            size += set->a;
    }
    return size;
}
