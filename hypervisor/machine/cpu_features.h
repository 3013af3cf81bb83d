/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the CPU the hypervisor itself makes use of. */
#ifndef MACHINE_CPU_FEATURES_H
#define MACHINE_CPU_FEATURES_H

#include "lib/compiler.h"

struct cpu_features {
    bool fsgsbase, smep, smap, rdtscp;
    unsigned int address_bits; /* width of machine addresses */
};

extern struct cpu_features cpu_features;

/* Reads CPUID (boot CPU), and sets this CPU's control registers and PAT accordingly. */
void cpu_features_init_cpu(void);

#endif
