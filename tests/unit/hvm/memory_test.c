/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of the hypervisor's that a guest has put somewhere: grant table, shared info. */
#include "check.h"

#include "hvm/hvm.h"
#include "machine/machine.h"
#include "memory/flush.h"
#include "memory/frame_type.h"
#include "memory/memory.h"

#define ONE     0x100ULL
#define ANOTHER 0x200ULL
#define RAM     0x300ULL

static const struct p2m_format format = {
    .table = 7,
    .leaf = {[P2M_RAM] = 0x67, [P2M_RAM_RO] = 0x25, [P2M_SHARED] = 0x67},
    .large = PTE_PSE,
};
static struct hvm_domain hvm;
static struct domain domain = {.hvm = &hvm, .dirty_cpus = 5};
static struct vcpu vcpu = {.domain = &domain};
static void *page, *ram;
static uint64_t mfn;
static unsigned int releases, flushes;
static void (*on_release)(void); /* another vCPU's turn, once */

static void released(void)
{
    void (*fn)(void) = on_release;

    on_release = NULL;
    if (fn)
        fn();
}

bool domain_page_release(struct page_info *p)
{
    releases++;
    released();
    return true;
}

struct page_info *frame_get_mfn(uint64_t number, const struct domain *owner)
{
    return mfn_to_page(number);
}

void frame_put(struct page_info *p)
{
}

void frame_put_and_type(struct page_info *p)
{
}

bool hypercall_should_yield(void)
{
    return false;
}

void tlb_flush_mask(cpumask_t mask)
{
    CHECK_EQ(fake_locks_held, 0);
    CHECK_EQ(mask, 5);
    flushes++;
}

static void begin(void)
{
    fake_machine_init(1);
    fake_memory_init();
    fake_current[0] = &vcpu;
    CHECK_EQ(p2m_init(&hvm.p2m, &format), 0);
    spin_init(&hvm.share_lock);
    page = pages_alloc(0);
    ram = pages_alloc(0);
    mfn = virt_to_mfn(page);
    m2p_set(mfn, M2P_INVALID);
    releases = flushes = 0;
    on_release = NULL;
}

static bool never(void)
{
    return false;
}

static void end(void)
{
    CHECK_EQ(p2m_release(&hvm.p2m, never), 0);
    p2m_free(&hvm.p2m);
    pages_free(page, 0);
    pages_free(ram, 0);
    CHECK_EQ(fake_memory_leaks(), 0);
}

static bool is_at(uint64_t gfn)
{
    uint64_t found;

    return p2m_lookup(&hvm.p2m, gfn, &found) == P2M_SHARED && found == mfn;
}

static void a_shared_page_is_at_one_place(void)
{
    begin();
    CHECK_EQ(hvm_gfn_share(&domain, ONE, mfn), 0);
    CHECK(is_at(ONE) && m2p_table[mfn] == ONE && flushes == 1);
    CHECK_EQ(hvm_gfn_share(&domain, ONE, mfn), 0);
    CHECK(is_at(ONE));
    CHECK_EQ(hvm_gfn_fill(&domain, RAM, virt_to_mfn(ram), 0), 0);
    CHECK_EQ(hvm_gfn_share(&domain, RAM, mfn), 0);
    CHECK(!is_at(ONE) && is_at(RAM) && releases == 1);
    CHECK_EQ(hvm_gfn_share(&domain, P2M_GFN_LIMIT, mfn), -XEN_EINVAL);
    CHECK(is_at(RAM) && flushes == 3);
    end();
}

/* A balloon's last page makes 2 MiB whole again, unless somebody notes which are written to. */
static void filling_joins(void)
{
    unsigned int level_2;

    begin();
    CHECK_EQ(hvm_gfn_fill(&domain, 0x400, 0, 8), 0);
    level_2 = hvm.p2m.tables - 1;
    CHECK_EQ(hvm_gfn_fill(&domain, 0x500, 0x100, 8), 0);
    CHECK(hvm.p2m.tables == level_2 && flushes == 1);
    CHECK_EQ(hvm_gfn_drop(&domain, 0x405), 0);
    CHECK_EQ(hvm.p2m.tables, level_2 + 1);
    hvm.log_dirty.on = true;
    CHECK_EQ(hvm_gfn_fill(&domain, 0x405, 5, 0), 0);
    CHECK(hvm.p2m.tables == level_2 + 1 && flushes == 1);
    CHECK_EQ(hvm_gfn_drop(&domain, 0x406), 0);
    hvm.log_dirty.on = false;
    CHECK_EQ(hvm_gfn_fill(&domain, 0x406, 6, 0), 0);
    CHECK(hvm.p2m.tables == level_2 && flushes == 2);
    m2p_set(mfn, M2P_INVALID);
    end();
}

static void share_another(void)
{
    CHECK_EQ(hvm_gfn_share(&domain, ANOTHER, mfn), 0);
}

/* Another vCPU moves the page at the same time: before this one has, if it can. */
static void share_meanwhile(void)
{
    if (spin_is_locked(&hvm.share_lock))
        on_release = share_meanwhile;
    else
        share_another();
}

static void two_at_once_leave_it_at_one_place(void)
{
    begin();
    CHECK_EQ(hvm_gfn_fill(&domain, RAM, virt_to_mfn(ram), 0), 0);
    on_release = share_meanwhile;
    CHECK_EQ(hvm_gfn_share(&domain, RAM, mfn), 0);
    released(); /* it had to wait */
    CHECK(is_at(RAM) + is_at(ANOTHER) == 1);
    CHECK(is_at(ANOTHER) && m2p_table[mfn] == ANOTHER && flushes == 2);
    end();
}

int main(void)
{
    RUN(a_shared_page_is_at_one_place);
    RUN(filling_joins);
    RUN(two_at_once_leave_it_at_one_place);
    return check_done();
}
