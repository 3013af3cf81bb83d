/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU features; see cpu_features.h. (SDM vol. 2, CPUID; vol. 3, 2.5.) */
#include "machine/cpu.h"
#include "machine/cpu_features.h"
#include "machine/percpu.h"

struct cpu_features cpu_features;

static void detect(void)
{
    struct cpuid_regs leaf7 = cpuid(0, 0).a >= 7 ? cpuid(7, 0) : (struct cpuid_regs){0};
    struct cpuid_regs extended = cpuid(0x80000001, 0);

    cpu_features.fsgsbase = leaf7.b & 1;
    cpu_features.smep = leaf7.b >> 7 & 1;
    cpu_features.rdtscp = extended.d >> 27 & 1;
    cpu_features.address_bits = cpuid(0x80000000, 0).a >= 0x80000008
                                    ? cpuid(0x80000008, 0).a & 0xff : 36;
}

void cpu_features_init_cpu(void)
{
    uint64_t cr4;

    if (this_cpu() == 0)
        detect();
    cr4 = cr4_read() & ~(CR4_PGE | CR4_PCIDE | CR4_SMAP);
    cr4 |= CR4_DE | CR4_MCE;
    if (cpu_features.fsgsbase)
        cr4 |= CR4_FSGSBASE;
    if (cpu_features.smep)
        cr4 |= CR4_SMEP;
    cr4_write(cr4);
    cr0_write((cr0_read() | CR0_WP | CR0_AM) & ~(CR0_TS | CR0_EM));
    msr_write(MSR_PAT, PAT_OF_THE_ABI);
    msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SCE | EFER_NXE);
}
