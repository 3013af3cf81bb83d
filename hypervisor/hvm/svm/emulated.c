/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fault of QEMU's emulation of SVM (TCG with a thread for each CPU; seen in 7.2).
 *
 * An FXRSTOR or XRSTOR on any CPU clears a flag of the *first* CPU (IGNNE, of the FPU's way to
 * report errors by an interrupt), by reading a word, changing it, and writing it back, with no
 * lock. The same word holds the first CPU's GIF and whether its addresses go through nested tables.
 * So that CPU may come out of VMRUN and have its own addresses translated as a guest's, or run a
 * guest without nested paging. Hardware guests therefore stay off it, unless there is no other. */
#include "hvm/svm/svm.h"

#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/percpu.h"

/* Where a hypervisor that runs below this one, or an emulator, gives its name (in EBX, ECX, EDX).
 */
#define CPUID_BELOW 0x40000000

static bool is_tcg(void)
{
    struct cpuid_regs leaf = cpuid(CPUID_BELOW, 0);
    uint32_t name[] = {leaf.b, leaf.c, leaf.d};

    return !memcmp(name, "TCGTCGTCGTCG", sizeof(name));
}

cpumask_t svm_cpus(void)
{
    return cpu_count > 1 && is_tcg() ? ~CPUMASK_OF(0) : ~0ULL;
}
