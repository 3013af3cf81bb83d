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

/* Is the value taken, and read back? If not, the old one is to be there still. */
static bool takes(uint32_t msr, uint64_t value)
{
    uint64_t before, after;

    CHECK(hvm_msr_read(&vcpu, msr, &before));
    if (hvm_msr_write(&vcpu, msr, value)) {
        CHECK(hvm_msr_read(&vcpu, msr, &after) && after == value);
        return true;
    }
    CHECK(hvm_msr_read(&vcpu, msr, &after) && after == before);
    return false;
}

/* The types are 0 (UC), 1 (WC), 4 (WT), 5 (WP) and 6 (WB). */
static bool is_type(unsigned int type)
{
    return type == 0 || type == 1 || type == 4 || type == 5 || type == 6;
}

static void memory_types_are_known_ones(void)
{
    static const uint32_t fixed[] = {0x250, 0x258, 0x259, 0x268, 0x26f};

    begin();
    for (unsigned int type = 0; type < 256; type++) {
        CHECK_EQ(takes(0x2ff, 0xc00 | type), is_type(type));
        CHECK_EQ(takes(0x200, 0xf0000000 | type), is_type(type));
        CHECK_EQ(takes(0x20e, type), is_type(type));
        for (unsigned int i = 0; i < ARRAY_SIZE(fixed); i++)
            for (unsigned int at = 0; at < 64; at += 8)
                CHECK_EQ(
                    takes(fixed[i], (0x0605040106050401 & ~(0xffULL << at)) | (uint64_t)type << at),
                    is_type(type));
    }
    end();
}

static void ranges_of_memory_have_no_more_bits_than_addresses(void)
{
    begin();
    for (unsigned int bit = 8; bit < 64; bit++) {
        uint64_t value = 1ULL << bit;

        CHECK_EQ(takes(0x2ff, value | 6), bit == 10 || bit == 11);
        CHECK_EQ(takes(0x202, value | 6), bit >= 12 && bit < ADDRESS_BITS);
        CHECK_EQ(takes(0x20f, value), bit >= 11 && bit < ADDRESS_BITS);
    }
    CHECK(takes(0x203, 0) && takes(0x203, 0xfffffff800) && !takes(0x203, 1));
    end();
}

int main(void)
{
    RUN(memory_types_are_known_ones);
    RUN(ranges_of_memory_have_no_more_bits_than_addresses);
    RUN(the_hypercall_page_is_written);
    return check_done();
}
