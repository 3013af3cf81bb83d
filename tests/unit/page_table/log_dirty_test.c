/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a PV guest writes to while somebody watches: no write goes unnoticed, and the guest can do
 * what its tables say that it can. */
#include "check.h"

#include "guest_tables.h"

#include "domain/guest_ops.h"
#include "domain/vcpu.h"
#include "machine/fixup.h"
#include "machine/traps.h"
#include "memory/memory.h"
#include "memory/flush.h"
#include "pv/log_dirty.h"
#include "pv/pv.h"

#define FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D | PTE_NX)
#define RO    (PTE_P | PTE_US | PTE_A)
#define UPPER (PTE_P | PTE_RW | PTE_US | PTE_A)

#define READ  (PF_PRESENT | PF_USER)
#define WRITE (READ | PF_WRITE)
#define FETCH (READ | PF_FETCH)

/* By number in guest_frame. */
enum { L4, L3, L2, L1, DATA, DATA2, DATA3, INFO };

/* The address of an entry of the one L1 table. */
#define VA(entry) ((entry)*PAGE_SIZE)

static struct vcpu vcpu;
static struct vcpu *vcpus[1] = {&vcpu};
static struct pv_vcpu pv_vcpu;
static unsigned int flushes;
static bool unreadable; /* memory, to copy_faultable */
static bool noted[GUEST_FRAMES];
static unsigned int found;

void tlb_flush_mask(cpumask_t mask)
{
    flushes++;
}

size_t copy_faultable(void *dst, const void *src, size_t n)
{
    if (unreadable)
        return n;
    memcpy(dst, src, n);
    return 0;
}

static pte_t *entry(unsigned int number)
{
    return (pte_t *)mfn_to_virt(guest_frame[L1]) + number;
}

static uint64_t to(unsigned int number, uint64_t flags)
{
    return pte_make(guest_frame[number], flags);
}

/* A frame's number among the guest's. */
static int note(void *ctx, uint64_t mfn)
{
    found++;
    for (unsigned int n = 0; n < GUEST_FRAMES; n++)
        if (guest_frame[n] == mfn)
            noted[n] = true;
    return ctx ? -XEN_EFAULT : 0;
}

/* A look at what was written, all of it. */
static void look(void)
{
    uint64_t mfn = 0;

    memset(noted, 0, sizeof(noted));
    found = 0;
    while (pv_log_dirty_take(guest, &mfn, note, NULL) == -XEN_ERESTART)
        ;
    while (pv_log_dirty_protect(guest, &mfn) == -XEN_ERESTART)
        ;
}

static void check_sound(void)
{
    const char *wrong = guest_audit();

    if (!CHECK(wrong == NULL))
        fprintf(stderr, "    %s\n", wrong);
}

/* L1 maps DATA and DATA2 writable, DATA3 not, in this order; the vCPU runs on the root. */
static void begin(void)
{
    uint64_t mfn = 0;

    guest_start(false);
    CHECK(guest_write(guest_frame[L4], 0, to(L3, UPPER)));
    CHECK(guest_write(guest_frame[L3], 0, to(L2, UPPER)));
    CHECK(guest_write(guest_frame[L2], 0, to(L1, UPPER)));
    CHECK(guest_write(guest_frame[L1], 0, to(DATA, FLAGS)));
    CHECK(guest_write(guest_frame[L1], 1, to(DATA2, FLAGS)));
    CHECK(guest_write(guest_frame[L1], 2, to(DATA3, RO)));
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
    pv_vcpu = (struct pv_vcpu){.kernel_mode = true, .kernel_root = guest_frame[L4]};
    vcpu = (struct vcpu){.domain = guest, .pv = &pv_vcpu};
    fake_current[0] = &vcpu;
    guest->vcpu = vcpus;
    guest->max_vcpus = 1;
    unreadable = false;
    guest->log_dirty = true;
    CHECK_EQ(pv_log_dirty_protect(guest, &mfn), 0);
    flushes = 0;
    look(); /* at the tables alone */
}

static void end(void)
{
    check_sound();
    CHECK_EQ(guest_stop(), 0);
}

static bool open_(unsigned int number)
{
    return *entry(number) & PTE_US;
}

static void what_is_writable_is_protected(void)
{
    begin();
    CHECK_EQ(flushes, 1);
    CHECK(!open_(0) && !open_(1) && open_(2));
    CHECK_EQ(*entry(0), to(DATA, FLAGS & ~PTE_US));
    CHECK(noted[L1] && noted[L2] && noted[L3] && noted[L4]);
    CHECK_EQ(found, 4);
    look();
    CHECK_EQ(found, 4);
    end();
}

static void an_access_opens_and_is_noted(void)
{
    begin();
    CHECK(pv_log_dirty_fault(&vcpu, VA(0) + 8, WRITE));
    CHECK(open_(0) && !open_(1));
    check_sound();
    CHECK(pv_log_dirty_fault(&vcpu, VA(1), READ));
    CHECK(open_(1));
    look();
    CHECK(noted[DATA] && noted[DATA2] && !noted[DATA3]);
    CHECK(!open_(0) && !open_(1));
    look();
    CHECK(!noted[DATA]);
    /* Another CPU was first. */
    CHECK(pv_log_dirty_fault(&vcpu, VA(0), WRITE));
    CHECK(pv_log_dirty_fault(&vcpu, VA(0), WRITE));
    end();
}

/* Faults that are the guest's own to handle. */
static void other_faults_are_the_guests(void)
{
    begin();
    CHECK(!pv_log_dirty_fault(&vcpu, VA(2), WRITE));
    CHECK(!pv_log_dirty_fault(&vcpu, VA(0), FETCH));
    CHECK(!pv_log_dirty_fault(&vcpu, VA(3), READ));
    CHECK(!pv_log_dirty_fault(&vcpu, VA(1), PF_USER | PF_WRITE));
    CHECK(!pv_log_dirty_fault(&vcpu, VA(1), WRITE | PF_RESERVED));
    CHECK(!pv_log_dirty_fault(&vcpu, VA(1), PF_PRESENT | PF_WRITE));
    CHECK(!open_(1));
    CHECK(!pv_log_dirty_fault(&vcpu, HV_START, WRITE));
    CHECK(!pv_log_dirty_fault(&vcpu, 1ULL << 63, WRITE));
    pv_vcpu.kernel_mode = false;
    pv_vcpu.user_root = guest_frame[L4];
    CHECK(pv_log_dirty_fault(&vcpu, VA(1), WRITE));
    /* What an upper table forbids, the guest has to be told of, or it would fault for ever. */
    CHECK_EQ(guest_update(guest_frame[L2], 0, to(L1, UPPER & ~PTE_RW), false), 0);
    CHECK(!pv_log_dirty_fault(&vcpu, VA(1), WRITE));
    guest->pv->logged = false;
    CHECK(!pv_log_dirty_fault(&vcpu, VA(1), READ));
    guest->pv->logged = true;
    end();
}

/* When nobody watches any more, bits come back all the same. */
static void the_guest_gets_all_back(void)
{
    begin();
    guest->log_dirty = false;
    CHECK(pv_log_dirty_fault(&vcpu, VA(0), WRITE));
    CHECK(open_(0) && !guest_dirty[guest_frame[DATA]]);
    end();
}

static void new_entries_are_noted(void)
{
    begin();
    CHECK_EQ(guest_update(guest_frame[L1], 3, to(DATA3, FLAGS), false), 0);
    CHECK(open_(3));
    check_sound();
    look();
    CHECK(noted[DATA3] && !open_(3));
    /* Stored again with other words for the same: it is open, too. */
    CHECK_EQ(guest_update(guest_frame[L1], 3, to(DATA3, FLAGS & ~PTE_D), false), 0);
    CHECK(open_(3));
    look();
    CHECK(noted[DATA3]);
    CHECK_EQ(guest_exchange(guest_frame[L1], 3, *entry(3), to(DATA3, FLAGS)), 0);
    check_sound();
    look();
    CHECK(noted[DATA3]);
    CHECK_EQ(guest_exchange(guest_frame[L1], 3, *entry(3), to(DATA2, FLAGS)), 0);
    check_sound();
    look();
    CHECK(noted[DATA2]);
    /* A table that is pinned meanwhile. */
    CHECK(guest_write(guest_frame[INFO], 5, to(DATA3, FLAGS)));
    CHECK_EQ(guest_pin(guest_frame[INFO], 1), 0);
    check_sound();
    look();
    CHECK(noted[DATA3] && noted[INFO]);
    end();
}

static void tables_are_noted_to_their_end(void)
{
    begin();
    CHECK_EQ(guest_update(guest_frame[L1], 4, to(DATA3, RO), false), 0);
    CHECK_EQ(guest_unpin(guest_frame[L4]), 0);
    look();
    CHECK(noted[L1] && noted[L2] && noted[L3] && noted[L4]);
    look();
    CHECK_EQ(found, 0);
    CHECK_EQ(guest_hold(guest_frame[DATA2], TYPE_DESCRIPTOR), 0);
    look();
    look();
    CHECK(noted[DATA2]);
    end();
}

/* Eight bytes by hypercall into what is no table. */
static void stores_are_noted(void)
{
    begin();
    CHECK_EQ(guest_update(guest_frame[INFO], 5, 0x1234, false), 0);
    look();
    CHECK(noted[INFO]);
    end();
}

static void an_entry_that_goes_is_noted(void)
{
    begin();
    CHECK(pv_log_dirty_fault(&vcpu, VA(0), WRITE));
    look();
    CHECK_EQ(guest_update(guest_frame[L1], 0, 0, false), 0);
    look();
    CHECK(noted[DATA]); /* it may have been another domain's, with a user bit */
    end();
}

static void the_hypervisors_writes_are_noted(void)
{
    begin();
    pv_written_at(VA(0) + 4090, 7);
    look();
    CHECK(noted[DATA] && noted[DATA2] && found == 6);
    CHECK(!open_(0)); /* the guest's own will be noted again */
    pv_written_at(VA(0) + 4090, 6);
    pv_written_at(VA(1), 0);
    pv_written_at(VA(3), 8);
    look();
    CHECK(noted[DATA] && !noted[DATA2]);
    unreadable = true;
    pv_written_at(VA(0), 8);
    pv_written_at(VA(0), 0);
    unreadable = false;
    pv_vcpu.kernel_mode = false; /* its root is none at all */
    pv_vcpu.user_root = FAKE_FRAMES + 5;
    pv_written_at(VA(0), 8);
    look();
    CHECK(!noted[DATA]);
    pv_frame_written(guest, guest_frame[DATA3]);
    vcpu.info_page = mfn_to_page(guest_frame[INFO]);
    look();
    CHECK(noted[DATA3] && noted[INFO]);
    vcpu.info_page = NULL;
    guest_mapped = guest_frame[DATA2];
    look();
    look();
    CHECK(noted[DATA2]);
    end();
}

/* Others' frames are nobody's business here, and their owners' bits stay. */
static void others_are_left_alone(void)
{
    begin();
    guest_dirty[foreign_frame[0]] = true;
    look();
    CHECK_EQ(found, 4);
    CHECK(guest_dirty[foreign_frame[0]]);
    end();
}

static void a_look_may_stop(void)
{
    unsigned int stops = 0;
    uint64_t mfn = 0;
    int error;

    begin();
    CHECK(pv_log_dirty_fault(&vcpu, VA(0), WRITE));
    found = flushes = 0;
    do {
        guest_time_left = 0;
        error = pv_log_dirty_take(guest, &mfn, note, NULL);
        stops += error == -XEN_ERESTART;
    } while (error && stops < 10);
    CHECK_EQ(error, 0);
    CHECK(stops == 1 && mfn == 0 && found == 5);
    do {
        guest_time_left = 0;
        error = pv_log_dirty_protect(guest, &mfn);
        CHECK(error ? !flushes : flushes == 1);
        stops += error == -XEN_ERESTART;
    } while (error && stops < 10);
    CHECK_EQ(error, 0);
    CHECK(stops > 1 && stops < 5 && mfn == 0 && !open_(0));
    guest_time_left = -1;
    CHECK(pv_log_dirty_fault(&vcpu, VA(0), WRITE));
    CHECK_EQ(pv_log_dirty_take(guest, &mfn, note, guest), -XEN_EFAULT);
    CHECK_EQ(mfn, 0);
    end();
}

int main(void)
{
    RUN(what_is_writable_is_protected);
    RUN(an_access_opens_and_is_noted);
    RUN(other_faults_are_the_guests);
    RUN(the_guest_gets_all_back);
    RUN(new_entries_are_noted);
    RUN(tables_are_noted_to_their_end);
    RUN(stores_are_noted);
    RUN(an_entry_that_goes_is_noted);
    RUN(the_hypervisors_writes_are_noted);
    RUN(others_are_left_alone);
    RUN(a_look_may_stop);
    return check_done();
}
