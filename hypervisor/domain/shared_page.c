/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain/shared_page.h"

#include "lib/bits.h"
#include "lib/string.h"

#define SHORT_PORTS 1024

/* As the i386 ABI lays out the public header's structures. */
struct short_shared_info {
    uint8_t vcpu_info[XEN_LEGACY_MAX_VCPUS][sizeof(vcpu_info_t)];
    uint32_t evtchn_pending[32], evtchn_mask[32];
    uint32_t wc_version, wc_sec, wc_nsec;
    uint32_t max_pfn, pfn_to_mfn_frame_list_list, nmi_reason, p2m_cr3, p2m_vaddr, p2m_generation;
    uint32_t wc_sec_hi;
};

static const struct shared_layout layouts[] = {
    [false] =
        {
            .ports = EVTCHN_MAX_PORTS,
            .pending = offsetof(shared_info_t, evtchn_pending),
            .mask = offsetof(shared_info_t, evtchn_mask),
            .wallclock = offsetof(shared_info_t, wc_version),
            .seconds_high = offsetof(shared_info_t, wc_sec_hi),
            .word_bits = 64,
            .selector = offsetof(vcpu_info_t, evtchn_pending_sel) * 8,
        },
    [true] =
        {
            .ports = SHORT_PORTS,
            .pending = offsetof(struct short_shared_info, evtchn_pending),
            .mask = offsetof(struct short_shared_info, evtchn_mask),
            .wallclock = offsetof(struct short_shared_info, wc_version),
            .seconds_high = offsetof(struct short_shared_info, wc_sec_hi),
            .word_bits = 32,
            .selector = 32, /* behind two flags, a byte each */
        },
};

/* The two have the same place and size for what is not in the table. */
_Static_assert(sizeof(vcpu_info_t) == 64 && offsetof(vcpu_info_t, time) == 32,
               "a vcpu_info of short words has its time there as well");
_Static_assert(offsetof(struct short_shared_info, evtchn_pending) ==
                   offsetof(shared_info_t, evtchn_pending),
               "the maps begin at the same place");
_Static_assert(sizeof(((shared_info_t *)0)->evtchn_pending) * 8 == EVTCHN_MAX_PORTS,
               "one bit a port");

const struct shared_layout *shared_layout(const struct domain *d)
{
    return &layouts[READ_ONCE(d->short_words)];
}

void shared_select_all(const struct domain *d, vcpu_info_t *info)
{
    uint64_t *word = (uint64_t *)info + shared_layout(d)->selector / 64;

    __atomic_fetch_or(word, ~0ULL << shared_layout(d)->selector % 64, __ATOMIC_SEQ_CST);
    __atomic_store_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}

/* The maps of the ports that both layouts have are taken over, all others are as in a new domain. */
static void bring_over(struct domain *d, bool short_words)
{
    uint8_t pending[SHORT_PORTS / 8], mask[SHORT_PORTS / 8];
    char *maps = (char *)d->shared_info->evtchn_pending;

    memcpy(pending, shared_pending(d), sizeof(pending));
    memcpy(mask, shared_mask(d), sizeof(mask));
    WRITE_ONCE(d->short_words, short_words);
    memset(maps, 0, sizeof(d->shared_info->evtchn_pending));
    memset(shared_mask(d), 0xff, shared_layout(d)->ports / 8);
    memcpy(shared_pending(d), pending, sizeof(pending));
    memcpy(shared_mask(d), mask, sizeof(mask));
}

void shared_layout_set(struct domain *d, bool short_words)
{
    struct vcpu *v;
    bool change;

    spin_lock(&d->lock);
    change = d->short_words != short_words;
    if (change)
        bring_over(d, short_words);
    spin_unlock(&d->lock);
    if (!change)
        return;
    domain_wallclock_update(d);
    for_each_vcpu(d, v)
        shared_select_all(d, READ_ONCE(v->info));
}
