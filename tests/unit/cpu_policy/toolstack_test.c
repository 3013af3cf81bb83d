/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU policies against the toolstack that will read and write them: the stock libxenguest runs
 * here as it is, and the hypercalls that it makes end in this file instead of in a hypervisor.
 */
#include <errno.h>
#include <stdint.h>

#include <xencall.h>
#include <xenctrl.h>
#include <xendevicemodel.h>
#include <xenforeignmemory.h>
#include <xenguest.h>

#include <xen/arch-x86/cpufeatureset.h>
#include <xen/errno.h>

#include "check.h"
#include "cpu_policy/fake_cpu.h"
#include "domain/cpu_policy.h"

#define DOMID       5
#define AVX2_STATES 7

#define FEATURE(name) XEN_X86_FEATURE_##name

/* The domain's policy, and how often it has been set. */
static struct cpu_policy domain_policy;
static unsigned int times_set;

/* What libxencall would do with /dev/xen/privcmd. */
xencall_handle *xencall_open(xentoollog_logger *logger, unsigned int flags)
{
    static char handle;

    return (xencall_handle *)&handle;
}

int xencall_close(xencall_handle *handle)
{
    return 0;
}

void *xencall_alloc_buffer(xencall_handle *handle, size_t size)
{
    return calloc(1, size);
}

void xencall_free_buffer(xencall_handle *handle, void *buffer)
{
    free(buffer);
}

void *xencall_alloc_buffer_pages(xencall_handle *handle, size_t pages)
{
    return calloc(pages, XC_PAGE_SIZE);
}

void xencall_free_buffer_pages(xencall_handle *handle, void *buffer, size_t pages)
{
    free(buffer);
}

xenforeignmemory_handle *xenforeignmemory_open(xentoollog_logger *logger, unsigned int flags)
{
    static char handle;

    return (xenforeignmemory_handle *)&handle;
}

int xenforeignmemory_close(xenforeignmemory_handle *handle)
{
    return 0;
}

xendevicemodel_handle *xendevicemodel_open(xentoollog_logger *logger, unsigned int flags)
{
    static char handle;

    return (xendevicemodel_handle *)&handle;
}

int xendevicemodel_close(xendevicemodel_handle *handle)
{
    return 0;
}

/* Lists a policy as both get_cpu_policy calls do; a NULL list asks for its greatest length. */
static int give_policy(const struct cpu_policy *policy, xen_cpuid_leaf_t *leaves,
                       uint32_t *nr_leaves, xen_msr_entry_t *msrs, uint32_t *nr_msrs)
{
    int result = 0;

    if (!policy)
        return -XEN_EOPNOTSUPP;
    if (leaves)
        result = cpu_policy_leaves(policy, leaves, nr_leaves);
    else
        *nr_leaves = CPU_POLICY_MAX_LEAVES;
    if (result == 0 && msrs)
        result = cpu_policy_msrs(policy, msrs, nr_msrs);
    else if (!msrs)
        *nr_msrs = CPU_POLICY_MAX_MSRS;
    return result;
}

static int give_featureset(struct xen_sysctl_cpu_featureset *op)
{
    const struct cpu_policy *policy = cpu_policy_system_features(op->index);
    uint32_t words[CPU_POLICY_WORDS];

    if (!policy)
        return -XEN_EOPNOTSUPP;
    cpu_policy_featureset(policy, words);
    for (unsigned int i = 0; op->features.p && i < op->nr_features && i < CPU_POLICY_WORDS; i++)
        op->features.p[i] = words[i];

    int result = op->features.p && op->nr_features < CPU_POLICY_WORDS ? -XEN_ENOBUFS : 0;
    op->nr_features = CPU_POLICY_WORDS;
    return result;
}

static int do_sysctl(struct xen_sysctl *op)
{
    switch (op->cmd) {
    case XEN_SYSCTL_get_cpu_policy:
        return give_policy(cpu_policy_system(op->u.cpu_policy.index), op->u.cpu_policy.leaves.p,
                           &op->u.cpu_policy.nr_leaves, op->u.cpu_policy.msrs.p,
                           &op->u.cpu_policy.nr_msrs);
    case XEN_SYSCTL_get_cpu_featureset:
        return give_featureset(&op->u.cpu_featureset);
    default:
        return -XEN_ENOSYS;
    }
}

static int take_policy(struct xen_domctl_cpu_policy *op)
{
    struct cpu_policy_error error;
    struct cpu_policy new;
    int result =
        cpu_policy_update(&new, &domain_policy, cpu_policy_system(XEN_SYSCTL_cpu_policy_pv_max),
                          op->leaves.p, op->nr_leaves, op->msrs.p, op->nr_msrs, &error);

    op->err_leaf = error.leaf;
    op->err_subleaf = error.subleaf;
    op->err_msr = error.msr;
    if (result == 0) {
        domain_policy = new;
        times_set++;
    }
    return result;
}

static int do_domctl(struct xen_domctl *op)
{
    switch (op->cmd) {
    case XEN_DOMCTL_getdomaininfo:
        op->domain = DOMID;
        op->u.getdomaininfo = (struct xen_domctl_getdomaininfo){.domain = DOMID};
        return 0;
    case XEN_DOMCTL_get_cpu_policy:
        return give_policy(&domain_policy, op->u.cpu_policy.leaves.p, &op->u.cpu_policy.nr_leaves,
                           op->u.cpu_policy.msrs.p, &op->u.cpu_policy.nr_msrs);
    case XEN_DOMCTL_set_cpu_policy:
        return take_policy(&op->u.cpu_policy);
    default:
        return -XEN_ENOSYS;
    }
}

int xencall1(xencall_handle *handle, unsigned int op, uint64_t argument)
{
    int result = -XEN_ENOSYS;

    if (op == __HYPERVISOR_sysctl)
        result = do_sysctl((struct xen_sysctl *)(uintptr_t)argument);
    else if (op == __HYPERVISOR_domctl)
        result = do_domctl((struct xen_domctl *)(uintptr_t)argument);
    if (result == 0)
        return 0;
    errno = -result; /* numbered as Linux does, as far as used here */
    return -1;
}

static xc_interface *xch;

static void begin(cpuid_fn cpuid, uint64_t xcr0)
{
    cpu_policy_system_init(cpuid, xcr0, true);
    domain_policy = *cpu_policy_system(XEN_SYSCTL_cpu_policy_pv_default);
    times_set = 0;
}

/* What libxl does for every new guest. */
static int apply(const struct xc_xend_cpuid *changes, bool itsc)
{
    return xc_cpuid_apply_policy(xch, DOMID, false, NULL, 0, true, itsc, false, changes, NULL);
}

static void test_new_guest(void)
{
    static const cpuid_fn cpus[] = {fake_amd, fake_intel, real_cpu};

    for (unsigned int i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
        struct cpu_policy before;

        begin(cpus[i], 0xe7);
        before = domain_policy;
        CHECK_EQ(apply(NULL, false), 0);
        CHECK_EQ(times_set, 1);
        CHECK(memcmp(&before, &domain_policy, sizeof(before)) == 0);
    }
}

static void test_sizes(void)
{
    uint32_t nr_leaves = 0, nr_msrs = 0, nr_words = 0;

    begin(fake_amd, AVX2_STATES);
    CHECK_EQ(xc_cpu_policy_get_size(xch, &nr_leaves, &nr_msrs), 0);
    CHECK_EQ(nr_leaves, CPU_POLICY_MAX_LEAVES);
    CHECK_EQ(nr_msrs, CPU_POLICY_MAX_MSRS);
    CHECK_EQ(xc_get_cpu_featureset(xch, XEN_SYSCTL_cpu_featureset_host, &nr_words, NULL), 0);
    CHECK_EQ(nr_words, CPU_POLICY_WORDS);
}

/* The toolstack's own reader and writer, on every policy of every machine. */
static void test_same_lists(void)
{
    static const cpuid_fn cpus[] = {fake_amd, fake_intel, fake_old, real_cpu};
    static const unsigned int indexes[] = {
        XEN_SYSCTL_cpu_policy_raw,
        XEN_SYSCTL_cpu_policy_host,
        XEN_SYSCTL_cpu_policy_pv_max,
        XEN_SYSCTL_cpu_policy_pv_default,
    };

    for (unsigned int i = 0; i < 16; i++) {
        xen_cpuid_leaf_t ours[CPU_POLICY_MAX_LEAVES], theirs[CPU_POLICY_MAX_LEAVES];
        xen_msr_entry_t our_msrs[CPU_POLICY_MAX_MSRS], their_msrs[CPU_POLICY_MAX_MSRS];
        uint32_t nr_ours = CPU_POLICY_MAX_LEAVES, nr_theirs = CPU_POLICY_MAX_LEAVES;
        uint32_t nr_our_msrs = CPU_POLICY_MAX_MSRS, nr_their_msrs = CPU_POLICY_MAX_MSRS;
        xc_cpu_policy_t *policy = xc_cpu_policy_init();

        begin(cpus[i / 4], 0xe7);
        cpu_policy_leaves(cpu_policy_system(indexes[i % 4]), ours, &nr_ours);
        cpu_policy_msrs(cpu_policy_system(indexes[i % 4]), our_msrs, &nr_our_msrs);

        CHECK_EQ(xc_cpu_policy_get_system(xch, indexes[i % 4], policy), 0);
        CHECK_EQ(
            xc_cpu_policy_serialise(xch, policy, theirs, &nr_theirs, their_msrs, &nr_their_msrs),
            0);
        CHECK_EQ(nr_ours, nr_theirs);
        CHECK_EQ(nr_our_msrs, nr_their_msrs);
        CHECK(memcmp(ours, theirs, nr_ours * sizeof(ours[0])) == 0);
        CHECK(memcmp(our_msrs, their_msrs, nr_our_msrs * sizeof(our_msrs[0])) == 0);
        xc_cpu_policy_destroy(policy);
    }
}

static void test_domain_to_domain(void)
{
    xc_cpu_policy_t *policy = xc_cpu_policy_init(), *host = xc_cpu_policy_init();

    begin(fake_amd, AVX2_STATES);
    CHECK_EQ(xc_cpu_policy_get_domain(xch, DOMID, policy), 0);
    CHECK_EQ(xc_cpu_policy_get_system(xch, XEN_SYSCTL_cpu_policy_pv_max, host), 0);
    CHECK(xc_cpu_policy_is_compatible(xch, host, policy));
    CHECK_EQ(xc_cpu_policy_set_domain(xch, DOMID, policy), 0);
    CHECK_EQ(times_set, 1);
    xc_cpu_policy_destroy(policy);
    xc_cpu_policy_destroy(host);
}

/* cpuid= in a guest's configuration: AVX off, and something that the machine hasn't on. */
static void test_overrides(void)
{
    char ecx[] = "xxx0xxxxxxxxxxxxxx1xxxxxxxxxxxxx"; /* bit 28 AVX, bit 13 CX16 */
    char ebx[] = "xxxxxxxxxxxxxxx1xxxxxxxxxxxxxxxx"; /* bit 16 AVX512F */
    struct xc_xend_cpuid changes[] = {
        {.leaf = 1, .subleaf = XEN_CPUID_INPUT_UNUSED, .policy = {[2] = ecx}},
        {.leaf = 7, .subleaf = 0, .policy = {[1] = ebx}},
        {.leaf = XEN_CPUID_INPUT_UNUSED},
    };

    begin(fake_amd, AVX2_STATES);
    CHECK(cpu_policy_has(&domain_policy, FEATURE(AVX)));
    CHECK_EQ(apply(changes, false), 0);
    CHECK(!cpu_policy_has(&domain_policy, FEATURE(AVX)));
    CHECK(!cpu_policy_has(&domain_policy, FEATURE(AVX2)));
    CHECK(!cpu_policy_has(&domain_policy, FEATURE(AVX512F)));
    CHECK(cpu_policy_has(&domain_policy, FEATURE(CX16)));
    CHECK_EQ(cpu_policy_xcr0(&domain_policy), 3);
}

static void test_itsc(void)
{
    begin(fake_amd, AVX2_STATES);
    CHECK(!cpu_policy_has(&domain_policy, FEATURE(ITSC)));
    CHECK_EQ(apply(NULL, true), 0);
    CHECK(cpu_policy_has(&domain_policy, FEATURE(ITSC)));
}

static void test_refused(void)
{
    xen_cpuid_leaf_t leaf = {.leaf = 0x20, .subleaf = XEN_CPUID_NO_SUBLEAF};
    xen_msr_entry_t msr = {.idx = 0x1234};
    uint32_t error_leaf = 0, error_subleaf = 0, error_msr = 0;

    begin(fake_amd, AVX2_STATES);
    CHECK(xc_set_domain_cpu_policy(xch, DOMID, 1, &leaf, 0, NULL, &error_leaf, &error_subleaf,
                                   &error_msr) != 0);
    CHECK_EQ(error_leaf, 0x20);
    CHECK_EQ(error_subleaf, XEN_CPUID_NO_SUBLEAF);
    CHECK_EQ(error_msr, ~0u);
    CHECK(xc_set_domain_cpu_policy(xch, DOMID, 0, NULL, 1, &msr, &error_leaf, &error_subleaf,
                                   &error_msr) != 0);
    CHECK_EQ(error_msr, 0x1234);
    CHECK_EQ(times_set, 0);
}

int main(void)
{
    xch = xc_interface_open(NULL, NULL, 0);
    if (!xch)
        return CHECK_EXIT_SKIP;
    RUN(test_sizes);
    RUN(test_same_lists);
    RUN(test_new_guest);
    RUN(test_domain_to_domain);
    RUN(test_overrides);
    RUN(test_itsc);
    RUN(test_refused);
    xc_interface_close(xch);
    return check_done();
}
