/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPUs as tables, for tests of CPU policies. Their values have the shape of real ones. */
#ifndef TESTS_UNIT_CPU_POLICY_FAKE_CPU_H
#define TESTS_UNIT_CPU_POLICY_FAKE_CPU_H

#include <stdint.h>

#include "domain/cpu_policy.h"

/* An AMD Zen with AVX2, XSAVES, SMEP, SMAP and SVM: what the boot tests run on, and more. */
void fake_amd(uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out);

/* An Intel server with AVX-512, MPX, PKU, PCID and leaves beyond 0xd. */
void fake_intel(uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out);

/* A CPU from before XSAVE, leaf 7 and extended leaves. */
void fake_old(uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out);

/* The one that the test runs on. */
void real_cpu(uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out);

#endif
