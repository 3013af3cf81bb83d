/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Model-specific registers of hardware guests, as a table: what is not in it is denied (#GP). */
#include "hvm/hvm.h"

#include "domain/cpu_policy.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/cpu_features.h"
#include "machine/time.h"

#define FEATURE(name) XEN_X86_FEATURE_##name
#define NO_FEATURE    0xffff

#define MSR_HYPERCALL_PAGE 0x40000000
#define MTRR_CAP           (HVM_MTRR_VARIABLE | 1U << 8 | 1U << 10) /* fixed ranges, WC */
#define MTRR_DEFAULT_BITS  0xcffULL
#define HYPERCALLS         128
#define STUB_SIZE          32

/* A register, or a row of them. read NULL: `fixed` is read; write NULL: denied. */
struct msr {
    uint32_t first, last;
    uint16_t feature; /* that the guest has to have */
    bool amd_only, intel_only;
    uint64_t fixed;
    bool (*read)(struct vcpu *v, uint32_t msr, uint64_t *value);
    bool (*write)(struct vcpu *v, uint32_t msr, uint64_t value);
};

static bool ignore(struct vcpu *v, uint32_t msr, uint64_t value)
{
    return true;
}

static bool tsc(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    *value = guest_tsc_now(v->domain);
    return true;
}

static bool apic_base_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    *value = v->hvm->lapic.base;
    return true;
}

static bool apic_base_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    bool x2apic = value & LAPIC_BASE_X2APIC;

    if (x2apic && !cpu_policy_has(v->domain->cpu_policy, FEATURE(X2APIC)))
        return false;
    return lapic_base_write(&v->hvm->lapic, value, cpu_features.address_bits);
}

static bool x2apic_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    return lapic_msr_read(&v->hvm->lapic, msr, value);
}

static bool x2apic_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    return lapic_msr_write(&v->hvm->lapic, msr, value);
}

static bool deadline_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    *value = lapic_deadline_read(&v->hvm->lapic);
    return true;
}

static bool deadline_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    lapic_deadline_write(&v->hvm->lapic, value);
    return true;
}

/* IBPB: harms nobody. */
static bool predictor_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    if (value & ~1ULL)
        return false;
    return !value || msr_write_safe(MSR_PRED_CMD, 1) == 0;
}

static bool microcode_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    *value = 0;
    return msr_read_safe(msr, value) == 0;
}

/* MTRRs are kept and otherwise ignored: what memory is, the guest's PAT decides. */
static uint64_t *mtrr_of(struct vcpu *v, uint32_t msr)
{
    if (msr < 0x200 + 2 * HVM_MTRR_VARIABLE)
        return &v->hvm->mtrr_variable[msr - 0x200];
    if (msr == 0x2ff)
        return &v->hvm->mtrr_default;
    if (msr == 0x250)
        return &v->hvm->mtrr_fixed[0];
    if (msr <= 0x259)
        return &v->hvm->mtrr_fixed[1 + msr - 0x258];
    return &v->hvm->mtrr_fixed[3 + msr - 0x268];
}

static bool mtrr_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    *value = *mtrr_of(v, msr);
    return true;
}

/* PAT has one more than these. */
static bool is_memory_type(uint8_t type)
{
    return type <= 1 || (type >= 4 && type <= 6);
}

/* A pair is a base with its type, and a mask. */
static bool mtrr_variable_valid(uint32_t msr, uint64_t value)
{
    if (value >> cpu_features.address_bits)
        return false;
    return msr & 1 ? !(value & 0x7ff) : !(value & 0xf00) && is_memory_type((uint8_t)value);
}

/* Types and bits that are reserved are a #GP (SDM vol. 3, 11.11.2). */
static bool mtrr_valid(uint32_t msr, uint64_t value)
{
    if (msr < 0x200 + 2 * HVM_MTRR_VARIABLE)
        return mtrr_variable_valid(msr, value);
    if (msr == 0x2ff)
        return !(value & ~MTRR_DEFAULT_BITS) && is_memory_type((uint8_t)value);
    for (unsigned int i = 0; i < 8; i++)
        if (!is_memory_type((uint8_t)(value >> i * 8)))
            return false;
    return true;
}

static bool mtrr_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    if (!mtrr_valid(msr, value))
        return false;
    *mtrr_of(v, msr) = value;
    return true;
}

static bool pat_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    *value = hvm_backend->pat_read(v);
    return true;
}

static bool pat_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    if (!hvm_pat_valid(value))
        return false;
    hvm_backend->pat_write(v, value);
    return true;
}

static bool efer_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    struct walk_mode mode;

    hvm_backend->walk_mode(v, &mode);
    *value = mode.efer;
    return true;
}

/* LMA is the CPU's to set: writing it as it is, or not, is all the same. */
static bool efer_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    const struct cpu_policy *policy = v->domain->cpu_policy;
    uint64_t allowed = EFER_SCE | EFER_LMA;

    if (cpu_policy_has(policy, FEATURE(LM)))
        allowed |= EFER_LME;
    if (cpu_policy_has(policy, FEATURE(NX)))
        allowed |= EFER_NXE;
    if (value & ~allowed)
        return false;
    return hvm_backend->efer_write(v, value);
}

static bool tsc_aux_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    *value = cpu_features.rdtscp ? (uint32_t)msr_read(MSR_TSC_AUX) : v->tsc_aux;
    return true;
}

static bool tsc_aux_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    if (value >> 32)
        return false;
    v->tsc_aux = (uint32_t)value;
    if (cpu_features.rdtscp)
        msr_write(MSR_TSC_AUX, value);
    return true;
}

static void fill_hypercall_page(uint8_t *page)
{
    memset(page, 0xcc, PAGE_SIZE);
    for (uint32_t nr = 0; nr < HYPERCALLS; nr++) {
        uint8_t *at = page + nr * STUB_SIZE;

        *at++ = 0xb8; /* mov $nr, %eax */
        memcpy(at, &nr, sizeof(nr));
        memcpy(at + sizeof(nr), hvm_backend->call_insn, sizeof(hvm_backend->call_insn));
        at[sizeof(nr) + sizeof(hvm_backend->call_insn)] = 0xc3; /* ret */
    }
    /* IRET is not theirs: UD2 */
    page[__HYPERVISOR_iret * STUB_SIZE] = 0x0f;
    page[__HYPERVISOR_iret * STUB_SIZE + 1] = 0x0b;
}

/* The guest names a page of its own; the low bits are the page's number, of which there is one. */
static bool hypercall_page_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    struct page_info *page;
    uint64_t mfn;

    if (value & (PAGE_SIZE - 1))
        return false;
    if (p2m_lookup(&v->domain->hvm->p2m, value >> PAGE_SHIFT, &mfn) != P2M_RAM)
        return false;
    page = hvm_gfn_get(v->domain, value >> PAGE_SHIFT);
    if (!page)
        return false;
    fill_hypercall_page(page_to_virt(page));
    hvm_gfn_written(v->domain, value >> PAGE_SHIFT);
    hvm_words_latch(v);
    frame_put(page);
    return true;
}

/* In order of index. SYSENTER, STAR and their kin, and the segment bases never come here: the CPU
 * switches them with the guest. */
static const struct msr table[] = {
    {0x10, 0x10, NO_FEATURE, .read = tsc, .write = ignore},
    {0x1b, 0x1b, FEATURE(APIC), .read = apic_base_read, .write = apic_base_write},
    {0x49, 0x49, FEATURE(IBPB), .write = predictor_write},
    {0x8b, 0x8b, NO_FEATURE, .read = microcode_read, .write = ignore},
    {0xfe, 0xfe, FEATURE(MTRR), .fixed = MTRR_CAP},
    {0x179, 0x179, FEATURE(MCA), .fixed = 0}, /* MCG_CAP: no banks */
    {0x17a, 0x17a, FEATURE(MCA), .write = ignore},
    /* MISC_ENABLE, which kernels read before they can take a #GP: fast strings; no BTS, no PEBS */
    {0x1a0, 0x1a0, NO_FEATURE, .intel_only = true, .fixed = 0x1801, .write = ignore},
    {0x1d9, 0x1d9, NO_FEATURE, .write = ignore}, /* DEBUGCTL */
    {0x200, 0x200 + 2 * HVM_MTRR_VARIABLE - 1, FEATURE(MTRR), .read = mtrr_read,
     .write = mtrr_write},
    {0x250, 0x250, FEATURE(MTRR), .read = mtrr_read, .write = mtrr_write},
    {0x258, 0x259, FEATURE(MTRR), .read = mtrr_read, .write = mtrr_write},
    {0x268, 0x26f, FEATURE(MTRR), .read = mtrr_read, .write = mtrr_write},
    {0x277, 0x277, FEATURE(PAT), .read = pat_read, .write = pat_write},
    {0x2ff, 0x2ff, FEATURE(MTRR), .read = mtrr_read, .write = mtrr_write},
    {0x6e0, 0x6e0, FEATURE(TSC_DEADLINE), .read = deadline_read, .write = deadline_write},
    {0x800, 0x8ff, FEATURE(X2APIC), .read = x2apic_read, .write = x2apic_write},
    {MSR_HYPERCALL_PAGE, MSR_HYPERCALL_PAGE, NO_FEATURE, .write = hypercall_page_write},
    {0xc0000080, 0xc0000080, NO_FEATURE, .read = efer_read, .write = efer_write},
    {0xc0000103, 0xc0000103, FEATURE(RDTSCP), .read = tsc_aux_read, .write = tsc_aux_write},
    /* the four old performance counters, which don't count */
    {0xc0010000, 0xc0010007, NO_FEATURE, .amd_only = true, .write = ignore},
    {0xc0010010, 0xc0010010, NO_FEATURE, .amd_only = true, .write = ignore}, /* SYSCFG */
    /* HWCR: the TSC counts at the P0 frequency */
    {0xc0010015, 0xc0010015, NO_FEATURE, .amd_only = true, .fixed = 1ULL << 24, .write = ignore},
    {0xc001001f, 0xc001001f, NO_FEATURE, .amd_only = true, .write = ignore}, /* NB_CFG */
    {0xc0010055, 0xc0010055, NO_FEATURE, .amd_only = true, .write = ignore}, /* INT_PENDING */
    {0xc0010058, 0xc0010058, NO_FEATURE, .amd_only = true}, /* no memory-mapped PCI space */
    {0xc0010061, 0xc001006b, NO_FEATURE, .amd_only = true, .write = ignore}, /* P-states */
    {0xc0010112, 0xc0010113, NO_FEATURE, .amd_only = true},                  /* no TSEG */
    {0xc0010140, 0xc0010141, NO_FEATURE, .amd_only = true},                  /* OSVW: no errata */
    /* DE_CFG: LFENCE waits */
    {0xc0011029, 0xc0011029, NO_FEATURE, .amd_only = true, .fixed = 1ULL << 1, .write = ignore},
};

static const struct msr *find(const struct cpu_policy *policy, uint32_t index)
{
    enum cpu_vendor vendor = cpu_policy_vendor(policy);

    for (unsigned int i = 0; i < ARRAY_SIZE(table); i++) {
        const struct msr *msr = &table[i];

        if (index < msr->first || index > msr->last)
            continue;
        if (msr->feature != NO_FEATURE && !cpu_policy_has(policy, msr->feature))
            return NULL;
        if (msr->amd_only && vendor != CPU_VENDOR_AMD && vendor != CPU_VENDOR_HYGON)
            return NULL;
        if (msr->intel_only && vendor != CPU_VENDOR_INTEL)
            return NULL;
        return msr;
    }
    return NULL;
}

bool hvm_msr_read(struct vcpu *v, uint32_t index, uint64_t *value)
{
    const struct msr *msr = find(v->domain->cpu_policy, index);

    *value = 0;
    if (!msr)
        return false;
    if (msr->read)
        return msr->read(v, index, value);
    *value = msr->fixed;
    return true;
}

bool hvm_msr_write(struct vcpu *v, uint32_t index, uint64_t value)
{
    const struct msr *msr = find(v->domain->cpu_policy, index);

    return msr && msr->write && msr->write(v, index, value);
}
