/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which MSRs a PV guest may read and write, and with what result. */
#include "pv/msr_policy.h"

#include <xen/arch-x86/cpufeatureset.h>
#include <xen/errno.h>

#include "check.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HOST_VALUE    0xffffffffffffffffULL
#define VIRTUAL_VALUE 0x123ULL

static struct {
    enum msr_vendor vendor;
    unsigned int feature; /* the only one that the guest has */
    bool relaxed_read, relaxed_write;
    bool host_lacks;
    unsigned int writes;
} guest;

static enum msr_vendor vendor(void *ctx)
{
    return guest.vendor;
}

static bool has_feature(void *ctx, unsigned int feature)
{
    return feature == guest.feature;
}

static int host_read(void *ctx, uint32_t index, uint64_t *value)
{
    *value = HOST_VALUE;
    return guest.host_lacks ? -XEN_EPERM : 0;
}

static int virtual_read(void *ctx, uint32_t index, uint64_t *value)
{
    *value = VIRTUAL_VALUE;
    return 0;
}

static int virtual_write(void *ctx, uint32_t index, uint64_t value)
{
    guest.writes++;
    return 0;
}

static bool relaxed_read(void *ctx)
{
    return guest.relaxed_read;
}

static bool relaxed_write(void *ctx)
{
    return guest.relaxed_write;
}

static const struct msr_policy_ops ops = {
    .vendor = vendor,
    .has_feature = has_feature,
    .host_read = host_read,
    .virtual_read = virtual_read,
    .virtual_write = virtual_write,
    .relaxed_read = relaxed_read,
    .relaxed_write = relaxed_write,
};

static void begin(enum msr_vendor of)
{
    memset(&guest, 0, sizeof(guest));
    guest.vendor = of;
}

/* Reads an MSR that is readable. */
static uint64_t value_of(uint32_t index)
{
    uint64_t value = 0;

    CHECK_EQ(msr_policy_read(&ops, NULL, index, &value), 0);
    return value;
}

static bool readable(uint32_t index)
{
    uint64_t value = ~0ULL;
    bool result = msr_policy_read(&ops, NULL, index, &value) == 0;

    if (!result)
        CHECK_EQ(value, 0);
    return result;
}

static bool writable(uint32_t index, uint64_t value)
{
    return msr_policy_write(&ops, NULL, index, value) == 0;
}

static void test_values(void)
{
    begin(MSR_AMD);
    CHECK_EQ(value_of(0x277), 0x050100070406);
    CHECK_EQ(value_of(0xc0000080), HOST_VALUE & ~(1ULL << 12));
    CHECK_EQ(value_of(0xc0000101), VIRTUAL_VALUE);
    CHECK_EQ(value_of(0x10), VIRTUAL_VALUE);
    CHECK_EQ(value_of(0x1b), VIRTUAL_VALUE);
    CHECK_EQ(value_of(0x179), 0);
    CHECK_EQ(value_of(0xce), 0);
    CHECK_EQ(value_of(0xc0010015), 1 << 24);
    CHECK_EQ(value_of(0xc0011029), 2);
    CHECK_EQ(value_of(0xc0010064), 0);
    begin(MSR_INTEL);
    CHECK_EQ(value_of(0x1a0), HOST_VALUE & ~(1ULL << 7 | 1ULL << 18));
}

static void test_denied(void)
{
    static const uint32_t denied[] = {
        0x0,        0x3a,       0xfe,       0x174,      0x175,      0x176,      0x1d9,
        0x200,      0x2ff,      0x400,      0x6e0,      0x800,      0xc0000081, 0xc0000082,
        0xc0000084, 0xc0000104, 0xc0010010, 0xc0010117, 0x40000000, 0xffffffff,
    };

    begin(MSR_AMD);
    for (size_t i = 0; i < COUNT(denied); i++) {
        CHECK(!readable(denied[i]));
        CHECK(!writable(denied[i], 0));
    }
    CHECK_EQ(guest.writes, 0);
}

static void test_vendors(void)
{
    begin(MSR_AMD);
    CHECK(!readable(0x1a0));
    CHECK(!readable(0x17));
    CHECK(readable(0xc001001f));
    CHECK(readable(0x8b));
    CHECK(!writable(0x8b, 0));
    begin(MSR_INTEL);
    CHECK(readable(0x17));
    CHECK(!readable(0xc001001f));
    CHECK(readable(0x8b));
    CHECK(writable(0x8b, 0));
}

static void test_writes(void)
{
    begin(MSR_AMD);
    CHECK(!writable(0x10, 0));
    CHECK(!writable(0x277, 0x050100070406));
    CHECK(writable(0xc0000080, HOST_VALUE & ~(1ULL << 12)));
    CHECK(!writable(0xc0000080, HOST_VALUE));
    CHECK(!writable(0xc0000080, 0));
    CHECK(writable(0xc0010000, 99));
    CHECK(writable(0xc0010062, 1));
    CHECK(writable(0xc0011029, 0));
    CHECK_EQ(guest.writes, 0);
    CHECK(writable(0x140, 0));
    CHECK(!writable(0x140, 1));
    CHECK_EQ(guest.writes, 0);
}

static void test_bases(void)
{
    begin(MSR_AMD);
    for (uint32_t index = 0xc0000100; index <= 0xc0000102; index++) {
        CHECK(writable(index, 0));
        CHECK(writable(index, 0x7fffffffffff));
        CHECK(writable(index, 0xffff800000000000));
        CHECK(!writable(index, 0x800000000000));
        CHECK(!writable(index, 0xfffe800000000000));
    }
    CHECK_EQ(guest.writes, 9);
}

static void test_features(void)
{
    begin(MSR_AMD);
    CHECK(!readable(0xc0000103));
    CHECK(!writable(0xc0000103, 1));
    guest.feature = XEN_X86_FEATURE_RDTSCP;
    CHECK(readable(0xc0000103));
    CHECK(writable(0xc0000103, 0xffffffff));
    CHECK(!writable(0xc0000103, 0x100000000));
    guest.feature = XEN_X86_FEATURE_RDPID;
    CHECK(readable(0xc0000103));
    CHECK(!writable(0x49, 1));
    guest.feature = XEN_X86_FEATURE_IBPB;
    CHECK(writable(0x49, 1));
    CHECK(!writable(0x49, 0x80));
    CHECK(!readable(0x49));
}

/* Before a guest has a #GP handler, what the CPU has reads as 0. */
static void test_relaxed(void)
{
    begin(MSR_AMD);
    guest.relaxed_read = true;
    CHECK_EQ(value_of(0x174), 0);
    CHECK_EQ(value_of(0xc0000103), 0);
    CHECK(!writable(0x174, 0));
    guest.host_lacks = true;
    CHECK(!readable(0x174));
    CHECK(!readable(0xc0000080));

    guest.host_lacks = false;
    guest.relaxed_write = true;
    CHECK(writable(0x174, 1));
    CHECK(!writable(0xc0000080, 1)); /* there is a rule, and it stands */
    CHECK_EQ(guest.writes, 0);
    guest.host_lacks = true;
    CHECK(!writable(0x174, 1));
}

/* The search stops early: were the table out of order, rules behind would not be found. */
static void test_order(void)
{
    static const uint32_t firsts[] = {0x10,       0x49,       0x8b,       0xce,       0x179,
                                      0x140,      0x277,      0xc0000080, 0xc0000103, 0xc0010000,
                                      0xc0010015, 0xc0010061, 0xc0011029};

    for (size_t i = 0; i < COUNT(firsts); i++) {
        const struct msr_rule *rule = msr_policy_find(firsts[i], MSR_AMD);

        if (CHECK(rule))
            CHECK(rule->first == firsts[i] && rule->last >= firsts[i]);
    }
    CHECK(msr_policy_find(0xc001006b, MSR_AMD));
    CHECK(!msr_policy_find(0xc001006c, MSR_AMD));
    CHECK(!msr_policy_find(0xc0010060, MSR_AMD));
}

int main(void)
{
    RUN(test_values);
    RUN(test_denied);
    RUN(test_vendors);
    RUN(test_writes);
    RUN(test_bases);
    RUN(test_features);
    RUN(test_relaxed);
    RUN(test_order);
    return check_done();
}
