/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Privileged instructions of PV guests: what the emulator (privileged.h) asks for, in terms of the
 * vCPU that runs. */
#include "domain/cpu_policy.h"
#include "domain/guest_copy.h"
#include "domain/rangeset.h"
#include "lib/bits.h"
#include "machine/cpu.h"
#include "machine/cpu_features.h"
#include "machine/fpu.h"
#include "machine/pci.h"
#include "machine/time.h"
#include "machine/traps.h"
#include "memory/frame_type.h"
#include "pv/io_ports.h"
#include "pv/msr_policy.h"
#include "pv/page_table.h"
#include "pv/privileged.h"
#include "pv/pv.h"

#define APIC_BASE_VALUE 0xfee00800UL
#define APIC_BASE_BSP   (1UL << 8)
/* CR4 bits that a guest sees as they are, and may write back. */
#define CR4_VISIBLE (CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT)

static size_t fetch(void *ctx, uint64_t address, uint8_t *bytes, size_t count)
{
    return count - copy_from_guest_partial(bytes, address, count);
}

static int read_memory(void *ctx, uint64_t address, void *data, size_t size,
                       struct privileged_event *fault)
{
    return copy_from_guest(data, address, size);
}

static int write_memory(void *ctx, uint64_t address, const void *data, size_t size,
                        struct privileged_event *fault)
{
    return copy_to_guest(address, data, size);
}

static int segment_base(void *ctx, enum insn_segment segment, uint64_t *base)
{
    *base = segment == INSN_SEGMENT_FS   ? msr_read(MSR_FS_BASE)
            : segment == INSN_SEGMENT_GS ? msr_read(MSR_GS_BASE)
                                         : 0;
    return 0;
}

/* A PV kernel counts as ring 1, or as ring 0 with the architectural_iopl assist. */
static bool iopl_allows(void *ctx)
{
    const struct vcpu *v = ctx;
    bool architectural = v->domain->vm_assist & BIT(VMASST_TYPE_architectural_iopl);
    unsigned int level = !v->pv->kernel_mode ? 3 : architectural ? 0 : 1;

    return level <= v->pv->iopl;
}

static bool port_allowed(void *ctx, uint16_t port, unsigned int size)
{
    const struct vcpu *v = ctx;

    return iopl_allows(ctx) || io_bitmap_allows(v, port, size);
}

static bool port_owned(void *ctx, uint16_t port, unsigned int size)
{
    const struct vcpu *v = ctx;

    return io_port_owned(v->domain, port, size);
}

static uint32_t port_read(void *ctx, uint16_t port, unsigned int size)
{
    const struct vcpu *v = ctx;

    return io_port_read(v->domain, port, size);
}

static void port_write(void *ctx, uint16_t port, unsigned int size, uint32_t value)
{
    const struct vcpu *v = ctx;

    io_port_write(v->domain, port, size, value);
}

static int read_cr(void *ctx, unsigned int number, uint64_t *value)
{
    const struct vcpu *v = ctx;

    switch (number) {
    case 0:
        *value = (cr0_read() & ~CR0_TS) | (v->pv->task_switched ? CR0_TS : 0);
        return 0;
    case 2:
        *value = v->info->arch.cr2;
        return 0;
    case 3:
        *value = v->pv->kernel_root << PAGE_SHIFT;
        return 0;
    case 4:
        *value = v->pv->cr4;
        return 0;
    default:
        return -XEN_EPERM;
    }
}

void pv_task_switched_set(struct vcpu *v, bool set)
{
    v->pv->task_switched = set;
    cr0_write(set ? cr0_read() | CR0_TS : cr0_read() & ~CR0_TS);
}

static int clear_ts(void *ctx)
{
    pv_task_switched_set(ctx, false);
    return 0;
}

static int write_cr0(struct vcpu *v, uint64_t value)
{
    uint64_t now;

    (void)read_cr(v, 0, &now);
    if ((value ^ now) & ~CR0_TS)
        return -XEN_EPERM;
    pv_task_switched_set(v, value & CR0_TS);
    return 0;
}

static int root_set(struct vcpu *v, uint64_t mfn)
{
    struct domain *d = v->domain;
    struct page_info *page = frame_get_mfn(mfn, d);
    int error;

    if (!page)
        return -XEN_EINVAL;
    pv_ldt_unmap(v);
    spin_lock(&d->mm_lock);
    error = pt_type_get(page, d, TYPE_L4);
    if (!error)
        pv_set_kernel_root(v, page_to_mfn(page));
    spin_unlock(&d->mm_lock);
    if (error)
        frame_put(page);
    return error;
}

/* The instruction is not done before what it leaves is undone: made again, it finds the new root. */
static int write_cr3(struct vcpu *v, uint64_t value)
{
    int error = pv_leftovers_settle(v);

    if (!error)
        error = root_set(v, value >> PAGE_SHIFT);
    if (!error)
        error = pv_leftovers_settle(v);
    return error == -XEN_ERESTART ? -XEN_EAGAIN : error;
}

/* Bits that it may not have are dropped: Linux has no way of surviving a refusal here. */
void pv_cr4_set(struct vcpu *v, uint64_t value)
{
    uint64_t own = cpu_policy_pv_cr4(v->domain->cpu_policy);

    v->pv->cr4 = (value & own) | CR4_VISIBLE;
}

static int write_cr(void *ctx, unsigned int number, uint64_t value)
{
    struct vcpu *v = ctx;

    switch (number) {
    case 0:
        return write_cr0(v, value);
    case 2:
        v->info->arch.cr2 = value;
        return 0;
    case 3:
        return write_cr3(v, value);
    case 4:
        pv_cr4_set(v, value);
        return 0;
    default:
        return -XEN_EPERM;
    }
}

static int read_dr(void *ctx, unsigned int number, uint64_t *value)
{
    *value = pv_debug_register_read(ctx, number);
    return 0;
}

static int write_dr(void *ctx, unsigned int number, uint64_t value)
{
    return pv_debug_register_write(ctx, number, value);
}

static enum msr_vendor msr_vendor(void *ctx)
{
    const struct vcpu *v = ctx;

    switch (cpu_policy_vendor(v->domain->cpu_policy)) {
    case CPU_VENDOR_INTEL:
        return MSR_INTEL;
    case CPU_VENDOR_AMD:
    case CPU_VENDOR_HYGON:
        return MSR_AMD;
    default:
        return MSR_ANY_VENDOR;
    }
}

static bool msr_has_feature(void *ctx, unsigned int feature)
{
    const struct vcpu *v = ctx;

    return cpu_policy_has(v->domain->cpu_policy, feature);
}

static int msr_host_read(void *ctx, uint32_t index, uint64_t *value)
{
    return msr_read_safe(index, value) ? -XEN_EPERM : 0;
}

static int msr_virtual_read(void *ctx, uint32_t index, uint64_t *value)
{
    struct vcpu *v = ctx;

    switch (index) {
    case MSR_TSC:
        *value = guest_tsc_now(v->domain);
        return 0;
    case MSR_APIC_BASE:
        *value = APIC_BASE_VALUE | (v->id == 0 ? APIC_BASE_BSP : 0);
        return 0;
    case MSR_FS_BASE:
    case MSR_GS_BASE:
    case MSR_KERNEL_GS_BASE:
        *value = msr_read(index);
        return 0;
    case MSR_TSC_AUX:
        *value = cpu_features.rdtscp ? msr_read(MSR_TSC_AUX) : v->tsc_aux;
        return 0;
    default:
        return -XEN_EPERM;
    }
}

static int msr_virtual_write(void *ctx, uint32_t index, uint64_t value)
{
    struct vcpu *v = ctx;

    switch (index) {
    case MSR_FS_BASE:
    case MSR_GS_BASE:
    case MSR_KERNEL_GS_BASE:
        msr_write(index, value);
        return 0;
    case MSR_PRED_CMD:
        return msr_write_safe(index, value) ? -XEN_EPERM : 0;
    case MSR_TSC_AUX:
        v->tsc_aux = (uint32_t)value;
        if (cpu_features.rdtscp)
            msr_write(MSR_TSC_AUX, v->tsc_aux);
        return 0;
    default:
        return -XEN_EPERM;
    }
}

static bool msr_relaxed(void *ctx)
{
    const struct vcpu *v = ctx;

    return !v->pv->traps[TRAP_GP].address;
}

static bool msr_relaxed_write(void *ctx)
{
    return false;
}

static const struct msr_policy_ops msr_ops = {
    .vendor = msr_vendor,
    .has_feature = msr_has_feature,
    .host_read = msr_host_read,
    .virtual_read = msr_virtual_read,
    .virtual_write = msr_virtual_write,
    .relaxed_read = msr_relaxed,
    .relaxed_write = msr_relaxed_write,
};

static int read_msr(void *ctx, uint32_t index, uint64_t *value)
{
    return msr_policy_read(&msr_ops, ctx, index, value);
}

static int write_msr(void *ctx, uint32_t index, uint64_t value)
{
    return msr_policy_write(&msr_ops, ctx, index, value);
}

static int set_xcr(void *ctx, uint32_t index, uint64_t value)
{
    struct vcpu *v = ctx;

    if (index || !fpu_xcr0_valid(value) || !cpu_policy_xcr0_valid(v->domain->cpu_policy, value))
        return -XEN_EINVAL;
    v->xcr0 = value;
    xcr_write(0, value);
    return 0;
}

/* For those who own devices; others see it done. */
static int flush_cache(void *ctx)
{
    const struct vcpu *v = ctx;

    if (!rangeset_is_empty(v->domain->io_frames))
        wbinvd();
    return 0;
}

static int read_tsc(void *ctx, uint64_t *tsc)
{
    const struct vcpu *v = ctx;

    if ((v->pv->cr4 & CR4_TSD) && !v->pv->kernel_mode)
        return -XEN_EPERM;
    *tsc = guest_tsc_now(v->domain);
    return 0;
}

static int query_cpuid(void *ctx, bool forced, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    const struct vcpu *v = ctx;
    struct tsc_scale scale = guest_tsc_scale(v->domain);
    struct cpu_policy_vcpu dynamic = {
        .osxsave = (v->pv->cr4 & CR4_OSXSAVE) || (forced && v->pv->kernel_mode),
        .xcr0 = v->xcr0,
        .version = 4 << 16 | 17,
        .machine_bits = order_of(frame_limit) + PAGE_SHIFT,
        .tsc_reliable = true,
        .tsc_emulated = v->domain->tsc.emulated,
        .tsc_mode = v->domain->tsc.mode,
        .tsc_incarnation = v->domain->tsc.incarnation,
        .tsc_offset = v->domain->tsc.offset,
        .guest_khz = guest_tsc_khz(v->domain),
        .host_khz = tsc_khz,
        .tsc_multiplier = scale.mul,
        .tsc_shift = scale.shift,
    };

    cpu_policy_cpuid(v->domain->cpu_policy, &dynamic, leaf, subleaf, out);
    return 0;
}

static const struct privileged_ops ops = {
    .fetch = fetch,
    .read_memory = read_memory,
    .write_memory = write_memory,
    .segment_base = segment_base,
    .iopl_allows = iopl_allows,
    .port_allowed = port_allowed,
    .port_owned = port_owned,
    .port_read = port_read,
    .port_write = port_write,
    .read_cr = read_cr,
    .write_cr = write_cr,
    .read_dr = read_dr,
    .write_dr = write_dr,
    .clear_ts = clear_ts,
    .read_msr = read_msr,
    .write_msr = write_msr,
    .set_xcr = set_xcr,
    .flush_cache = flush_cache,
    .read_tsc = read_tsc,
    .cpuid = query_cpuid,
};

/* INT n of a vector whose virtual gate admits it; the CPU refused it for its own gate. */
static void software_interrupt(struct vcpu *v, struct cpu_user_regs *regs,
                               const struct privileged_event *event)
{
    const struct trap_info *trap = &v->pv->traps[event->vector];
    unsigned int level = v->pv->kernel_mode ? 1 : 3;

    if (!trap->address || (trap->flags & 3) < level) {
        pv_deliver_trap(v, TRAP_GP, event->vector * 8U + 2);
        return;
    }
    regs->rip = event->next_rip;
    pv_deliver_trap(v, event->vector, 0);
}

static bool finish(struct vcpu *v, struct cpu_user_regs *regs, enum privileged_outcome outcome,
                   const struct privileged_event *event)
{
    switch (outcome) {
    case PRIVILEGED_DONE:
        if (event->single_step)
            pv_deliver_trap(v, TRAP_DB, 0);
        return true;
    case PRIVILEGED_AGAIN:
        return true;
    case PRIVILEGED_EXCEPTION:
        if (event->vector == TRAP_PF)
            pv_deliver_page_fault(v, event->cr2, event->error_code);
        else
            pv_deliver_trap(v, event->vector, event->error_code);
        return true;
    case PRIVILEGED_INTERRUPT:
        software_interrupt(v, regs, event);
        return true;
    case PRIVILEGED_REFUSED:
    default:
        return false;
    }
}

bool pv_emulate_gp(struct vcpu *v, struct cpu_user_regs *regs)
{
    enum insn_mode mode = regs->cs == RING3_CS32 ? INSN_MODE_32 : INSN_MODE_64;
    struct privileged_event event = {0};

    return finish(v, regs, privileged_emulate(&ops, v, regs, mode, v->pv->kernel_mode, &event),
                  &event);
}

bool pv_emulate_ud(struct vcpu *v, struct cpu_user_regs *regs)
{
    struct privileged_event event = {0};

    return finish(v, regs, privileged_emulate_forced(&ops, v, regs, &event), &event);
}
