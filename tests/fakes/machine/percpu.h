/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine/percpu.h, but which CPU this is, what runs there, and what registers the guest had, is what
 * the test says. */
#ifndef FAKES_MACHINE_PERCPU_H
#define FAKES_MACHINE_PERCPU_H

#define this_cpu     real_this_cpu
#define current_vcpu real_current_vcpu
#define guest_regs   real_guest_regs
#include_next "machine/percpu.h"
#undef this_cpu
#undef current_vcpu
#undef guest_regs

extern _Thread_local unsigned int fake_cpu;
extern struct vcpu *fake_current[MAX_CPUS];
extern struct cpu_user_regs fake_regs[MAX_CPUS];

static inline uint32_t this_cpu(void)
{
    return fake_cpu;
}

static inline struct vcpu *current_vcpu(void)
{
    return fake_current[fake_cpu];
}

static inline struct cpu_user_regs *guest_regs(void)
{
    return &fake_regs[fake_cpu];
}

#endif
