/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls of 32-bit code; see compat.h. */
#include "hypercall/compat.h"

#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/version.h>

#include "hvm/hvm.h"
#include "hypercall/compat_layout.h"
#include "hypercall/hvm.h"
#include "hypercall/memory_op-private.h"
#include "lib/bits.h"
#include "lib/string.h"

#define ARGS 5

/* Where in the window the frame numbers of a list are, and how many there are at most. */
#define LIST_OFFSET COMPAT_SIZE_MAX
#define LIST_MAX    1024

_Static_assert(LIST_OFFSET + LIST_MAX * sizeof(xen_pfn_t) <= HVM_WINDOW_SIZE, "room for a list");

/* The call that a CPU is at work on; it never leaves its CPU before it returns. */
static struct call {
    struct cpu_user_regs *regs; /* the guest's; NULL: there is no call */
    uint64_t args[ARGS];
} call_of[MAX_CPUS];

/* One that has its structure in argument `at` made over: called with the window's address. */
typedef long (*native_fn)(const uint64_t *args);

/* The window's structure is `layout`'s. Its list of frame numbers, if it has one, comes after it; a
 * longer one is cut short, as the count that is returned tells. */
static int widen_list(struct vcpu *v, struct xen_memory_reservation *reservation)
{
    uint64_t *list = (uint64_t *)(v->hvm->window + LIST_OFFSET);
    uint64_t from = guest_address(reservation->extent_start);
    uint32_t narrow[64];

    reservation->nr_extents = MIN(reservation->nr_extents, (xen_ulong_t)LIST_MAX);
    for (uint64_t done = 0; done < reservation->nr_extents;) {
        uint64_t count = MIN(reservation->nr_extents - done, ARRAY_SIZE(narrow));

        if (copy_from_guest(narrow, from + done * sizeof(narrow[0]), count * sizeof(narrow[0])))
            return -XEN_EFAULT;
        for (uint64_t i = 0; i < count; i++)
            list[done + i] = narrow[i];
        done += count;
    }
    reservation->extent_start.p = (xen_pfn_t *)(HVM_WINDOW + LIST_OFFSET);
    return 0;
}

static bool has_list(uint32_t op)
{
    return op == XENMEM_populate_physmap || op == XENMEM_decrease_reservation;
}

/* Makes the call with argument `at`'s structure made over, and takes back what it has written. */
static long call_widened(const struct compat_layout *layout, const uint64_t *args, unsigned int at,
                         native_fn fn, bool list)
{
    struct vcpu *v = current_vcpu();
    uint8_t there[COMPAT_SIZE_MAX];
    uint64_t widened[ARGS];
    long result;

    if (!hvm_window_make(v))
        return -XEN_ENOMEM;
    if (copy_from_guest(there, args[at], layout->there_size))
        return -XEN_EFAULT;
    compat_to_native(layout, v->hvm->window, there);
    if (list && widen_list(v, (struct xen_memory_reservation *)v->hvm->window))
        return -XEN_EFAULT;
    memcpy(widened, args, sizeof(widened));
    widened[at] = HVM_WINDOW;
    v->hvm->window_open = true;
    result = fn(widened);
    v->hvm->window_open = false;
    compat_from_native(layout, there, v->hvm->window);
    if (result >= 0 && copy_to_guest(args[at], there, layout->there_size))
        return -XEN_EFAULT;
    return result;
}

static long native_memory(const uint64_t *a)
{
    return hypercall_memory_op(a[0], a[1], 0, 0, 0);
}

/* Those whose structure is one short number, or nothing. */
static bool memory_is_plain(uint32_t op)
{
    return op == XENMEM_current_reservation || op == XENMEM_maximum_reservation ||
           op == XENMEM_maximum_gpfn || op == XENMEM_maximum_ram_page;
}

static long memory(const uint64_t *a)
{
    uint32_t op = (uint32_t)a[0] & ((1U << MEMORY_OP_BITS) - 1);
    const struct compat_layout *layout = compat_memory_layout(op);

    if (layout)
        return call_widened(layout, a, 1, native_memory, has_list(op));
    return memory_is_plain(op) ? native_memory(a) : -XEN_ENOSYS;
}

static long native_sched(const uint64_t *a)
{
    return hypercall_sched_op(a[0], a[1], 0, 0, 0);
}

static long sched(const uint64_t *a)
{
    const struct compat_layout *layout = compat_sched_layout((uint32_t)a[0]);

    return layout ? call_widened(layout, a, 1, native_sched, false) : native_sched(a);
}

static long native_vcpu(const uint64_t *a)
{
    return hypercall_vcpu_op(a[0], a[1], a[2], 0, 0);
}

static bool vcpu_is_plain(uint32_t op)
{
    return op == VCPUOP_up || op == VCPUOP_down || op == VCPUOP_is_up ||
           op == VCPUOP_set_periodic_timer || op == VCPUOP_stop_periodic_timer ||
           op == VCPUOP_stop_singleshot_timer || op == VCPUOP_register_vcpu_info;
}

static long vcpu(const uint64_t *a)
{
    const struct compat_layout *layout = compat_vcpu_layout((uint32_t)a[0]);

    if (layout)
        return call_widened(layout, a, 2, native_vcpu, false);
    return vcpu_is_plain((uint32_t)a[0]) ? native_vcpu(a) : -XEN_ENOSYS;
}

/* The only answer with a long word in it is of no use to a hardware guest. */
static long version(const uint64_t *a)
{
    if ((uint32_t)a[0] == XENVER_platform_parameters)
        return -XEN_ENOSYS;
    return hypercall_xen_version(a[0], a[1], 0, 0, 0);
}

static bool grant_is_plain(uint32_t op)
{
    return op == GNTTABOP_map_grant_ref || op == GNTTABOP_unmap_grant_ref ||
           op == GNTTABOP_query_size || op == GNTTABOP_set_version || op == GNTTABOP_get_version;
}

static long grant(const uint64_t *a)
{
    if (!grant_is_plain((uint32_t)a[0]))
        return -XEN_ENOSYS;
    return hypercall_grant_table_op(a[0], a[1], a[2], 0, 0);
}

static long event(const uint64_t *a)
{
    return hypercall_event_channel_op(a[0], a[1], 0, 0, 0);
}

static long hvm(const uint64_t *a)
{
    return hypercall_hvm_op(a[0], a[1], 0, 0, 0);
}

static long console(const uint64_t *a)
{
    return hypercall_console_io(a[0], a[1], a[2], 0, 0);
}

static long assist(const uint64_t *a)
{
    return hypercall_vm_assist(a[0], a[1], 0, 0, 0);
}

/* A number of 64 bits comes in two halves. */
static long timer(const uint64_t *a)
{
    return hypercall_set_timer_op(a[0] | a[1] << 32, 0, 0, 0, 0);
}

static const native_fn handlers[] = {
    [__HYPERVISOR_memory_op] = memory,       [__HYPERVISOR_set_timer_op] = timer,
    [__HYPERVISOR_xen_version] = version,    [__HYPERVISOR_console_io] = console,
    [__HYPERVISOR_grant_table_op] = grant,   [__HYPERVISOR_vm_assist] = assist,
    [__HYPERVISOR_vcpu_op] = vcpu,           [__HYPERVISOR_sched_op] = sched,
    [__HYPERVISOR_event_channel_op] = event, [__HYPERVISOR_hvm_op] = hvm,
};

long hypercall_compat(struct cpu_user_regs *regs)
{
    struct call *call = &call_of[this_cpu()];
    uint32_t nr = (uint32_t)regs->rax;
    long result;

    current_vcpu()->hvm->last_hypercall = nr;
    if (nr >= ARRAY_SIZE(handlers) || !handlers[nr])
        return -XEN_ENOSYS;
    *call = (struct call){regs,
                          {(uint32_t)regs->rbx, (uint32_t)regs->rcx, (uint32_t)regs->rdx,
                           (uint32_t)regs->rsi, (uint32_t)regs->rdi}};
    result = handlers[nr](call->args);
    call->regs = NULL;
    return result;
}

/* Where a structure was made over, the guest's own is meant. */
bool compat_again(unsigned int nr, unsigned int nr_args, const uint64_t *args)
{
    const struct call *call = &call_of[this_cpu()];
    struct cpu_user_regs *regs = call->regs;

    if (!regs)
        return false;
    for (unsigned int i = 0; i < nr_args && i < ARGS; i++)
        *(uint64_t *const[]){&regs->rbx, &regs->rcx, &regs->rdx, &regs->rsi, &regs->rdi}[i] =
            args[i] == HVM_WINDOW ? call->args[i] : (uint32_t)args[i];
    return true;
}
