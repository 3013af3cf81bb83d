/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of day of a PV guest. */
#include "micro.h"

#include <xen/sched.h>

#include "start.h"

struct start_info *start_info;
struct shared_info *shared_info;

static page_aligned char shared_info_page[PAGE_SIZE];

void micro_start(struct start_info *info)
{
    start_info = info;
    shared_info = (struct shared_info *)shared_info_page;
    if (call3(__HYPERVISOR_update_va_mapping, shared_info_page, info->shared_info | PTE_DATA,
              UVMF_INVLPG))
        __builtin_trap();
    console_init(va_of_mfn(info->console.domU.mfn), info->console.domU.evtchn);
    traps_init();
    micro_run((const char *)info->cmd_line);
}
