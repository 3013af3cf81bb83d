/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The context of a PV vCPU, as the ABI has it: given to it, and read (public arch-x86/xen.h,
 * vcpu_guest_context). */
#include "domain/guest_ops.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/descriptors.h"
#include "machine/fpu.h"
#include "memory/frame_type.h"
#include "pv/page_table.h"
#include "pv/pv.h"

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
    pv->failsafe =
        (struct pv_callback){c->failsafe_callback_eip, c->flags & VGCF_failsafe_disables_events};
    pv->syscall =
        (struct pv_callback){c->syscall_callback_eip, c->flags & VGCF_syscall_disables_events};
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

/* What is not in the record stays: whoever gives a vCPU that has run its context back, changed in a
 * register or two, does not mean to clear its wide registers. */
static void context_fpu(struct vcpu *v, const struct vcpu_guest_context *c)
{
    if (c->flags & VGCF_I387_VALID)
        fpu_area_set_legacy(v->fpu, &c->fpu_ctxt);
    else
        fpu_area_reset(v->fpu);
}

/* A context of a vCPU that is new to its kernel, too, has no word about CR4. */
static void context_control(struct vcpu *v, const struct vcpu_guest_context *c)
{
    v->pv->task_switched = c->ctrlreg[0] & CR0_TS;
    if (c->ctrlreg[4])
        pv_cr4_set(v, c->ctrlreg[4]);
}

/* What is not one vCPU's, and comes with the first. The domain builder has cleared the shared page
 * since the time of day was put there. */
static void context_of_domain(struct domain *d, const struct vcpu_guest_context *c)
{
    __atomic_fetch_or(&d->vm_assist, (uint32_t)c->vm_assist & DOMAIN_VM_ASSISTS, __ATOMIC_RELAXED);
    domain_wallclock_update(d);
}

static void debug_registers_set(struct vcpu *v, const struct vcpu_guest_context *c)
{
    for (unsigned int i = 0; i < 8; i++)
        if (c->debugreg[i])
            (void)pv_debug_register_write(v, i, c->debugreg[i]);
}

/* The two roots of a context, each with its references; 0: none. */
struct roots {
    uint64_t kernel, user;
};

static int roots_get(struct domain *d, const struct vcpu_guest_context *c, struct roots *roots)
{
    int error = context_root(d, c->ctrlreg[3], &roots->kernel);

    if (!error && c->ctrlreg[1])
        error = context_root(d, c->ctrlreg[1], &roots->user);
    return error;
}

static void roots_put(struct domain *d, const struct roots *roots)
{
    spin_lock(&d->mm_lock);
    pv_root_put(roots->kernel);
    pv_root_put(roots->user);
    spin_unlock(&d->mm_lock);
}

static void roots_use(struct vcpu *v, const struct roots *roots)
{
    spin_lock(&v->domain->mm_lock);
    pv_set_kernel_root(v, roots->kernel);
    pv_set_user_root(v, roots->user);
    spin_unlock(&v->domain->mm_lock);
}

/* A call that will be made again: what was checked of the tables of a vCPU that has no context yet
 * stays checked meanwhile, however long it takes until all of them are. */
static int stopped(struct vcpu *v, const struct roots *roots, int error)
{
    if (error == -XEN_ERESTART && !v->initialised)
        roots_use(v, roots);
    else
        roots_put(v->domain, roots);
    return error;
}

int pv_context_set(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct roots roots = {0, 0};
    int error;

    if (!context_valid(c))
        return -XEN_EINVAL;
    error = pv_leftovers_settle(current_vcpu()); /* there is room for two roots then */
    if (error)
        return error;
    error = roots_get(v->domain, c, &roots);
    if (!error)
        error = pv_gdt_set(v, (const uint64_t *)c->gdt_frames, (unsigned int)c->gdt_ents);
    if (error)
        return stopped(v, &roots, error);
    roots_use(v, &roots);
    pv_ldt_set(v, c->ldt_base, (unsigned int)c->ldt_ents);
    context_registers(v, c);
    context_control(v, c);
    context_traps(v, c);
    context_fpu(v, c);
    debug_registers_set(v, c);
    if (v->id == 0)
        context_of_domain(v->domain, c);
    v->initialised = true;
    return 0;
}

void pv_context_get(struct vcpu *v, struct vcpu_guest_context *c)
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
