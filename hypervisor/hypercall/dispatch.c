/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a hypercall's number to its handler, and calls that go on later. */
#include <stdarg.h>

#include "hvm/hvm.h"
#include "hypercall/compat.h"
#include "hypercall/hvm.h"
#include "hypercall/multicall.h"
#include "hypercall/pv.h"
#include "pv/pv.h"
#include "schedule/softirq.h"

#define MAX_ARGS 5

static const hypercall_fn pv_handlers[] = {
    [__HYPERVISOR_set_trap_table] = hypercall_set_trap_table,
    [__HYPERVISOR_mmu_update] = hypercall_mmu_update,
    [__HYPERVISOR_set_gdt] = hypercall_set_gdt,
    [__HYPERVISOR_stack_switch] = hypercall_stack_switch,
    [__HYPERVISOR_fpu_taskswitch] = hypercall_fpu_taskswitch,
    [__HYPERVISOR_platform_op] = hypercall_platform_op,
    [__HYPERVISOR_set_debugreg] = hypercall_set_debugreg,
    [__HYPERVISOR_get_debugreg] = hypercall_get_debugreg,
    [__HYPERVISOR_update_descriptor] = hypercall_update_descriptor,
    [__HYPERVISOR_memory_op] = hypercall_memory_op,
    [__HYPERVISOR_multicall] = hypercall_multicall,
    [__HYPERVISOR_update_va_mapping] = hypercall_update_va_mapping,
    [__HYPERVISOR_set_timer_op] = hypercall_set_timer_op,
    [__HYPERVISOR_xen_version] = hypercall_xen_version,
    [__HYPERVISOR_console_io] = hypercall_console_io,
    [__HYPERVISOR_grant_table_op] = hypercall_grant_table_op,
    [__HYPERVISOR_vm_assist] = hypercall_vm_assist,
    [__HYPERVISOR_update_va_mapping_otherdomain] = hypercall_update_va_mapping_otherdomain,
    [__HYPERVISOR_iret] = hypercall_iret,
    [__HYPERVISOR_vcpu_op] = hypercall_vcpu_op,
    [__HYPERVISOR_set_segment_base] = hypercall_set_segment_base,
    [__HYPERVISOR_mmuext_op] = hypercall_mmuext_op,
    [__HYPERVISOR_xsm_op] = hypercall_xsm_op,
    [__HYPERVISOR_nmi_op] = hypercall_nmi_op,
    [__HYPERVISOR_sched_op] = hypercall_sched_op,
    [__HYPERVISOR_callback_op] = hypercall_callback_op,
    [__HYPERVISOR_event_channel_op] = hypercall_event_channel_op,
    [__HYPERVISOR_physdev_op] = hypercall_physdev_op,
    [__HYPERVISOR_hvm_op] = hypercall_hvm_op,
    [__HYPERVISOR_sysctl] = hypercall_sysctl,
    [__HYPERVISOR_domctl] = hypercall_domctl,
    [__HYPERVISOR_dm_op] = hypercall_dm_op,
};

/* Hardware guests have tables, traps and descriptors of their own. */
static const hypercall_fn hvm_handlers[] = {
    [__HYPERVISOR_memory_op] = hypercall_memory_op,
    [__HYPERVISOR_multicall] = hypercall_multicall,
    [__HYPERVISOR_set_timer_op] = hypercall_set_timer_op,
    [__HYPERVISOR_xen_version] = hypercall_xen_version,
    [__HYPERVISOR_console_io] = hypercall_console_io,
    [__HYPERVISOR_grant_table_op] = hypercall_grant_table_op,
    [__HYPERVISOR_vm_assist] = hypercall_vm_assist,
    [__HYPERVISOR_vcpu_op] = hypercall_vcpu_op,
    [__HYPERVISOR_xsm_op] = hypercall_xsm_op,
    [__HYPERVISOR_sched_op] = hypercall_sched_op,
    [__HYPERVISOR_event_channel_op] = hypercall_event_channel_op,
    [__HYPERVISOR_hvm_op] = hypercall_hvm_op,
};

static hypercall_fn pick(const hypercall_fn *handlers, size_t count, unsigned int nr)
{
    return nr < count ? handlers[nr] : NULL;
}

/* The handler that the calling kind of guest has; the number is kept for crash reports. */
static hypercall_fn handler_of(struct vcpu *v, unsigned int nr)
{
    if (v->hvm) {
        v->hvm->last_hypercall = nr;
        return pick(hvm_handlers, ARRAY_SIZE(hvm_handlers), nr);
    }
    v->pv->last_hypercall = nr;
    return pick(pv_handlers, ARRAY_SIZE(pv_handlers), nr);
}

/* What these return is a value of the guest's, not an errno: any number may be in it. */
static bool returns_value(unsigned int nr)
{
    return nr == __HYPERVISOR_iret || nr == __HYPERVISOR_get_debugreg;
}

/* Those that may make another thing of a frame. */
static bool changes_use_of_frames(unsigned int nr)
{
    return nr == __HYPERVISOR_mmu_update || nr == __HYPERVISOR_mmuext_op ||
           nr == __HYPERVISOR_update_va_mapping ||
           nr == __HYPERVISOR_update_va_mapping_otherdomain || nr == __HYPERVISOR_set_gdt ||
           nr == __HYPERVISOR_update_descriptor;
}

/* A call that left something to be undone is being made again, or was interrupted. */
static bool undo_first(struct vcpu *v, unsigned int nr)
{
    return unlikely(pv_leftovers_due(v)) && changes_use_of_frames(nr) && pv_leftovers_settle(v);
}

long hypercall_dispatch(unsigned int nr, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                        uint64_t a5)
{
    struct vcpu *v = current_vcpu();
    hypercall_fn handler = handler_of(v, nr);
    long result;

    if (!handler)
        return -XEN_ENOSYS;
    if (undo_first(v, nr))
        return hypercall_again(nr, MAX_ARGS, a1, a2, a3, a4, a5);
    result = handler(a1, a2, a3, a4, a5);
    /* A call that met half-done work of another (a PARTIAL frame) and stopped before it changed
     * anything is made again as it was. */
    if (result == -XEN_ERESTART && !returns_value(nr))
        return hypercall_again(nr, MAX_ARGS, a1, a2, a3, a4, a5);
    return result;
}

static long from_guest(struct cpu_user_regs *regs)
{
    return hypercall_dispatch((uint32_t)regs->rax, regs->rdi, regs->rsi, regs->rdx, regs->r10,
                              regs->r8);
}

void hypercalls_init(void)
{
    pv_hypercall = from_guest;
    hvm_hypercall = from_guest;
    hvm_hypercall_compat = hypercall_compat;
}

bool hypercall_should_yield(void)
{
    struct vcpu *v = current_vcpu();

    return softirq_pending() || (!v->is_idle && vcpu_attention_due(v));
}

/* The guest is sent back to the instruction that called with the arguments changed. The value that
 * is returned goes into RAX, where the number has to be. */
long hypercall_again(unsigned int nr, unsigned int nr_args, ...)
{
    struct cpu_user_regs *regs = guest_regs();
    uint64_t *const places[MAX_ARGS] = {&regs->rdi, &regs->rsi, &regs->rdx, &regs->r10, &regs->r8};
    uint64_t args[MAX_ARGS] = {0};
    va_list list;

    va_start(list, nr_args);
    for (unsigned int i = 0; i < nr_args && i < MAX_ARGS; i++)
        args[i] = va_arg(list, uint64_t);
    va_end(list);
    if (multicall_again(nr, nr_args, args))
        return 0;
    if (!compat_again(nr, nr_args, args))
        for (unsigned int i = 0; i < nr_args && i < MAX_ARGS; i++)
            *places[i] = args[i];
    regs->rip -= current_domain()->ops->hypercall_length;
    return nr;
}

struct domain *hypercall_domain(domid_t domid, int *error)
{
    struct domain *caller = current_domain(), *d;

    if (domid == DOMID_SELF || domid == caller->domid) {
        domain_get(caller);
        return caller;
    }
    d = domain_get_by_id(domid);
    if (!d) {
        *error = -XEN_ESRCH;
        return NULL;
    }
    if (!domain_may_control(caller, d)) {
        domain_put(d);
        *error = -XEN_EPERM;
        return NULL;
    }
    return d;
}
