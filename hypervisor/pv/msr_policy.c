/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which model-specific registers a paravirtual guest may read and write, as a table. */
#include "pv/msr_policy.h"

#include <stddef.h>

#include <xen/arch-x86/cpufeatureset.h>
#include <xen/errno.h>

#define FEATURE(name) XEN_X86_FEATURE_##name

#define EFER_SVME (1ULL << 12)

#define MISC_ENABLE_PERF    (1ULL << 7)
#define MISC_ENABLE_NO_BTS  (1ULL << 11)
#define MISC_ENABLE_NO_PEBS (1ULL << 12)
#define MISC_ENABLE_MONITOR (1ULL << 18)

/* The memory types that the PV ABI promises: WB, WT, UC-, UC, WC, WP, UC, UC. */
#define PAT_OF_THE_ABI 0x050100070406ULL

#define LOW_32_BITS   0xffffffffULL
#define ALL_BUT(bits) (~(uint64_t)(bits))

/*
 * In order of index. What is not here is denied: among others SYSENTER and STAR (the hypervisor's
 * own), SPEC_CTRL (no guest is told of it), MTRRs, thermal and debug registers, and 0x40000000 (PV
 * kernels name their hypercall page in an ELF note).
 */
static const struct msr_rule rules[] = {
    /* TSC: writing it is the hypervisor's business */
    {.first = 0x10, .last = 0x10, .read = MSR_READ_VIRTUAL},
    /* PLATFORM_ID, for microcode tools */
    {.first = 0x17, .last = 0x17, .vendor = MSR_INTEL, .read = MSR_READ_HOST},
    /* APIC_BASE: enabled, at the usual place; Linux looks, and then uses events */
    {.first = 0x1b, .last = 0x1b, .read = MSR_READ_VIRTUAL},
    /* PRED_CMD: IBPB, which harms nobody */
    {.first = 0x49,
     .last = 0x49,
     .write = MSR_WRITE_VIRTUAL,
     .features = {FEATURE(IBPB)},
     .reserved = ALL_BUT(0x1)},
    /* UCODE_REV: Intel has it read by way of a write of 0 */
    {.first = 0x8b,
     .last = 0x8b,
     .vendor = MSR_INTEL,
     .read = MSR_READ_HOST,
     .write = MSR_WRITE_DROP},
    {.first = 0x8b, .last = 0x8b, .vendor = MSR_AMD, .read = MSR_READ_HOST},
    /* PLATFORM_INFO and MISC_FEATURES_ENABLES: there is no CPUID faulting, and it is off */
    {.first = 0xce, .last = 0xce, .read = MSR_READ_FIXED},
    {.first = 0x140, .last = 0x140, .read = MSR_READ_FIXED, .write = MSR_WRITE_SAME},
    /* MCG_CAP and MCG_STATUS: the MCA bit is visible, with no banks behind it */
    {.first = 0x179, .last = 0x179, .read = MSR_READ_FIXED},
    {.first = 0x17a, .last = 0x17a, .read = MSR_READ_FIXED, .write = MSR_WRITE_DROP},
    /* MISC_ENABLE: no counters, no MWAIT */
    {.first = 0x1a0,
     .last = 0x1a0,
     .vendor = MSR_INTEL,
     .read = MSR_READ_HOST,
     .write = MSR_WRITE_SAME,
     .hidden = MISC_ENABLE_PERF | MISC_ENABLE_MONITOR,
     .value = MISC_ENABLE_NO_BTS | MISC_ENABLE_NO_PEBS},
    /* PAT */
    {.first = 0x277, .last = 0x277, .read = MSR_READ_FIXED, .value = PAT_OF_THE_ABI},
    /* EFER */
    {.first = 0xc0000080,
     .last = 0xc0000080,
     .read = MSR_READ_HOST,
     .write = MSR_WRITE_SAME,
     .hidden = EFER_SVME},
    /* FS_BASE, GS_BASE, KERNEL_GS_BASE */
    {.first = 0xc0000100, .last = 0xc0000102, .read = MSR_READ_VIRTUAL, .write = MSR_WRITE_ADDRESS},
    /* TSC_AUX */
    {.first = 0xc0000103,
     .last = 0xc0000103,
     .read = MSR_READ_VIRTUAL,
     .write = MSR_WRITE_VIRTUAL,
     .features = {FEATURE(RDTSCP), FEATURE(RDPID)},
     .reserved = ~LOW_32_BITS},
    /* the four old performance counters: Linux probes them, and finds that they don't count */
    {.first = 0xc0010000,
     .last = 0xc0010007,
     .vendor = MSR_AMD,
     .read = MSR_READ_FIXED,
     .write = MSR_WRITE_DROP},
    /* HWCR: the TSC counts at the P0 frequency, or Linux complains */
    {.first = 0xc0010015,
     .last = 0xc0010015,
     .vendor = MSR_AMD,
     .read = MSR_READ_FIXED,
     .value = 1ULL << 24},
    /* NB_CFG */
    {.first = 0xc001001f, .last = 0xc001001f, .vendor = MSR_AMD, .read = MSR_READ_FIXED},
    /* P-state limit, control, status and definitions */
    {.first = 0xc0010061,
     .last = 0xc001006b,
     .vendor = MSR_AMD,
     .read = MSR_READ_FIXED,
     .write = MSR_WRITE_DROP},
    /* DE_CFG: LFENCE waits, which is all that anybody sets there */
    {.first = 0xc0011029,
     .last = 0xc0011029,
     .vendor = MSR_AMD,
     .read = MSR_READ_FIXED,
     .write = MSR_WRITE_DROP,
     .value = 1ULL << 1},
};

const struct msr_rule *msr_policy_find(uint32_t index, enum msr_vendor vendor)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct msr_rule *rule = &rules[i];

        if (index < rule->first)
            return NULL;
        if (index <= rule->last && (rule->vendor == MSR_ANY_VENDOR || rule->vendor == vendor))
            return rule;
    }
    return NULL;
}

static bool condition_holds(const struct msr_policy_ops *ops, void *ctx,
                            const struct msr_rule *rule)
{
    bool conditional = false;

    for (size_t i = 0; i < sizeof(rule->features) / sizeof(rule->features[0]); i++) {
        if (rule->features[i] == 0)
            continue;
        if (ops->has_feature(ctx, rule->features[i]))
            return true;
        conditional = true;
    }
    return !conditional;
}

/* The rule that applies to this guest, or NULL. */
static const struct msr_rule *rule_for(const struct msr_policy_ops *ops, void *ctx, uint32_t index)
{
    const struct msr_rule *rule = msr_policy_find(index, ops->vendor(ctx));

    return rule && condition_holds(ops, ctx, rule) ? rule : NULL;
}

static int read_by_rule(const struct msr_policy_ops *ops, void *ctx, const struct msr_rule *rule,
                        uint32_t index, uint64_t *value)
{
    int result;

    switch (rule ? rule->read : MSR_READ_DENY) {
    case MSR_READ_FIXED:
        *value = rule->value;
        return 0;
    case MSR_READ_HOST:
        result = ops->host_read(ctx, index, value);
        *value = (*value & ~rule->hidden) | rule->value;
        return result;
    case MSR_READ_VIRTUAL:
        return ops->virtual_read(ctx, index, value);
    default:
        return -XEN_EPERM;
    }
}

static bool is_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

static int write_by_rule(const struct msr_policy_ops *ops, void *ctx, const struct msr_rule *rule,
                         uint32_t index, uint64_t value)
{
    uint64_t now = 0;

    switch (rule ? rule->write : MSR_WRITE_DENY) {
    case MSR_WRITE_DROP:
        return 0;
    case MSR_WRITE_SAME:
        if (read_by_rule(ops, ctx, rule, index, &now) != 0 || now != value)
            return -XEN_EPERM;
        return 0;
    case MSR_WRITE_VIRTUAL:
        return value & rule->reserved ? -XEN_EPERM : ops->virtual_write(ctx, index, value);
    case MSR_WRITE_ADDRESS:
        return is_canonical(value) ? ops->virtual_write(ctx, index, value) : -XEN_EPERM;
    default:
        return -XEN_EPERM;
    }
}

int msr_policy_read(const struct msr_policy_ops *ops, void *ctx, uint32_t index, uint64_t *value)
{
    uint64_t ignored;
    int result;

    *value = 0;
    result = read_by_rule(ops, ctx, rule_for(ops, ctx, index), index, value);
    if (result == 0)
        return 0;

    *value = 0;
    if (ops->relaxed_read(ctx) && ops->host_read(ctx, index, &ignored) == 0)
        return 0;
    return result;
}

int msr_policy_write(const struct msr_policy_ops *ops, void *ctx, uint32_t index, uint64_t value)
{
    const struct msr_rule *rule = rule_for(ops, ctx, index);
    uint64_t ignored;

    if (rule || !ops->relaxed_write(ctx))
        return write_by_rule(ops, ctx, rule, index, value);
    return ops->host_read(ctx, index, &ignored) == 0 ? 0 : -XEN_EPERM;
}
