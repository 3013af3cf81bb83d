/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time, and other vCPUs than the first. (xen/vcpu.h) */
#include "micro.h"

#include <xen/sched.h>
#include <xen/vcpu.h>

#define STACK_SIZE  16384
#define MAX_STARTED 2

uint64_t time_ns(void)
{
    const volatile struct vcpu_time_info *time = &shared_info->vcpu_info[0].time;
    uint64_t ticks, result;
    uint32_t version, low, high;

    do {
        version = time->version;
        __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
        ticks = ((uint64_t)high << 32 | low) - time->tsc_timestamp;
        ticks = time->tsc_shift < 0 ? ticks >> -time->tsc_shift : ticks << time->tsc_shift;
        result = time->system_time +
                 (uint64_t)((unsigned __int128)ticks * time->tsc_to_system_mul >> 32);
        __asm__ volatile("" ::: "memory");
    } while (version != time->version || (version & 1));
    return result;
}

void nap(uint64_t ns)
{
    struct sched_poll poll = {.timeout = time_ns() + ns};

    (void)call2(__HYPERVISOR_sched_op, SCHEDOP_poll, &poll);
}

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
