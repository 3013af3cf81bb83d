/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which model-specific registers a paravirtual guest may read and write, as a table. */
#ifndef PV_MSR_POLICY_H
#define PV_MSR_POLICY_H

#include <stdbool.h>
#include <stdint.h>

enum msr_read {
    MSR_READ_DENY,
    MSR_READ_FIXED,   /* msr_rule.value */
    MSR_READ_HOST,    /* the CPU's own, less the bits in msr_rule.hidden, with those in value */
    MSR_READ_VIRTUAL, /* the vCPU's own: the caller has it */
};

enum msr_write {
    MSR_WRITE_DENY,
    MSR_WRITE_DROP,    /* done, and nothing happens */
    MSR_WRITE_SAME,    /* done if the value is what a read gives, else denied */
    MSR_WRITE_VIRTUAL, /* the caller does it, for values without bits in msr_rule.reserved */
    MSR_WRITE_ADDRESS, /* the caller does it, for canonical addresses */
};

enum msr_vendor {
    MSR_ANY_VENDOR,
    MSR_AMD, /* Hygon too */
    MSR_INTEL,
};

struct msr_rule {
    uint32_t first, last;
    uint8_t vendor;
    uint8_t read, write;
    /* Numbers of enum XEN_X86_FEATURE_*: the guest must have one of them; all 0: no condition. */
    uint16_t features[3];
    uint64_t value;
    uint64_t hidden;
    uint64_t reserved;
};

/* What the caller provides. Those that return int give 0, or -XEN_EPERM for "not there". */
struct msr_policy_ops {
    enum msr_vendor (*vendor)(void *ctx);
    bool (*has_feature)(void *ctx, unsigned int feature);
    int (*host_read)(void *ctx, uint32_t index, uint64_t *value); /* survives a #GP */
    /*
     * What MSR_READ_VIRTUAL, MSR_WRITE_VIRTUAL and MSR_WRITE_ADDRESS rows come to: FS_BASE,
     * GS_BASE, KERNEL_GS_BASE and TSC_AUX both ways; TSC and APIC_BASE to be read; PRED_CMD to be
     * written.
     */
    int (*virtual_read)(void *ctx, uint32_t index, uint64_t *value);
    int (*virtual_write)(void *ctx, uint32_t index, uint64_t value);
    /*
     * May a denied read of an MSR that the CPU has give 0 instead? True as long as the guest has
     * no #GP handler, and for domains created with XEN_X86_MSR_RELAXED; for those, writes to such
     * an MSR are dropped if there is no rule about it.
     */
    bool (*relaxed_read)(void *ctx);
    bool (*relaxed_write)(void *ctx);
};

/* The rule for `index` on a CPU of `vendor`; NULL if there is none: then deny. */
const struct msr_rule *msr_policy_find(uint32_t index, enum msr_vendor vendor);

/* RDMSR by the guest's kernel. 0, or -XEN_EPERM for #GP. */
int msr_policy_read(const struct msr_policy_ops *ops, void *ctx, uint32_t index, uint64_t *value);

/* WRMSR by the guest's kernel. 0, or -XEN_EPERM for #GP (or what virtual_write returned). */
int msr_policy_write(const struct msr_policy_ops *ops, void *ctx, uint32_t index, uint64_t value);

#endif
