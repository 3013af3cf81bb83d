/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_platform_op: dom0's drivers on the physical machine's behalf. */
#include "hypercall/hypercall.h"

#include <xen/platform.h>

#include "hypercall/ctl_bitmap.h"
#include "lib/bits.h"
#include "machine/acpi.h"
#include "machine/apic.h"
#include "machine/efi.h"
#include "machine/shutdown.h"
#include "machine/time.h"

_Static_assert(sizeof(struct xen_platform_op) == 136, "ABI");

/* In place of the numbers of a CPU that is not there. */
#define NO_ID UINT32_MAX

static long settime(uint64_t secs, uint32_t nsecs, uint64_t at)
{
    if (nsecs >= 1000000000 || at > system_time() + 1000000000)
        return -XEN_EINVAL;
    wallclock_set(secs, nsecs, at);
    return 0;
}

static long op_settime32(struct xen_platform_op *op)
{
    const struct xenpf_settime32 *in = &op->u.settime32;

    return settime(in->secs, in->nsecs, in->system_time);
}

static long op_settime64(struct xen_platform_op *op)
{
    const struct xenpf_settime64 *in = &op->u.settime64;

    return in->mbz ? -XEN_EINVAL : settime(in->secs, in->nsecs, in->system_time);
}

/* The name of who made the firmware, with its terminating zero, cut to the caller's buffer. */
static long efi_vendor(union xenpf_efi_info *info)
{
    uint32_t size = MIN(info->vendor.bufsz, (uint32_t)sizeof(efi.vendor));

    if (size && copy_to_guest((uint64_t)info->vendor.name.p, efi.vendor, size - size % 2))
        return -XEN_EFAULT;
    info->vendor.revision = efi.firmware_revision;
    return 0;
}

/* What dom0 finds ACPI and other tables of the firmware by. There is no call into the firmware's
 * run-time services (XENPF_efi_runtime_call), which Linux can do without. */
static long efi_info(uint32_t index, union xenpf_efi_info *info)
{
    if (!efi.tables)
        return -XEN_ESRCH;
    switch (index) {
    case XEN_FW_EFI_VERSION:
        info->version = efi.revision;
        return 0;
    case XEN_FW_EFI_CONFIG_TABLE:
        info->cfg.addr = efi.tables;
        info->cfg.nent = efi.nr_tables;
        return 0;
    case XEN_FW_EFI_VENDOR:
        return efi_vendor(info);
    default:
        return -XEN_EINVAL;
    }
}

/* What a PC's BIOS told the boot loader of disks and the screen has not come through to us. */
static long op_firmware_info(struct xen_platform_op *op)
{
    struct xenpf_firmware_info *info = &op->u.firmware_info;

    switch (info->type) {
    case XEN_FW_DISK_INFO:
    case XEN_FW_DISK_MBR_SIGNATURE:
        return -XEN_ENOENT;
    case XEN_FW_VBEDDC_INFO:
        return -XEN_ESRCH;
    case XEN_FW_EFI_INFO:
        return efi_info(info->index, &info->u.efi_info);
    case XEN_FW_KBD_SHIFT_FLAGS:
        if (info->index)
            return -XEN_ESRCH;
        info->u.kbd_shift_flags = 0;
        return 0;
    default:
        return -XEN_EINVAL;
    }
}

static long op_enter_acpi_sleep(struct xen_platform_op *op)
{
    const struct xenpf_enter_acpi_sleep *in = &op->u.enter_acpi_sleep;

    if (in->flags) /* machines without the ordinary registers */
        return -XEN_EOPNOTSUPP;
    return machine_acpi_sleep(in->val_a, in->val_b, in->sleep_state);
}

static uint32_t acpi_id_of(uint32_t apic)
{
    for (unsigned int i = 0; i < acpi.nr_cpus; i++)
        if (acpi.cpu[i].apic_id == apic)
            return acpi.cpu[i].acpi_id;
    return NO_ID;
}

static long op_get_cpuinfo(struct xen_platform_op *op)
{
    struct xenpf_pcpuinfo *info = &op->u.pcpu_info;
    uint32_t cpu = info->xen_cpuid;

    info->max_present = bit_highest(cpus_online);
    info->flags = XEN_PCPU_FLAGS_INVALID;
    info->apic_id = info->acpi_id = NO_ID;
    if (cpu < MAX_CPUS && (cpus_online & CPUMASK_OF(cpu))) {
        info->flags = XEN_PCPU_FLAGS_ONLINE;
        info->apic_id = cpu_apic_id(cpu);
        info->acpi_id = acpi_id_of(info->apic_id);
    }
    return 0;
}

static long op_getidletime(struct xen_platform_op *op)
{
    struct xenpf_getidletime *io = &op->u.getidletime;
    struct xenctl_bitmap bitmap = {.nr_bits = io->cpumap_nr_cpus};
    cpumask_t cpus;
    unsigned int cpu;

    bitmap.bitmap.p = io->cpumap_bitmap.p;
    if (ctl_bitmap_get(&bitmap, &cpus))
        return -XEN_EFAULT;
    cpus &= cpus_online;
    for_each_cpu(cpu, cpus)
    {
        uint64_t idle = sched_idle_time(cpu);

        if (put_to_guest(guest_element(io->idletime, cpu), &idle))
            return -XEN_EFAULT;
    }
    io->now = system_time();
    return ctl_bitmap_put(&bitmap, cpus);
}

/* CPUs stay up: what is asked for is so already, or can't be had. */
static long op_cpu_online(struct xen_platform_op *op)
{
    uint32_t cpu = op->u.cpu_ol.cpuid;

    return cpu < MAX_CPUS && (cpus_online & CPUMASK_OF(cpu)) ? 0 : -XEN_EINVAL;
}

static long op_cpu_offline(struct xen_platform_op *op)
{
    return -XEN_EOPNOTSUPP;
}

static const struct {
    uint32_t command;
    long (*fn)(struct xen_platform_op *op);
} handlers[] = {
    {XENPF_settime32, op_settime32},         {XENPF_settime64, op_settime64},
    {XENPF_firmware_info, op_firmware_info}, {XENPF_enter_acpi_sleep, op_enter_acpi_sleep},
    {XENPF_get_cpuinfo, op_get_cpuinfo},     {XENPF_getidletime, op_getidletime},
    {XENPF_cpu_online, op_cpu_online},       {XENPF_cpu_offline, op_cpu_offline},
};

/* Everything else, such as microcode and power states of CPUs, is -XEN_ENOSYS. */
static long run(struct xen_platform_op *op)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(handlers); i++)
        if (handlers[i].command == op->cmd)
            return handlers[i].fn(op);
    return -XEN_ENOSYS;
}

HYPERCALL(platform_op)
{
    struct xen_platform_op op;
    long result;

    if (!current_domain()->hardware)
        return -XEN_EPERM;
    if (get_from_guest(&op, a1))
        return -XEN_EFAULT;
    if (op.interface_version != XENPF_INTERFACE_VERSION)
        return -XEN_EACCES;
    result = run(&op);
    if (!result && put_to_guest(a1, &op))
        return -XEN_EFAULT;
    return result;
}
