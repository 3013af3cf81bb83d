/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains: made, found, paused, shut down; see domain.h. Tearing one down is in
 * domain_teardown.c, its frames in domain_pages.c. */
#include <stdarg.h>

#include "lib/compiler.h"

#include <xen/sysctl.h>

#include "domain/cpu_policy.h"
#include "domain/domain.h"
#include "domain/grant_table.h"
#include "domain/guest_ops.h"
#include "domain/rangeset.h"
#include "domain/vcpu.h"
#include "lib/print.h"
#include "lib/string.h"
#include "machine/fpu.h"
#include "machine/shutdown.h"
#include "memory/allocator.h"
#include "memory/e820.h"

struct domain *dom0, *dom_io, *dom_xen;
const struct guest_ops *guest_ops_hvm;
struct list domain_list = LIST_INIT(domain_list);
struct spinlock domain_list_lock = SPINLOCK_INIT;

#define NR_PIRQS_DOM0 1024

/* Frees what domain_create made, in any state of completion. */
static void domain_free(struct domain *d)
{
    if (d->pv || d->hvm)
        d->ops->domain_free(d);
    if (d->shared_info)
        domain_hv_page_free(d->shared_info);
    rangeset_destroy(d->io_ports);
    rangeset_destroy(d->io_frames);
    rangeset_destroy(d->irqs);
    hv_free(d->vcpu, d->max_vcpus * sizeof(d->vcpu[0]));
    hv_free(d->pirq_to_port, d->nr_pirqs * sizeof(d->pirq_to_port[0]));
    hv_free(d->e820, sizeof(*d->e820));
    hv_free(d->cpu_policy, sizeof(*d->cpu_policy));
    pages_free(d, order_of(DIV_ROUND_UP(sizeof(*d), PAGE_SIZE)));
}

/* Page-aligned, below 16 TiB: the frame table names an owner by its frame number. */
static struct domain *domain_struct_alloc(void)
{
    struct domain *d = pages_alloc(order_of(DIV_ROUND_UP(sizeof(*d), PAGE_SIZE)));

    if (!d)
        return NULL;
    d->refs = 1;
    list_init(&d->link);
    /* Its creator's: for the toolstack's to undo; dom0's is undone by the boot code. */
    d->pause_count = d->controller_pause_count = 1;
    d->shutdown_code = SHUTDOWN_CODE_NONE;
    d->address_size = 64;
    return d;
}

static int allocate_parts(struct domain *d, const struct xen_domctl_createdomain *config)
{
    d->vcpu = hv_alloc(d->max_vcpus * sizeof(d->vcpu[0]));
    d->pirq_to_port = hv_alloc(d->nr_pirqs * sizeof(d->pirq_to_port[0]));
    d->io_ports = rangeset_create();
    d->io_frames = rangeset_create();
    d->irqs = rangeset_create();
    d->cpu_policy = hv_alloc(sizeof(*d->cpu_policy));
    d->shared_info = domain_hv_page_alloc(d);
    if (!d->vcpu || !d->pirq_to_port || !d->io_ports || !d->io_frames || !d->irqs ||
        !d->cpu_policy || !d->shared_info)
        return -XEN_ENOMEM;
    return evtchn_table_init(d, config->max_evtchn_port);
}

/* A hardware guest finds all its ports masked. Linux masks them itself when it boots, but not when it
 * wakes up in another domain than the one it was saved in, where it would then be sent events that it
 * only wants to poll for (each CPU's of its PV spinlocks), and die of the first. */
static void shared_info_init(struct domain *d)
{
    if (!d->pv)
        memset(d->shared_info->evtchn_mask, 0xff, sizeof(d->shared_info->evtchn_mask));
    for (unsigned int i = 0; d->pv && i < XEN_LEGACY_MAX_VCPUS; i++)
        d->shared_info->vcpu_info[i].evtchn_upcall_mask = 1;
    domain_wallclock_update(d);
}

/* Puts it into the list, in the order of the numbers. */
static int list_insert(struct domain *d)
{
    struct domain *other;
    int error = 0;

    spin_lock(&domain_list_lock);
    list_for_each(other, &domain_list, link) {
        if (other->domid < d->domid)
            continue;
        if (other->domid == d->domid)
            error = -XEN_EEXIST;
        break;
    }
    if (!error)
        list_add_before(&other->link, &d->link);
    spin_unlock(&domain_list_lock);
    return error;
}

int domain_create(domid_t domid, const struct xen_domctl_createdomain *config, bool privileged,
                  struct domain **out)
{
    struct domain *d = domain_struct_alloc();
    int error;

    if (!d)
        return -XEN_ENOMEM;
    d->domid = domid;
    d->privileged = d->hardware = privileged;
    d->create_flags = config->flags;
    d->emulation_flags = config->arch.emulation_flags;
    d->ssidref = config->ssidref;
    memcpy(d->handle, config->handle, sizeof(d->handle));
    d->max_vcpus = config->max_vcpus;
    d->nr_pirqs = privileged ? NR_PIRQS_DOM0 : 32;
    d->max_pages = UINT32_MAX;
    d->ops = config->flags & XEN_DOMCTL_CDF_hvm ? guest_ops_hvm : &pv_guest_ops;

    error = allocate_parts(d, config);
    if (!error)
        *d->cpu_policy =
            *cpu_policy_system(d->ops == &pv_guest_ops ? XEN_SYSCTL_cpu_policy_pv_default
                                                       : XEN_SYSCTL_cpu_policy_hvm_default);
    if (!error)
        error = grant_table_init(d, config->max_grant_frames, config->max_maptrack_frames);
    if (!error)
        error = d->ops->domain_init(d);
    if (!error) {
        shared_info_init(d);
        error = list_insert(d);
    }
    if (error) {
        evtchn_table_destroy(d);
        domain_hv_pages_release(d); /* each keeps a reference of the domain */
        domain_put(d);
        return error;
    }
    domain_get(d); /* the caller's, besides the life's own */
    *out = d;
    return 0;
}

int vcpu_create(struct domain *d, unsigned int id)
{
    struct vcpu *v;
    int error;

    if (id >= d->max_vcpus)
        return -XEN_EINVAL;
    if (d->vcpu[id])
        return -XEN_EEXIST;
    v = hv_alloc(sizeof(*v));
    if (!v)
        return -XEN_ENOMEM;
    v->id = id;
    v->domain = d;
    v->pause_flags = BIT(VCPU_DOWN);
    v->xcr0 = 1;
    v->fpu = hv_alloc(fpu_area_size);
    error = v->fpu ? d->ops->vcpu_init(v) : -XEN_ENOMEM;
    if (error) {
        hv_free(v->fpu, fpu_area_size);
        hv_free(v, sizeof(*v));
        return error;
    }
    fpu_area_reset(v->fpu);
    vcpu_info_init(v);
    sched_unit_init(&v->sched, id % cpu_count, d->ops->cpus ? d->ops->cpus() : ~0ULL);
    vcpu_timers_init(v);
    d->vcpu[id] = v;
    return 0;
}

static void vcpu_free(struct vcpu *v)
{
    sched_unit_remove(&v->sched);
    v->domain->ops->vcpu_free(v);
    hv_free(v->fpu, fpu_area_size);
    hv_free(v, sizeof(*v));
}

void domain_get(struct domain *d)
{
    __atomic_fetch_add(&d->refs, 1, __ATOMIC_SEQ_CST);
}

void domain_put(struct domain *d)
{
    struct vcpu *v;

    if (__atomic_sub_fetch(&d->refs, 1, __ATOMIC_SEQ_CST))
        return;
    spin_lock(&domain_list_lock);
    list_del(&d->link);
    spin_unlock(&domain_list_lock);
    if (d->vcpu) {
        for_each_vcpu(d, v)
            vcpu_free(v);
    }
    if (d->grants)
        grant_table_destroy(d);
    domain_free(d);
    evtchn_raise_global_virq(VIRQ_DOM_EXC);
}

/* A reference, unless the last one is already gone. */
static bool domain_try_get(struct domain *d)
{
    uint32_t refs = READ_ONCE(d->refs);

    while (refs)
        if (__atomic_compare_exchange_n(&d->refs, &refs, refs + 1, true, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return true;
    return false;
}

struct domain *domain_get_from_id(domid_t domid)
{
    struct domain *d, *found = NULL;

    spin_lock(&domain_list_lock);
    list_for_each(d, &domain_list, link)
        if (d->domid >= domid && domain_try_get(d)) {
            found = d;
            break;
        }
    spin_unlock(&domain_list_lock);
    return found;
}

struct domain *domain_get_by_id(domid_t domid)
{
    struct domain *d = domain_get_from_id(domid);

    if (d && d->domid != domid) {
        domain_put(d);
        d = NULL;
    }
    return d;
}

/* Numbers go round, so that one is not used again soon after its domain is gone. */
domid_t domid_alloc(void)
{
    static domid_t last;
    struct domain *d;

    for (unsigned int tries = 0; tries < DOMID_FIRST_RESERVED; tries++) {
        domid_t id = __atomic_add_fetch(&last, 1, __ATOMIC_SEQ_CST) % DOMID_FIRST_RESERVED;

        if (!id)
            continue;
        d = domain_get_by_id(id);
        if (!d)
            return id;
        domain_put(d);
    }
    return DOMID_INVALID;
}

void domain_pause_nosync(struct domain *d)
{
    struct vcpu *v;

    __atomic_fetch_add(&d->pause_count, 1, __ATOMIC_SEQ_CST);
    for_each_vcpu(d, v)
        sched_sleep(&v->sched);
}

void domain_pause(struct domain *d)
{
    struct vcpu *v;

    domain_pause_nosync(d);
    for_each_vcpu(d, v)
        if (v != current_vcpu())
            sched_sleep_sync(&v->sched);
}

void domain_unpause(struct domain *d)
{
    struct vcpu *v;

    if (__atomic_sub_fetch(&d->pause_count, 1, __ATOMIC_SEQ_CST))
        return;
    for_each_vcpu(d, v)
        sched_wake(&v->sched);
}

int domain_pause_by_controller(struct domain *d)
{
    spin_lock(&d->lock);
    if (d->controller_pause_count >= 255) {
        spin_unlock(&d->lock);
        return -XEN_EOVERFLOW;
    }
    d->controller_pause_count++;
    spin_unlock(&d->lock);
    domain_pause(d);
    return 0;
}

int domain_unpause_by_controller(struct domain *d)
{
    spin_lock(&d->lock);
    if (!d->controller_pause_count) {
        spin_unlock(&d->lock);
        return -XEN_EINVAL;
    }
    d->controller_pause_count--;
    spin_unlock(&d->lock);
    domain_unpause(d);
    return 0;
}

void domain_shutdown(struct domain *d, uint8_t reason)
{
    struct vcpu *v;

    spin_lock(&d->lock);
    if (d->shut_down) {
        spin_unlock(&d->lock);
        return;
    }
    d->shutting_down = d->shut_down = true;
    d->shutdown_code = reason;
    spin_unlock(&d->lock);

    if (d->hardware)
        machine_shutdown(reason);
    for_each_vcpu(d, v)
        vcpu_sleep(v, VCPU_PARKED);
    evtchn_raise_global_virq(VIRQ_DOM_EXC);
}

void domain_resume(struct domain *d)
{
    struct vcpu *v;

    domain_pause(d);
    spin_lock(&d->lock);
    d->shutting_down = d->shut_down = false;
    d->shutdown_code = SHUTDOWN_CODE_NONE;
    spin_unlock(&d->lock);
    for_each_vcpu(d, v)
        vcpu_wake(v, VCPU_PARKED);
    domain_unpause(d);
}

void domain_crash(struct domain *d, const char *why, ...)
{
    struct vcpu *v = current_vcpu();
    char text[160];
    va_list args;

    if (d->shut_down)
        return;
    va_start(args, why);
    format_text_va(text, sizeof(text), why, args);
    va_end(args);
    printk("d%u crashed: %s\n", d->domid, text);
    if (v->domain == d)
        d->ops->show(v);
    domain_shutdown(d, SHUTDOWN_crash);
}
