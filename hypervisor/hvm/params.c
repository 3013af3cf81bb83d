/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hardware guest's parameters (public hvm/params.h): who may set which, to what, how often. */
#include "hvm/hvm.h"

#include "lib/bits.h"

enum {
    GUEST_SETS = 1 << 0, /* the guest itself may */
    GUEST_READS = 1 << 1,
    ONCE = 1 << 2,      /* a value other than 0 stays */
    ONLY_ZERO = 1 << 3, /* what it would turn on is not there */
    UNKNOWN = 1 << 4,   /* no parameter at all, or one that has been given up */
};

static const uint8_t rules[HVM_NR_PARAMS] = {
    [HVM_PARAM_CALLBACK_IRQ] = GUEST_SETS | GUEST_READS,
    [HVM_PARAM_STORE_PFN] = GUEST_READS,
    [HVM_PARAM_STORE_EVTCHN] = GUEST_SETS | GUEST_READS,
    [HVM_PARAM_CONSOLE_PFN] = GUEST_READS,
    [HVM_PARAM_CONSOLE_EVTCHN] = GUEST_SETS | GUEST_READS,
    [HVM_PARAM_ALTP2M] = GUEST_READS | ONCE | ONLY_ZERO,
    [HVM_PARAM_VM86_TSS] = GUEST_SETS | GUEST_READS,
    [HVM_PARAM_VM86_TSS_SIZED] = GUEST_SETS | GUEST_READS,
    [HVM_PARAM_ACPI_IOPORTS_LOCATION] = GUEST_SETS | GUEST_READS,
    [HVM_PARAM_VM_GENERATION_ID_ADDR] = GUEST_SETS | GUEST_READS,
    [HVM_PARAM_X87_FIP_WIDTH] = GUEST_SETS | GUEST_READS,
    [HVM_PARAM_IOREQ_PFN] = ONCE,
    [HVM_PARAM_BUFIOREQ_PFN] = ONCE,
    [HVM_PARAM_IOREQ_SERVER_PFN] = ONCE,
    [HVM_PARAM_NR_IOREQ_SERVER_PAGES] = ONCE,
    [HVM_PARAM_VIRIDIAN] = ONCE | ONLY_ZERO,
    [HVM_PARAM_MCA_CAP] = ONCE | ONLY_ZERO,
    [HVM_PARAM_PAE_ENABLED] = UNKNOWN,
    [HVM_PARAM_DM_DOMAIN] = UNKNOWN,
    [HVM_PARAM_MEMORY_EVENT_CR0] = UNKNOWN,
    [HVM_PARAM_MEMORY_EVENT_CR3] = UNKNOWN,
    [HVM_PARAM_MEMORY_EVENT_CR4] = UNKNOWN,
    [HVM_PARAM_MEMORY_EVENT_INT3] = UNKNOWN,
    [HVM_PARAM_NESTEDHVM] = UNKNOWN,
    [HVM_PARAM_MEMORY_EVENT_SINGLE_STEP] = UNKNOWN,
    [HVM_PARAM_BUFIOREQ_EVTCHN] = UNKNOWN,
    [HVM_PARAM_MEMORY_EVENT_MSR] = UNKNOWN,
    [3] = UNKNOWN,
    [7] = UNKNOWN,
};

static int check(uint32_t index, uint8_t right, bool by_guest)
{
    if (index >= HVM_NR_PARAMS || (rules[index] & UNKNOWN))
        return -XEN_EINVAL;
    return by_guest && !(rules[index] & right) ? -XEN_EPERM : 0;
}

static int value_check(const struct domain *d, uint32_t index, uint64_t value)
{
    uint64_t now = d->hvm->params[index];

    if ((rules[index] & ONLY_ZERO) && value)
        return -XEN_EOPNOTSUPP;
    if ((rules[index] & ONCE) && now && now != value)
        return -XEN_EEXIST;
    if (index == HVM_PARAM_TIMER_MODE && value > HVMPTM_one_missed_tick_pending)
        return -XEN_EINVAL;
    if (index == HVM_PARAM_ACPI_IOPORTS_LOCATION && value > 1)
        return -XEN_EINVAL;
    if (index == HVM_PARAM_TRIPLE_FAULT_REASON && value > SHUTDOWN_MAX)
        return -XEN_EINVAL;
    return 0;
}

int hvm_param_set(struct domain *d, uint32_t index, uint64_t value, bool by_guest)
{
    int error = check(index, GUEST_SETS, by_guest);

    if (error)
        return error;
    spin_lock(&d->lock);
    error = value_check(d, index, value);
    if (!error)
        WRITE_ONCE(d->hvm->params[index], value);
    spin_unlock(&d->lock);
    return error;
}

int hvm_param_get(struct domain *d, uint32_t index, uint64_t *value, bool by_guest)
{
    int error = check(index, GUEST_READS, by_guest);

    if (!error)
        *value = READ_ONCE(d->hvm->params[index]);
    return error;
}

int hvm_upcall_vector_set(struct vcpu *v, unsigned int vector)
{
    if (vector < 0x10 || vector > 0xff)
        return -XEN_EINVAL;
    WRITE_ONCE(v->hvm->upcall_vector, (uint8_t)vector);
    return 0;
}

unsigned int hvm_callback_vector(const struct domain *d)
{
    uint64_t value = READ_ONCE(d->hvm->params[HVM_PARAM_CALLBACK_IRQ]);

    if (value >> 56 != HVM_PARAM_CALLBACK_TYPE_VECTOR)
        return 0;
    return value & 0xff;
}
