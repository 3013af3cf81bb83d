/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What CPUID (and two MSRs that belong with it) tell: of this machine, at most to a guest, by
 * default to a guest, and to one guest.
 *
 *   raw         what the CPU says
 *   host        of that, what the hypervisor knows and can let others use
 *   PV max      of that, what a PV guest may be given if the toolstack asks for it
 *   PV default  of that, what it is given if nobody asks for anything
 *   HVM max, HVM default: the same for hardware guests; only when the machine can have any
 *   a domain's  begins as the default; the toolstack may replace it before the domain runs
 *
 * A policy is plain data: leaves as the CPU would give them, without what depends on the vCPU that
 * asks. None of this code allocates, locks, or touches the CPU, other than through cpuid_fn.
 */
#ifndef DOMAIN_CPU_POLICY_H
#define DOMAIN_CPU_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/arch-x86/cpufeatureset.h>

/* How many leaves of each kind a policy has room for: the ABI's serialised form has as many. */
#define CPU_POLICY_BASIC    0xe
#define CPU_POLICY_CACHE    6
#define CPU_POLICY_FEATURES 3
#define CPU_POLICY_TOPOLOGY 2
#define CPU_POLICY_XSTATE   63
#define CPU_POLICY_EXTENDED 0x22

/* The most that cpu_policy_leaves() and cpu_policy_msrs() write: what a size query is told. */
#define CPU_POLICY_MAX_LEAVES                                                                      \
    (CPU_POLICY_BASIC + CPU_POLICY_CACHE - 1 + CPU_POLICY_FEATURES - 1 + CPU_POLICY_TOPOLOGY - 1 + \
     CPU_POLICY_XSTATE - 1 + CPU_POLICY_EXTENDED + 2)
#define CPU_POLICY_MAX_MSRS 2

/* 32-bit words of a featureset: bit n of word w is feature w * 32 + n of enum XEN_X86_FEATURE_*. */
#define CPU_POLICY_WORDS 19

struct cpuid_leaf {
    uint32_t a, b, c, d;
};

/* Reads one leaf of the CPU that it runs on. */
typedef void (*cpuid_fn)(uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out);

struct cpu_policy {
    /* [0].a and [leaf 0x80000000].a are the highest leaves; leaves with subleaves stay 0 here. */
    struct cpuid_leaf basic[CPU_POLICY_BASIC];
    struct cpuid_leaf cache[CPU_POLICY_CACHE];       /* leaf 4 */
    struct cpuid_leaf features[CPU_POLICY_FEATURES]; /* leaf 7; [0].a is the highest subleaf */
    struct cpuid_leaf topology[CPU_POLICY_TOPOLOGY]; /* leaf 0xb */
    struct cpuid_leaf xstate[CPU_POLICY_XSTATE];     /* leaf 0xd */
    struct cpuid_leaf extended[CPU_POLICY_EXTENDED]; /* leaves 0x80000000 and up */
    uint32_t arch_caps[2];  /* MSR 0x10a ARCH_CAPABILITIES, low half first */
    uint32_t platform_info; /* MSR 0xce PLATFORM_INFO: bit 31 says CPUID can be made to fault */
    uint8_t xen_limit;      /* highest of the leaves at 0x40000000, as an offset; 0: the usual */
    uint8_t viridian_limit; /* the same at 0x40000100; for the toolstack to read back */
};

enum cpu_vendor {
    CPU_VENDOR_OTHER,
    CPU_VENDOR_INTEL,
    CPU_VENDOR_AMD,
    CPU_VENDOR_HYGON,
};

/* The vendor that leaf 0 names. */
enum cpu_vendor cpu_policy_vendor(const struct cpu_policy *policy);

/* Is XEN_X86_FEATURE_* `feature` there? */
bool cpu_policy_has(const struct cpu_policy *policy, unsigned int feature);

/* Adds a feature, or takes it away, without a look at what depends on it. */
void cpu_policy_set(struct cpu_policy *policy, unsigned int feature, bool present);

/* All feature words, in the order of the ABI's featuresets. */
void cpu_policy_featureset(const struct cpu_policy *policy, uint32_t words[CPU_POLICY_WORDS]);

/* Everything that the CPU says. */
void cpu_policy_read_raw(struct cpu_policy *raw, cpuid_fn cpuid);

/*
 * What of `raw` guests can be given at all. `xcr0` holds the register sets that the hypervisor
 * saves: extended features that need others (AVX-512, MPX...) are not in the result.
 */
void cpu_policy_derive_host(struct cpu_policy *host, const struct cpu_policy *raw, uint64_t xcr0);
void cpu_policy_derive_pv_max(struct cpu_policy *max, const struct cpu_policy *host);
void cpu_policy_derive_pv_default(struct cpu_policy *def, const struct cpu_policy *max,
                                  const struct cpu_policy *host);

/* The same for hardware guests. */
void cpu_policy_derive_hvm_max(struct cpu_policy *max, const struct cpu_policy *host);
void cpu_policy_derive_hvm_default(struct cpu_policy *def, const struct cpu_policy *max,
                                   const struct cpu_policy *host);

/* The default, and what a domain that will never be moved elsewhere can have besides: ITSC. */
void cpu_policy_derive_dom0(struct cpu_policy *dom0, const struct cpu_policy *def,
                            const struct cpu_policy *max);

/* Cuts `policy` down to what is in `max`, and makes it consistent. For the functions here. */
void cpu_policy_settle(struct cpu_policy *policy, const struct cpu_policy *max);

/* The XCR0 bits that a guest with this policy may set; 0 without XSAVE. */
uint64_t cpu_policy_xcr0(const struct cpu_policy *policy);

/* May such a guest load this value into XCR0? */
bool cpu_policy_xcr0_valid(const struct cpu_policy *policy, uint64_t xcr0);

/* Bytes that XSAVE writes for these register sets, or XSAVEC if `compact`. */
uint32_t cpu_policy_xsave_size(const struct cpu_policy *policy, uint64_t xcr0, bool compact);

/* The CR4 bits that a PV guest with this policy decides itself: TSD, DE, FSGSBASE, OSXSAVE. */
uint64_t cpu_policy_pv_cr4(const struct cpu_policy *policy);

/* What a CPUID result depends on, apart from the policy. */
struct cpu_policy_vcpu {
    bool hardware;           /* a hardware guest: it has an APIC, and a leaf of Xen's own */
    uint32_t apic_id;        /* for leaves 1 and 0xb; 0 for PV guests, as they know no APIC IDs */
    uint32_t vcpu_id, domid; /* hardware guests */
    bool osxsave;     /* CR4.OSXSAVE of the guest; or of the host, for a PV kernel that asks by
                       * the emulation prefix: Linux wants to see it before setting its own */
    uint64_t xcr0;    /* of the guest */
    /* Xen's own leaves: */
    uint32_t version;      /* major << 16 | minor */
    uint32_t machine_bits; /* width of machine addresses */
    bool tsc_emulated;     /* RDTSC traps */
    bool tsc_reliable;     /* the host's TSC can be used as a clock on all CPUs */
    uint32_t tsc_mode;     /* of settscinfo */
    uint32_t tsc_incarnation;
    uint32_t guest_khz, host_khz;
    uint64_t tsc_offset;
    uint32_t tsc_multiplier;
    int8_t tsc_shift;
};

/* What the guest finds in EAX, EBX, ECX and EDX. Leaves that aren't there are 0. */
void cpu_policy_cpuid(const struct cpu_policy *policy, const struct cpu_policy_vcpu *vcpu,
                      uint32_t leaf, uint32_t subleaf, uint32_t out[4]);

/*
 * Serialises the leaves into `leaves`, which has room for *count; then *count is how many there
 * are. -XEN_ENOBUFS if there is too little room.
 */
int cpu_policy_leaves(const struct cpu_policy *policy, xen_cpuid_leaf_t *leaves, uint32_t *count);

/* The same for the MSRs. */
int cpu_policy_msrs(const struct cpu_policy *policy, xen_msr_entry_t *msrs, uint32_t *count);

/* What set_cpu_policy objects to; all ones where it is none of these. */
struct cpu_policy_error {
    uint32_t leaf, subleaf, msr;
};

/*
 * Makes in `*new` the policy that `old` becomes if a toolstack changes these leaves and MSRs. It is
 * checked against `max` (the policy of the system), and features beyond `max` are dropped.
 *   -XEN_E2BIG     more entries than there can be
 *   -XEN_ERANGE    a leaf, subleaf or MSR that policies don't have
 *   -XEN_EINVAL    flags in an MSR entry; or a highest leaf, or a PLATFORM_INFO, beyond `max`
 *   -XEN_EOVERFLOW an MSR value wider than it can be
 * On failure *error says what is wrong, and *new is of no use.
 */
int cpu_policy_update(struct cpu_policy *new, const struct cpu_policy *old,
                      const struct cpu_policy *max, const xen_cpuid_leaf_t *leaves,
                      uint32_t nr_leaves, const xen_msr_entry_t *msrs, uint32_t nr_msrs,
                      struct cpu_policy_error *error);

/* The policies of this machine (cpu_policy_system.c): filled in once, at boot, on one CPU. Without
 * `hardware`, those of hardware guests stay absent. */
void cpu_policy_system_init(cpuid_fn cpuid, uint64_t xcr0, bool hardware);

/* The one that XEN_SYSCTL_cpu_policy_* `index` asks for; NULL if there is none (-XEN_EOPNOTSUPP).
 */
const struct cpu_policy *cpu_policy_system(unsigned int index);

/* The one whose words XEN_SYSCTL_cpu_featureset_* `index` asks for, or NULL. */
const struct cpu_policy *cpu_policy_system_features(unsigned int index);

#endif
