/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of vCPUs; see vcpu_bitmap.h. */
#include "hypercall/vcpu_bitmap.h"

#include "domain/guest_copy.h"
#include "domain/vcpu.h"
#include "lib/bits.h"

/* A vCPU that runs may have entries where it runs; one that does not run has none of its own
 * left anywhere, since leaving a CPU drops them. */
static cpumask_t cpus_of(const struct vcpu *v)
{
    return READ_ONCE(v->sched.running) ? CPUMASK_OF(READ_ONCE(v->sched.cpu)) : 0;
}

int vcpu_bitmap_cpus(uint64_t bitmap, cpumask_t *cpus)
{
    struct domain *d = current_domain();
    uint64_t word = 0;

    *cpus = 0;
    for (unsigned int id = 0; id < d->max_vcpus; id++) {
        if (id % 64 == 0) {
            unsigned int bytes = (MIN(d->max_vcpus - id, 64U) + 7) / 8;

            word = 0;
            if (copy_from_guest(&word, bitmap + id / 8, bytes))
                return -XEN_EFAULT;
        }
        if ((word & BIT(id % 64)) && d->vcpu[id])
            *cpus |= cpus_of(d->vcpu[id]);
    }
    return 0;
}
