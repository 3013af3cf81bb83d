/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the AMD back end share. */
#ifndef HVM_SVM_SVM_H
#define HVM_SVM_SVM_H

#include "hvm/svm/vmcb.h"

struct svm_vcpu {
    struct vmcb *vmcb;
    /* Where and when its address-space id was given, and whether the TLB knows nothing by it. */
    unsigned int asid_cpu;
    uint64_t asid_tick;
    bool asid_given;
};

/* What this CPU's SVM has and another's may lack. Where it is missing the same is done by hand. */
struct svm_features {
    bool next_rip; /* exits tell where the next instruction is */
    bool decode;   /* "decode assists": and which register a MOV names, or an instruction's bytes */
    bool tsc_ratio;     /* a guest's TSC may have another rate */
    bool flush_by_asid; /* VMRUN can drop what the TLB has of one address-space id */
    bool pages_1g;      /* nested page tables may map 1 GiB by an entry */
};
extern struct svm_features svm_features;

/* The rate of guests' TSCs is a register of the CPU's, for whoever runs on it; in it, a tick of the
 * machine's is SVM_TSC_ONE. (APM vol. 2, 15.30.5) */
#define SVM_TSC_WHOLE    8 /* bits, before and behind the point */
#define SVM_TSC_FRACTION 32
#define SVM_TSC_ONE      (1ULL << SVM_TSC_FRACTION)
/* What it is to hold for a domain's TSC. */
uint64_t svm_tsc_ratio(const struct guest_tsc *tsc);

/* features.c: what EDX of CPUID leaf 0x8000000a, and that of leaf 0x80000001, say. */
struct svm_features svm_features_from(uint32_t edx, uint32_t extended_edx);
/* Bytes of the instruction at which a nested page fault has stopped the guest, as the CPU itself
 * had fetched them. How many; 0: it hands none over. */
size_t svm_fetched(const struct vmcb *vmcb, uint8_t bytes[HVM_INSN_MAX]);

static inline struct svm_vcpu *svm_of(const struct vcpu *v)
{
    return v->hvm->state;
}

static inline struct vmcb *vmcb_of(const struct vcpu *v)
{
    return svm_of(v)->vmcb;
}

/* exit.c: sees to why the guest stopped running. Interrupts on. */
void svm_handle_exit(struct vcpu *v, struct vmcb *vmcb);

/* emulated.c: the CPUs on which VMRUN does what it should. */
cpumask_t svm_cpus(void);

/* asid.c: gives the vCPU an address-space id under which this CPU's TLB has nothing stale. */
void svm_asid_update(struct vcpu *v);
/* How many ids there are, 0 not counted. Boot. */
void svm_asid_init(uint32_t count);

#endif
