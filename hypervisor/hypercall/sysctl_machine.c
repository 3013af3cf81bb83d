/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine is made of: CPUs, memory, and which is near which (one node, as yet). */
#include "hypercall/sysctl-private.h"

#include "domain/cpu_policy.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/time.h"
#include "memory/allocator.h"
#include "memory/e820.h"

#define LOCAL_DISTANCE 10

static unsigned int max_cpu_id(void)
{
    return bit_highest(cpus_online);
}

long sysctl_physinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_physinfo *info = &op->u.physinfo;
    uint32_t words[CPU_POLICY_WORDS];

    memset(info, 0, sizeof(*info));
    info->threads_per_core = 1;
    info->cores_per_socket = cpu_count;
    info->nr_cpus = cpu_count;
    info->max_cpu_id = max_cpu_id();
    info->nr_nodes = 1;
    info->cpu_khz = tsc_khz;
    info->capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_gnttab_v1;
    if (guest_ops_hvm)
        info->capabilities |= XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap;
    info->total_pages = e820_ram_frames(&machine_e820);
    info->free_pages = frames_free_count();
    info->outstanding_pages = READ_ONCE(frames_claimed);
    info->max_mfn = frame_limit - 1;
    cpu_policy_featureset(cpu_policy_system(XEN_SYSCTL_cpu_policy_host), words);
    memcpy(info->hw_cap, words, sizeof(info->hw_cap));
    return 0;
}

static long put_node(const struct xen_sysctl_numainfo *info)
{
    struct xen_sysctl_meminfo memory = {
        .memsize = e820_ram_frames(&machine_e820) << PAGE_SHIFT,
        .memfree = frames_free_count() << PAGE_SHIFT,
    };
    uint32_t distance = LOCAL_DISTANCE;

    if (guest_address(info->meminfo) && put_to_guest(guest_address(info->meminfo), &memory))
        return -XEN_EFAULT;
    if (guest_address(info->distance) && put_to_guest(guest_address(info->distance), &distance))
        return -XEN_EFAULT;
    return 0;
}

long sysctl_numainfo(struct xen_sysctl *op)
{
    struct xen_sysctl_numainfo *info = &op->u.numainfo;
    bool only_count = !guest_address(info->meminfo) && !guest_address(info->distance);

    if (!only_count && !info->num_nodes)
        return 0;
    info->num_nodes = 1;
    return only_count ? 0 : put_node(info);
}

long sysctl_cputopoinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_cputopoinfo *info = &op->u.cputopoinfo;
    uint32_t count = max_cpu_id() + 1;

    if (guest_address(info->cputopo)) {
        count = MIN(count, info->num_cpus);
        for (uint32_t cpu = 0; cpu < count; cpu++) {
            struct xen_sysctl_cputopo topo = {.core = cpu};

            if (!(cpus_online & CPUMASK_OF(cpu)))
                topo = (struct xen_sysctl_cputopo){XEN_INVALID_CORE_ID, XEN_INVALID_SOCKET_ID,
                                                   XEN_INVALID_NODE_ID};
            if (put_to_guest(guest_element(info->cputopo, cpu), &topo))
                return -XEN_EFAULT;
        }
    }
    info->num_cpus = count;
    return 0;
}

/* No device is known to be nearer to one node than to another. */
long sysctl_pcitopoinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_pcitopoinfo *info = &op->u.pcitopoinfo;
    uint32_t node = XEN_INVALID_NODE_ID;

    for (uint32_t i = 0; i < info->num_devs; i++) {
        if (put_to_guest(guest_element(info->nodes, i), &node))
            return -XEN_EFAULT;
        if (i == UINT16_MAX) /* more than the functions of a segment */
            return -XEN_E2BIG;
    }
    return 0;
}

long sysctl_getcpuinfo(struct xen_sysctl *op)
{
    struct xen_sysctl_getcpuinfo *info = &op->u.getcpuinfo;
    uint32_t count = MIN(max_cpu_id() + 1, info->max_cpus);

    for (uint32_t cpu = 0; cpu < count; cpu++) {
        struct xen_sysctl_cpuinfo one = {0};

        if (cpus_online & CPUMASK_OF(cpu))
            one.idletime = sched_idle_time(cpu);
        if (put_to_guest(guest_element(info->info, cpu), &one))
            return -XEN_EFAULT;
    }
    info->nr_cpus = count;
    return 0;
}

long sysctl_availheap(struct xen_sysctl *op)
{
    if (op->u.availheap.node > 0)
        return -XEN_EINVAL;
    op->u.availheap.avail_bytes = frames_free_count() << PAGE_SHIFT;
    return 0;
}
