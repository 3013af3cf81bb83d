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
    if (cpu_features.rdtscp)
        msr_write(MSR_TSC_AUX, v->tsc_aux);
}

static noreturn void resume(void)
{
    if (current_vcpu()->pv->task_switched)
        cr0_write(cr0_read() | CR0_TS);
    resume_guest(guest_regs());
}

static void root_put(uint64_t mfn)
{
    if (!mfn)
        return;
    frame_type_put(mfn_to_page(mfn));
    frame_put(mfn_to_page(mfn));
}

int pv_set_kernel_root(struct vcpu *v, uint64_t mfn)
{
    uint64_t old = v->pv->kernel_root;

    v->pv->kernel_root = mfn;
    if (v == current_vcpu())
        tlb_switch_root(mfn << PAGE_SHIFT);
    root_put(old);
    return 0;
}

int pv_set_user_root(struct vcpu *v, uint64_t mfn)
{
    uint64_t old = v->pv->user_root;

    v->pv->user_root = mfn;
    root_put(old);
    return 0;
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
        root_put(v->pv->user_root);
        root_put(v->pv->kernel_root);
        v->pv->user_root = v->pv->kernel_root = 0;
        spin_unlock(&d->mm_lock);
    }
    return 0;
}

/* Takes the root that a context names: held, and typed. */
static int context_root(struct domain *d, uint64_t cr3, uint64_t *mfn)
{
    struct page_info *page = frame_get_mfn(cr3 >> PAGE_SHIFT, d);
    int error;

    if (!page)
        return -XEN_EINVAL;
    spin_lock(&d->mm_lock);
    error = pt_type_get(page, d, TYPE_L4);
    spin_unlock(&d->mm_lock);
    if (error) {
        frame_put(page);
        return error == -XEN_EBUSY ? -XEN_EINVAL : error;
    }
    *mfn = page_to_mfn(page);
    return 0;
}

static bool context_valid(const struct vcpu_guest_context *c)
{
    if (!va_canonical(c->user_regs.rip) || !va_canonical(c->user_regs.rsp) ||
        !va_canonical(c->kernel_sp) || !va_canonical(c->ldt_base) || !va_canonical(c->fs_base) ||
        !va_canonical(c->gs_base_kernel) || !va_canonical(c->gs_base_user) ||
        !va_canonical(c->event_callback_eip) || !va_canonical(c->failsafe_callback_eip) ||
        !va_canonical(c->syscall_callback_eip))
        return false;
    return c->gdt_ents <= GDT_ENTRIES_GUEST && c->ldt_ents <= 8192 &&
           !(c->ldt_ents && (c->ldt_base & ~PAGE_MASK)) &&
           ((c->flags & VGCF_in_kernel) || c->ctrlreg[1]);
}

static void context_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct pv_vcpu *pv = v->pv;

    v->regs = c->user_regs;
    v->regs.entry_vector = 0;
    v->regs.cs = pv_fix_selector(c->user_regs.cs);
    v->regs.ss = pv_fix_selector(c->user_regs.ss);
    v->regs.rflags = (c->user_regs.rflags | EFLAGS_IF | EFLAGS_FIXED) &
                     ~(EFLAGS_IOPL | EFLAGS_VM | EFLAGS_NT | EFLAGS_RF);
    pv->iopl = (uint32_t)(c->user_regs.rflags >> 12) & 3;
    pv->kernel_mode = c->flags & VGCF_in_kernel;
    pv->kernel_ss = pv_fix_selector((uint16_t)c->kernel_ss);
    pv->kernel_sp = c->kernel_sp;
    pv->fs_base = c->fs_base;
    pv->gs_base_kernel = c->gs_base_kernel;
    pv->gs_base_user = c->gs_base_user;
    pv->event = (struct pv_callback){c->event_callback_eip, true};
    pv->failsafe = (struct pv_callback){c->failsafe_callback_eip,
                                        c->flags & VGCF_failsafe_disables_events};
    pv->syscall = (struct pv_callback){c->syscall_callback_eip,
                                       c->flags & VGCF_syscall_disables_events};
}

static void context_traps(struct vcpu *v, const struct vcpu_guest_context *c)
{
    for (unsigned int i = 0; i < 256; i++) {
        struct trap_info trap = c->trap_ctxt[i];

        if (!va_canonical(trap.address))
            trap.address = 0;
        trap.cs = pv_fix_selector(trap.cs);
        v->pv->traps[i] = trap;
    }
}

static void context_fpu(struct vcpu *v, const struct vcpu_guest_context *c)
{
    fpu_area_reset(v->fpu);
    if (c->flags & VGCF_I387_VALID)
        memcpy(v->fpu, &c->fpu_ctxt, sizeof(c->fpu_ctxt));
}

static void debug_registers_set(struct vcpu *v, const struct vcpu_guest_context *c)
{
    for (unsigned int i = 0; i < 8; i++)
        if (c->debugreg[i])
            (void)pv_debug_register_write(v, i, c->debugreg[i]);
}

static int set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct domain *d = v->domain;
    uint64_t kernel_root, user_root = 0;
    int error;

    if (!context_valid(c))
        return -XEN_EINVAL;
    error = context_root(d, c->ctrlreg[3], &kernel_root);
    if (error)
        return error;
    if (c->ctrlreg[1])
        error = context_root(d, c->ctrlreg[1], &user_root);
    if (!error)
        error = pv_gdt_set(v, (const uint64_t *)c->gdt_frames, (unsigned int)c->gdt_ents);
    if (error) {
        spin_lock(&d->mm_lock);
        root_put(kernel_root);
        root_put(user_root);
        spin_unlock(&d->mm_lock);
        return error;
    }

    spin_lock(&d->mm_lock);
    pv_set_kernel_root(v, kernel_root);
    pv_set_user_root(v, user_root);
    spin_unlock(&d->mm_lock);
    pv_ldt_set(v, c->ldt_base, (unsigned int)c->ldt_ents);
    context_registers(v, c);
    context_traps(v, c);
    context_fpu(v, c);
    debug_registers_set(v, c);
    if (v->id == 0) /* the domain builder has cleared the shared page since it was filled */
        domain_wallclock_update(d);
    v->initialised = true;
    return 0;
}

static void get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
    const struct pv_vcpu *pv = v->pv;

    memset(c, 0, sizeof(*c));
    memcpy(&c->fpu_ctxt, v->fpu, sizeof(c->fpu_ctxt));
    c->flags = VGCF_I387_VALID | (pv->kernel_mode ? VGCF_in_kernel : 0) |
               (v->pause_flags & BIT(VCPU_DOWN) ? 0 : VGCF_online) |
               (pv->failsafe.mask_events ? VGCF_failsafe_disables_events : 0) |
               (pv->syscall.mask_events ? VGCF_syscall_disables_events : 0);
    c->user_regs = v->regs;
    c->user_regs.rflags |= (uint64_t)pv->iopl << 12;
    memcpy(c->trap_ctxt, pv->traps, sizeof(pv->traps));
    c->ldt_base = pv->ldt_base;
    c->ldt_ents = pv->ldt_entries;
    for (unsigned int i = 0; i < GDT_RESERVED_PAGE; i++)
        c->gdt_frames[i] = pv->gdt_frames[i];
    c->gdt_ents = pv->gdt_entries;
    c->kernel_ss = pv->kernel_ss;
    c->kernel_sp = pv->kernel_sp;
    c->ctrlreg[0] = CR0_PE | CR0_ET | CR0_WP | CR0_PG | (pv->task_switched ? CR0_TS : 0);
    c->ctrlreg[1] = pv->user_root << PAGE_SHIFT;
    c->ctrlreg[3] = pv->kernel_root << PAGE_SHIFT;
    c->ctrlreg[4] = pv->cr4;
    memcpy(c->debugreg, pv->dr, sizeof(pv->dr));
    c->event_callback_eip = pv->event.address;
    c->failsafe_callback_eip = pv->failsafe.address;
    c->syscall_callback_eip = pv->syscall.address;
    c->vm_assist = v->domain->vm_assist;
    c->fs_base = pv->fs_base;
    c->gs_base_kernel = pv->gs_base_kernel;
    c->gs_base_user = pv->gs_base_user;
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
    .set_context = set_context,
    .get_context = get_context,
    .grant_map = pv_grant_map,
    .grant_unmap = pv_grant_unmap,
    .grant_replace = pv_grant_replace,
    .grant_flush = pv_grant_flush,
    .show = show,
    .hypercall_length = 2, /* SYSCALL */
};
