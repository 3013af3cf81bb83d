/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What not every CPU's SVM has (CPUID leaf 0x8000000a, EDX; APM vol. 3, appendix E.4.9; mappings of
 * 1 GiB, leaf 0x80000001, EDX; APM vol. 2, 15.25.7). */
#include "hvm/svm/svm.h"

#include "lib/string.h"

#define CPUID_NRIP          (1U << 3)
#define CPUID_TSC_RATIO     (1U << 4)
#define CPUID_FLUSH_BY_ASID (1U << 6)
#define CPUID_DECODE        (1U << 7)

#define CPUID_1G (1U << 26)

#define FETCHED_COUNT 0xf /* of vmcb.fetched */

struct svm_features svm_features;

struct svm_features svm_features_from(uint32_t edx, uint32_t extended_edx)
{
    return (struct svm_features){
        .next_rip = edx & CPUID_NRIP,
        .tsc_ratio = edx & CPUID_TSC_RATIO,
        .decode = edx & CPUID_DECODE,
        .flush_by_asid = edx & CPUID_FLUSH_BY_ASID,
        .pages_1g = extended_edx & CPUID_1G,
    };
}

uint64_t svm_tsc_ratio(const struct guest_tsc *tsc)
{
    return tsc->ratio ? tsc->ratio >> (48 - SVM_TSC_FRACTION) : SVM_TSC_ONE;
}

/* With other exits the field is not about the instruction that was stopped (APM vol. 2, 15.8.4). */
size_t svm_fetched(const struct vmcb *vmcb, uint8_t bytes[HVM_INSN_MAX])
{
    size_t count = vmcb->fetched & FETCHED_COUNT;

    if (!svm_features.decode || vmcb->exit_code != EXIT_NESTED_FAULT)
        return 0;
    memcpy(bytes, vmcb->bytes, count);
    return count;
}
