/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address-space ids: by them the TLB tells translations of different guests apart (APM vol. 2,
 * 15.16). A vCPU whose translations may be stale gets a new one, so that nothing has to be flushed
 * until all have been given; then all is, the hypervisor's own with it. A CPU that can flush a
 * single id does that instead, as each is given again.
 *
 * A vCPU's id is good while it stays on its CPU and that CPU's clock of flushes (memory/flush.h)
 * stands still: whoever flushes a CPU flushes its guests with it. When it comes back to a CPU it
 * gets another id. */
#include "hvm/svm/svm.h"

#include "memory/flush.h"

static uint32_t asid_count = 1;

static struct aligned(64)
{
    uint32_t last; /* that was given */
    bool reused;   /* all have been given before */
}
cpus[MAX_CPUS];

void svm_asid_init(uint32_t count)
{
    asid_count = count > 2 ? count - 1 : 1;
}

/* What VMRUN is to flush, so that nothing is known by the next id. */
static uint8_t next_asid(unsigned int cpu)
{
    bool first = cpus[cpu].last == 0;

    if (cpus[cpu].last >= asid_count) {
        cpus[cpu].last = 0;
        cpus[cpu].reused = true;
        first = !svm_features.flush_by_asid;
    }
    cpus[cpu].last++;
    if (first)
        return TLB_FLUSH_ALL;
    return cpus[cpu].reused && svm_features.flush_by_asid ? TLB_FLUSH_ASID : 0;
}

void svm_asid_update(struct vcpu *v)
{
    struct svm_vcpu *svm = svm_of(v);
    unsigned int cpu = this_cpu();
    uint64_t tick = tlb_local_tick();

    svm->vmcb->tlb_control = 0;
    if (svm->asid_given && svm->asid_cpu == cpu && svm->asid_tick == tick)
        return;
    svm->vmcb->tlb_control = next_asid(cpu);
    svm->vmcb->asid = cpus[cpu].last;
    svm->asid_given = true;
    svm->asid_cpu = cpu;
    svm->asid_tick = tick;
}
