/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains and vCPUs on the fake machine; see world.h. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "domain/context.h"
#include "domain/guest_copy.h"
#include "machine/time.h"
#include "memory/frame_type.h"
#include "schedule/schedule-private.h"
#include "schedule/softirq.h"

/* A frame names its owner by the number of the frame that the owner's structure begins in. */
#define DOMAIN_ORDER order_of(DIV_ROUND_UP(sizeof(struct domain), PAGE_SIZE))

struct domain *world[WORLD_DOMAINS], *dom0;
struct list domain_list = LIST_INIT(domain_list);
struct spinlock domain_list_lock = SPINLOCK_INIT;
unsigned char world_guest_memory[GUEST_SIZE];
void (*world_guest_written)(uint64_t address, size_t len);

static struct domain idle_domain = {.is_idle = true};
static struct vcpu idle_vcpus[WORLD_CPUS];
static struct vcpu vcpus[WORLD_DOMAINS][WORLD_VCPUS];
static struct vcpu *vcpu_tables[WORLD_DOMAINS][WORLD_VCPUS + 1];
static uint16_t pirq_tables[WORLD_DOMAINS][8];

void context_switch(struct sched_unit *prev, struct sched_unit *next)
{
    if (irq_enabled() || fake_locks_held)
        abort();
    fake_current[fake_cpu] = sched_unit_vcpu(next);
    sched_saved(prev);
    irq_enable();
}

void domain_get(struct domain *d)
{
    d->refs++;
}

void domain_put(struct domain *d)
{
    /* The real one may free it, and raise a VIRQ then. */
    if (fake_locks_held || !d->refs)
        abort();
    d->refs--;
}

uint64_t cmos_time_read(void)
{
    return 1700000000;
}

static bool in_guest_memory(uint64_t address, size_t len)
{
    return address >= GUEST_ADDRESS && len <= GUEST_SIZE &&
           address - GUEST_ADDRESS <= GUEST_SIZE - len;
}

int copy_to_guest(uint64_t dst, const void *src, size_t len)
{
    /* It may fault, and handling that takes locks. */
    if (fake_locks_held || !irq_enabled())
        abort();
    if (!in_guest_memory(dst, len))
        return -XEN_EFAULT;
    memcpy(world_guest_memory + (dst - GUEST_ADDRESS), src, len);
    if (world_guest_written)
        world_guest_written(dst, len);
    return 0;
}

struct page_info *frame_get_mfn(uint64_t mfn, const struct domain *owner)
{
    if (mfn >= FAKE_FRAMES || page_owner(mfn_to_page(mfn)) != owner)
        return NULL;
    mfn_to_page(mfn)->count++;
    return mfn_to_page(mfn);
}

void frame_put(struct page_info *page)
{
    if (!page->count)
        abort();
    page->count--;
}

int frame_type_get(struct page_info *page, uint64_t type)
{
    if (type != TYPE_WRITABLE)
        return -XEN_EINVAL;
    page->type++;
    return 0;
}

void frame_put_and_type(struct page_info *page)
{
    if (!page->count || !page->type)
        abort();
    page->count--;
    page->type--;
}

static void vcpu_start(struct domain *d, unsigned int id)
{
    struct vcpu *v = d->vcpu[id] = &vcpus[d->domid][id];

    *v = (struct vcpu){.id = id, .domain = d};
    sched_unit_init(&v->sched, id % WORLD_CPUS, ~0ULL);
    sched_set_affinity(&v->sched, CPUMASK_OF(id % WORLD_CPUS), ~0ULL);
    vcpu_info_init(v);
    vcpu_timers_init(v);
    v->info->evtchn_upcall_mask = 1;
    sched_wake(&v->sched);
}

static void domain_start(unsigned int i)
{
    struct domain *d = world[i] = pages_alloc(DOMAIN_ORDER);

    *d = (struct domain){.domid = (domid_t)i, .refs = 1, .privileged = i == 0};
    d->shared_info = pages_alloc(0);
    memset(vcpu_tables[i], 0, sizeof(vcpu_tables[i]));
    memset(pirq_tables[i], 0, sizeof(pirq_tables[i]));
    d->vcpu = vcpu_tables[i];
    d->max_vcpus = WORLD_VCPUS + 1;
    d->pirq_to_port = pirq_tables[i];
    d->nr_pirqs = ARRAY_SIZE(pirq_tables[i]);
    evtchn_table_init(d, EVTCHN_MAX_PORTS - 1);
    for (unsigned int id = 0; id < WORLD_VCPUS; id++)
        vcpu_start(d, id);
    list_add_tail(&domain_list, &d->link);
}

void world_start(void)
{
    fake_machine_init(WORLD_CPUS);
    fake_memory_init();
    fake_now = 1;
    world_guest_written = NULL;
    evtchn_pirq_ops = NULL;
    sched_cpus = sched_idle_cpus = 0;
    sched_init(&vcpu_sched_hooks);
    for (fake_cpu = 0; fake_cpu < WORLD_CPUS; fake_cpu++) {
        struct vcpu *idle = &idle_vcpus[fake_cpu];

        *idle = (struct vcpu){.is_idle = true, .domain = &idle_domain};
        timers_init_cpu(fake_cpu);
        sched_init_cpu(fake_cpu, &idle->sched);
        fake_current[fake_cpu] = idle;
    }
    fake_cpu = 0;
    list_init(&domain_list);
    for (unsigned int i = 0; i < WORLD_DOMAINS; i++)
        domain_start(i);
    dom0 = world[0];
    world_settle();
}

unsigned long world_end(void)
{
    unsigned long left = 0;
    struct vcpu *v;

    for (unsigned int i = 0; i < WORLD_DOMAINS; i++)
        for_each_vcpu(world[i], v)
            vcpu_timers_kill(v);
    for (unsigned int i = 0; i < WORLD_DOMAINS; i++)
        evtchn_table_destroy(world[i]);
    for (unsigned int i = 0; i < WORLD_DOMAINS; i++) {
        left += world[i]->refs - 1;
        pages_free(world[i]->shared_info, 0);
        pages_free(world[i], DOMAIN_ORDER);
    }
    return left + fake_memory_leaks();
}

void world_settle(void)
{
    unsigned int home = fake_cpu;
    bool again = true;

    while (again) {
        again = false;
        for (fake_cpu = 0; fake_cpu < cpu_count; fake_cpu++) {
            fake_poked[fake_cpu] = false;
            if (fake_timer[fake_cpu] <= fake_now) {
                fake_timer[fake_cpu] = UINT64_MAX;
                timer_interrupt();
            }
            again |= softirq_pending();
            softirq_process();
        }
    }
    fake_cpu = home;
}

void world_enter(struct vcpu *v)
{
    struct vcpu *other;

    for (unsigned int i = 0; i < WORLD_DOMAINS; i++)
        for_each_vcpu(world[i], other)
            if (other != v && other->sched.cpu == v->sched.cpu &&
                !(other->pause_flags & (1u << VCPU_PARKED)))
                vcpu_sleep(other, VCPU_PARKED);
    vcpu_wake(v, VCPU_PARKED);
    world_settle();
    fake_cpu = v->sched.cpu;
    if (!world_runs(v))
        abort();
}

bool world_runs(const struct vcpu *v)
{
    return sched_running_on(v->sched.cpu) == &v->sched;
}

bool pending(const struct domain *d, evtchn_port_t port)
{
    return d->shared_info->evtchn_pending[port / 64] >> (port % 64) & 1;
}

bool selected(const struct vcpu *v, evtchn_port_t port)
{
    return v->info->evtchn_pending_sel >> (port / 64) & 1;
}

bool upcall(const struct vcpu *v)
{
    return v->info->evtchn_upcall_pending;
}

void take_events(struct vcpu *v)
{
    v->info->evtchn_upcall_pending = 0;
    v->info->evtchn_pending_sel = 0;
    memset(v->domain->shared_info->evtchn_pending, 0,
           sizeof(v->domain->shared_info->evtchn_pending));
}

void mask(struct domain *d, evtchn_port_t port)
{
    d->shared_info->evtchn_mask[port / 64] |= 1UL << (port % 64);
}
