/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel's back end for hardware guests: VMX with extended page tables and unrestricted guest (SDM
 * vol. 3, chapters 23 to 31). */
#include "hvm/vmx/vmx.h"

#include "lib/bits.h"
#include "lib/print.h"
#include "machine/cpu.h"
#include "machine/percpu.h"
#include "machine/traps.h"
#include "memory/allocator.h"

#define CPUID_VMX       (1U << 5)
#define CPUID_ARCH_CAPS (1U << 29) /* leaf 7, EDX */

#define ARCH_CAPS_PAGE_SIZE (1ULL << 6) /* "PSCHANGE_MC_NO" */

#define FEATURE_LOCKED (1ULL << 0)
#define FEATURE_VMX    (1ULL << 2) /* outside SMX */

#define BASIC_REVISION 0x7fffffffULL
#define BASIC_TRUE     (1ULL << 55) /* there are better capability MSRs, at a distance: */
#define TRUE_DISTANCE  0xc

#define DR7_ENABLED  0xffULL
#define ATTR_L       (1U << 9)
#define RFLAGS_KNOWN 0x3f7fd7ULL

noreturn void vmx_enter(struct cpu_user_regs *regs);
bool vmx_prepare(void);
void vmx_exited(void);
void vmx_refused(void);

struct vmx_cpu vmx_cpu;

static void *msr_map;
static cpumask_t usable;
static void *boot_page(void)
{
    void *p = pages_alloc(0);

    if (!p)
        panic("no memory for hardware guests");
    return p;
}

/* Its first word is the revision. */
static void revision_put(void *page)
{
    *(uint32_t *)page = vmx_cpu.revision;
}

/* False: the firmware has switched it off, and for good. */
static bool allow_vmx(void)
{
    uint64_t control;

    if (msr_read_safe(MSR_FEATURE_CONTROL, &control))
        return false;
    if (!(control & FEATURE_LOCKED))
        msr_write(MSR_FEATURE_CONTROL, control | FEATURE_LOCKED | FEATURE_VMX);
    return msr_read(MSR_FEATURE_CONTROL) & FEATURE_VMX;
}

static void cpu_init(unsigned int cpu)
{
    void *region = boot_page();

    revision_put(region);
    cr4_write(cr4_read() | CR4_VMXE);
    if (!allow_vmx() || !vmxon(virt_to_maddr(region))) {
        log_at(LOG_WARNING, "CPU %u does not run hardware guests\n", cpu);
        cr4_write(cr4_read() & ~CR4_VMXE);
        pages_free(region, 0);
        return;
    }
    vmx_host_note(cpu);
    __atomic_fetch_or(&usable, CPUMASK_OF(cpu), __ATOMIC_SEQ_CST);
}

static cpumask_t cpus(void)
{
    return usable;
}

static int vcpu_init(struct vcpu *v)
{
    struct vmx_vcpu *vmx = hv_alloc(sizeof(*vmx));
    uint64_t token;

    if (!vmx)
        return -XEN_ENOMEM;
    vmx->vmcs = pages_alloc(0);
    if (!vmx->vmcs) {
        hv_free(vmx, sizeof(*vmx));
        return -XEN_ENOMEM;
    }
    v->hvm->state = vmx;
    vmx->primary = vmx_cpu.controls[VMX_PRIMARY];
    vmx->eptp = virt_to_maddr(v->domain->hvm->p2m.root) | vmx_cpu.ept.pointer_flags;
    revision_put(vmx->vmcs);
    vmclear(virt_to_maddr(vmx->vmcs));
    token = vmx_open(v);
    vmx_state_init(v, virt_to_maddr(msr_map));
    vmx_close(v, token);
    v->regs.rip = 0xfff0;
    v->regs.rflags = EFLAGS_FIXED;
    return 0;
}

static void vcpu_free(struct vcpu *v)
{
    struct vmx_vcpu *vmx = vmx_of(v);

    pages_free(vmx->vmcs, 0);
    hv_free(vmx, sizeof(*vmx));
}

static noreturn void resume(void)
{
    vmx_enter(guest_regs());
}

/* A field of a vCPU that may not be loaded. */
static uint64_t field(const struct vcpu *v, enum vmcs_field which)
{
    uint64_t token = vmx_open(v), value = vmread(which);

    vmx_close(v, token);
    return value;
}

static void field_set(const struct vcpu *v, enum vmcs_field which, uint64_t value)
{
    uint64_t token = vmx_open(v);

    vmwrite(which, value);
    vmx_close(v, token);
}

/* The CPU goes by the privilege level of SS. */
static unsigned int privilege(const struct vcpu *v)
{
    return field(v, VMCS_GUEST_RIGHTS + 2 * 2) >> 5 & 3;
}

static bool is_64bit(const struct vcpu *v)
{
    return (field(v, VMCS_GUEST_EFER) & EFER_LMA) &&
           (vmcs_attributes((uint32_t)field(v, VMCS_GUEST_RIGHTS + 2)) & ATTR_L);
}

static uint64_t linear_rip(const struct vcpu *v)
{
    if (is_64bit(v))
        return guest_regs()->rip;
    return (uint32_t)(guest_regs()->rip + field(v, VMCS_GUEST_BASE + 2));
}

static bool blocked(const struct vcpu *v)
{
    return field(v, VMCS_GUEST_BLOCKING) & (BLOCKING_STI | BLOCKING_MOV_SS);
}

static bool can_interrupt(const struct vcpu *v)
{
    return (guest_regs()->rflags & EFLAGS_IF) && !blocked(v);
}

static void primary_set(struct vcpu *v, uint32_t bit, bool want)
{
    struct vmx_vcpu *vmx = vmx_of(v);
    uint32_t primary = want ? vmx->primary | bit : vmx->primary & ~bit;

    if (primary == vmx->primary)
        return;
    vmx->primary = primary;
    field_set(v, VMCS_PRIMARY, primary);
}

static void want_window(struct vcpu *v, bool want)
{
    primary_set(v, PRIMARY_INTERRUPT_WINDOW, want);
}

static void want_iret(struct vcpu *v, bool want)
{
    primary_set(v, PRIMARY_NMI_WINDOW, want);
}

static bool can_nmi(struct vcpu *v)
{
    if (!blocked(v))
        return true;
    want_iret(v, true);
    return false;
}

static void deliver(struct vcpu *v, const struct hvm_event *event)
{
    if (event->type == HVM_EVENT_INTERRUPT)
        want_window(v, false);
    vmwrite(VMCS_ENTRY_ERROR, event->error);
    vmwrite(VMCS_ENTRY_EVENT, vmcs_event_encode(event, vmread(VMCS_GUEST_CR0) & CR0_PE));
}

static void retired(struct vcpu *v)
{
    uint64_t blocking = vmread(VMCS_GUEST_BLOCKING);

    vmwrite(VMCS_GUEST_BLOCKING, blocking & ~(uint64_t)(BLOCKING_STI | BLOCKING_MOV_SS));
    vmwrite(VMCS_GUEST_PENDING, 0);
    if (guest_regs()->rflags & EFLAGS_TF) {
        vmx_of(v)->dr6 |= PENDING_STEP;
        hvm_exception(v, TRAP_DB, false, 0);
    }
}

static void page_fault(struct vcpu *v, uint64_t linear)
{
    vmx_of(v)->cr2 = linear;
}

static uint64_t pat_read(const struct vcpu *v)
{
    return field(v, VMCS_GUEST_PAT);
}

static void pat_write(struct vcpu *v, uint64_t value)
{
    field_set(v, VMCS_GUEST_PAT, value);
}

static uint64_t debug_read(const struct vcpu *v, bool dr7)
{
    return dr7 ? field(v, VMCS_GUEST_DR7) : vmx_of(v)->dr6;
}

static void debug_write(struct vcpu *v, bool dr7, uint64_t value)
{
    if (dr7)
        field_set(v, VMCS_GUEST_DR7, value);
    else
        vmx_of(v)->dr6 = value;
}

/* Between an instruction that holds interrupts back and the next one, a step that is due is noted
 * there, and only there (SDM vol. 3, 26.3.1.5). */
static void pending_update(uint64_t rflags)
{
    if (vmread(VMCS_GUEST_BLOCKING) & (BLOCKING_STI | BLOCKING_MOV_SS))
        vmwrite(VMCS_GUEST_PENDING, rflags & EFLAGS_TF ? PENDING_STEP : 0);
}

/* Called from assembly: what is due before the guest runs on. Returns whether its VMCS was
 * launched. */
bool vmx_prepare(void)
{
    struct vcpu *v = current_vcpu();
    struct cpu_user_regs *regs = guest_regs();
    struct vmx_vcpu *vmx = vmx_of(v);
    bool launched;

    hvm_prepare_entry(v);
    vmx_vpid_update(v);
    regs->rflags = (regs->rflags & RFLAGS_KNOWN) | EFLAGS_FIXED;
    vmwrite(VMCS_GUEST_RIP, regs->rip);
    vmwrite(VMCS_GUEST_RSP, regs->rsp);
    vmwrite(VMCS_GUEST_RFLAGS, regs->rflags);
    pending_update(regs->rflags);
    cr2_write(vmx->cr2);
    if (vmread(VMCS_GUEST_DR7) & DR7_ENABLED) {
        dr0_write(v->hvm->dr[0]);
        dr1_write(v->hvm->dr[1]);
        dr2_write(v->hvm->dr[2]);
        dr3_write(v->hvm->dr[3]);
    }
    launched = vmx->launched;
    vmx->launched = true;
    return launched;
}

/* An NMI that was on its way has not come: the guest may get it (again). */
static struct hvm_event undelivered(void)
{
    struct hvm_event event =
        vmcs_undelivered((uint32_t)vmread(VMCS_VECTORING), (uint32_t)vmread(VMCS_VECTORING_ERROR));

    if (event.type == HVM_EVENT_NMI)
        vmwrite(VMCS_GUEST_BLOCKING, vmread(VMCS_GUEST_BLOCKING) & ~(uint64_t)BLOCKING_NMI);
    return event;
}

/* Called from assembly, with interrupts off: the guest has stopped running. */
void vmx_exited(void)
{
    struct vcpu *v = current_vcpu();
    struct cpu_user_regs *regs = guest_regs();
    uint32_t reason = (uint32_t)vmread(VMCS_EXIT_REASON);

    vmx_of(v)->cr2 = cr2_read();
    vmx_host_exception(reason);
    regs->rip = vmread(VMCS_GUEST_RIP);
    regs->rsp = vmread(VMCS_GUEST_RSP);
    regs->rflags = vmread(VMCS_GUEST_RFLAGS);
    regs->cs = (uint16_t)vmread(VMCS_GUEST_SELECTOR + 2);
    regs->ss = (uint16_t)vmread(VMCS_GUEST_SELECTOR + 4);
    v->hvm->event = undelivered();
    irq_enable();
    vmx_handle_exit(v, reason);
}

/* Called from assembly, with interrupts off: VMLAUNCH or VMRESUME is not possible at all. */
void vmx_refused(void)
{
    struct vcpu *v = current_vcpu();

    vmx_of(v)->launched = false;
    irq_enable();
    domain_crash(v->domain, "the CPU does not enter it (error %lu)",
                 vmread(VMCS_INSTRUCTION_ERROR));
}

static const struct hvm_backend backend = {
    .name = "Intel VMX with extended page tables",
    .p2m_format = &vmx_cpu.ept.format,
    .cpus = cpus,
    .cpu_init = cpu_init,
    .vcpu_init = vcpu_init,
    .vcpu_free = vcpu_free,
    .save = vmx_save,
    .load = vmx_load,
    .resume = resume,
    .registers_get = vmx_registers_get,
    .registers_set = vmx_registers_set,
    .walk_mode = vmx_walk_mode,
    .privilege = privilege,
    .is_64bit = is_64bit,
    .linear_rip = linear_rip,
    .can_interrupt = can_interrupt,
    .want_window = want_window,
    .can_nmi = can_nmi,
    .want_iret = want_iret,
    .deliver = deliver,
    .retired = retired,
    .page_fault = page_fault,
    .cr4_write = vmx_cr4_write,
    .efer_write = vmx_efer_write,
    .pat_read = pat_read,
    .pat_write = pat_write,
    .debug_read = debug_read,
    .debug_write = debug_write,
    .call_insn = {0x0f, 0x01, 0xc1},
};

static void capabilities_read(struct vmx_capabilities *caps, uint64_t basic)
{
    uint32_t first = MSR_VMX_PIN + (basic & BASIC_TRUE ? TRUE_DISTANCE : 0);

    for (unsigned int word = VMX_PIN; word <= VMX_ENTRY; word++)
        caps->word[word] = msr_read(first + word);
    caps->word[VMX_SECONDARY] = 0;
    if (caps->word[VMX_PRIMARY] >> 32 & PRIMARY_SECONDARY)
        caps->word[VMX_SECONDARY] = msr_read(MSR_VMX_SECONDARY);
}

/* On most CPUs before 2019 a guest that makes two sizes of one page out of a large mapping of ours,
 * and runs code there, stops the machine (Intel's advisory SA-00210). Those that can't say so of
 * themselves. */
static bool large_mappings_harm(void)
{
    if (cpuid(0, 0).a < 7 || !(cpuid(7, 0).d & CPUID_ARCH_CAPS))
        return true;
    return !(msr_read(MSR_ARCH_CAPS) & ARCH_CAPS_PAGE_SIZE);
}

const char *vmx_find(const struct hvm_backend **found)
{
    struct vmx_capabilities caps;
    const char *why;
    uint64_t basic;

    if (!(cpuid(1, 0).c & CPUID_VMX))
        return NULL;
    if (!allow_vmx())
        return "the firmware has switched VMX off";
    basic = msr_read(MSR_VMX_BASIC);
    capabilities_read(&caps, basic);
    why = vmx_controls_choose(&caps, vmx_cpu.controls);
    if (!why)
        why = vmx_ept_choose(msr_read(MSR_VMX_EPT_VPID), &vmx_cpu.ept);
    if (why)
        return why;
    vmx_cpu.ept.format.small_only = large_mappings_harm();
    vmx_cpu.revision = (uint32_t)(basic & BASIC_REVISION);
    /* Unrestricted guests may have these off, whatever the register says. */
    vmx_cpu.cr0_fixed = msr_read(MSR_VMX_CR0_FIXED0) & ~(CR0_PE | CR0_PG);
    vmx_cpu.cr4_fixed = msr_read(MSR_VMX_CR4_FIXED0);
    if (vmx_cpu.controls[VMX_SECONDARY] & SECONDARY_TSC_SCALING)
        guest_tsc_scaling = (struct guest_tsc_scaling){VMX_TSC_WHOLE, VMX_TSC_FRACTION};
    msr_map = boot_page();
    vmcs_msr_map_fill(msr_map);
    *found = &backend;
    return "";
}
