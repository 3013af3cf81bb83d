/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a number to its handler, and which results mean that a call is to be made again. */
#include "check.h"

#include "hvm/hvm.h"
#include "hypercall/compat.h"
#include "hypercall/multicall.h"
#include "hypercall/hvm.h"
#include "hypercall/pv.h"
#include "lib/errno.h"
#include "machine/machine.h"
#include "pv/pv.h"
#include "schedule/softirq.h"

static long result;
static unsigned int again, calls;
static bool to_undo;

/* All handlers give what the test says. */
#define HANDLER(name)  \
    HYPERCALL(name)    \
    {                  \
        calls++;       \
        return result; \
    }

HANDLER(set_trap_table)
HANDLER(mmu_update)
HANDLER(set_gdt)
HANDLER(stack_switch)
HANDLER(fpu_taskswitch)
HANDLER(platform_op)
HANDLER(set_debugreg)
HANDLER(get_debugreg)
HANDLER(update_descriptor)
HANDLER(memory_op)
HANDLER(multicall)
HANDLER(update_va_mapping)
HANDLER(set_timer_op)
HANDLER(xen_version)
HANDLER(console_io)
HANDLER(grant_table_op)
HANDLER(vm_assist)
HANDLER(update_va_mapping_otherdomain)
HANDLER(iret)
HANDLER(vcpu_op)
HANDLER(set_segment_base)
HANDLER(mmuext_op)
HANDLER(xsm_op)
HANDLER(nmi_op)
HANDLER(sched_op)
HANDLER(callback_op)
HANDLER(event_channel_op)
HANDLER(physdev_op)
HANDLER(sysctl)
HANDLER(domctl)
HANDLER(hvm_op)
HANDLER(dm_op)

long (*pv_hypercall)(struct cpu_user_regs *regs);
long (*hvm_hypercall)(struct cpu_user_regs *regs);
long (*hvm_hypercall_compat)(struct cpu_user_regs *regs);

long hypercall_compat(struct cpu_user_regs *regs)
{
    return 0;
}

bool compat_again(unsigned int nr, unsigned int nr_args, const uint64_t *args)
{
    return false;
}

bool softirq_pending(void)
{
    return false;
}

bool pv_leftovers_due(const struct vcpu *v)
{
    return to_undo;
}

int pv_leftovers_settle(struct vcpu *v)
{
    return to_undo ? -XEN_ERESTART : 0;
}

bool vcpu_attention_due(const struct vcpu *v)
{
    return false;
}

struct domain *domain_get_by_id(domid_t domid)
{
    return NULL;
}

void domain_get(struct domain *d)
{
}

void domain_put(struct domain *d)
{
}

/* As if it were always an entry of a list that is at work. */
bool multicall_again(unsigned int nr, unsigned int nr_args, const uint64_t *args)
{
    again = nr;
    return true;
}

static long call(unsigned int nr, long gives)
{
    again = 0;
    result = gives;
    return hypercall_dispatch(nr, 1, 2, 3, 4, 5);
}

static void test_numbers(void)
{
    CHECK_EQ(call(__HYPERVISOR_mmu_update, 7), 7);
    CHECK_EQ(call(__HYPERVISOR_domctl, -5), -5);
    CHECK_EQ(call(11, 7), -XEN_ENOSYS);
    CHECK_EQ(call(43, 7), -XEN_ENOSYS);
    CHECK_EQ(call(UINT32_MAX, 7), -XEN_ENOSYS);
    CHECK_EQ(again, 0);
}

static void test_again(void)
{
    CHECK_EQ(call(__HYPERVISOR_set_gdt, -XEN_ERESTART), 0);
    CHECK_EQ(again, __HYPERVISOR_set_gdt);
}

/* The guest's own RAX and debug registers may hold just that number. */
static void test_values(void)
{
    CHECK_EQ(call(__HYPERVISOR_iret, -XEN_ERESTART), -XEN_ERESTART);
    CHECK_EQ(again, 0);
    CHECK_EQ(call(__HYPERVISOR_get_debugreg, -XEN_ERESTART), -XEN_ERESTART);
    CHECK_EQ(again, 0);
}

/* While something is to be undone, no frame becomes another thing; all else goes on. */
static void test_undo_first(void)
{
    static const unsigned int wait[] = {
        __HYPERVISOR_mmu_update,        __HYPERVISOR_mmuext_op,
        __HYPERVISOR_update_va_mapping, __HYPERVISOR_update_va_mapping_otherdomain,
        __HYPERVISOR_set_gdt,           __HYPERVISOR_update_descriptor,
    };

    for (size_t n = 0; n < sizeof(wait) / sizeof(wait[0]); n++) {
        to_undo = true;
        calls = 0;
        CHECK_EQ(call(wait[n], 7), 0);
        CHECK_EQ(again, wait[n]);
        CHECK_EQ(calls, 0);
        CHECK_EQ(call(__HYPERVISOR_iret, 7), 7);
        CHECK_EQ(call(__HYPERVISOR_event_channel_op, 7), 7);
        to_undo = false;
        CHECK_EQ(call(wait[n], 7), 7);
        CHECK_EQ(calls, 3);
    }
}

int main(void)
{
    static struct pv_vcpu pv;
    static struct vcpu vcpu = {.pv = &pv};

    fake_machine_init(1);
    fake_current[0] = &vcpu;
    RUN(test_numbers);
    RUN(test_again);
    RUN(test_values);
    RUN(test_undo_first);
    return check_done();
}
