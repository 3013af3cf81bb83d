/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPUs as tables, for tests of CPU policies. Their values have the shape of real ones. */
#include "cpu_policy/fake_cpu.h"

#include <cpuid.h>
#include <stddef.h>

#define ANY XEN_CPUID_NO_SUBLEAF

struct row {
    uint32_t leaf, subleaf;
    struct cpuid_leaf value;
};

static const struct row amd[] = {
    {0x0, ANY, {0xd, 0x68747541, 0x444d4163, 0x69746e65}},
    {0x1, ANY, {0x00800f12, 0x03020800, 0xfef83203, 0x178bfbff}},
    {0x5, ANY, {0x40, 0x40, 3, 0x11}},
    {0x6, ANY, {4, 0, 1, 0}},
    {0x7, 0, {0, 0x209c01a9, 0, 0}},
    {0xb, 0, {0, 1, 0x100, 3}},
    {0xb, 1, {1, 2, 0x201, 3}},
    {0xd, 0, {7, 0x340, 0x340, 0}},
    {0xd, 1, {0xf, 0x340, 0, 0}},
    {0xd, 2, {0x100, 0x240, 0, 0}},
    {0x80000000, ANY, {0x8000001f, 0x68747541, 0x444d4163, 0x69746e65}},
    {0x80000001, ANY, {0x00800f12, 0x40000000, 0x044003f7, 0x2fd3fbff}},
    {0x80000002, ANY, {0x20444d41, 0x43595045, 0x6f725020, 0x73736563}},
    {0x80000003, ANY, {0x726f, 0, 0, 0}},
    {0x80000005, ANY, {0xff40ff40, 0xff40ff40, 0x20080140, 0x40040140}},
    {0x80000006, ANY, {0x26006400, 0x66006400, 0x02006140, 0x00808140}},
    {0x80000007, ANY, {0, 0x1b, 0, 0x6799}},
    {0x80000008, ANY, {0x00003028, 0x00001007, 0x00004001, 0x00010000}},
    {0x8000000a, ANY, {1, 0x8000, 0, 0x1bcff}},
    {0x80000019, ANY, {0xf040f040, 0, 0, 0}},
    {0x8000001a, ANY, {3, 0, 0, 0}},
    {0x8000001b, ANY, {0x3ff, 0, 0, 0}},
    {0x8000001d, ANY, {0x4121, 0x1c0003f, 0x3f, 0}},
    {0x8000001e, ANY, {3, 0x101, 0, 0}},
    {0x8000001f, ANY, {0xf, 0x16f, 0xf, 1}},
};

static const struct row intel[] = {
    {0x0, ANY, {0x16, 0x756e6547, 0x6c65746e, 0x49656e69}},
    {0x1, ANY, {0x00050654, 0x12400800, 0x7ffefbff, 0xbfebfbff}},
    {0x2, ANY, {0x76036301, 0x00f0b5ff, 0, 0x00c30000}},
    {0x4, 0, {0x7c004121, 0x01c0003f, 0x3f, 0}},
    {0x4, 1, {0x7c004122, 0x01c0003f, 0x3f, 0}},
    {0x4, 2, {0x7c004143, 0x03c0003f, 0x3ff, 0}},
    {0x4, 3, {0x7c0fc163, 0x0280003f, 0xdfff, 4}},
    {0x5, ANY, {0x40, 0x40, 3, 0x2020}},
    {0x7, 0, {0, 0xd39ffffb, 0x00000018, 0xbc002400}},
    {0xa, ANY, {0x07300404, 0, 0, 0x603}},
    {0xb, 0, {1, 2, 0x100, 0x12}},
    {0xb, 1, {6, 40, 0x201, 0x12}},
    {0xd, 0, {0x2ff, 0xa88, 0xa88, 0}},
    {0xd, 1, {0xf, 0xa08, 0x100, 0}},
    {0xd, 2, {256, 576, 0, 0}},
    {0xd, 3, {64, 960, 0, 0}},
    {0xd, 4, {64, 1024, 0, 0}},
    {0xd, 5, {64, 1088, 0, 0}},
    {0xd, 6, {512, 1152, 0, 0}},
    {0xd, 7, {1024, 1664, 0, 0}},
    {0xd, 9, {8, 2688, 2, 0}},
    {0x80000000, ANY, {0x80000008, 0, 0, 0}},
    {0x80000001, ANY, {0, 0, 0x121, 0x2c100800}},
    {0x80000002, ANY, {0x65746e49, 0x2952286c, 0x6f655820, 0x2952286e}},
    {0x80000006, ANY, {0, 0, 0x01006040, 0}},
    {0x80000007, ANY, {0, 0, 0, 0x100}},
    {0x80000008, ANY, {0x302e, 0, 0, 0}},
};

static const struct row old[] = {
    {0x0, ANY, {2, 0x756e6547, 0x6c65746e, 0x49656e69}},
    {0x1, ANY, {0x6b1, 0, 0, 0x0383fbff}},
    {0x2, ANY, {0x03020101, 0, 0, 0x0c040843}},
    {0x80000000, ANY, {2, 0, 0, 0}}, /* such CPUs answer with a basic leaf */
};

static void look_up(const struct row *rows, size_t count, uint32_t leaf, uint32_t subleaf,
                    struct cpuid_leaf *out)
{
    *out = (struct cpuid_leaf){0};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].leaf == leaf && (rows[i].subleaf == ANY || rows[i].subleaf == subleaf))
            *out = rows[i].value;
    }
}

void fake_amd(uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out)
{
    look_up(amd, sizeof(amd) / sizeof(amd[0]), leaf, subleaf, out);
}

void fake_intel(uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out)
{
    look_up(intel, sizeof(intel) / sizeof(intel[0]), leaf, subleaf, out);
}

void fake_old(uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out)
{
    look_up(old, sizeof(old) / sizeof(old[0]), leaf, subleaf, out);
}

void real_cpu(uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out)
{
    __cpuid_count(leaf, subleaf, out->a, out->b, out->c, out->d);
}
