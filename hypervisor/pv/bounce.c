/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entering a guest's kernel: the frame on its stack, as the ABI lays it out.
 *
 *   ascending:  RCX  R11  [error code]  RIP  CS | saved upcall mask << 32  RFLAGS  RSP  SS
 *
 * From user mode the frame goes on the kernel's stack; from kernel mode below the current one, and
 * the CS in it has RPL 0, by which the kernel knows. (xen-x86_64.h; Linux xen-asm.S pops RCX and
 * R11 first.) */
#include "domain/guest_copy.h"
#include "lib/bits.h"
#include "machine/cpu.h"
#include "machine/entry-offsets.h"
#include "machine/traps.h"
#include "pv/pv.h"

#define STACK_ALIGN 16UL

/* RFLAGS as the guest is to see them: its own interrupt flag, its own IOPL or none. */
static uint64_t virtual_flags(const struct vcpu *v, uint64_t rflags)
{
    bool architectural = v->domain->vm_assist & BIT(VMASST_TYPE_architectural_iopl);

    rflags &= ~(EFLAGS_IF | EFLAGS_IOPL);
    if (!v->info->evtchn_upcall_mask)
        rflags |= EFLAGS_IF;
    if (architectural)
        rflags |= (uint64_t)v->pv->iopl << 12;
    return rflags;
}

/* Changes to kernel mode; returns where the frame begins to grow down from. */
static uint64_t kernel_stack(struct vcpu *v, const struct cpu_user_regs *regs)
{
    uint64_t sp = regs->rsp;

    if (!v->pv->kernel_mode) {
        pv_toggle_mode(v);
        vcpu_publish_late(v);
        sp = v->pv->kernel_sp;
    }
    return sp & ~(STACK_ALIGN - 1);
}

/* The part of a frame that all entries share: rip, cs and mask, rflags, rsp, ss. */
static void frame_tail(const struct vcpu *v, const struct cpu_user_regs *regs, bool was_kernel,
                       uint64_t tail[5])
{
    tail[0] = regs->rip;
    tail[1] = (was_kernel ? regs->cs & ~3U : regs->cs) |
              (uint64_t)v->info->evtchn_upcall_mask << 32;
    tail[2] = virtual_flags(v, regs->rflags);
    tail[3] = regs->rsp;
    tail[4] = regs->ss;
}

static void enter_at(struct vcpu *v, struct cpu_user_regs *regs, uint64_t sp, uint64_t handler,
                     bool mask_events)
{
    regs->rip = handler;
    regs->cs = RING3_CS64;
    regs->ss = RING3_SS;
    regs->rsp = sp;
    regs->rflags &= ~(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM | EFLAGS_AC);
    regs->entry_vector |= ENTRY_SYSCALL; /* RCX and R11 are in the frame: SYSRET will do */
    if (mask_events)
        WRITE_ONCE(v->info->evtchn_upcall_mask, 1);
}

static bool push(struct vcpu *v, uint64_t *sp, const uint64_t *words, unsigned int count)
{
    *sp -= count * sizeof(*words);
    if (!copy_to_guest(*sp, words, count * sizeof(*words)))
        return true;
    domain_crash(v->domain, "no room for an exception frame on its kernel stack at %#lx", *sp);
    return false;
}

void pv_enter_kernel(struct vcpu *v, uint64_t handler, bool mask_events, bool with_error,
                     uint32_t error)
{
    struct cpu_user_regs *regs = guest_regs();
    bool was_kernel = v->pv->kernel_mode;
    uint64_t frame[8], sp;
    unsigned int n = 0;

    if (!handler) {
        domain_crash(v->domain, "it has no handler for what happened (vector %u)",
                     regs->entry_vector & 0xff);
        return;
    }
    sp = kernel_stack(v, regs);
    frame[n++] = regs->rcx;
    frame[n++] = regs->r11;
    if (with_error)
        frame[n++] = error;
    frame_tail(v, regs, was_kernel, &frame[n]);
    n += 5;
    if (push(v, &sp, frame, n))
        enter_at(v, regs, sp, handler, mask_events);
}

static bool has_error_code(unsigned int vector)
{
    return vector == TRAP_DF || (vector >= TRAP_TS && vector <= TRAP_PF) || vector == TRAP_AC ||
           vector == 21;
}

void pv_deliver_trap(struct vcpu *v, unsigned int vector, uint32_t error)
{
    const struct trap_info *trap = &v->pv->traps[vector];

    if (!trap->address)
        guest_regs()->entry_vector = vector; /* for the report */
    pv_enter_kernel(v, trap->address, trap->flags & 4, has_error_code(vector), error);
}

void pv_deliver_page_fault(struct vcpu *v, uint64_t address, uint32_t error)
{
    /* The CPU always reports ring 3; which of the two modes it was, is ours to say. */
    error = v->pv->kernel_mode ? error & ~PF_USER : error | PF_USER;
    v->info->arch.cr2 = address;
    pv_deliver_trap(v, TRAP_PF, error);
}

void pv_deliver_failsafe(struct vcpu *v)
{
    struct cpu_user_regs *regs = guest_regs();
    unsigned int bad = v->pv->bad_selectors;
    bool was_kernel = v->pv->kernel_mode;
    uint64_t frame[11], sp;

    v->pv->bad_selectors = 0;
    if (!v->pv->failsafe.address) {
        domain_crash(v->domain, "a segment could not be loaded and it has no failsafe callback");
        return;
    }
    sp = kernel_stack(v, regs);
    frame[0] = regs->rcx;
    frame[1] = regs->r11;
    frame[2] = bad & BAD_DS ? 0 : regs->ds;
    frame[3] = bad & BAD_ES ? 0 : regs->es;
    frame[4] = bad & BAD_FS ? 0 : regs->fs;
    frame[5] = bad & BAD_GS ? 0 : regs->gs;
    frame_tail(v, regs, was_kernel, &frame[6]);
    if (push(v, &sp, frame, ARRAY_SIZE(frame)))
        enter_at(v, regs, sp, v->pv->failsafe.address, v->pv->failsafe.mask_events);
}
