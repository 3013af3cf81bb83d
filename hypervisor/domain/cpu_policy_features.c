/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPU features who may see, and which need which. */
#include "domain/cpu_policy_features.h"

#include <stddef.h>

#define FEATURE(name) XEN_X86_FEATURE_##name
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

static const uint16_t known[] = {
#define XEN_CPUFEATURE(name, value) value,
#include <xen/arch-x86/cpufeatureset.h>
#undef XEN_CPUFEATURE
};

/* The ABI has grown beyond what a struct cpu_policy holds if this fails. */
#define XEN_CPUFEATURE(name, value) \
    _Static_assert((value) < CPU_POLICY_WORDS * 32, #name " has no word in struct cpu_policy");
#include <xen/arch-x86/cpufeatureset.h>
#undef XEN_CPUFEATURE

/*
 * For PV guests, if the host has them. Left out, because something else would be needed:
 *   paging and control registers that PV has not    PSE, PSE36, PGE, PCID, INVPCID, SMEP, SMAP,
 *                                                   UMIP, PKU, PAGE1GB, LA57, VME, MTRR, XSAVES
 *   an APIC                                         X2APIC, TSC_DEADLINE, EXTAPIC
 *   MSRs that aren't switched between vCPUs         IBRSB, STIBP, SSBD and their kin, INTEL_PSFD,
 *                                                   DBEXT, TSC_ADJUST, SBPB
 *   MSR ARCH_CAPABILITIES                           itself, and words 16 and 17
 */
static const uint16_t pv_default[] = {
    /* leaf 1 EDX */
    FEATURE(FPU),
    FEATURE(DE),
    FEATURE(TSC),
    FEATURE(MSR),
    FEATURE(PAE),
    FEATURE(MCE),
    FEATURE(CX8),
    FEATURE(APIC), /* Linux reads the MADT only if it sees one */
    FEATURE(SEP),
    FEATURE(MCA),
    FEATURE(CMOV),
    FEATURE(PAT),
    FEATURE(CLFLUSH),
    FEATURE(ACPI),
    FEATURE(MMX),
    FEATURE(FXSR),
    FEATURE(SSE),
    FEATURE(SSE2),
    FEATURE(SS),
    FEATURE(HTT),
    /* leaf 1 ECX */
    FEATURE(SSE3),
    FEATURE(PCLMULQDQ),
    FEATURE(SSSE3),
    FEATURE(FMA),
    FEATURE(CX16),
    FEATURE(SSE4_1),
    FEATURE(SSE4_2),
    FEATURE(MOVBE),
    FEATURE(POPCNT),
    FEATURE(AESNI),
    FEATURE(XSAVE),
    FEATURE(AVX),
    FEATURE(F16C),
    FEATURE(RDRAND),
    FEATURE(HYPERVISOR),
    /* leaf 0x80000001 EDX */
    FEATURE(SYSCALL),
    FEATURE(NX),
    FEATURE(MMXEXT),
    FEATURE(FFXSR),
    FEATURE(RDTSCP),
    FEATURE(LM),
    FEATURE(3DNOWEXT),
    FEATURE(3DNOW),
    /* leaf 0x80000001 ECX */
    FEATURE(LAHF_LM),
    FEATURE(CMP_LEGACY),
    FEATURE(ABM),
    FEATURE(SSE4A),
    FEATURE(MISALIGNSSE),
    FEATURE(3DNOWPREFETCH),
    FEATURE(XOP),
    FEATURE(FMA4),
    FEATURE(TBM),
    /* leaf 0xd, subleaf 1 */
    FEATURE(XSAVEOPT),
    FEATURE(XSAVEC),
    FEATURE(XGETBV1),
    /* leaf 7 EBX */
    FEATURE(FSGSBASE),
    FEATURE(BMI1),
    FEATURE(AVX2),
    FEATURE(FDP_EXCP_ONLY),
    FEATURE(BMI2),
    FEATURE(ERMS),
    FEATURE(NO_FPU_SEL),
    FEATURE(AVX512F),
    FEATURE(AVX512DQ),
    FEATURE(RDSEED),
    FEATURE(ADX),
    FEATURE(AVX512_IFMA),
    FEATURE(CLFLUSHOPT),
    FEATURE(CLWB),
    FEATURE(AVX512PF),
    FEATURE(AVX512ER),
    FEATURE(AVX512CD),
    FEATURE(SHA),
    FEATURE(AVX512BW),
    FEATURE(AVX512VL),
    /* leaf 7 ECX */
    FEATURE(PREFETCHWT1),
    FEATURE(AVX512_VBMI),
    FEATURE(AVX512_VBMI2),
    FEATURE(GFNI),
    FEATURE(VAES),
    FEATURE(VPCLMULQDQ),
    FEATURE(AVX512_VNNI),
    FEATURE(AVX512_BITALG),
    FEATURE(AVX512_VPOPCNTDQ),
    FEATURE(RDPID),
    FEATURE(CLDEMOTE),
    /* leaf 0x80000008 EBX */
    FEATURE(CLZERO),
    FEATURE(RSTR_FP_ERR_PTRS),
    FEATURE(IBPB),
    FEATURE(SSB_NO),
    FEATURE(BTC_NO),
    FEATURE(IBPB_RET),
    /* leaf 7 EDX */
    FEATURE(AVX512_4VNNIW),
    FEATURE(AVX512_4FMAPS),
    FEATURE(FSRM),
    FEATURE(MD_CLEAR),
    FEATURE(SERIALIZE),
    /* leaf 7, subleaf 1 */
    FEATURE(AVX_VNNI),
    FEATURE(AVX512_BF16),
    FEATURE(FZRM),
    FEATURE(FSRS),
    FEATURE(FSRCS),
    /* leaf 0x80000021 */
    FEATURE(LFENCE_DISPATCH),
    FEATURE(VERW_CLEAR),
    FEATURE(NSCB),
    FEATURE(IBPB_BRTYPE),
    FEATURE(SRSO_NO),
    FEATURE(TSA_SQ_NO),
    FEATURE(TSA_L1_NO),
    /* leaf 7, subleaf 2 */
    FEATURE(MCDT_NO),
};

/* For PV guests that the toolstack gives them to. */
static const uint16_t pv_on_request[] = {
    FEATURE(ITSC), /* a guest that relies on it can't be moved to a machine with another clock */
    FEATURE(HLE),     FEATURE(RTM),       FEATURE(TSXLDTRK),
    FEATURE(MOVDIRI), FEATURE(MOVDIR64B), FEATURE(AVX512_VP2INTERSECT),
};

/* For hardware guests, besides the default of PV guests: paging and control registers of their own,
 * and an APIC, which is emulated whatever the host's is like. */
static const uint16_t hvm_default[] = {
    FEATURE(VME),    FEATURE(PSE),     FEATURE(PGE),        FEATURE(PSE36), FEATURE(MTRR),
    FEATURE(X2APIC), FEATURE(PAGE1GB), FEATURE(PCID),       FEATURE(SMEP),  FEATURE(SMAP),
    FEATURE(UMIP),   FEATURE(INVPCID), FEATURE(CR8_LEGACY),
};

static const uint16_t hvm_emulated[] = {FEATURE(APIC), FEATURE(X2APIC), FEATURE(TSC_DEADLINE)};

/* The left one needs the right one. */
static const struct {
    uint16_t feature, needs;
} dependencies[] = {
    {FEATURE(NX), FEATURE(PAE)},
    {FEATURE(LM), FEATURE(PAE)},
    {FEATURE(CX16), FEATURE(LM)},
    {FEATURE(LAHF_LM), FEATURE(LM)},
    {FEATURE(PCID), FEATURE(LM)},
    {FEATURE(PAGE1GB), FEATURE(LM)},
    {FEATURE(FSGSBASE), FEATURE(LM)},
    {FEATURE(INVPCID), FEATURE(PCID)},
    {FEATURE(CX16), FEATURE(CX8)},
    {FEATURE(RDTSCP), FEATURE(TSC)},
    {FEATURE(TSC_DEADLINE), FEATURE(TSC)},
    {FEATURE(TSC_ADJUST), FEATURE(TSC)},
    {FEATURE(ITSC), FEATURE(TSC)},
    {FEATURE(X2APIC), FEATURE(APIC)},
    {FEATURE(TSC_DEADLINE), FEATURE(APIC)},
    {FEATURE(EXTAPIC), FEATURE(APIC)},
    {FEATURE(CLFLUSHOPT), FEATURE(CLFLUSH)},
    {FEATURE(CLWB), FEATURE(CLFLUSH)},
    {FEATURE(TSXLDTRK), FEATURE(RTM)},
    {FEATURE(MMX), FEATURE(FPU)},
    {FEATURE(FXSR), FEATURE(FPU)},
    {FEATURE(MMXEXT), FEATURE(MMX)},
    {FEATURE(3DNOW), FEATURE(MMX)},
    {FEATURE(3DNOWEXT), FEATURE(3DNOW)},
    {FEATURE(FFXSR), FEATURE(FXSR)},
    {FEATURE(SSE), FEATURE(FXSR)},
    {FEATURE(SSE2), FEATURE(SSE)},
    {FEATURE(MISALIGNSSE), FEATURE(SSE)},
    {FEATURE(LM), FEATURE(SSE2)},
    {FEATURE(SSE3), FEATURE(SSE2)},
    {FEATURE(AESNI), FEATURE(SSE2)},
    {FEATURE(PCLMULQDQ), FEATURE(SSE2)},
    {FEATURE(SHA), FEATURE(SSE2)},
    {FEATURE(GFNI), FEATURE(SSE2)},
    {FEATURE(SSSE3), FEATURE(SSE3)},
    {FEATURE(SSE4A), FEATURE(SSE3)},
    {FEATURE(SSE4_1), FEATURE(SSSE3)},
    {FEATURE(SSE4_2), FEATURE(SSE4_1)},
    {FEATURE(AVX), FEATURE(SSE4_2)},
    {FEATURE(XSAVE), FEATURE(FXSR)},
    {FEATURE(XSAVEOPT), FEATURE(XSAVE)},
    {FEATURE(XSAVEC), FEATURE(XSAVE)},
    {FEATURE(XGETBV1), FEATURE(XSAVE)},
    {FEATURE(XSAVES), FEATURE(XSAVEC)},
    {FEATURE(AVX), FEATURE(XSAVE)},
    {FEATURE(MPX), FEATURE(XSAVE)},
    {FEATURE(PKU), FEATURE(XSAVE)},
    {FEATURE(LWP), FEATURE(XSAVE)},
    {FEATURE(FMA), FEATURE(AVX)},
    {FEATURE(FMA4), FEATURE(AVX)},
    {FEATURE(F16C), FEATURE(AVX)},
    {FEATURE(XOP), FEATURE(AVX)},
    {FEATURE(AVX2), FEATURE(AVX)},
    {FEATURE(VAES), FEATURE(AVX2)},
    {FEATURE(VPCLMULQDQ), FEATURE(AVX2)},
    {FEATURE(AVX_VNNI), FEATURE(AVX2)},
    {FEATURE(AVX512F), FEATURE(AVX2)},
    {FEATURE(AVX512DQ), FEATURE(AVX512F)},
    {FEATURE(AVX512_IFMA), FEATURE(AVX512F)},
    {FEATURE(AVX512PF), FEATURE(AVX512F)},
    {FEATURE(AVX512ER), FEATURE(AVX512F)},
    {FEATURE(AVX512CD), FEATURE(AVX512F)},
    {FEATURE(AVX512BW), FEATURE(AVX512F)},
    {FEATURE(AVX512VL), FEATURE(AVX512F)},
    {FEATURE(AVX512_VNNI), FEATURE(AVX512F)},
    {FEATURE(AVX512_VPOPCNTDQ), FEATURE(AVX512F)},
    {FEATURE(AVX512_4VNNIW), FEATURE(AVX512F)},
    {FEATURE(AVX512_4FMAPS), FEATURE(AVX512F)},
    {FEATURE(AVX512_VP2INTERSECT), FEATURE(AVX512F)},
    {FEATURE(AVX512_VBMI), FEATURE(AVX512BW)},
    {FEATURE(AVX512_VBMI2), FEATURE(AVX512BW)},
    {FEATURE(AVX512_BITALG), FEATURE(AVX512BW)},
    {FEATURE(AVX512_BF16), FEATURE(AVX512BW)},
    {FEATURE(AVX512_FP16), FEATURE(AVX512BW)},
};

static void add(uint32_t words[CPU_POLICY_WORDS], const uint16_t *features, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cpu_features_assign(words, features[i], true);
}

void cpu_features_add_emulated(uint32_t words[CPU_POLICY_WORDS])
{
    add(words, hvm_emulated, COUNT(hvm_emulated));
}

void cpu_features_restrict(uint32_t words[CPU_POLICY_WORDS], enum cpu_features which)
{
    bool hvm = which == CPU_FEATURES_HVM_DEFAULT || which == CPU_FEATURES_HVM_MAX;
    uint32_t mask[CPU_POLICY_WORDS] = {0};

    if (which == CPU_FEATURES_KNOWN)
        add(mask, known, COUNT(known));
    else
        add(mask, pv_default, COUNT(pv_default));
    if (which == CPU_FEATURES_PV_MAX || which == CPU_FEATURES_HVM_MAX)
        add(mask, pv_on_request, COUNT(pv_on_request));
    if (hvm)
        add(mask, hvm_default, COUNT(hvm_default));
    if (hvm)
        add(mask, hvm_emulated, COUNT(hvm_emulated));

    for (unsigned int i = 0; i < CPU_POLICY_WORDS; i++)
        words[i] &= mask[i];
}

void cpu_features_drop_orphans(uint32_t words[CPU_POLICY_WORDS])
{
    bool dropped;

    do {
        dropped = false;
        for (size_t i = 0; i < COUNT(dependencies); i++) {
            if (!cpu_features_test(words, dependencies[i].feature) ||
                cpu_features_test(words, dependencies[i].needs))
                continue;
            cpu_features_assign(words, dependencies[i].feature, false);
            dropped = true;
        }
    } while (dropped);
}
