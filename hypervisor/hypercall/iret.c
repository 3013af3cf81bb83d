/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_iret: a PV kernel goes back to what was interrupted (struct iret_context). */
#include "hypercall/pv.h"
#include "machine/cpu.h"
#include "machine/entry-offsets.h"
#include "pv/pv.h"

HYPERCALL(iret)
{
    struct vcpu *v = current_vcpu();
    struct cpu_user_regs *regs = guest_regs();
    struct iret_context frame;

    if (get_from_guest(&frame, regs->rsp)) {
        domain_crash(v->domain, "iret: its stack at %#lx can't be read", regs->rsp);
        return 0;
    }
    if ((frame.cs & 3) == 3) { /* to user mode */
        if (!v->pv->user_root) {
            domain_crash(v->domain, "iret to user mode without a user page table");
            return 0;
        }
        pv_toggle_mode(v);
    }
    regs->rip = frame.rip;
    regs->cs = (uint16_t)frame.cs | 3;
    regs->rflags = ((frame.rflags & ~(EFLAGS_IOPL | EFLAGS_VM)) | EFLAGS_IF | EFLAGS_FIXED);
    regs->rsp = frame.rsp;
    regs->ss = (uint16_t)frame.ss | 3;
    if (!(frame.flags & VGCF_in_syscall)) {
        regs->entry_vector &= ~ENTRY_SYSCALL;
        regs->r11 = frame.r11;
        regs->rcx = frame.rcx;
    }
    WRITE_ONCE(v->info->evtchn_upcall_mask, !(frame.rflags & EFLAGS_IF));
    return (long)frame.rax; /* what the dispatcher puts into RAX */
}
