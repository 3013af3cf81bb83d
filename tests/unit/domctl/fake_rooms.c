/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fakes of what domctl calls; see fake_rooms.h. */
#include "fake_rooms.h"

#include "world.h"

#include "hypercall/domctl-private.h"
#include "lib/bits.h"
#include "lib/print.h"

const struct guest_ops *guest_ops_hvm;
int fake_kill_result, fake_pauses;
unsigned int fake_kills, fake_shares, fake_creations;
struct xen_domctl_createdomain fake_config;
bool fake_context_paused;

void log_at(enum log_level level, const char *fmt, ...)
{
}

int domain_create(domid_t domid, const struct xen_domctl_createdomain *config, bool privileged,
                  struct domain **out)
{
    fake_creations++;
    fake_config = *config;
    *out = domain_get_by_id(domid);
    return *out ? 0 : -XEN_EEXIST;
}

domid_t domid_alloc(void)
{
    return 3;
}

int vcpu_create(struct domain *d, unsigned int id)
{
    return -XEN_ENOMEM;
}

int domain_kill(struct domain *d)
{
    fake_kills++;
    return fake_kill_result;
}

int domain_pause_by_controller(struct domain *d)
{
    d->controller_pause_count++;
    return 0;
}

int domain_unpause_by_controller(struct domain *d)
{
    d->controller_pause_count--;
    return 0;
}

void domain_pause(struct domain *d)
{
    fake_pauses++;
}

void domain_unpause(struct domain *d)
{
    fake_pauses--;
}

void domain_resume(struct domain *d)
{
}

struct domain *domain_get_from_id(domid_t domid)
{
    return domid <= 2 ? domain_get_by_id(2) : NULL;
}

void vcpu_wake(struct vcpu *v, enum vcpu_pause why)
{
    v->pause_flags &= ~BIT(why);
}

void vcpu_sleep(struct vcpu *v, enum vcpu_pause why)
{
    v->pause_flags |= BIT(why);
}

uint64_t sched_runtime(const struct sched_unit *unit)
{
    return 5000;
}

int sched_set_affinity(struct sched_unit *unit, cpumask_t hard, cpumask_t soft)
{
    if (!(hard & cpus_online))
        return -XEN_EINVAL;
    unit->hard_affinity = hard;
    unit->soft_affinity = soft;
    return 0;
}

void sched_set_share(struct sched_unit *unit, uint32_t weight, uint32_t cap)
{
    fake_shares++;
    unit->weight = weight;
    unit->cap = cap;
}

/* Policies and clocks have tests of their own. */
#define NOT_HERE(name)                                          \
    long domctl_##name(struct domain *d, struct xen_domctl *op) \
    {                                                           \
        return -XEN_EXDEV;                                      \
    }

NOT_HERE(gethvmcontext)
NOT_HERE(sethvmcontext)
NOT_HERE(sendtrigger)
NOT_HERE(set_paging_mempool_size)
NOT_HERE(get_paging_mempool_size)
NOT_HERE(shadow_op)
NOT_HERE(get_cpu_policy)
NOT_HERE(set_cpu_policy)
NOT_HERE(set_address_size)
NOT_HERE(get_address_size)
NOT_HERE(set_ext_vcpucontext)
NOT_HERE(get_ext_vcpucontext)
NOT_HERE(setvcpuextstate)
NOT_HERE(getvcpuextstate)
NOT_HERE(set_vcpu_msrs)
NOT_HERE(get_vcpu_msrs)
NOT_HERE(settscinfo)
NOT_HERE(gettscinfo)
NOT_HERE(settimeoffset)
