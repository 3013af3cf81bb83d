/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other vCPUs than the first. (xen/vcpu.h) */
#include "micro.h"

#include <xen/vcpu.h>

#define STACK_SIZE  16384
#define MAX_STARTED 2

long vcpu_start(unsigned int id, void (*fn)(void))
{
    static page_aligned uint8_t stacks[MAX_STARTED][STACK_SIZE];
    static struct vcpu_guest_context context;
    long error;

    context = (struct vcpu_guest_context){
        .flags = VGCF_in_kernel,
        .user_regs = {.rip = (uint64_t)fn,
                      .cs = USER_CS,
                      .ss = USER_SS,
                      .rflags = FLAG_IF,
                      .rsp = (uint64_t)stacks[id % MAX_STARTED] + STACK_SIZE - 8},
        .kernel_ss = USER_SS,
        .kernel_sp = (uint64_t)stacks[id % MAX_STARTED] + STACK_SIZE,
        .ctrlreg = {[3] = root_mfn() << PAGE_SHIFT},
    };
    error = call3(__HYPERVISOR_vcpu_op, VCPUOP_initialise, id, &context);
    return error ? error : call2(__HYPERVISOR_vcpu_op, VCPUOP_up, id);
}
