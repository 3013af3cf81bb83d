/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CPU policies of this machine, as the toolstack asks for them. */
#include "domain/cpu_policy.h"

#include <stddef.h>

#include <xen/sysctl.h>

/* By XEN_SYSCTL_cpu_policy_*. */
enum { RAW, HOST, PV_MAX, HVM_MAX, PV_DEFAULT, HVM_DEFAULT, POLICIES };

_Static_assert(RAW == XEN_SYSCTL_cpu_policy_raw && HOST == XEN_SYSCTL_cpu_policy_host &&
                   PV_MAX == XEN_SYSCTL_cpu_policy_pv_max &&
                   HVM_MAX == XEN_SYSCTL_cpu_policy_hvm_max &&
                   PV_DEFAULT == XEN_SYSCTL_cpu_policy_pv_default &&
                   HVM_DEFAULT == XEN_SYSCTL_cpu_policy_hvm_default,
               "the ABI numbers the policies in another way");

static struct cpu_policy policies[POLICIES];
static bool has_hardware_guests;

void cpu_policy_system_init(cpuid_fn cpuid, uint64_t xcr0, bool hardware)
{
    has_hardware_guests = hardware;
    cpu_policy_read_raw(&policies[RAW], cpuid);
    cpu_policy_derive_host(&policies[HOST], &policies[RAW], xcr0);
    cpu_policy_derive_pv_max(&policies[PV_MAX], &policies[HOST]);
    cpu_policy_derive_pv_default(&policies[PV_DEFAULT], &policies[PV_MAX], &policies[HOST]);
    if (!hardware)
        return;
    cpu_policy_derive_hvm_max(&policies[HVM_MAX], &policies[HOST]);
    cpu_policy_derive_hvm_default(&policies[HVM_DEFAULT], &policies[HVM_MAX], &policies[HOST]);
}

const struct cpu_policy *cpu_policy_system(unsigned int index)
{
    switch (index) {
    case RAW:
    case HOST:
    case PV_MAX:
    case PV_DEFAULT:
        return &policies[index];
    case HVM_MAX:
    case HVM_DEFAULT:
        return has_hardware_guests ? &policies[index] : NULL;
    default:
        return NULL;
    }
}

const struct cpu_policy *cpu_policy_system_features(unsigned int index)
{
    switch (index) {
    case XEN_SYSCTL_cpu_featureset_raw:
        return &policies[RAW];
    case XEN_SYSCTL_cpu_featureset_host:
        return &policies[HOST];
    case XEN_SYSCTL_cpu_featureset_pv:
        return &policies[PV_DEFAULT];
    case XEN_SYSCTL_cpu_featureset_pv_max:
        return &policies[PV_MAX];
    case XEN_SYSCTL_cpu_featureset_hvm:
        return cpu_policy_system(HVM_DEFAULT);
    case XEN_SYSCTL_cpu_featureset_hvm_max:
        return cpu_policy_system(HVM_MAX);
    default:
        return NULL;
    }
}
