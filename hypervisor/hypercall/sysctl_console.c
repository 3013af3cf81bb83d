/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log for `xl dmesg`, and the questions of `xl debug-keys`, which are answered in the log. */
#include "hypercall/sysctl-private.h"

#include "domain/console.h"
#include "domain/grant_table.h"
#include "lib/bits.h"
#include "lib/print.h"
#include "machine/time.h"
#include "memory/allocator.h"

#define PIECE    256
#define MAX_KEYS 16

long sysctl_readconsole(struct xen_sysctl *op)
{
    struct xen_sysctl_readconsole *in = &op->u.readconsole;
    uint32_t index = in->incremental ? in->index : console_ring_start();
    uint32_t done = 0;
    char text[PIECE];

    while (done < in->count) {
        size_t n = console_ring_read(text, MIN(in->count - done, (uint32_t)PIECE), &index);

        if (!n)
            break;
        if (copy_to_guest(guest_element(in->buffer, done), text, n))
            return -XEN_EFAULT;
        done += (uint32_t)n;
    }
    if (in->clear)
        console_ring_clear();
    in->count = done;
    in->index = index;
    return 0;
}

#define FRAMES_SHOWN 8

static void show_vcpu(const struct vcpu *v)
{
    printk("  v%u: cpu %u%s%s%s, pause count %u, flags %lx, ran %lu ms, pending %u masked %u\n",
           v->id, v->sched.cpu, v->sched.running ? ", running" : "",
           v->sched.queued ? ", queued" : "", v->initialised ? "" : ", not initialised",
           v->pause_count, v->pause_flags, sched_runtime(&v->sched) / 1000000,
           v->info->evtchn_upcall_pending, v->info->evtchn_upcall_mask);
}

/* Who still refers to a dead domain's frames is told by their counts and types. */
static void show_frames(struct domain *d)
{
    uint32_t mfn;

    spin_lock(&d->page_lock);
    mfn = d->pages_first;
    for (unsigned int i = 0; mfn && i < FRAMES_SHOWN; i++, mfn = mfn_to_page(mfn)->next)
        printk("  frame %x: count %lx, type %lx\n", mfn, mfn_to_page(mfn)->count,
               mfn_to_page(mfn)->type);
    spin_unlock(&d->page_lock);
}

static void show_domain(struct domain *d)
{
    static const char *const lives[] = {"alive", "dying", "dead"};
    const struct vcpu *v;

    printk("d%u: %s%s, %u references, %u pages of %u, pause count %u (%u of the toolstack)\n",
           d->domid, lives[d->life], d->shut_down ? ", shut down" : "", d->refs, d->tot_pages,
           d->max_pages, d->pause_count, d->controller_pause_count);
    for_each_vcpu(d, v) show_vcpu(v);
    if (d->life == DOMAIN_DEAD)
        show_frames(d);
}

static void each_domain(void (*fn)(struct domain *d))
{
    struct domain *d = domain_get_from_id(0);

    while (d) {
        unsigned int next = d->domid + 1u;

        fn(d);
        domain_put(d);
        d = next < DOMID_FIRST_RESERVED ? domain_get_from_id((domid_t)next) : NULL;
    }
}

static void show_a_domain(struct domain *d)
{
    show_domain(d);
}

static void show_domains(void)
{
    each_domain(show_a_domain);
}

static void show_grants(void)
{
    each_domain(grant_table_dump);
}

static void show_queues(void)
{
    unsigned int cpu;

    printk("%lu ms since boot\n", system_time() / 1000000);
    for_each_cpu(cpu, cpus_online)
    {
        const struct sched_unit *unit = sched_running_on(cpu);

        if (unit->idle)
            printk("cpu %u: idle\n", cpu);
        else
            printk("cpu %u: d%uv%u\n", cpu, sched_unit_vcpu(unit)->domain->domid,
                   sched_unit_vcpu(unit)->id);
    }
}

static void show_memory(void)
{
    printk("%lu frames, %lu free, %lu claimed\n", frames_total_count(), frames_free_count(),
           READ_ONCE(frames_claimed));
}

static void show_keys(void);

static const struct {
    char key;
    const char *what;
    void (*fn)(void);
} keys[] = {
    {'h', "these keys", show_keys},      {'q', "domains and vCPUs", show_domains},
    {'r', "what CPUs run", show_queues}, {'m', "memory", show_memory},
    {'g', "grants in use", show_grants},
};

static void show_keys(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
        printk("key %c: %s\n", keys[i].key, keys[i].what);
}

static void press(char key)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
        if (keys[i].key == key) {
            keys[i].fn();
            return;
        }
    }
    printk("no such debug key; h shows them\n");
}

long sysctl_debug_keys(struct xen_sysctl *op)
{
    uint32_t count = MIN(op->u.debug_keys.nr_keys, (uint32_t)MAX_KEYS);

    for (uint32_t i = 0; i < count; i++) {
        char key;

        if (get_from_guest(&key, guest_element(op->u.debug_keys.keys, i)))
            return -XEN_EFAULT;
        press(key);
    }
    return 0;
}
