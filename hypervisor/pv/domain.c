/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PV domains and vCPUs as kinds of guests: made, loaded, given a context, taken down. */
#include "domain/cpu_policy.h"
#include "domain/guest_ops.h"
#include "lib/bits.h"
#include "lib/print.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/cpu_features.h"
#include "machine/descriptors.h"
#include "machine/fixup.h"
#include "machine/fpu.h"
#include "machine/stack.h"
#include "machine/traps.h"
#include "memory/allocator.h"
#include "memory/flush.h"
#include "memory/frame_type.h"
#include "memory/map.h"
#include "pv/grant_pte.h"
#include "pv/log_dirty.h"
#include "pv/page_table.h"
#include "pv/pv.h"

static void area_free(struct pv_domain *pv)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(pv->area_l1); i++)
        pages_free(pv->area_l1[i], 0);
    pages_free(pv->area_l2, 0);
    pages_free(pv->area_l3, 0);
}

static void domain_free(struct domain *d)
{
    area_free(d->pv);
    hv_free(d->pv, sizeof(*d->pv));
    d->pv = NULL;
}

static int domain_init(struct domain *d)
{
    struct pv_domain *pv;

    if (d->max_vcpus > PV_MAX_VCPUS)
        return -XEN_EINVAL;
    pv = hv_alloc(sizeof(*pv));
    if (!pv)
        return -XEN_ENOMEM;
    d->pv = pv;
    pv->area_l3 = pages_alloc(0);
    pv->area_l2 = pages_alloc(0);
    if (!pv->area_l3 || !pv->area_l2)
        return -XEN_ENOMEM; /* domain_create frees what there is */
    pv->area_l3[pt_index(DOMAIN_AREA_START, 3)] = virt_to_maddr(pv->area_l2) | MAP_TABLE;
    return 0;
}

/* The L1 table of the vCPU's window is shared by its neighbours and lives with the domain. */
static int window_init(struct vcpu *v)
{
    struct pv_domain *pv = v->domain->pv;
    unsigned int i = v->id / WINDOWS_PER_TABLE;

    if (!pv->area_l1[i]) {
        pte_t *table = pages_alloc(0);

        if (!table)
            return -XEN_ENOMEM;
        pv->area_l1[i] = table;
        pv->area_l2[pt_index(pv_window(v), 2)] = virt_to_maddr(table) | MAP_TABLE;
    }
    return 0;
}

static int vcpu_init(struct vcpu *v)
{
    if (window_init(v))
        return -XEN_ENOMEM;
    v->pv = hv_alloc(sizeof(*v->pv));
    if (!v->pv)
        return -XEN_ENOMEM;
    v->pv->kernel_mode = true;
    v->pv->dr[6] = 0xffff0ff0;
    v->pv->dr[7] = 0x400;
    v->pv->cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    return 0;
}

static void vcpu_free(struct vcpu *v)
{
    hv_free(v->pv, sizeof(*v->pv));
}

void pv_load_root(struct vcpu *v)
{
    uint64_t root = v->pv->kernel_mode ? v->pv->kernel_root : v->pv->user_root;

    cr3_write(root << PAGE_SHIFT);
}

static void save(struct vcpu *v)
{
    if (v->pv->task_switched) /* the hypervisor is about to save the FPU */
        cr0_write(cr0_read() & ~CR0_TS);
    pv_segments_save(v);
    if (cpu_features.rdtscp)
        v->tsc_aux = (uint32_t)msr_read(MSR_TSC_AUX);
}

/* RDTSC of a guest whose TSC is not the machine's comes to pv/privileged.c as a fault. */
static void tsc_trap(bool want)
{
    uint64_t cr4 = cr4_read();

    if (!!(cr4 & CR4_TSD) != want)
        cr4_write(cr4 ^ CR4_TSD);
}

static void load(struct vcpu *v)
{
    unsigned int cpu = this_cpu();
    uint64_t root = v->pv->kernel_mode ? v->pv->kernel_root : v->pv->user_root;

    /* The hypervisor's page of the GDT is this CPU's: its TSS and LDT differ. */
    WRITE_ONCE(pv_window_entries(v)[GDT_RESERVED_PAGE], pte_make(gdt_page_mfn(cpu), MAP_RW));
    tlb_switch_root(root << PAGE_SHIFT);
    gdt_use_window(cpu, pv_window(v));
    ldt_use(cpu, pv_window(v) + LDT_WINDOW_OFFSET, v->pv->ldt_entries);
    pv_segments_load(v);
    tsc_trap(v->domain->tsc.emulated);
    if (cpu_features.rdtscp)
        msr_write(MSR_TSC_AUX, v->tsc_aux);
}

static noreturn void resume(void)
{
    if (current_vcpu()->pv->task_switched)
        cr0_write(cr0_read() | CR0_TS);
    resume_guest(guest_regs());
}

void pv_root_put(uint64_t mfn)
{
    if (mfn)
        pv_table_put(mfn_to_page(mfn));
}

void pv_set_kernel_root(struct vcpu *v, uint64_t mfn)
{
    uint64_t old = v->pv->kernel_root;

    v->pv->kernel_root = mfn;
    if (v == current_vcpu())
        tlb_switch_root(mfn << PAGE_SHIFT);
    pv_root_put(old);
}

void pv_set_user_root(struct vcpu *v, uint64_t mfn)
{
    uint64_t old = v->pv->user_root;

    v->pv->user_root = mfn;
    pv_root_put(old);
}

/* What is left of a root, the domain's other frames are taken apart with. */
static void root_abandon(uint64_t *mfn)
{
    if (*mfn)
        frame_put_and_type(mfn_to_page(*mfn));
    *mfn = 0;
}

static int relinquish(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu(d, v) {
        if (!v->pv)
            continue;
        spin_lock(&d->mm_lock);
        pv_gdt_clear(v);
        spin_unlock(&d->mm_lock);
        pv_ldt_unmap(v);
        v->pv->ldt_entries = 0;
        spin_lock(&d->mm_lock);
        root_abandon(&v->pv->user_root);
        root_abandon(&v->pv->kernel_root);
        spin_unlock(&d->mm_lock);
        pv_leftovers_forget(v);
    }
    return 0;
}

static void show(const struct vcpu *v)
{
    const struct cpu_user_regs *regs = v == current_vcpu() ? guest_regs() : &v->regs;
    uint64_t stack[16];

    printk("vCPU %u, %s mode, last hypercall %u, kernel root %#lx, user root %#lx\n", v->id,
           v->pv->kernel_mode ? "kernel" : "user", v->pv->last_hypercall, v->pv->kernel_root,
           v->pv->user_root);
    registers_show(regs);
    if (v != current_vcpu() || regs->rsp - HV_START < HV_END - HV_START ||
        copy_faultable(stack, (const void *)regs->rsp, sizeof(stack)))
        return;
    printk("stack:\n");
    for (unsigned int i = 0; i < ARRAY_SIZE(stack); i += 4)
        printk("  %016lx %016lx %016lx %016lx\n", stack[i], stack[i + 1], stack[i + 2],
               stack[i + 3]);
}

const struct guest_ops pv_guest_ops = {
    .domain_init = domain_init,
    .domain_free = domain_free,
    .vcpu_init = vcpu_init,
    .vcpu_free = vcpu_free,
    .relinquish = relinquish,
    .save = save,
    .load = load,
    .resume = resume,
    .set_context = pv_context_set,
    .get_context = pv_context_get,
    .grant_map = pv_grant_map,
    .grant_unmap = pv_grant_unmap,
    .grant_replace = pv_grant_replace,
    .grant_flush = pv_grant_flush,
    .frame_written = pv_frame_written,
    .written_at = pv_written_at,
    .show = show,
    .hypercall_length = 2, /* SYSCALL */
};
