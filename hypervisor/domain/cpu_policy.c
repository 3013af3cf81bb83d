/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How CPU policies follow from one another: from the CPU to the host to what a guest may see. */
#include "domain/cpu_policy.h"

#include <stddef.h>

#include "domain/cpu_policy_features.h"
#include "domain/cpu_policy_xstate.h"

#define FEATURE(name) XEN_X86_FEATURE_##name
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define FIELD(field)  offsetof(struct cpu_policy, field)

#define EXTENDED_BASE 0x80000000u

#define CR4_TSD      (1ULL << 2)
#define CR4_DE       (1ULL << 3)
#define CR4_FSGSBASE (1ULL << 16)
#define CR4_OSXSAVE  (1ULL << 18)

/* Bits of leaf 1 EDX that AMD repeats in leaf 0x80000001 EDX. */
#define REPEATED_BY_AMD 0x0183f3ffu

/* Where in struct cpu_policy each feature word is. */
static const uint16_t word_offsets[CPU_POLICY_WORDS] = {
    [0] = FIELD(basic[1].d),        [1] = FIELD(basic[1].c),     [2] = FIELD(extended[1].d),
    [3] = FIELD(extended[1].c),     [4] = FIELD(xstate[1].a),    [5] = FIELD(features[0].b),
    [6] = FIELD(features[0].c),     [7] = FIELD(extended[7].d),  [8] = FIELD(extended[8].b),
    [9] = FIELD(features[0].d),     [10] = FIELD(features[1].a), [11] = FIELD(extended[0x21].a),
    [12] = FIELD(features[1].b),    [13] = FIELD(features[2].d), [14] = FIELD(features[1].c),
    [15] = FIELD(features[1].d),    [16] = FIELD(arch_caps[0]),  [17] = FIELD(arch_caps[1]),
    [18] = FIELD(extended[0x21].c),
};

static const struct cpuid_leaf empty_leaf;

static uint32_t *word(struct cpu_policy *policy, unsigned int index)
{
    return (uint32_t *)((char *)policy + word_offsets[index]);
}

static uint32_t word_value(const struct cpu_policy *policy, unsigned int index)
{
    return *(const uint32_t *)((const char *)policy + word_offsets[index]);
}

void cpu_policy_featureset(const struct cpu_policy *policy, uint32_t words[CPU_POLICY_WORDS])
{
    for (unsigned int i = 0; i < CPU_POLICY_WORDS; i++)
        words[i] = word_value(policy, i);
}

static void store_featureset(struct cpu_policy *policy, const uint32_t words[CPU_POLICY_WORDS])
{
    for (unsigned int i = 0; i < CPU_POLICY_WORDS; i++)
        *word(policy, i) = words[i];
}

bool cpu_policy_has(const struct cpu_policy *policy, unsigned int feature)
{
    return word_value(policy, feature / 32) >> feature % 32 & 1;
}

void cpu_policy_set(struct cpu_policy *policy, unsigned int feature, bool present)
{
    uint32_t bit = 1u << feature % 32;

    if (present)
        *word(policy, feature / 32) |= bit;
    else
        *word(policy, feature / 32) &= ~bit;
}

enum cpu_vendor cpu_policy_vendor(const struct cpu_policy *policy)
{
    static const struct {
        enum cpu_vendor vendor;
        uint32_t b, d, c; /* the name in the order in which it is spelt */
    } vendors[] = {
        {CPU_VENDOR_INTEL, 0x756e6547, 0x49656e69, 0x6c65746e},
        {CPU_VENDOR_AMD, 0x68747541, 0x69746e65, 0x444d4163},
        {CPU_VENDOR_HYGON, 0x6f677948, 0x6e65476e, 0x656e6975},
    };
    const struct cpuid_leaf *leaf = &policy->basic[0];

    for (size_t i = 0; i < COUNT(vendors); i++) {
        if (leaf->b == vendors[i].b && leaf->d == vendors[i].d && leaf->c == vendors[i].c)
            return vendors[i].vendor;
    }
    return CPU_VENDOR_OTHER;
}

static bool is_amd_like(const struct cpu_policy *policy)
{
    enum cpu_vendor vendor = cpu_policy_vendor(policy);

    return vendor == CPU_VENDOR_AMD || vendor == CPU_VENDOR_HYGON;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void clear_leaves(struct cpuid_leaf *leaves, unsigned int first, unsigned int last)
{
    for (unsigned int i = first; i <= last; i++)
        leaves[i] = empty_leaf;
}

static bool has_subleaves(uint32_t leaf)
{
    return leaf == 4 || leaf == 7 || leaf == 0xb || leaf == 0xd;
}

static void read_subleaves(struct cpu_policy *raw, cpuid_fn cpuid)
{
    uint32_t max = raw->basic[0].a;

    for (unsigned int i = 0; max >= 4 && i < CPU_POLICY_CACHE; i++) {
        cpuid(4, i, &raw->cache[i]);
        if ((raw->cache[i].a & 0x1f) == 0)
            break;
    }
    for (unsigned int i = 0; max >= 7 && i < CPU_POLICY_FEATURES; i++) {
        if (i == 0 || i <= raw->features[0].a)
            cpuid(7, i, &raw->features[i]);
    }
    for (unsigned int i = 0; max >= 0xb && i < CPU_POLICY_TOPOLOGY; i++) {
        cpuid(0xb, i, &raw->topology[i]);
        if ((raw->topology[i].c >> 8 & 0xff) == 0)
            break;
    }
    for (unsigned int i = 0; max >= 0xd && i < CPU_POLICY_XSTATE; i++) {
        if (i < 2 || cpu_policy_states(raw) >> i & 1)
            cpuid(0xd, i, &raw->xstate[i]);
    }
}

void cpu_policy_read_raw(struct cpu_policy *raw, cpuid_fn cpuid)
{
    uint32_t max;

    *raw = (struct cpu_policy){0};
    cpuid(0, 0, &raw->basic[0]);
    max = least(raw->basic[0].a, CPU_POLICY_BASIC - 1);
    for (uint32_t leaf = 1; leaf <= max; leaf++) {
        if (!has_subleaves(leaf))
            cpuid(leaf, 0, &raw->basic[leaf]);
    }
    read_subleaves(raw, cpuid);

    cpuid(EXTENDED_BASE, 0, &raw->extended[0]);
    if (raw->extended[0].a < EXTENDED_BASE)
        raw->extended[0] = (struct cpuid_leaf){.a = EXTENDED_BASE};
    max = least(raw->extended[0].a - EXTENDED_BASE, CPU_POLICY_EXTENDED - 1);
    for (uint32_t leaf = 1; leaf <= max; leaf++)
        cpuid(EXTENDED_BASE + leaf, 0, &raw->extended[leaf]);
}

/* Lowers the three highest-leaf fields to those of `max`, and to what there is room for. */
static void limit_leaves(struct cpu_policy *policy, const struct cpu_policy *max)
{
    uint32_t extended = least(policy->extended[0].a & 0xffff, max->extended[0].a & 0xffff);

    policy->basic[0].a = least(policy->basic[0].a, max->basic[0].a);
    policy->basic[0].a = least(policy->basic[0].a, CPU_POLICY_BASIC - 1);
    policy->features[0].a = least(policy->features[0].a, max->features[0].a);
    policy->features[0].a = least(policy->features[0].a, CPU_POLICY_FEATURES - 1);
    policy->extended[0].a = EXTENDED_BASE + least(extended, CPU_POLICY_EXTENDED - 1);
}

/* Keeps the subleaves of the caches up to the first that is none, without reserved bits. */
static void settle_caches(struct cpu_policy *policy)
{
    unsigned int i = 0;

    if (policy->basic[0].a >= 4) {
        for (; i < CPU_POLICY_CACHE; i++) {
            unsigned int type = policy->cache[i].a & 0x1f;

            if (type < 1 || type > 3)
                break;
            policy->cache[i].a &= 0xffffc3ff;
            policy->cache[i].d &= 7;
        }
    }
    for (; i < CPU_POLICY_CACHE; i++)
        policy->cache[i] = empty_leaf;
}

static void clear_unreachable(struct cpu_policy *policy)
{
    uint32_t max = policy->basic[0].a;

    clear_leaves(policy->basic, max + 1, CPU_POLICY_BASIC - 1);
    for (uint32_t leaf = 0; leaf <= max; leaf++) {
        if (has_subleaves(leaf))
            policy->basic[leaf] = empty_leaf;
    }
    if (max < 7)
        policy->features[0] = empty_leaf;
    clear_leaves(policy->features, policy->features[0].a + 1, CPU_POLICY_FEATURES - 1);
    if (max < 0xb)
        clear_leaves(policy->topology, 0, CPU_POLICY_TOPOLOGY - 1);
    if (max < 0xd)
        clear_leaves(policy->xstate, 0, CPU_POLICY_XSTATE - 1);
    clear_leaves(policy->extended, (policy->extended[0].a & 0xffff) + 1, CPU_POLICY_EXTENDED - 1);
    settle_caches(policy);
}

/* Leaves that tell of things that only some vendors have. */
static void clear_amd_details(struct cpu_policy *policy)
{
    clear_leaves(policy->basic, 2, 3);
    clear_leaves(policy->cache, 0, CPU_POLICY_CACHE - 1);
    clear_leaves(policy->extended, 9, 9);
    clear_leaves(policy->extended, 0xb, 0x18);
    clear_leaves(policy->extended, 0x1b, 0x20); /* IBS, LWP, topology, SEV, quality of service */

    policy->extended[0].b = policy->basic[0].b;
    policy->extended[0].c = policy->basic[0].c;
    policy->extended[0].d = policy->basic[0].d;
    policy->extended[1].a = policy->basic[1].a;
    policy->extended[1].b &= 0xff00ffff;
    policy->extended[1].d |= policy->basic[1].d & REPEATED_BY_AMD;
    policy->extended[8].c &= 0x0003f0ff;
    policy->extended[0x21].b = 0;
    policy->extended[0x21].d = 0;
}

static void clear_intel_details(struct cpu_policy *policy)
{
    clear_leaves(policy->basic, 3, 3); /* the serial number */
    policy->extended[0].b = 0;
    policy->extended[0].c = 0;
    policy->extended[0].d = 0;
    policy->extended[1].a = 0;
    policy->extended[1].b = 0;
    policy->extended[5] = empty_leaf;
    policy->extended[6] = (struct cpuid_leaf){.c = policy->extended[6].c};
    policy->extended[8].c = 0;
}

/* Takes out what a guest isn't to see (power, counters, topology) and what depends on the vCPU. */
static void clear_details(struct cpu_policy *policy)
{
    policy->basic[1].a &= 0x0fff0fff;
    policy->basic[1].b &= 0x00ffffff;
    clear_leaves(policy->basic, 5, 6);
    clear_leaves(policy->basic, 8, 0xa);
    clear_leaves(policy->basic, 0xc, 0xc);
    clear_leaves(policy->topology, 0, CPU_POLICY_TOPOLOGY - 1);

    policy->extended[7] = (struct cpuid_leaf){.d = policy->extended[7].d};
    policy->extended[8].a &= 0xffff;
    policy->extended[8].d = 0;
    policy->extended[0xa] = empty_leaf; /* SVM */
    if (!cpu_policy_has(policy, FEATURE(PAGE1GB)))
        policy->extended[0x19] = empty_leaf;

    policy->extended[1].d &= ~REPEATED_BY_AMD;
    if (is_amd_like(policy))
        clear_amd_details(policy);
    else
        clear_intel_details(policy);
}

/* A guest's physical addresses are as wide as the host's, within what its features allow. */
static void settle_address_widths(struct cpu_policy *policy, const struct cpu_policy *max)
{
    uint32_t physical = least(policy->extended[8].a & 0xff, max->extended[8].a & 0xff);
    uint32_t linear = cpu_policy_has(policy, FEATURE(LM)) ? 48 : 32;

    if (physical < 36)
        physical = cpu_policy_has(policy, FEATURE(PAE)) ? 36 : 32;
    if ((policy->extended[0].a & 0xffff) >= 8)
        policy->extended[8].a = linear << 8 | physical;
}

/* Two bits that say how the FPU behaves: hiding or inventing them wouldn't change it. */
static void copy_fpu_quirks(uint32_t words[CPU_POLICY_WORDS], const struct cpu_policy *max)
{
    cpu_features_assign(words, FEATURE(FDP_EXCP_ONLY), cpu_policy_has(max, FEATURE(FDP_EXCP_ONLY)));
    cpu_features_assign(words, FEATURE(NO_FPU_SEL), cpu_policy_has(max, FEATURE(NO_FPU_SEL)));
}

void cpu_policy_settle(struct cpu_policy *policy, const struct cpu_policy *max)
{
    uint32_t words[CPU_POLICY_WORDS];

    limit_leaves(policy, max);
    clear_unreachable(policy);

    cpu_policy_featureset(policy, words);
    for (unsigned int i = 0; i < CPU_POLICY_WORDS; i++)
        words[i] &= word_value(max, i);
    if (policy->basic[0].a < 0xd)
        cpu_features_assign(words, FEATURE(XSAVE), false);
    cpu_features_restrict(words, CPU_FEATURES_KNOWN);
    copy_fpu_quirks(words, max);
    cpu_features_drop_orphans(words);
    store_featureset(policy, words);

    policy->basic[1].b = (policy->basic[1].b & 0xffff00ff) | (max->basic[1].b & 0xff00);
    policy->platform_info &= max->platform_info;
    settle_address_widths(policy, max);
    cpu_policy_derive_xstate(policy, max);
    clear_details(policy);
    clear_unreachable(policy); /* the above may have put features where no leaf reaches */
}

void cpu_policy_derive_host(struct cpu_policy *host, const struct cpu_policy *raw, uint64_t xcr0)
{
    uint32_t words[CPU_POLICY_WORDS];

    *host = *raw;
    limit_leaves(host, raw);
    clear_unreachable(host);

    cpu_policy_featureset(host, words);
    cpu_features_restrict(words, CPU_FEATURES_KNOWN);
    cpu_policy_drop_stateless(words, xcr0 & cpu_policy_states(raw));
    cpu_features_assign(words, FEATURE(OSXSAVE), false); /* it is CR4's */
    cpu_features_assign(words, FEATURE(OSPKE), false);
    cpu_features_drop_orphans(words);
    store_featureset(host, words);
    cpu_policy_derive_xstate(host, raw);
    clear_details(host);
}

/* Restricts the features to `which`, with what that implies. */
static void restrict_features(struct cpu_policy *policy, enum cpu_features which)
{
    uint32_t words[CPU_POLICY_WORDS];
    bool pv = which == CPU_FEATURES_PV_MAX || which == CPU_FEATURES_PV_DEFAULT;

    cpu_policy_featureset(policy, words);
    cpu_features_restrict(words, which);
    cpu_features_assign(words, FEATURE(HYPERVISOR), true);
    if (pv && is_amd_like(policy))
        cpu_features_assign(words, FEATURE(SEP), false); /* not in long mode there */
    cpu_features_drop_orphans(words);
    store_featureset(policy, words);
}

/* What is restricted already, with the room that guests get who come from newer machines. */
static void finish_max(struct cpu_policy *max, const struct cpu_policy *host)
{
    max->features[0].a = CPU_POLICY_FEATURES - 1;
    cpu_policy_derive_xstate(max, host);
    clear_details(max);
}

static void derive_default(struct cpu_policy *def, const struct cpu_policy *max,
                           const struct cpu_policy *host, enum cpu_features which)
{
    *def = *max;
    def->features[0].a = host->features[0].a;
    restrict_features(def, which);
    cpu_policy_settle(def, max);
}

void cpu_policy_derive_pv_max(struct cpu_policy *max, const struct cpu_policy *host)
{
    *max = *host;
    restrict_features(max, CPU_FEATURES_PV_MAX);
    finish_max(max, host);
}

void cpu_policy_derive_pv_default(struct cpu_policy *def, const struct cpu_policy *max,
                                  const struct cpu_policy *host)
{
    derive_default(def, max, host, CPU_FEATURES_PV_DEFAULT);
}

void cpu_policy_derive_hvm_max(struct cpu_policy *max, const struct cpu_policy *host)
{
    uint32_t words[CPU_POLICY_WORDS];

    *max = *host;
    cpu_policy_featureset(max, words);
    cpu_features_add_emulated(words);
    store_featureset(max, words);
    restrict_features(max, CPU_FEATURES_HVM_MAX);
    finish_max(max, host);
}

void cpu_policy_derive_hvm_default(struct cpu_policy *def, const struct cpu_policy *max,
                                   const struct cpu_policy *host)
{
    derive_default(def, max, host, CPU_FEATURES_HVM_DEFAULT);
}

void cpu_policy_derive_dom0(struct cpu_policy *dom0, const struct cpu_policy *def,
                            const struct cpu_policy *max)
{
    *dom0 = *def;
    cpu_policy_set(dom0, FEATURE(ITSC), cpu_policy_has(max, FEATURE(ITSC)));
    cpu_policy_settle(dom0, max);
}

uint64_t cpu_policy_pv_cr4(const struct cpu_policy *policy)
{
    static const struct {
        uint64_t bit;
        uint16_t feature;
    } bits[] = {
        {CR4_TSD, FEATURE(TSC)},
        {CR4_DE, FEATURE(DE)},
        {CR4_FSGSBASE, FEATURE(FSGSBASE)},
        {CR4_OSXSAVE, FEATURE(XSAVE)},
    };
    uint64_t cr4 = 0;

    for (size_t i = 0; i < COUNT(bits); i++) {
        if (cpu_policy_has(policy, bits[i].feature))
            cr4 |= bits[i].bit;
    }
    return cr4;
}
