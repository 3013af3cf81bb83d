/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes from a PV guest: exceptions, SYSCALL; and the way back. */
#include "domain/context.h"
#include "lib/print.h"
#include "machine/cpu.h"
#include "machine/entry-offsets.h"
#include "machine/traps.h"
#include "pv/log_dirty.h"
#include "pv/page_table.h"
#include "pv/pv.h"
#include "schedule/softirq.h"

long (*pv_hypercall)(struct cpu_user_regs *regs);

static bool in_window(uint64_t address)
{
    return address >= DOMAIN_AREA_START && address < IMAGE_BASE;
}

/* A fault in slot 260: the CPU reads a descriptor there. Only the LDT is filled on demand. */
bool pv_window_fault(uint64_t address)
{
    struct vcpu *v = current_vcpu();
    uint64_t offset = address - pv_window(v);

    if (v->is_idle || !v->pv || offset >= WINDOW_SIZE || offset < LDT_WINDOW_OFFSET)
        return false;
    return pv_ldt_fault(v, (unsigned int)((offset - LDT_WINDOW_OFFSET) >> PAGE_SHIFT));
}

/* The CPU could not read the descriptor of a selector that the guest loads. Of an LDT that is not
 * there, or can't be used, that is a page fault where the guest has it, as on a computer of its
 * own. */
static void deliver_selector_fault(struct vcpu *v, uint64_t address)
{
    uint64_t offset = address - pv_window(v) - LDT_WINDOW_OFFSET;

    if (offset < v->pv->ldt_entries * 8UL)
        pv_deliver_page_fault(v, v->pv->ldt_base + offset, 0);
    else
        pv_deliver_trap(v, TRAP_GP, ((uint32_t)offset & 0xfff8) | 4);
}

static void page_fault(struct vcpu *v, struct cpu_user_regs *regs, uint64_t address)
{
    uint32_t error = regs->error_code;

    /* The CPU reads descriptors with its own rights; with PF_USER it is the guest that reads. */
    if (in_window(address) && !(error & PF_USER)) {
        if (!pv_window_fault(address))
            deliver_selector_fault(v, address);
        return;
    }
    if (pv_log_dirty_fault(v, address, error))
        return;
    if ((error & (PF_PRESENT | PF_WRITE)) == (PF_PRESENT | PF_WRITE) &&
        !(error & (PF_RESERVED | PF_FETCH)) && v->pv->kernel_mode &&
        pv_emulate_pte_write(v, regs, address))
        return;
    if (error & PF_RESERVED) {
        domain_crash(v->domain, "a page-table entry has reserved bits set at %#lx", address);
        return;
    }
    pv_deliver_page_fault(v, address, error);
}

static void debug_trap(struct vcpu *v, struct cpu_user_regs *regs)
{
    v->pv->dr[6] = dr6_read();
    pv_deliver_trap(v, TRAP_DB, 0);
}

void pv_exception(struct cpu_user_regs *regs, unsigned int vector)
{
    struct vcpu *v = current_vcpu();
    uint64_t address = vector == TRAP_PF ? cr2_read() : 0;

    irq_enable();
    switch (vector) {
    case TRAP_PF:
        page_fault(v, regs, address);
        break;
    case TRAP_GP:
        if (!pv_emulate_gp(v, regs))
            pv_deliver_trap(v, TRAP_GP, regs->error_code);
        break;
    case TRAP_UD:
        if (!pv_emulate_ud(v, regs))
            pv_deliver_trap(v, TRAP_UD, 0);
        break;
    case TRAP_NM: /* the guest asked for it by setting TS, and is told once */
        pv_task_switched_set(v, false);
        pv_deliver_trap(v, TRAP_NM, 0);
        break;
    case TRAP_DB:
        debug_trap(v, regs);
        break;
    case 0x80:
        /* INT 0x80 has a gate of its own; a guest without a handler gets the fault of one
         * without a gate. */
        if (v->pv->traps[0x80].address) {
            pv_deliver_trap(v, 0x80, 0);
        } else {
            regs->rip -= 2;
            pv_deliver_trap(v, TRAP_GP, 0x80 * 8 + 2);
        }
        break;
    default:
        pv_deliver_trap(v, vector, regs->error_code);
        break;
    }
}

void pv_bad_iret(struct cpu_user_regs *regs, unsigned int vector, uint32_t error, uint64_t address)
{
    struct vcpu *v = current_vcpu();

    regs->entry_vector = vector;
    if (vector == TRAP_PF)
        deliver_selector_fault(v, address);
    else
        pv_deliver_trap(v, vector, error);
}

/* From user mode: the kernel's own system-call entry, if it has one. */
static void user_syscall(struct vcpu *v, struct cpu_user_regs *regs,
                         const struct pv_callback *callback)
{
    regs->rflags &= ~EFLAGS_TF;
    if (callback->address) {
        pv_enter_kernel(v, callback->address, callback->mask_events, false, 0);
        regs->rflags &= ~EFLAGS_DF;
        return;
    }
    regs->rip -= 2;
    pv_deliver_trap(v, TRAP_UD, 0);
}

void pv_syscall(struct cpu_user_regs *regs)
{
    struct vcpu *v = current_vcpu();

    irq_enable();
    if (likely(v->pv->kernel_mode))
        regs->rax = (uint64_t)pv_hypercall(regs);
    else
        user_syscall(v, regs, &v->pv->syscall);
}

void pv_syscall_compat(struct cpu_user_regs *regs)
{
    struct vcpu *v = current_vcpu();

    irq_enable();
    user_syscall(v, regs, &v->pv->syscall32);
}

void pv_sysenter(struct cpu_user_regs *regs)
{
    struct vcpu *v = current_vcpu();

    irq_enable();
    regs->rflags &= ~(EFLAGS_NT | EFLAGS_TF);
    if (v->pv->sysenter.address)
        pv_enter_kernel(v, v->pv->sysenter.address, v->pv->sysenter.mask_events, false, 0);
    else
        pv_deliver_trap(v, TRAP_GP, 0);
}

/* SYSRET restores less than IRET, and faults in ring 0 when RIP is not canonical. */
static bool sysret_will_do(const struct cpu_user_regs *regs)
{
    return (regs->entry_vector & ENTRY_SYSCALL) &&
           (regs->cs == RING3_CS64 || regs->cs == RING3_CS32) && regs->ss == RING3_SS &&
           !(regs->rflags & (EFLAGS_TF | EFLAGS_RF | EFLAGS_VM | EFLAGS_NT)) &&
           va_canonical(regs->rip);
}

int pv_exit_work(void)
{
    struct vcpu *v = current_vcpu();
    struct cpu_user_regs *regs = guest_regs();

    for (;;) {
        irq_disable();
        if (unlikely(softirq_pending())) {
            irq_enable();
            softirq_process();
        } else if (unlikely(v->pv->selectors_due)) {
            irq_enable();
            pv_selectors_load(v);
        } else if (unlikely(v->pv->bad_selectors)) {
            irq_enable();
            pv_deliver_failsafe(v);
        } else if (unlikely(vcpu_event_due(v))) {
            irq_enable();
            pv_enter_kernel(v, v->pv->event.address, true, false, 0);
        } else {
            break;
        }
    }
    regs->rflags = (regs->rflags | EFLAGS_IF) & ~(EFLAGS_IOPL | EFLAGS_VM);
    return sysret_will_do(regs);
}

static const struct trap_hooks hooks = {
    .guest_exception = pv_exception,
    .window_fault = pv_window_fault,
    .bad_iret = pv_bad_iret,
    .syscall = pv_syscall,
    .syscall_compat = pv_syscall_compat,
    .sysenter = pv_sysenter,
    .exit_work = pv_exit_work,
};

void pv_init(void)
{
    pt_init();
    trap_hooks = &hooks;
}
