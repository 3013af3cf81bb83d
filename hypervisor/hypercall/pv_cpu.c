/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small hypercalls about a PV vCPU's processor state: traps, stacks, segments, debug registers. */
#include "hypercall/pv.h"

#include <xen/callback.h>

#include "lib/string.h"
#include "machine/cpu.h"
#include "memory/frame_type.h"
#include "pv/log_dirty.h"
#include "pv/page_table.h"
#include "pv/pv.h"

/* a1: list that ends with an entry of address 0; NULL clears the table. */
HYPERCALL(set_trap_table)
{
    struct vcpu *v = current_vcpu();
    struct trap_info trap;

    if (!a1) {
        memset(v->pv->traps, 0, sizeof(v->pv->traps));
        return 0;
    }
    /* A table has at most one entry a vector; more could go on for ever. */
    for (unsigned int i = 0; i < 256; i++, a1 += sizeof(trap)) {
        if (get_from_guest(&trap, a1))
            return -XEN_EFAULT;
        if (!trap.address)
            return 0;
        if (!va_canonical(trap.address))
            return -XEN_EINVAL;
        trap.cs = pv_fix_selector(trap.cs);
        v->pv->traps[trap.vector] = trap;
    }
    return 0;
}

/* a1: frames, a2: entries. */
HYPERCALL(set_gdt)
{
    uint64_t frames[GDT_RESERVED_PAGE];
    uint32_t entries = (uint32_t)a2;

    if (entries > GDT_ENTRIES_GUEST)
        return -XEN_EINVAL;
    if (copy_from_guest(frames, a1, DIV_ROUND_UP(entries, 512) * sizeof(frames[0])))
        return -XEN_EFAULT;
    return pv_gdt_set(current_vcpu(), frames, entries);
}

/* a1: SS, a2: RSP. */
HYPERCALL(stack_switch)
{
    struct vcpu *v = current_vcpu();

    v->pv->kernel_ss = pv_fix_selector((uint16_t)a1);
    v->pv->kernel_sp = a2;
    return 0;
}

HYPERCALL(fpu_taskswitch)
{
    pv_task_switched_set(current_vcpu(), a1);
    return 0;
}

HYPERCALL(set_debugreg)
{
    return pv_debug_register_write(current_vcpu(), (unsigned int)MIN(a1, 8UL), a2);
}

HYPERCALL(get_debugreg)
{
    if (a1 >= 8)
        return -XEN_EINVAL;
    return (long)pv_debug_register_read(current_vcpu(), (unsigned int)a1);
}

/* a1: machine address, a2: descriptor. */
HYPERCALL(update_descriptor)
{
    struct domain *d = current_domain();
    struct page_info *page;
    uint64_t descriptor = a2;
    int error;

    if (a1 % 8 || !pv_descriptor_check(&descriptor))
        return -XEN_EINVAL;
    page = frame_get_mfn(a1 >> PAGE_SHIFT, d);
    if (!page)
        return -XEN_EINVAL;
    spin_lock(&d->mm_lock);
    if ((page->type & TYPE_MASK) == TYPE_DESCRIPTOR && (page->type & TYPE_COUNT_MASK))
        error = frame_type_get(page, TYPE_DESCRIPTOR);
    else
        error = pt_type_get(page, d, TYPE_WRITABLE);
    if (!error) {
        WRITE_ONCE(*(uint64_t *)maddr_to_virt(a1), descriptor);
        pv_note_written(d, a1 >> PAGE_SHIFT);
        frame_type_put(page);
    }
    spin_unlock(&d->mm_lock);
    frame_put(page);
    return error == -XEN_EBUSY ? -XEN_EINVAL : error;
}

/* Loads a selector into the user's GS; one that can't be loaded becomes 0, silently. Interrupts
 * stay on, since the descriptor may be in an LDT that has to be mapped first; nobody else here has
 * an eye on GS. */
static void set_user_gs_selector(uint16_t selector)
{
    swapgs();
    (void)gs_load_safe(pv_fix_selector(selector));
    swapgs();
}

/* a1: which, a2: base or selector. */
HYPERCALL(set_segment_base)
{
    if (a1 <= SEGBASE_GS_KERNEL && !va_canonical(a2))
        return -XEN_EINVAL;
    switch (a1) {
    case SEGBASE_FS:
        msr_write(MSR_FS_BASE, a2);
        return 0;
    case SEGBASE_GS_USER: /* the one that is not in use: the caller is the kernel */
        msr_write(MSR_KERNEL_GS_BASE, a2);
        return 0;
    case SEGBASE_GS_KERNEL:
        msr_write(MSR_GS_BASE, a2);
        return 0;
    case SEGBASE_GS_USER_SEL:
        set_user_gs_selector((uint16_t)a2);
        return 0;
    default:
        return -XEN_EINVAL;
    }
}

/* What a guest may register, by the ABI's type; NULL: not a thing of a 64-bit PV guest. */
static struct pv_callback *callback_slot(struct pv_vcpu *pv, uint16_t type)
{
    switch (type) {
    case CALLBACKTYPE_event:
        return &pv->event;
    case CALLBACKTYPE_failsafe:
        return &pv->failsafe;
    case CALLBACKTYPE_syscall:
        return &pv->syscall;
    case CALLBACKTYPE_syscall32:
        return &pv->syscall32;
    case CALLBACKTYPE_sysenter:
        return &pv->sysenter;
    default:
        return NULL;
    }
}

static long callback_register(uint64_t arg)
{
    struct callback_register reg;
    struct pv_callback *slot;

    if (get_from_guest(&reg, arg))
        return -XEN_EFAULT;
    slot = callback_slot(current_vcpu()->pv, reg.type);
    if (!slot)
        return -XEN_ENOSYS;
    if (!va_canonical(reg.address))
        return -XEN_EINVAL;
    *slot = (struct pv_callback){reg.address, reg.type == CALLBACKTYPE_event ||
                                                  (reg.flags & CALLBACKF_mask_events)};
    return 0;
}

static long callback_unregister(uint64_t arg)
{
    struct callback_unregister unreg;
    struct pv_callback *slot;

    if (get_from_guest(&unreg, arg))
        return -XEN_EFAULT;
    slot = callback_slot(current_vcpu()->pv, unreg.type);
    if (!slot || unreg.type == CALLBACKTYPE_event)
        return -XEN_EINVAL; /* without it no event could be delivered any more */
    slot->address = 0;
    return 0;
}

HYPERCALL(callback_op)
{
    switch (a1) {
    case CALLBACKOP_register:
        return callback_register(a2);
    case CALLBACKOP_unregister:
        return callback_unregister(a2);
    default:
        return -XEN_ENOSYS;
    }
}

/* NMIs are never delivered to guests, so there is nothing to register for. */
HYPERCALL(nmi_op)
{
    return -XEN_ENOSYS;
}
