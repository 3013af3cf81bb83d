/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AMD's back end for hardware guests: SVM with nested paging (APM vol. 2, chapter 15). */
#include "hvm/svm/svm.h"

#include "lib/bits.h"
#include "machine/cpu.h"
#include "machine/percpu.h"
#include "machine/traps.h"
#include "memory/allocator.h"

#define CPUID_SVM_LEAF 0x8000000a
#define CPUID_NP       (1U << 0)
#define VM_CR_DISABLED (1ULL << 4)
#define DR7_ENABLED    0xffULL

noreturn void svm_enter(struct cpu_user_regs *regs);
uint64_t svm_prepare(void);
void svm_exited(void);

static void *io_map, *msr_map;
/* A VMCB of each CPU's own, with what of its state VMRUN does not bring back by itself. */
static uint64_t host_vmcb[MAX_CPUS];
static uint64_t tsc_ratio[MAX_CPUS]; /* what MSR_TSC_RATIO holds; 0: not known */

static struct p2m_format format = {
    .table = PTE_P | PTE_RW | PTE_US | PTE_A,
    .leaf =
        {
            [P2M_RAM] = PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D,
            [P2M_RAM_RO] = PTE_P | PTE_US | PTE_A,
            [P2M_SHARED] = PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D,
            [P2M_GRANT] = PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_NX,
            [P2M_GRANT_RO] = PTE_P | PTE_US | PTE_A | PTE_NX,
            [P2M_FOREIGN] = PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_NX,
        },
    .large = PTE_PSE,
    .dirty = PTE_D,
    .dirty_by_cpu = true,
};

static void *boot_pages(unsigned int pages)
{
    void *p = pages_alloc(order_of(pages));

    if (!p)
        panic("no memory for hardware guests");
    return p;
}

static void cpu_init(unsigned int cpu)
{
    void *save_area = boot_pages(1), *host = boot_pages(1);

    msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SVME);
    msr_write(MSR_VM_HSAVE_PA, virt_to_maddr(save_area));
    host_vmcb[cpu] = virt_to_maddr(host);
    vmsave(host_vmcb[cpu]);
}

static int vcpu_init(struct vcpu *v)
{
    struct svm_vcpu *svm = hv_alloc(sizeof(*svm));

    if (!svm)
        return -XEN_ENOMEM;
    svm->vmcb = pages_alloc(0);
    if (!svm->vmcb) {
        hv_free(svm, sizeof(*svm));
        return -XEN_ENOMEM;
    }
    vmcb_init(svm->vmcb, virt_to_maddr(io_map), virt_to_maddr(msr_map),
              virt_to_maddr(v->domain->hvm->p2m.root));
    v->hvm->state = svm;
    v->regs.rip = 0xfff0;
    v->regs.rflags = EFLAGS_FIXED;
    return 0;
}

static void vcpu_free(struct vcpu *v)
{
    struct svm_vcpu *svm = svm_of(v);

    pages_free(svm->vmcb, 0);
    hv_free(svm, sizeof(*svm));
}

/* A guest whose TSC is emulated does not read the CPU's. */
static void tsc_load(const struct vcpu *v)
{
    unsigned int cpu = this_cpu();
    uint64_t ratio = svm_tsc_ratio(&v->domain->tsc);

    vmcb_of(v)->tsc_offset = v->domain->tsc.offset;
    vmcb_want_rdtsc(vmcb_of(v), v->domain->tsc.emulated);
    if (!svm_features.tsc_ratio || v->domain->tsc.emulated || tsc_ratio[cpu] == ratio)
        return;
    msr_write(MSR_TSC_RATIO, ratio);
    tsc_ratio[cpu] = ratio;
}

static void load(struct vcpu *v)
{
    svm_of(v)->asid_given = false;
    tsc_load(v);
}

static noreturn void resume(void)
{
    svm_enter(guest_regs());
}

static void registers_get(const struct vcpu *v, struct hvm_registers *out)
{
    vmcb_registers_get(vmcb_of(v), out);
}

static int registers_set(struct vcpu *v, const struct hvm_registers *in)
{
    return vmcb_registers_set(vmcb_of(v), in);
}

static void walk_mode(const struct vcpu *v, struct walk_mode *out)
{
    const struct vmcb *vmcb = vmcb_of(v);

    *out = (struct walk_mode){vmcb->cr0, vmcb->cr3, vmcb->cr4, vmcb->efer & ~EFER_SVME};
}

static unsigned int privilege(const struct vcpu *v)
{
    return vmcb_of(v)->cpl;
}

static bool is_64bit(const struct vcpu *v)
{
    const struct vmcb *vmcb = vmcb_of(v);

    return (vmcb->efer & EFER_LMA) && (vmcb->segment[HVM_CS].attributes & 1U << 9);
}

static uint64_t linear_rip(const struct vcpu *v)
{
    if (is_64bit(v))
        return guest_regs()->rip;
    return (uint32_t)(guest_regs()->rip + vmcb_of(v)->segment[HVM_CS].base);
}

static size_t fetched(const struct vcpu *v, uint8_t bytes[HVM_INSN_MAX])
{
    return svm_fetched(vmcb_of(v), bytes);
}

static bool can_interrupt(const struct vcpu *v)
{
    return (guest_regs()->rflags & EFLAGS_IF) && !(vmcb_of(v)->shadow & VMCB_SHADOW);
}

static bool can_nmi(struct vcpu *v)
{
    return !(vmcb_of(v)->shadow & VMCB_SHADOW);
}

static void want_window(struct vcpu *v, bool want)
{
    vmcb_want_window(vmcb_of(v), want);
}

static void want_iret(struct vcpu *v, bool want)
{
    struct vmcb *vmcb = vmcb_of(v);

    if (want)
        vmcb->intercept1 |= INTERCEPT1(EXIT_IRET);
    else
        vmcb->intercept1 &= ~INTERCEPT1(EXIT_IRET);
}

static void deliver(struct vcpu *v, const struct hvm_event *event)
{
    vmcb_deliver(vmcb_of(v), event);
}

static void retired(struct vcpu *v)
{
    struct vmcb *vmcb = vmcb_of(v);

    vmcb->shadow &= ~VMCB_SHADOW;
    if (guest_regs()->rflags & EFLAGS_TF) {
        vmcb->dr6 |= 1ULL << 14;
        hvm_exception(v, TRAP_DB, false, 0);
    }
}

static void page_fault(struct vcpu *v, uint64_t linear)
{
    vmcb_of(v)->cr2 = linear;
}

static bool cr4_set(struct vcpu *v, uint64_t value)
{
    struct vmcb *vmcb = vmcb_of(v);
    uint64_t changed = vmcb->cr4 ^ value;

    vmcb->cr4 = value;
    if (changed & (CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP))
        svm_of(v)->asid_given = false; /* a new id: nothing cached */
    return true;
}

static uint64_t debug_read(const struct vcpu *v, bool dr7)
{
    return dr7 ? vmcb_of(v)->dr7 : vmcb_of(v)->dr6;
}

static void debug_write(struct vcpu *v, bool dr7, uint64_t value)
{
    *(dr7 ? &vmcb_of(v)->dr7 : &vmcb_of(v)->dr6) = value;
}

/* Long mode can't be turned on or off while paging is on. */
static bool efer_write(struct vcpu *v, uint64_t value)
{
    struct vmcb *vmcb = vmcb_of(v);

    if ((vmcb->cr0 & CR0_PG) && ((value ^ vmcb->efer) & EFER_LME))
        return false;
    vmcb->efer = (value & ~EFER_LMA) | (vmcb->efer & EFER_LMA) | EFER_SVME;
    return true;
}

static uint64_t pat_read(const struct vcpu *v)
{
    return vmcb_of(v)->pat;
}

static void pat_write(struct vcpu *v, uint64_t value)
{
    vmcb_of(v)->pat = value;
}

/* Called from assembly: what is due before the guest runs on. Returns its VMCB's address. */
uint64_t svm_prepare(void)
{
    struct vcpu *v = current_vcpu();
    const struct cpu_user_regs *regs = guest_regs();
    struct vmcb *vmcb = vmcb_of(v);

    hvm_prepare_entry(v);
    svm_asid_update(v);
    vmcb->rax = regs->rax;
    vmcb->rsp = regs->rsp;
    vmcb->rip = regs->rip;
    vmcb->rflags = regs->rflags;
    vmcb->virtual_interrupt &= ~VINTR_TPR;
    vmcb->virtual_interrupt |= v->hvm->lapic.tpr >> 4;
    if (vmcb->dr7 & DR7_ENABLED) {
        dr0_write(v->hvm->dr[0]);
        dr1_write(v->hvm->dr[1]);
        dr2_write(v->hvm->dr[2]);
        dr3_write(v->hvm->dr[3]);
    }
    return virt_to_maddr(vmcb);
}

/* CR8 is the upper half of the APIC's task priority; the guest may have written it. */
static void tpr_update(struct vcpu *v, uint64_t cr8)
{
    if (cr8 != v->hvm->lapic.tpr >> 4)
        v->hvm->lapic.tpr = (uint32_t)(cr8 << 4);
}

/* What was meant for the host goes there. Interrupts and NMIs wait for that by themselves; an
 * exception was not delivered to anybody, the exit has only taken notice of it (APM vol. 2, 15.12).
 */
static void host_exception(const struct vmcb *vmcb)
{
    if (vmcb->exit_code == EXIT_EXCEPTION + TRAP_MC)
        raise_machine_check();
}

/* Called from assembly, with interrupts held back by GIF: the guest has stopped running. */
void svm_exited(void)
{
    struct vcpu *v = current_vcpu();
    struct cpu_user_regs *regs = guest_regs();
    struct vmcb *vmcb = vmcb_of(v);

    vmload(host_vmcb[this_cpu()]);
    host_exception(vmcb);
    stgi();
    regs->rax = vmcb->rax;
    regs->rsp = vmcb->rsp;
    regs->rip = vmcb->rip;
    regs->rflags = vmcb->rflags;
    regs->cs = vmcb->segment[HVM_CS].selector;
    regs->ss = vmcb->segment[HVM_SS].selector;
    v->hvm->event = vmcb_undelivered_event(vmcb);
    tpr_update(v, vmcb->virtual_interrupt & VINTR_TPR);
    vmcb->inject = 0;
    svm_handle_exit(v, vmcb);
}

static const struct hvm_backend backend = {
    .name = "AMD SVM with nested paging",
    .p2m_format = &format,
    .cpus = svm_cpus,
    .cpu_init = cpu_init,
    .vcpu_init = vcpu_init,
    .vcpu_free = vcpu_free,
    .load = load,
    .resume = resume,
    .registers_get = registers_get,
    .registers_set = registers_set,
    .walk_mode = walk_mode,
    .privilege = privilege,
    .is_64bit = is_64bit,
    .linear_rip = linear_rip,
    .fetched = fetched,
    .can_interrupt = can_interrupt,
    .want_window = want_window,
    .can_nmi = can_nmi,
    .want_iret = want_iret,
    .deliver = deliver,
    .retired = retired,
    .page_fault = page_fault,
    .cr4_write = cr4_set,
    .efer_write = efer_write,
    .pat_read = pat_read,
    .pat_write = pat_write,
    .debug_read = debug_read,
    .debug_write = debug_write,
    .call_insn = {0x0f, 0x01, 0xd9},
};

const char *svm_find(const struct hvm_backend **found)
{
    struct cpuid_regs leaf, extended = cpuid(0x80000001, 0);
    uint64_t control = 0;

    if (!(extended.c & 1U << 2))
        return NULL;
    if (cpuid(0x80000000, 0).a < CPUID_SVM_LEAF)
        return "the CPU does not tell of its SVM";
    if (!msr_read_safe(MSR_VM_CR, &control) && (control & VM_CR_DISABLED))
        return "the firmware has switched SVM off";
    leaf = cpuid(CPUID_SVM_LEAF, 0);
    if (!(leaf.d & CPUID_NP))
        return "the CPU's SVM has no nested paging";
    svm_features = svm_features_from(leaf.d, extended.d);
    format.no_1g = !svm_features.pages_1g;
    if (svm_features.tsc_ratio)
        guest_tsc_scaling = (struct guest_tsc_scaling){SVM_TSC_WHOLE, SVM_TSC_FRACTION};
    svm_asid_init(leaf.b);
    io_map = boot_pages(4);
    msr_map = boot_pages(SVM_MSR_MAP_PAGES);
    vmcb_io_map_fill(io_map);
    vmcb_msr_map_fill(msr_map);
    *found = &backend;
    return "";
}
