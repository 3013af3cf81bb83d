/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of operations on page tables: what is counted as done, what goes on and how. */
#include "check.h"

#include <stdarg.h>

#include "guest_tables.h"
#include "hypercall/hypercall.h"
#include "hypercall/mmu_owner.h"
#include "hypercall/pv.h"
#include "hypercall/vcpu_bitmap.h"
#include "machine/machine.h"
#include "memory/flush.h"
#include "pv/pv.h"

#define FLAGS (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define LIST  0x1000ULL
#define DONE  0x2000ULL

/* By number in guest_frame. */
enum { L4, L3, L2, L1, DATA, OTHER, OTHER2 };

/* Guest memory is a list of operations, and where the number done goes. */
static struct mmuext_op list[4];
static uint32_t done;

/* The call that is to be made instead of the one that stopped. */
static uint64_t again[4];
static unsigned int stops;

static void *guest_memory(uint64_t address, size_t len)
{
    if (address >= LIST && address - LIST + len <= sizeof(list))
        return (char *)list + (address - LIST);
    return address == DONE && len == sizeof(done) ? &done : NULL;
}

int copy_from_guest(void *dst, uint64_t src, size_t len)
{
    if (!guest_memory(src, len))
        return -XEN_EFAULT;
    memcpy(dst, guest_memory(src, len), len);
    return 0;
}

int copy_to_guest(uint64_t dst, const void *src, size_t len)
{
    if (!guest_memory(dst, len))
        return -XEN_EFAULT;
    memcpy(guest_memory(dst, len), src, len);
    return 0;
}

long hypercall_again(unsigned int nr, unsigned int nr_args, ...)
{
    va_list args;

    CHECK_EQ(nr, __HYPERVISOR_mmuext_op);
    va_start(args, nr_args);
    for (unsigned int i = 0; i < nr_args; i++)
        again[i] = va_arg(args, uint64_t);
    va_end(args);
    stops++;
    return -77;
}

struct domain *mmu_pages_owner(uint32_t foreign, int *error)
{
    return guest;
}

void mmu_owner_put(struct domain *d)
{
}

/* Not called by what is tested here. */
int vcpu_bitmap_cpus(uint64_t bitmap, cpumask_t *cpus)
{
    return -XEN_EFAULT;
}

void pv_ldt_set(struct vcpu *v, uint64_t base, uint32_t entries)
{
}

void pv_ldt_unmap(struct vcpu *v)
{
}

void pv_set_kernel_root(struct vcpu *v, uint64_t mfn)
{
    uint64_t old = v->pv->kernel_root;

    v->pv->kernel_root = mfn;
    if (old)
        pv_table_put(mfn_to_page(old));
}

void pv_set_user_root(struct vcpu *v, uint64_t mfn)
{
    uint64_t old = v->pv->user_root;

    v->pv->user_root = mfn;
    if (old)
        pv_table_put(mfn_to_page(old));
}

bool guest_range_ok(uint64_t address, size_t len)
{
    return false;
}

void tlb_flush_local(void)
{
}

void tlb_flush_mask(cpumask_t cpus)
{
}

void tlb_flush_page_mask(cpumask_t cpus, uint64_t va)
{
}

void cache_flush_mask(cpumask_t cpus)
{
}

static void begin(void)
{
    guest_start(false);
    memset(list, 0, sizeof(list));
    done = 99;
    stops = 0;
    CHECK(guest_write(guest_frame[L4], 0, pte_make(guest_frame[L3], FLAGS)));
    CHECK(guest_write(guest_frame[L3], 0, pte_make(guest_frame[L2], FLAGS)));
    CHECK(guest_write(guest_frame[L2], 0, pte_make(guest_frame[L1], FLAGS)));
    CHECK(guest_write(guest_frame[L1], 0, pte_make(guest_frame[DATA], FLAGS)));
}

static void end(void)
{
    const char *wrong = guest_audit();

    if (!CHECK(wrong == NULL))
        fprintf(stderr, "    %s\n", wrong);
    CHECK_EQ(guest_stop(), 0);
}

static void put(unsigned int n, unsigned int cmd, unsigned int frame)
{
    list[n] = (struct mmuext_op){.cmd = cmd, .arg1.mfn = guest_frame[frame]};
}

static long call(uint64_t count)
{
    return hypercall_mmuext_op(LIST, count, DONE, DOMID_SELF, 0);
}

static long go_on(void)
{
    return hypercall_mmuext_op(again[0], again[1], again[2], again[3], 0);
}

static bool pinned(unsigned int n)
{
    return mfn_to_page(guest_frame[n])->type & TYPE_PINNED;
}

static bool is_partial(unsigned int n)
{
    return mfn_to_page(guest_frame[n])->type & TYPE_PARTIAL;
}

static void test_list(void)
{
    begin();
    put(0, MMUEXT_PIN_L1_TABLE, L1);
    put(1, MMUEXT_PIN_L4_TABLE, L4);
    put(2, MMUEXT_UNPIN_TABLE, L1);
    put(3, MMUEXT_UNPIN_TABLE, L3);
    CHECK_EQ(call(4), -XEN_EINVAL);
    CHECK_EQ(done, 3);
    CHECK(pinned(L4) && !pinned(L1) && !pinned(L3));
    CHECK_EQ(call(0), 0);
    CHECK_EQ(done, 0);
    CHECK_EQ(call(5), -XEN_EINVAL); /* pinned already */
    list[0].cmd = 1000;
    CHECK_EQ(call(1), -XEN_ENOSYS);
    CHECK_EQ(hypercall_mmuext_op(0x9000, 1, DONE, DOMID_SELF, 0), -XEN_EFAULT);
    CHECK_EQ(hypercall_mmuext_op(LIST, 0, 0x9000, DOMID_SELF, 0), -XEN_EFAULT);
    end();
}

/* An unpin of L4 whose work stops at its first look at the clock, in the middle of a list. */
static void unpin_stops(void)
{
    begin();
    put(0, MMUEXT_PIN_L4_TABLE, L4);
    CHECK_EQ(call(1), 0);
    put(0, MMUEXT_FLUSH_CACHE, 0); /* refused, were it made again */
    put(1, MMUEXT_UNPIN_TABLE, L4);
    put(2, MMUEXT_PIN_L3_TABLE, L3);
    guest_never_time = true;
    CHECK_EQ(hypercall_mmuext_op(LIST + sizeof(list[0]), 2, DONE, DOMID_SELF, 0), -77);
    guest_never_time = false;
    CHECK_EQ(done, 1);
    CHECK(!pinned(L4) && !pinned(L3));
    CHECK(is_partial(L4));
}

/* What is left of it is undone before the list goes on (hypercall/dispatch.c sees to that). */
static void test_unpin_goes_on(void)
{
    unpin_stops();
    guest_time_left = 0;
    CHECK(!guest_settle());
    guest_time_left = -1;
    CHECK(guest_settle());
    CHECK_EQ(go_on(), 0);
    CHECK_EQ(stops, 1);
    CHECK_EQ(done, 2);
    CHECK(pinned(L3) && !pinned(L4));
    CHECK(!(mfn_to_page(guest_frame[L4])->type & (TYPE_PARTIAL | TYPE_COUNT_MASK)));
    end();
}

/* Another vCPU pins the table while its unpin stands still: that pin is not this call's to take. */
static void test_pinned_meanwhile(void)
{
    unpin_stops();
    guest_on_vcpu(1);
    CHECK_EQ(guest_pin(guest_frame[L4], 4), 0);
    guest_on_vcpu(0);
    CHECK(guest_settle());
    CHECK_EQ(go_on(), 0);
    CHECK_EQ(done, 2);
    CHECK(pinned(L4) && pinned(L3));
    CHECK_EQ(guest_unpin(guest_frame[L4]), 0);
    end();
}

/* The last operation is done, but the call is not, as long as its work is not at its end. */
static void test_last_unpin(void)
{
    begin();
    put(0, MMUEXT_PIN_L4_TABLE, L4);
    CHECK_EQ(call(1), 0);
    put(0, MMUEXT_UNPIN_TABLE, L4);
    guest_never_time = true;
    CHECK_EQ(call(1), -77);
    guest_never_time = false;
    CHECK_EQ(done, 1);
    CHECK(is_partial(L4));
    CHECK(guest_settle());
    CHECK_EQ(go_on(), 0);
    CHECK_EQ(done, 1);
    CHECK_EQ(stops, 1);
    /* What stops once has been undone when the call ends. */
    put(0, MMUEXT_PIN_L4_TABLE, L4);
    CHECK_EQ(call(1), 0);
    put(0, MMUEXT_UNPIN_TABLE, L4);
    guest_time_left = 0;
    CHECK_EQ(call(1), 0);
    CHECK(!is_partial(L4) && guest_settle());
    end();
}

/* The new root is a table already: all looks at the clock are at the old one's. */
static void while_old_root_stops(const struct mmuext_op *from)
{
    CHECK_EQ(guest_pin(guest_frame[OTHER], 4), 0);
    guest_never_time = true;
    CHECK_EQ(hypercall_mmuext_op(LIST + (size_t)((const char *)from - (const char *)list), 2, DONE,
                                 DOMID_SELF, 0),
             -77);
    guest_never_time = false;
}

/* The roots that a vCPU leaves, nothing but which kept its tables. */
static void test_old_roots(void)
{
    static const unsigned int commands[] = {MMUEXT_NEW_BASEPTR, MMUEXT_NEW_USER_BASEPTR};

    for (unsigned int n = 0; n < 2; n++) {
        begin();
        put(0, commands[n], L4);
        put(1, commands[n], OTHER);
        put(2, MMUEXT_PIN_L1_TABLE, OTHER2);
        CHECK_EQ(call(1), 0);
        CHECK_EQ(mfn_to_page(guest_frame[L4])->type, TYPE_L4 | TYPE_VALIDATED | 1);
        while_old_root_stops(&list[1]);
        CHECK_EQ(done, 1);
        CHECK(is_partial(L4));
        CHECK(guest_settle());
        for (unsigned int frame = L4; frame <= DATA; frame++)
            CHECK(!(mfn_to_page(guest_frame[frame])->type & (TYPE_PARTIAL | TYPE_COUNT_MASK)));
        CHECK_EQ(go_on(), 0);
        CHECK(pinned(OTHER2));
        pv_set_kernel_root(current_vcpu(), 0);
        pv_set_user_root(current_vcpu(), 0);
        end();
    }
}

/* A guest that says itself that its call goes on gets a wrong number of what is done. */
static void test_lies(void)
{
    begin();
    put(0, MMUEXT_PIN_L4_TABLE, L4);
    CHECK_EQ(call(1ull << 31 | 1), 0);
    CHECK_EQ(done, 100);
    CHECK(pinned(L4));
    end();
}

/* Nobody would take a pin away from a domain that has been taken apart already. */
static void test_dying(void)
{
    begin();
    put(0, MMUEXT_PIN_L4_TABLE, L4);
    guest->life = DOMAIN_DYING;
    CHECK_EQ(call(1), -XEN_EINVAL);
    CHECK(!pinned(L4));
    guest->life = DOMAIN_ALIVE;
    CHECK_EQ(call(1), 0);
    guest->life = DOMAIN_DYING;
    put(0, MMUEXT_UNPIN_TABLE, L4);
    CHECK_EQ(call(1), 0);
    end();
}

int main(void)
{
    RUN(test_list);
    RUN(test_unpin_goes_on);
    RUN(test_pinned_meanwhile);
    RUN(test_last_unpin);
    RUN(test_old_roots);
    RUN(test_lies);
    RUN(test_dying);
    return check_done();
}
