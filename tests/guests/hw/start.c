/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of day of a hardware guest. */
#include "hw.h"

#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>

#include "private.h"
#include "start.h"

#define LEAF_NAME  0x40000000
#define LEAF_CALLS 0x40000002
/* Takes letters on hypervisors that are not known. */
#define TEXT_PORT  0xe9

const struct hvm_start_info *hw_start_info;
struct shared_info *shared_info;
bool hw_on_xen;

static page_aligned char shared_info_page[PAGE_SIZE];

static uint64_t param(uint32_t index)
{
    struct xen_hvm_param op = {.domid = DOMID_SELF, .index = index};

    if (call2(__HYPERVISOR_hvm_op, HVMOP_get_param, &op))
        __builtin_trap();
    return op.value;
}

static void map_shared_info(void)
{
    struct xen_add_to_physmap op = {
        .domid = DOMID_SELF,
        .space = XENMAPSPACE_shared_info,
        .gpfn = (uint64_t)shared_info_page >> PAGE_SHIFT,
    };

    if (call2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &op))
        __builtin_trap();
    shared_info = (struct shared_info *)shared_info_page;
}

static bool on_xen(void)
{
    struct hw_cpuid r = hw_cpuid(LEAF_NAME, 0);
    uint32_t name[3] = {r.b, r.c, r.d};

    return !memcmp(name, "XenVMMXenVMM", sizeof(name));
}

/* Hypercalls, the shared page, the console. */
static void join_xen(void)
{
    __asm__ volatile("wrmsr" ::"c"(hw_cpuid(LEAF_CALLS, 0).b),
                     "a"((uint32_t)(uint64_t)hypercall_page), "d"(0)
                     : "memory");
    map_shared_info();
    console_init((void *)(param(HVM_PARAM_CONSOLE_PFN) << PAGE_SHIFT),
                 (uint32_t)param(HVM_PARAM_CONSOLE_EVTCHN));
}

void hw_start(const struct hvm_start_info *info)
{
    hw_start_info = info;
    hw_traps_init();
    hw_on_xen = on_xen();
    if (hw_on_xen)
        join_xen();
    else
        console_init_port(TEXT_PORT);
    micro_run(info->cmdline_paddr ? (const char *)info->cmdline_paddr : "");
}
