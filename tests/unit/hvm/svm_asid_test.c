/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address-space ids, on CPUs that can flush one of them and on those that can't: nothing stale is
 * ever known by an id that a guest is entered with. The TLB here is a table of whose entries there
 * are by which id. */
#include "check.h"

#include "hvm/svm/svm.h"
#include "machine/machine.h"
#include "memory/flush.h"

#define CPUS   2
#define IDS    4 /* 0 is the host's */
#define GUESTS 8

static struct vmcb vmcbs[GUESTS];
static struct svm_vcpu svms[GUESTS];
static struct hvm_vcpu hvms[GUESTS];
static struct vcpu vcpus[GUESTS];
static uint64_t ticks[CPUS];
static struct vcpu *known[CPUS][IDS]; /* NULL: nothing */
static unsigned int full_flushes, small_flushes;

uint64_t tlb_local_tick(void)
{
    return ticks[fake_cpu];
}

/* As switching to it does. */
static void come(unsigned int guest)
{
    svms[guest].asid_given = false;
}

static void begin(bool flush_by_asid)
{
    fake_machine_init(CPUS);
    svm_features = svm_features_from(flush_by_asid ? 1U << 6 : ~(1U << 6), 0);
    svm_asid_init(IDS);
    memset(vmcbs, 0, sizeof(vmcbs));
    memset(svms, 0, sizeof(svms));
    full_flushes = small_flushes = 0;
    for (unsigned int i = 0; i < GUESTS; i++) {
        svms[i].vmcb = &vmcbs[i];
        hvms[i].state = &svms[i];
        vcpus[i].hvm = &hvms[i];
    }
    fake_cpu = 0;
}

/* Enters the guest, and has the TLB do as it is told. Returns whether it still knew of the guest.
 */
static bool enter(unsigned int guest)
{
    const struct vmcb *vmcb = &vmcbs[guest];
    struct vcpu **by_id = known[fake_cpu];
    bool knew;

    svm_asid_update(&vcpus[guest]);
    if (vmcb->tlb_control == TLB_FLUSH_ALL) {
        memset(by_id, 0, sizeof(known[0]));
        full_flushes++;
    } else if (vmcb->tlb_control == TLB_FLUSH_ASID) {
        by_id[vmcb->asid] = NULL;
        small_flushes++;
    } else {
        CHECK_EQ(vmcb->tlb_control, 0);
    }
    CHECK(vmcb->asid >= 1 && vmcb->asid < IDS);
    knew = by_id[vmcb->asid] == &vcpus[guest];
    CHECK(knew || !by_id[vmcb->asid]);
    by_id[vmcb->asid] = &vcpus[guest];
    return knew;
}

static void stays_and_leaves(bool flush_by_asid)
{
    begin(flush_by_asid);
    come(0);
    (void)enter(0);
    for (unsigned int i = 0; i < 20; i++)
        CHECK(enter(0)); /* nothing has happened */
    ticks[0]++;          /* the CPU was flushed for somebody's sake */
    CHECK(!enter(0));
    CHECK(enter(0));
    come(0); /* it was away */
    CHECK(!enter(0));
    svms[0].asid_given = false; /* another paging mode */
    CHECK(!enter(0));
    fake_cpu = 1;
    CHECK(!enter(0));
    CHECK(enter(0));
}

/* More guests than there are ids, again and again, on both CPUs. */
static void ids_run_out(bool flush_by_asid)
{
    begin(flush_by_asid);
    for (unsigned int round = 0; round < 100; round++) {
        unsigned int guest = round * 5 % GUESTS;

        fake_cpu = round / 3 % CPUS;
        come(guest);
        CHECK(!enter(guest));
        CHECK(enter(guest));
        if (round % 7 == 0) {
            ticks[fake_cpu]++;
            CHECK(!enter(guest));
        }
    }
}

static void without_help_all_is_flushed_now_and_then(void)
{
    stays_and_leaves(false);
    ids_run_out(false);
    CHECK_EQ(small_flushes, 0);
    CHECK(full_flushes > 100 / IDS);
}

static void with_it_one_id_is(void)
{
    ids_run_out(true);
    CHECK_EQ(full_flushes, 0); /* beyond the first, before */
    CHECK(small_flushes > 80);
    stays_and_leaves(true);
}

static void what_the_cpu_says(void)
{
    struct svm_features f = svm_features_from(0, 0);

    CHECK(!f.next_rip && !f.decode && !f.flush_by_asid);
    f = svm_features_from(1U << 3, 0);
    CHECK(f.next_rip && !f.decode && !f.flush_by_asid);
    CHECK(!f.tsc_ratio && svm_features_from(1U << 4, 0).tsc_ratio);
    f = svm_features_from(1U << 6, 0);
    CHECK(!f.next_rip && !f.decode && f.flush_by_asid);
    f = svm_features_from(1U << 7, 0);
    CHECK(!f.next_rip && f.decode && !f.flush_by_asid);
    CHECK(!svm_features_from(~0U, ~(1U << 26)).pages_1g && svm_features_from(0, 1U << 26).pages_1g);
}

int main(void)
{
    RUN(what_the_cpu_says);
    RUN(without_help_all_is_flushed_now_and_then);
    RUN(with_it_one_id_is);
    return check_done();
}
