/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of day of a PV guest, or of dom0. */
#include "micro.h"

#include <xen/domctl.h>
#include <xen/sched.h>

#include "start.h"

struct start_info *start_info;
struct shared_info *shared_info;

static page_aligned char shared_info_page[PAGE_SIZE];

/* A toolstack does this for its guests; dom0 has none. */
static void hypercall_page_fill(void)
{
    struct xen_domctl op = {
        .cmd = XEN_DOMCTL_hypercall_init,
        .interface_version = XEN_DOMCTL_INTERFACE_VERSION,
        .u.hypercall_init.gmfn = mfn_of(hypercall_page),
    };

    if (syscall_with(__HYPERVISOR_domctl, (uint64_t)&op, 0, FLAG_IF))
        __builtin_trap();
}

void micro_start(struct start_info *info)
{
    start_info = info;
    shared_info = (struct shared_info *)shared_info_page;
    if (info->flags & SIF_INITDOMAIN)
        hypercall_page_fill();
    if (call3(__HYPERVISOR_update_va_mapping, shared_info_page, info->shared_info | PTE_DATA,
              UVMF_INVLPG))
        __builtin_trap();
    if (!(info->flags & SIF_INITDOMAIN))
        console_init(va_of_mfn(info->console.domU.mfn), info->console.domU.evtchn);
    traps_init();
    micro_run((const char *)info->cmd_line);
}
