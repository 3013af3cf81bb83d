/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Model-specific registers of a guest whose policy has every feature: what may be written to them,
 * and what that does. */
#include "check.h"

#include "domain/cpu_policy.h"
#include "hvm/hvm.h"
#include "machine/cpu.h"
#include "machine/cpu_features.h"
#include "machine/machine.h"
#include "memory/memory.h"

#define HYPERCALL_PAGE 0x40000000
#define CODE_PAGE      5ULL /* the guest's number of a page of RAM */
#define ADDRESS_BITS   40

struct cpu_features cpu_features = {.address_bits = ADDRESS_BITS};

static struct hvm_vcpu hvm;
static struct hvm_domain hvm_domain;
static struct domain domain = {.hvm = &hvm_domain};
static struct vcpu vcpu = {.domain = &domain, .hvm = &hvm};
static void *page;
static unsigned int references, latches;
static uint64_t written;  /* the guest's number of a page */
static bool written_late; /* it was told of when it had its bytes */

bool cpu_policy_has(const struct cpu_policy *policy, unsigned int feature)
{
    return true;
}

enum cpu_vendor cpu_policy_vendor(const struct cpu_policy *policy)
{
    return CPU_VENDOR_INTEL;
}

uint64_t guest_tsc_now(const struct domain *d)
{
    return 0;
}

bool lapic_base_write(struct lapic *apic, uint64_t value, unsigned int address_bits)
{
    return true;
}

bool lapic_msr_read(struct lapic *apic, uint32_t msr, uint64_t *value)
{
    return false;
}

bool lapic_msr_write(struct lapic *apic, uint32_t msr, uint64_t value)
{
    return false;
}

uint64_t lapic_deadline_read(const struct lapic *apic)
{
    return 0;
}

void lapic_deadline_write(struct lapic *apic, uint64_t tsc)
{
}

int msr_read_safe(uint32_t msr, uint64_t *value)
{
    return -1;
}

int msr_write_safe(uint32_t msr, uint64_t value)
{
    return -1;
}

enum p2m_type p2m_lookup(const struct p2m *p2m, uint64_t gfn, uint64_t *mfn)
{
    return gfn == CODE_PAGE ? P2M_RAM : P2M_HOLE;
}

struct page_info *hvm_gfn_get(struct domain *d, uint64_t gfn)
{
    references++;
    return mfn_to_page(virt_to_mfn(page));
}

void frame_put(struct page_info *put)
{
    references--;
}

void hvm_gfn_written(struct domain *d, uint64_t gfn)
{
    written = gfn;
    written_late = *(uint8_t *)page == 0xb8 && references == 1;
}

void hvm_words_latch(struct vcpu *v)
{
    latches++;
}

static const struct hvm_backend backend = {.call_insn = {0x0f, 0x01, 0xd9}};
const struct hvm_backend *hvm_backend = &backend;

static void begin(void)
{
    fake_machine_init(1);
    fake_memory_init();
    memset(&hvm, 0, sizeof(hvm));
    page = pages_alloc(0);
    references = latches = 0;
    written = 0;
    written_late = false;
}

static void end(void)
{
    pages_free(page, 0);
    CHECK_EQ(fake_memory_leaks(), 0);
}

static void the_hypercall_page_is_written(void)
{
    begin();
    CHECK(!hvm_msr_write(&vcpu, HYPERCALL_PAGE, (CODE_PAGE << PAGE_SHIFT) + 1));
    CHECK(!hvm_msr_write(&vcpu, HYPERCALL_PAGE, (CODE_PAGE + 1) << PAGE_SHIFT));
    CHECK(!written && !latches);
    CHECK(hvm_msr_write(&vcpu, HYPERCALL_PAGE, CODE_PAGE << PAGE_SHIFT));
    CHECK(!memcmp((uint8_t *)page + 32 * 3, "\xb8\3\0\0\0\x0f\x01\xd9\xc3\xcc", 10));
    CHECK(latches == 1 && references == 0);
    /* Who copies the guest away meanwhile copies it again. */
    CHECK(written == CODE_PAGE && written_late);
    end();
}

int main(void)
{
    RUN(the_hypercall_page_is_written);
    return check_done();
}
