/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's time-stamp counter beside a machine's of 2 GHz. */
#include "check.h"

#include "domain/domain.h"
#include "machine/machine.h"

#define TICK   (1ULL << 40)
#define SOON   (1ULL << 34) /* what passes while a test looks */
#define SECOND 1000000000ULL

static struct domain hardware;
static struct domain pv = {.pv = (struct pv_domain *)&pv};

static uint64_t to_ns(struct tsc_scale scale, uint64_t ticks)
{
    ticks = scale.shift >= 0 ? ticks << scale.shift : ticks >> -scale.shift;
    return (uint64_t)((unsigned __int128)ticks * scale.mul >> 32);
}

static void begin(void)
{
    hardware.tsc = pv.tsc = (struct guest_tsc){0};
    guest_tsc_scaling = (struct guest_tsc_scaling){0};
}

static void scales_make_nanoseconds(void)
{
    static const uint64_t rates[] = {1000,       1000000,    999999937,  1000000000,
                                     2000000000, 3700000001, 20000000000};

    for (unsigned int i = 0; i < ARRAY_SIZE(rates); i++) {
        struct tsc_scale scale = tsc_scale_for(rates[i]);
        uint64_t ns = to_ns(scale, 10 * rates[i]);

        CHECK(scale.mul >> 31);
        if (!CHECK(ns <= 10 * SECOND && ns > 10 * SECOND - 10))
            printf("    rate %llu: %llu\n", (unsigned long long)rates[i], (unsigned long long)ns);
    }
}

static void it_is_the_machines_by_itself(void)
{
    begin();
    CHECK_EQ(guest_tsc_at(&hardware, 12345), 12345);
    CHECK_EQ(guest_tsc_span(&hardware, 777), 777);
    CHECK_EQ(guest_tsc_khz(&hardware), tsc_khz);
    CHECK_EQ(guest_tsc_scale(&hardware).mul, tsc_scale.mul);
}

/* After a year both clocks must still agree, to a fifth of a millisecond. */
static void another_rate_is_the_same_time(void)
{
    static const uint32_t rates[] = {1000, 20000, 1234567, 1999000, 3333333, 20000000};

    for (unsigned int i = 0; i < ARRAY_SIZE(rates); i++) {
        uint64_t year = 365 * 86400ULL * tsc_khz * 1000, ticks, ns;

        begin();
        /* A rate that is nearly the machine's counts as measured wrongly. */
        CHECK_EQ(guest_tsc_set(&hardware, 0, rates[i], 3), 0);
        CHECK_EQ(hardware.tsc.emulated, rates[i] != 1999000);
        CHECK_EQ(guest_tsc_khz(&hardware), hardware.tsc.emulated ? rates[i] : tsc_khz);
        CHECK_EQ(hardware.tsc.incarnation, 3);
        hardware.tsc.offset = 0;
        ticks = guest_tsc_at(&hardware, year);
        ns = to_ns(guest_tsc_scale(&hardware), ticks);
        if (!CHECK(ns - to_ns(tsc_scale, year) + 200000 < 400000))
            printf("    rate %u: %lld ns in a year\n", rates[i],
                   (long long)(ns - to_ns(tsc_scale, year)));
        CHECK(guest_tsc_span(&hardware, ticks) - year + 2000000 < 4000000);
    }
}

static void what_it_shows_goes_on(void)
{
    uint64_t before;

    begin();
    guest_tsc_move(&hardware, TICK);
    CHECK(guest_tsc_now(&hardware) - TICK < SOON);
    CHECK_EQ(guest_tsc_set(&hardware, 0, 3000000, 0), 0);
    CHECK(guest_tsc_now(&hardware) - TICK < SOON);
    before = guest_tsc_now(&hardware);
    CHECK_EQ(guest_tsc_set(&hardware, 2, 3000000, 0), 0);
    CHECK(!hardware.tsc.emulated && !hardware.tsc.ratio);
    CHECK(guest_tsc_now(&hardware) - before < SOON);
}

static void modes(void)
{
    begin();
    CHECK_EQ(guest_tsc_set(&hardware, 1, 0, 0), 0);
    CHECK(hardware.tsc.emulated && !hardware.tsc.ratio && hardware.tsc.mode == 1);
    CHECK_EQ(guest_tsc_set(&hardware, 0, 0, 0), 0);
    CHECK(!hardware.tsc.emulated);
    CHECK_EQ(guest_tsc_set(&hardware, 3, 0, 0), -XEN_EOPNOTSUPP);
    CHECK_EQ(guest_tsc_set(&hardware, UINT32_MAX, 0, 0), -XEN_EOPNOTSUPP);
    CHECK_EQ(guest_tsc_set(&hardware, 0, 999, 0), -XEN_EINVAL);
    CHECK_EQ(guest_tsc_set(&hardware, 1, UINT32_MAX, 0), -XEN_EINVAL);
    CHECK(hardware.tsc.mode == 0 && !hardware.tsc.emulated);
}

static void pv_guests_have_the_machines_unless_it_is_emulated(void)
{
    begin();
    CHECK_EQ(guest_tsc_set(&pv, 0, 0, 1), 0);
    CHECK_EQ(guest_tsc_set(&pv, 0, tsc_khz + tsc_khz / 200, 1), 0);
    CHECK_EQ(guest_tsc_set(&pv, 2, 5, 1), 0);
    CHECK_EQ(guest_tsc_at(&pv, TICK), TICK);
    CHECK_EQ(guest_tsc_set(&pv, 0, tsc_khz / 2, 1), 0);
    CHECK(pv.tsc.emulated && pv.tsc.offset);
    CHECK_EQ(guest_tsc_set(&pv, 2, 0, 1), 0);
    CHECK(!pv.tsc.emulated);
    CHECK_EQ(guest_tsc_at(&pv, TICK), TICK);
}

/* By a CPU of AMD's and one of Intel's: 2 GHz become `khz`. */
static bool by_cpu(struct guest_tsc_scaling scaling, uint32_t mode, uint32_t khz)
{
    begin();
    guest_tsc_scaling = scaling;
    CHECK_EQ(guest_tsc_set(&hardware, mode, khz, 0), 0);
    CHECK_EQ(guest_tsc_khz(&hardware), khz);
    return !hardware.tsc.emulated;
}

static void cpus_scale(void)
{
    static const struct guest_tsc_scaling svm = {8, 32}, vmx = {16, 48}, none = {0};
    uint64_t exact, year = 365 * 86400ULL * tsc_khz * 1000;

    CHECK(!by_cpu(none, 0, 4000000));
    CHECK(!by_cpu(none, 0, 3333333));
    exact = hardware.tsc.ratio;
    CHECK(by_cpu(vmx, 0, 3333333));
    CHECK_EQ(hardware.tsc.ratio, exact);
    /* What the hypervisor takes it for is what the CPU makes of it, to the last tick. */
    CHECK(by_cpu(svm, 0, 3333333));
    CHECK(hardware.tsc.ratio <= exact && exact - hardware.tsc.ratio < 1 << 16);
    CHECK_EQ(hardware.tsc.ratio & 0xffff, 0);
    hardware.tsc.offset = 0;
    CHECK_EQ(guest_tsc_at(&hardware, year),
             (uint64_t)((unsigned __int128)year * (hardware.tsc.ratio >> 16) >> 32));
    /* Too slow to be told well enough by 32 bits. */
    CHECK(!by_cpu(svm, 0, 1000));
    CHECK(by_cpu(vmx, 0, 1000));
    CHECK(!by_cpu((struct guest_tsc_scaling){1, 48}, 0, 20000000)); /* 10 times: no room */
    CHECK(by_cpu((struct guest_tsc_scaling){4, 48}, 0, 20000000));
    /* Who asks for it to be emulated gets that. */
    CHECK(!by_cpu(svm, 1, 3333333));
    CHECK_EQ(hardware.tsc.ratio, exact);
    /* PV guests read the machine's. */
    CHECK_EQ(guest_tsc_set(&pv, 0, 3333333, 0), 0);
    CHECK(pv.tsc.emulated);
}

static void spans_have_an_end(void)
{
    begin();
    CHECK_EQ(guest_tsc_set(&hardware, 0, 1000, 0), 0);
    CHECK_EQ(guest_tsc_span(&hardware, UINT64_MAX), UINT64_MAX);
    CHECK(guest_tsc_span(&hardware, 1000) - 2000000 + 2 < 4);
}

int main(void)
{
    RUN(scales_make_nanoseconds);
    RUN(it_is_the_machines_by_itself);
    RUN(another_rate_is_the_same_time);
    RUN(what_it_shows_goes_on);
    RUN(modes);
    RUN(pv_guests_have_the_machines_unless_it_is_emulated);
    RUN(cpus_scale);
    RUN(spans_have_an_end);
    return check_done();
}
