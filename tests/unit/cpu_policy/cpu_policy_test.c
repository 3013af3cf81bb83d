/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU policies: what follows from what, what a guest's CPUID shows, and what is refused. */
#include "domain/cpu_policy.h"

#include <xen/arch-x86/cpuid.h>
#include <xen/errno.h>
#include <xen/sysctl.h>

#include "check.h"
#include "cpu_policy/fake_cpu.h"

#define FEATURE(name) XEN_X86_FEATURE_##name
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

#define AVX2_STATES   0x7
#define AVX512_STATES 0xe7
#define EXTENDED      0x80000000u

static struct cpu_policy raw, host, pv_max, pv_default;

static void begin(cpuid_fn cpuid, uint64_t xcr0)
{
    cpu_policy_read_raw(&raw, cpuid);
    cpu_policy_derive_host(&host, &raw, xcr0);
    cpu_policy_derive_pv_max(&pv_max, &host);
    cpu_policy_derive_pv_default(&pv_default, &pv_max, &host);
}

static void check_features(const struct cpu_policy *policy, const uint16_t *features, size_t count,
                           bool wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (!CHECK_EQ(cpu_policy_has(policy, features[i]), wanted))
            fprintf(stderr, "    feature %u*32+%u\n", features[i] / 32, features[i] % 32);
    }
}

static void test_pv_on_amd(void)
{
    static const uint16_t shown[] = {
        FEATURE(FPU),    FEATURE(DE),      FEATURE(TSC),        FEATURE(MSR),
        FEATURE(PAE),    FEATURE(CX8),     FEATURE(APIC),       FEATURE(MCA),
        FEATURE(CMOV),   FEATURE(PAT),     FEATURE(SSE2),       FEATURE(HTT),
        FEATURE(SSE4_2), FEATURE(AESNI),   FEATURE(XSAVE),      FEATURE(AVX),
        FEATURE(RDRAND), FEATURE(SYSCALL), FEATURE(NX),         FEATURE(RDTSCP),
        FEATURE(LM),     FEATURE(LAHF_LM), FEATURE(CMP_LEGACY), FEATURE(XSAVEOPT),
        FEATURE(XSAVEC), FEATURE(XGETBV1), FEATURE(FSGSBASE),   FEATURE(AVX2),
        FEATURE(BMI2),   FEATURE(SHA),     FEATURE(IBPB),       FEATURE(HYPERVISOR),
    };
    static const uint16_t hidden[] = {
        FEATURE(VME),     FEATURE(PSE),    FEATURE(PGE),        FEATURE(PSE36),
        FEATURE(MTRR),    FEATURE(SEP),    FEATURE(X2APIC),     FEATURE(OSXSAVE),
        FEATURE(SVM),     FEATURE(OSVW),   FEATURE(CR8_LEGACY), FEATURE(TOPOEXT),
        FEATURE(PAGE1GB), FEATURE(XSAVES), FEATURE(SMEP),       FEATURE(SMAP),
        FEATURE(DBEXT),   FEATURE(ITSC),   FEATURE(AVX512F),    FEATURE(HW_PSTATE),
    };

    begin(fake_amd, AVX2_STATES);
    CHECK_EQ(cpu_policy_vendor(&pv_default), CPU_VENDOR_AMD);
    check_features(&pv_default, shown, COUNT(shown), true);
    check_features(&pv_default, hidden, COUNT(hidden), false);
    CHECK(cpu_policy_has(&pv_max, FEATURE(ITSC)));
    CHECK(cpu_policy_has(&host, FEATURE(SMEP)));
    CHECK(cpu_policy_has(&host, FEATURE(SVM)));
    CHECK(!cpu_policy_has(&host, FEATURE(OSXSAVE)));
    CHECK_EQ(pv_max.features[0].a, 2);
    CHECK_EQ(pv_default.features[0].a, 0);
    CHECK_EQ(cpu_policy_xcr0(&pv_default), 7);
    /* AMD says some of leaf 1 EDX again */
    CHECK_EQ(pv_default.extended[1].d & 0x0183f3ff, pv_default.basic[1].d & 0x0183f3ff);
}

static void test_pv_on_intel(void)
{
    static const uint16_t hidden[] = {
        FEATURE(VMX),        FEATURE(MONITOR), FEATURE(EIST),         FEATURE(TM2),
        FEATURE(PDCM),       FEATURE(PCID),    FEATURE(TSC_DEADLINE), FEATURE(DS),
        FEATURE(TM1),        FEATURE(INVPCID), FEATURE(MPX),          FEATURE(PKU),
        FEATURE(OSPKE),      FEATURE(IBRSB),   FEATURE(STIBP),        FEATURE(SSBD),
        FEATURE(ARCH_CAPS),  FEATURE(RTM),     FEATURE(HLE),          FEATURE(SGX),
        FEATURE(TSC_ADJUST),
    };
    static const uint16_t shown[] = {
        FEATURE(SEP),      FEATURE(AVX512F), FEATURE(AVX512VL), FEATURE(FMA),
        FEATURE(MD_CLEAR), FEATURE(SYSCALL), FEATURE(ERMS),     FEATURE(CLWB),
    };

    begin(fake_intel, AVX512_STATES);
    CHECK_EQ(cpu_policy_vendor(&pv_default), CPU_VENDOR_INTEL);
    check_features(&pv_default, shown, COUNT(shown), true);
    check_features(&pv_default, hidden, COUNT(hidden), false);
    CHECK_EQ(cpu_policy_xcr0(&pv_default), AVX512_STATES);
    CHECK_EQ(pv_default.basic[0].a, 0xd);
    CHECK_EQ(pv_default.xstate[0].c, 1664 + 1024);
    CHECK_EQ(pv_default.xstate[3].a, 0);
}

/* What the hypervisor doesn't save, nobody gets; nor what is built on it. */
static void test_states_not_saved(void)
{
    begin(fake_intel, AVX2_STATES);
    CHECK(cpu_policy_has(&host, FEATURE(AVX2)));
    CHECK(!cpu_policy_has(&host, FEATURE(AVX512F)));
    CHECK(!cpu_policy_has(&host, FEATURE(AVX512VL)));
    CHECK(!cpu_policy_has(&host, FEATURE(PKU)));
    CHECK_EQ(cpu_policy_xcr0(&host), AVX2_STATES);

    begin(fake_intel, 3);
    CHECK(cpu_policy_has(&host, FEATURE(XSAVE)));
    CHECK(!cpu_policy_has(&host, FEATURE(AVX)));
    CHECK(!cpu_policy_has(&host, FEATURE(FMA)));
    CHECK_EQ(host.xstate[0].c, 576);
}

static void test_old_cpu(void)
{
    begin(fake_old, AVX2_STATES);
    CHECK_EQ(pv_default.basic[0].a, 2);
    CHECK_EQ(pv_default.extended[0].a, EXTENDED);
    CHECK(!cpu_policy_has(&pv_default, FEATURE(XSAVE)));
    CHECK(cpu_policy_has(&pv_default, FEATURE(SSE)));
    CHECK_EQ(cpu_policy_xcr0(&pv_default), 0);
    CHECK(!cpu_policy_xcr0_valid(&pv_default, 1));
}

/* Of all CPUs: a guest is never given what the host hasn't, but for HYPERVISOR. */
static void test_each_within_the_last(void)
{
    static const cpuid_fn cpus[] = {fake_amd, fake_intel, fake_old, real_cpu};

    for (size_t i = 0; i < COUNT(cpus); i++) {
        uint32_t in_raw[CPU_POLICY_WORDS], in_host[CPU_POLICY_WORDS], in_max[CPU_POLICY_WORDS],
            in_default[CPU_POLICY_WORDS];

        begin(cpus[i], AVX512_STATES);
        cpu_policy_set(&host, FEATURE(HYPERVISOR), true);
        cpu_policy_set(&raw, FEATURE(HYPERVISOR), true);
        cpu_policy_featureset(&raw, in_raw);
        cpu_policy_featureset(&host, in_host);
        cpu_policy_featureset(&pv_max, in_max);
        cpu_policy_featureset(&pv_default, in_default);
        for (unsigned int w = 0; w < CPU_POLICY_WORDS; w++) {
            CHECK_EQ(in_host[w] & ~in_raw[w], 0);
            CHECK_EQ(in_max[w] & ~in_host[w], 0);
            CHECK_EQ(in_default[w] & ~in_max[w], 0);
        }
    }
}

static void test_settling_twice_is_settling_once(void)
{
    static const cpuid_fn cpus[] = {fake_amd, fake_intel, fake_old, real_cpu};

    for (size_t i = 0; i < COUNT(cpus); i++) {
        struct cpu_policy again;

        begin(cpus[i], AVX512_STATES);
        again = pv_default;
        cpu_policy_settle(&again, &pv_max);
        CHECK(memcmp(&again, &pv_default, sizeof(again)) == 0);
    }
}

static void test_dom0(void)
{
    struct cpu_policy dom0;

    begin(fake_amd, AVX2_STATES);
    cpu_policy_derive_dom0(&dom0, &pv_default, &pv_max);
    CHECK(cpu_policy_has(&dom0, FEATURE(ITSC)));
    CHECK(cpu_policy_has(&dom0, FEATURE(XSAVE)));
    begin(fake_old, AVX2_STATES);
    cpu_policy_derive_dom0(&dom0, &pv_default, &pv_max);
    CHECK(!cpu_policy_has(&dom0, FEATURE(ITSC)));
}

static void test_cr4(void)
{
    begin(fake_amd, AVX2_STATES);
    CHECK_EQ(cpu_policy_pv_cr4(&pv_default), 1 << 2 | 1 << 3 | 1 << 16 | 1 << 18);
    begin(fake_old, 0);
    CHECK_EQ(cpu_policy_pv_cr4(&pv_default), 1 << 2 | 1 << 3);
}

static void test_xcr0(void)
{
    static const struct {
        uint64_t xcr0;
        bool valid;
    } cases[] = {
        {0, false},
        {1, true},
        {2, false},
        {3, true},
        {5, false},
        {7, true},
        {0xe7, true},
        {0x67, false},
        {0xe3, false},
        {0x1f, false},
        {0x207, false},
        {0x10007, false},
        {1ULL << 63 | 7, false},
    };

    begin(fake_intel, AVX512_STATES);
    for (size_t i = 0; i < COUNT(cases); i++)
        CHECK_EQ(cpu_policy_xcr0_valid(&pv_default, cases[i].xcr0), cases[i].valid);
    begin(fake_amd, AVX2_STATES);
    CHECK(!cpu_policy_xcr0_valid(&pv_default, 0xe7));
}

static struct cpuid_leaf query(const struct cpu_policy *policy, const struct cpu_policy_vcpu *vcpu,
                               uint32_t leaf, uint32_t subleaf)
{
    uint32_t out[4] = {~0u, ~0u, ~0u, ~0u};

    cpu_policy_cpuid(policy, vcpu, leaf, subleaf, out);
    return (struct cpuid_leaf){out[0], out[1], out[2], out[3]};
}

static bool is_empty(struct cpuid_leaf leaf)
{
    return !(leaf.a | leaf.b | leaf.c | leaf.d);
}

static void test_query_basic(void)
{
    struct cpu_policy_vcpu vcpu = {.apic_id = 6};
    struct cpuid_leaf leaf;

    begin(fake_amd, AVX2_STATES);
    leaf = query(&pv_default, &vcpu, 0, 0);
    CHECK_EQ(leaf.a, 0xd);
    CHECK_EQ(leaf.b, 0x68747541);
    leaf = query(&pv_default, &vcpu, 1, 7);
    CHECK_EQ(leaf.a, 0x00800f12);
    CHECK_EQ(leaf.b, 0x06020800);
    CHECK(!(leaf.c & 1 << 27));
    vcpu.osxsave = true;
    CHECK(query(&pv_default, &vcpu, 1, 0).c & 1 << 27);
    CHECK_EQ(query(&pv_default, &vcpu, 7, 0).b & 1 << 5, 1 << 5);
    CHECK(is_empty(query(&pv_default, &vcpu, 7, 1)));
    CHECK(is_empty(query(&pv_default, &vcpu, 7, 3)));
    CHECK(is_empty(query(&pv_default, &vcpu, 5, 0)));
    CHECK(is_empty(query(&pv_default, &vcpu, 0xb, 0)));
    CHECK(is_empty(query(&pv_default, &vcpu, 0xe, 0)));
    CHECK(is_empty(query(&pv_default, &vcpu, 0x3fffffff, 0)));

    cpu_policy_set(&pv_default, FEATURE(XSAVE), false);
    CHECK(!(query(&pv_default, &vcpu, 1, 0).c & 1 << 27));
}

static void test_query_extended(void)
{
    struct cpu_policy_vcpu vcpu = {0};

    begin(fake_amd, AVX2_STATES);
    CHECK_EQ(query(&pv_default, &vcpu, EXTENDED, 0).a, EXTENDED + 0x1f);
    CHECK_EQ(query(&pv_default, &vcpu, EXTENDED + 2, 0).a, 0x20444d41);
    CHECK_EQ(query(&pv_default, &vcpu, EXTENDED + 8, 0).a, 0x3028);
    CHECK(is_empty(query(&pv_default, &vcpu, EXTENDED + 0xa, 0)));
    CHECK(is_empty(query(&pv_default, &vcpu, EXTENDED + 0x1e, 0)));
    CHECK(is_empty(query(&pv_default, &vcpu, EXTENDED + 0x20, 0)));
    CHECK(is_empty(query(&pv_default, &vcpu, EXTENDED + 0x21, 0)));
    CHECK(is_empty(query(&pv_default, &vcpu, EXTENDED + 0x22, 0)));
    CHECK(is_empty(query(&pv_default, &vcpu, ~0u, ~0u)));
}

/* Leaf 4 ends at the first subleaf that isn't a cache. */
static void test_query_caches(void)
{
    struct cpu_policy_vcpu vcpu = {0};

    begin(fake_intel, AVX2_STATES);
    CHECK_EQ(query(&pv_default, &vcpu, 4, 0).b, 0x01c0003f);
    CHECK_EQ(query(&pv_default, &vcpu, 4, 3).c, 0xdfff);
    CHECK(is_empty(query(&pv_default, &vcpu, 4, 4)));
    CHECK(is_empty(query(&pv_default, &vcpu, 4, 6)));
}

static void test_query_xstate(void)
{
    static const struct {
        uint64_t xcr0;
        uint32_t size, compact;
    } cases[] = {
        {0, 576, 576},
        {1, 576, 576},
        {3, 576, 576},
        {7, 576 + 256, 576 + 256},
        {0xe7, 1664 + 1024, 576 + 256 + 64 + 512 + 1024},
        {~0ULL, 1664 + 1024, 576 + 256 + 64 + 512 + 1024}, /* the rest isn't in the policy */
    };
    struct cpu_policy_vcpu vcpu = {0};

    begin(fake_intel, AVX512_STATES);
    for (size_t i = 0; i < COUNT(cases); i++) {
        vcpu.xcr0 = cases[i].xcr0;
        CHECK_EQ(query(&pv_default, &vcpu, 0xd, 0).b, cases[i].size);
        CHECK_EQ(query(&pv_default, &vcpu, 0xd, 0).c, 1664 + 1024);
        CHECK_EQ(query(&pv_default, &vcpu, 0xd, 1).b, cases[i].compact);
    }
    CHECK_EQ(query(&pv_default, &vcpu, 0xd, 5).b, 1088);
    CHECK(is_empty(query(&pv_default, &vcpu, 0xd, 9)));
    CHECK(is_empty(query(&pv_default, &vcpu, 0xd, 62)));
    CHECK(is_empty(query(&pv_default, &vcpu, 0xd, 63)));

    cpu_policy_set(&pv_default, FEATURE(XSAVE), false);
    CHECK(is_empty(query(&pv_default, &vcpu, 0xd, 0)));
}

/* Alignment in the compacted form: the register set after an odd-sized one. */
static void test_compact_alignment(void)
{
    begin(fake_intel, AVX512_STATES);
    pv_default.xstate[5].a = 8;
    pv_default.xstate[6].c = 2;
    CHECK_EQ(cpu_policy_xsave_size(&pv_default, 0x67, true), 576 + 256 + 64 + 512);
    pv_default.xstate[6].c = 0;
    CHECK_EQ(cpu_policy_xsave_size(&pv_default, 0x67, true), 576 + 256 + 8 + 512);
}

static void test_query_xen(void)
{
    struct cpu_policy_vcpu vcpu = {
        .version = 4 << 16 | 17,
        .machine_bits = 40,
        .tsc_reliable = true,
        .tsc_mode = 2,
        .tsc_incarnation = 3,
        .guest_khz = 1000,
        .host_khz = 2000,
        .tsc_offset = 0x1122334455667788,
        .tsc_multiplier = 99,
        .tsc_shift = -1,
    };
    struct cpuid_leaf leaf;

    begin(fake_amd, AVX2_STATES);
    leaf = query(&pv_default, &vcpu, 0x40000000, 0);
    CHECK_EQ(leaf.a, 0x40000005);
    CHECK(memcmp(&leaf.b, "XenVMMXenVMM", 12) == 0);
    CHECK_EQ(query(&pv_default, &vcpu, 0x40000001, 0).a, 0x40011);
    leaf = query(&pv_default, &vcpu, 0x40000002, 0);
    CHECK_EQ(leaf.a, 1);
    CHECK_EQ(leaf.b, 0x40000000);
    CHECK_EQ(leaf.c, 1);
    leaf = query(&pv_default, &vcpu, 0x40000003, 0);
    CHECK_EQ(leaf.a, 6);
    CHECK_EQ(leaf.b, 2);
    CHECK_EQ(leaf.c, 1000);
    CHECK_EQ(leaf.d, 3);
    leaf = query(&pv_default, &vcpu, 0x40000003, 1);
    CHECK_EQ(leaf.a, 0x55667788);
    CHECK_EQ(leaf.b, 0x11223344);
    CHECK_EQ(leaf.c, 99);
    CHECK_EQ(leaf.d, ~0u);
    CHECK_EQ(query(&pv_default, &vcpu, 0x40000003, 2).a, 2000);
    CHECK(is_empty(query(&pv_default, &vcpu, 0x40000003, 3)));
    CHECK(is_empty(query(&pv_default, &vcpu, 0x40000004, 0)));
    CHECK_EQ(query(&pv_default, &vcpu, 0x40000005, 0).b, 40);
    CHECK(is_empty(query(&pv_default, &vcpu, 0x40000005, 1)));
    CHECK(is_empty(query(&pv_default, &vcpu, 0x40000006, 0)));
    CHECK(is_empty(query(&pv_default, &vcpu, 0x40000100, 0)));
}

/* The toolstack may make fewer of them visible, but Linux needs three. */
static void test_xen_limit(void)
{
    struct cpu_policy_vcpu vcpu = {.version = 1};

    begin(fake_amd, AVX2_STATES);
    pv_default.xen_limit = 1;
    CHECK_EQ(query(&pv_default, &vcpu, 0x40000000, 0).a, 0x40000002);
    CHECK(is_empty(query(&pv_default, &vcpu, 0x40000003, 0)));
    pv_default.xen_limit = 200;
    CHECK_EQ(query(&pv_default, &vcpu, 0x40000000, 0).a, 0x40000005);
}

static void test_lists(void)
{
    xen_cpuid_leaf_t leaves[CPU_POLICY_MAX_LEAVES + 1];
    xen_msr_entry_t msrs[2];
    uint32_t count = COUNT(leaves), nr_msrs = 2, less;

    begin(fake_amd, AVX2_STATES);
    CHECK_EQ(cpu_policy_leaves(&pv_default, leaves, &count), 0);
    /* 0-3, 4, 5, 6, 7, 8-0xa, 0xb, 0xc, 0xd x 3, two of Xen's, 32 extended */
    CHECK_EQ(count, 4 + 1 + 2 + 1 + 3 + 1 + 1 + 3 + 2 + 32);
    CHECK_EQ(leaves[0].subleaf, XEN_CPUID_NO_SUBLEAF);
    for (uint32_t i = 1; i < count; i++)
        CHECK(leaves[i - 1].leaf < leaves[i].leaf || leaves[i - 1].subleaf < leaves[i].subleaf);

    less = count - 1;
    CHECK_EQ(cpu_policy_leaves(&pv_default, leaves, &less), -XEN_ENOBUFS);
    less = 0;
    CHECK_EQ(cpu_policy_leaves(&pv_default, NULL, &less), -XEN_ENOBUFS);
    CHECK_EQ(cpu_policy_msrs(&pv_default, msrs, &nr_msrs), 0);
    CHECK_EQ(nr_msrs, 2);
    CHECK_EQ(msrs[0].idx, 0xce);
    CHECK_EQ(msrs[1].idx, 0x10a);
    nr_msrs = 1;
    CHECK_EQ(cpu_policy_msrs(&pv_default, msrs, &nr_msrs), -XEN_ENOBUFS);
}

/* The longest list that there can be is as long as a size query says. */
static void test_longest_list(void)
{
    static struct cpu_policy full;
    xen_cpuid_leaf_t leaves[CPU_POLICY_MAX_LEAVES];
    uint32_t count = COUNT(leaves);

    memset(&full, 0xff, sizeof(full));
    CHECK_EQ(cpu_policy_leaves(&full, leaves, &count), 0);
    CHECK_EQ(count, CPU_POLICY_MAX_LEAVES);
}

/* Updates pv_default by one leaf and returns the result. */
static int update_leaf(struct cpu_policy *new, uint32_t leaf, uint32_t subleaf,
                       struct cpuid_leaf value, struct cpu_policy_error *error)
{
    xen_cpuid_leaf_t list = {leaf, subleaf, value.a, value.b, value.c, value.d};

    return cpu_policy_update(new, &pv_default, &pv_max, &list, 1, NULL, 0, error);
}

static void test_update_refused(void)
{
    static const struct {
        uint32_t leaf, subleaf;
        struct cpuid_leaf value;
        int result;
    } cases[] = {
        {0xe, ~0u, {0}, -XEN_ERANGE},
        {1, 0, {0}, -XEN_ERANGE},
        {4, ~0u, {0}, -XEN_ERANGE},
        {4, 6, {0}, -XEN_ERANGE},
        {7, 3, {0}, -XEN_ERANGE},
        {0xb, 2, {0}, -XEN_ERANGE},
        {0xd, 63, {0}, -XEN_ERANGE},
        {0x40000000, 0, {0}, -XEN_ERANGE},
        {0x40000001, ~0u, {0}, -XEN_ERANGE},
        {EXTENDED + 0x22, ~0u, {0}, -XEN_ERANGE},
        {EXTENDED, 0, {0}, -XEN_ERANGE},
        {~0u, ~0u, {0}, -XEN_ERANGE},
        {0, ~0u, {.a = 0xe}, -XEN_EINVAL},
        {7, 0, {.a = 3}, -XEN_EINVAL},
        {EXTENDED, ~0u, {.a = EXTENDED + 0x20}, -XEN_EINVAL},
    };
    struct cpu_policy_error error;
    struct cpu_policy new;

    begin(fake_amd, AVX2_STATES);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CHECK_EQ(update_leaf(&new, cases[i].leaf, cases[i].subleaf, cases[i].value, &error),
                 cases[i].result);
        CHECK_EQ(error.leaf, cases[i].leaf);
        CHECK_EQ(error.subleaf, cases[i].subleaf);
        CHECK_EQ(error.msr, ~0u);
    }
}

static void test_update_msrs(void)
{
    static const struct {
        xen_msr_entry_t msr;
        int result;
    } cases[] = {
        {{.idx = 0xce, .val = 0}, 0},
        {{.idx = 0xce, .val = 1u << 31}, -XEN_EINVAL},
        {{.idx = 0xce, .val = 1ULL << 32}, -XEN_EOVERFLOW},
        {{.idx = 0xce, .flags = 1}, -XEN_EINVAL},
        {{.idx = 0x10a, .val = ~0ULL}, 0},
        {{.idx = 0x10, .val = 0}, -XEN_ERANGE},
    };
    struct cpu_policy_error error;
    struct cpu_policy new;

    begin(fake_amd, AVX2_STATES);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CHECK_EQ(cpu_policy_update(&new, &pv_default, &pv_max, NULL, 0, &cases[i].msr, 1, &error),
                 cases[i].result);
        CHECK_EQ(error.msr, cases[i].result ? cases[i].msr.idx : ~0u);
        CHECK_EQ(error.leaf, ~0u);
        if (cases[i].result == 0)
            CHECK_EQ(new.arch_caps[0] | new.arch_caps[1], 0); /* the maximum has none */
    }
}

static void test_update_too_many(void)
{
    static xen_cpuid_leaf_t leaves[CPU_POLICY_MAX_LEAVES + 1];
    static xen_msr_entry_t msrs[CPU_POLICY_MAX_MSRS + 1];
    struct cpu_policy_error error = {0};
    struct cpu_policy new;

    begin(fake_amd, AVX2_STATES);
    CHECK_EQ(cpu_policy_update(&new, &pv_default, &pv_max, leaves, CPU_POLICY_MAX_LEAVES + 1, NULL,
                               0, &error),
             -XEN_E2BIG);
    CHECK_EQ(error.leaf, ~0u);
    CHECK_EQ(cpu_policy_update(&new, &pv_default, &pv_max, NULL, 0, msrs, CPU_POLICY_MAX_MSRS + 1,
                               &error),
             -XEN_E2BIG);
}

/* Features that the machine hasn't are dropped, and so is what needs a dropped one. */
static void test_update_cut(void)
{
    struct cpuid_leaf leaf;
    struct cpu_policy_error error;
    struct cpu_policy new;

    begin(fake_amd, AVX2_STATES);
    leaf = pv_default.basic[1];
    leaf.c |= 1 << 21 | 1 << 17 | 1 << 27; /* X2APIC, PCID, OSXSAVE */
    leaf.c &= ~(1 << 26);                  /* XSAVE */
    leaf.b = 0xff00aa00;
    CHECK_EQ(update_leaf(&new, 1, ~0u, leaf, &error), 0);
    CHECK_EQ(error.leaf, ~0u);
    CHECK(!cpu_policy_has(&new, FEATURE(X2APIC)));
    CHECK(!cpu_policy_has(&new, FEATURE(PCID)));
    CHECK(!cpu_policy_has(&new, FEATURE(OSXSAVE)));
    CHECK(!cpu_policy_has(&new, FEATURE(AVX)));
    CHECK(!cpu_policy_has(&new, FEATURE(AVX2)));
    CHECK(!cpu_policy_has(&new, FEATURE(XSAVEOPT)));
    CHECK(cpu_policy_has(&new, FEATURE(SSE4_2)));
    CHECK_EQ(new.basic[1].b, 0x0800); /* the cache line is the host's, the APIC ID nobody's */
    CHECK_EQ(new.xstate[0].a, 0);

    leaf =
        (struct cpuid_leaf){.a = 6, .b = raw.basic[0].b, .c = raw.basic[0].c, .d = raw.basic[0].d};
    CHECK_EQ(update_leaf(&new, 0, ~0u, leaf, &error), 0);
    CHECK(!cpu_policy_has(&new, FEATURE(AVX2)));
    CHECK(!cpu_policy_has(&new, FEATURE(XSAVE)));
    CHECK_EQ(new.features[0].b, 0);
}

/* Without SSE2 there is no long mode, and what is only there in long mode goes too. */
static void test_update_chain(void)
{
    struct cpuid_leaf leaf;
    struct cpu_policy_error error;
    struct cpu_policy new;

    begin(fake_amd, AVX2_STATES);
    leaf = pv_default.basic[1];
    leaf.d &= ~(1u << 26);
    CHECK_EQ(update_leaf(&new, 1, ~0u, leaf, &error), 0);
    CHECK(!cpu_policy_has(&new, FEATURE(SSE3)));
    CHECK(!cpu_policy_has(&new, FEATURE(LM)));
    CHECK(!cpu_policy_has(&new, FEATURE(CX16)));
    CHECK(!cpu_policy_has(&new, FEATURE(FSGSBASE)));
    CHECK(!cpu_policy_has(&new, FEATURE(AVX2)));
    CHECK(cpu_policy_has(&new, FEATURE(SSE)));
}

/* How the FPU behaves shows in leaf 7, but not if there is no leaf 7. */
static void test_fpu_quirks(void)
{
    struct cpuid_leaf leaf;
    struct cpu_policy_error error;
    struct cpu_policy new;

    begin(fake_intel, AVX2_STATES);
    CHECK(cpu_policy_has(&pv_default, FEATURE(NO_FPU_SEL)));
    leaf = pv_default.features[0];
    leaf.b = 0;
    CHECK_EQ(update_leaf(&new, 7, 0, leaf, &error), 0);
    CHECK(cpu_policy_has(&new, FEATURE(NO_FPU_SEL)));
    CHECK(!cpu_policy_has(&new, FEATURE(AVX2)));

    leaf = pv_default.basic[0];
    leaf.a = 6;
    CHECK_EQ(update_leaf(&new, 0, ~0u, leaf, &error), 0);
    CHECK_EQ(new.features[0].b, 0);
}

static void test_address_width(void)
{
    static const struct {
        uint32_t asked, given;
    } cases[] = {{0x3028, 0x3028}, {0x3924, 0x3024}, {0x3010, 0x3024}, {0x3034, 0x3028}};
    struct cpu_policy_error error;
    struct cpu_policy new;

    begin(fake_amd, AVX2_STATES);
    for (size_t i = 0; i < COUNT(cases); i++) {
        CHECK_EQ(
            update_leaf(&new, EXTENDED + 8, ~0u, (struct cpuid_leaf){.a = cases[i].asked}, &error),
            0);
        CHECK_EQ(new.extended[8].a, cases[i].given);
    }
}

/* What the toolstack writes can't put anything into leaves that tell of nothing for guests. */
static void test_update_hidden_leaves(void)
{
    struct cpuid_leaf ones = {~0u, ~0u, ~0u, ~0u};
    static const uint32_t hidden[] = {5, 6, 8, 9, 0xa, 0xc, EXTENDED + 0xa, EXTENDED + 0x1e};
    struct cpu_policy_vcpu vcpu = {0};
    struct cpu_policy_error error;
    struct cpu_policy new;

    begin(fake_amd, AVX2_STATES);
    for (size_t i = 0; i < COUNT(hidden); i++) {
        CHECK_EQ(update_leaf(&new, hidden[i], ~0u, ones, &error), 0);
        CHECK(is_empty(query(&new, &vcpu, hidden[i], 0)));
    }
    CHECK_EQ(update_leaf(&new, 0xd, 40, ones, &error), 0);
    CHECK(is_empty(query(&new, &vcpu, 0xd, 40)));
    CHECK_EQ(update_leaf(&new, 0xb, 0, ones, &error), 0);
    CHECK(is_empty(query(&new, &vcpu, 0xb, 0)));
}

/* Hardware guests have paging of their own and an emulated APIC; they see no more of the host's. */
static void test_hvm_on_amd(void)
{
    struct cpu_policy max, def, again;
    uint32_t words[CPU_POLICY_WORDS];

    begin(fake_amd, AVX2_STATES);
    cpu_policy_derive_hvm_max(&max, &host);
    cpu_policy_derive_hvm_default(&def, &max, &host);
    CHECK(!cpu_policy_has(&pv_default, FEATURE(PGE)) && cpu_policy_has(&def, FEATURE(PGE)));
    CHECK(!cpu_policy_has(&pv_default, FEATURE(SEP)) && cpu_policy_has(&def, FEATURE(SEP)));
    CHECK(cpu_policy_has(&def, FEATURE(SMEP)) && cpu_policy_has(&def, FEATURE(PSE)));
    CHECK(cpu_policy_has(&def, FEATURE(X2APIC)) && cpu_policy_has(&def, FEATURE(TSC_DEADLINE)));
    CHECK(!cpu_policy_has(&pv_max, FEATURE(X2APIC)));
    CHECK(cpu_policy_has(&def, FEATURE(HYPERVISOR)));
    CHECK(!cpu_policy_has(&max, FEATURE(SVM)) && !cpu_policy_has(&max, FEATURE(XSAVES)));
    CHECK(!cpu_policy_has(&def, FEATURE(ITSC)));
    CHECK(is_empty(def.extended[0xa]));
    /* All of PV's default is there. */
    cpu_policy_featureset(&pv_default, words);
    for (unsigned int i = 0; i < CPU_POLICY_WORDS * 32; i++)
        CHECK(!(words[i / 32] >> i % 32 & 1) || cpu_policy_has(&def, i));
    again = def;
    cpu_policy_settle(&again, &max);
    CHECK(memcmp(&again, &def, sizeof(def)) == 0);
}

static void test_query_hardware(void)
{
    struct cpu_policy_vcpu vcpu = {.hardware = true, .apic_id = 6, .vcpu_id = 3, .domid = 12};
    struct cpuid_leaf leaf;

    begin(fake_amd, AVX2_STATES);
    leaf = query(&pv_default, &vcpu, 0x40000004, 0);
    CHECK_EQ(leaf.a, XEN_HVM_CPUID_VCPU_ID_PRESENT | XEN_HVM_CPUID_DOMID_PRESENT);
    CHECK(leaf.b == 3 && leaf.c == 12);
    CHECK_EQ(query(&pv_default, &vcpu, 0x40000002, 0).c, 0);
    CHECK_EQ(query(&pv_default, &vcpu, 1, 0).b >> 24, 6);
    CHECK_EQ(query(&pv_default, &vcpu, 0xb, 0).d, 6);
    vcpu.hardware = false;
    CHECK(is_empty(query(&pv_default, &vcpu, 0x40000004, 0)));
}

static void test_system(void)
{
    cpu_policy_system_init(fake_amd, AVX2_STATES, false);
    begin(fake_amd, AVX2_STATES);
    CHECK(memcmp(cpu_policy_system(XEN_SYSCTL_cpu_policy_raw), &raw, sizeof(raw)) == 0);
    CHECK(memcmp(cpu_policy_system(XEN_SYSCTL_cpu_policy_host), &host, sizeof(raw)) == 0);
    CHECK(memcmp(cpu_policy_system(XEN_SYSCTL_cpu_policy_pv_max), &pv_max, sizeof(raw)) == 0);
    CHECK(memcmp(cpu_policy_system(XEN_SYSCTL_cpu_policy_pv_default), &pv_default, sizeof(raw)) ==
          0);
    CHECK(!cpu_policy_system(XEN_SYSCTL_cpu_policy_hvm_max));
    CHECK(!cpu_policy_system(XEN_SYSCTL_cpu_policy_hvm_default));
    CHECK(!cpu_policy_system(6));
    CHECK(cpu_policy_system_features(XEN_SYSCTL_cpu_featureset_pv) ==
          cpu_policy_system(XEN_SYSCTL_cpu_policy_pv_default));
    CHECK(cpu_policy_system_features(XEN_SYSCTL_cpu_featureset_pv_max) ==
          cpu_policy_system(XEN_SYSCTL_cpu_policy_pv_max));
    CHECK(!cpu_policy_system_features(XEN_SYSCTL_cpu_featureset_hvm));
    cpu_policy_system_init(fake_amd, AVX2_STATES, true);
    CHECK(cpu_policy_system(XEN_SYSCTL_cpu_policy_hvm_max));
    CHECK(cpu_policy_system_features(XEN_SYSCTL_cpu_featureset_hvm) ==
          cpu_policy_system(XEN_SYSCTL_cpu_policy_hvm_default));
}

int main(void)
{
    RUN(test_pv_on_amd);
    RUN(test_pv_on_intel);
    RUN(test_hvm_on_amd);
    RUN(test_query_hardware);
    RUN(test_states_not_saved);
    RUN(test_old_cpu);
    RUN(test_each_within_the_last);
    RUN(test_settling_twice_is_settling_once);
    RUN(test_dom0);
    RUN(test_cr4);
    RUN(test_xcr0);
    RUN(test_query_basic);
    RUN(test_query_extended);
    RUN(test_query_caches);
    RUN(test_query_xstate);
    RUN(test_compact_alignment);
    RUN(test_query_xen);
    RUN(test_xen_limit);
    RUN(test_lists);
    RUN(test_longest_list);
    RUN(test_update_refused);
    RUN(test_update_msrs);
    RUN(test_update_too_many);
    RUN(test_update_cut);
    RUN(test_update_chain);
    RUN(test_fpu_quirks);
    RUN(test_address_width);
    RUN(test_update_hidden_leaves);
    RUN(test_system);
    return check_done();
}
