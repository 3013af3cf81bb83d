/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine/layout.h, but RAM is an array of the test's: machine address 0 is its first byte. So are
 * the frame table and the machine-to-phys table. */
#ifndef FAKES_MACHINE_LAYOUT_H
#define FAKES_MACHINE_LAYOUT_H

#define maddr_to_virt real_maddr_to_virt
#define mfn_to_virt   real_mfn_to_virt
#define virt_to_maddr real_virt_to_maddr
#define virt_to_mfn   real_virt_to_mfn
#include_next "machine/layout.h"
#undef maddr_to_virt
#undef mfn_to_virt
#undef virt_to_maddr
#undef virt_to_mfn

#undef FRAME_TABLE_START
#undef M2P_RW_START
#define FRAME_TABLE_START fake_frame_table
#define M2P_RW_START      fake_m2p

extern uint64_t fake_frame_table, fake_m2p; /* addresses */
extern unsigned char *fake_ram;

static inline void *maddr_to_virt(uint64_t maddr)
{
    return fake_ram + maddr;
}

static inline void *mfn_to_virt(uint64_t mfn)
{
    return maddr_to_virt(mfn << PAGE_SHIFT);
}

static inline uint64_t virt_to_maddr(const void *ptr)
{
    return (uint64_t)((const unsigned char *)ptr - fake_ram);
}

static inline uint64_t virt_to_mfn(const void *ptr)
{
    return virt_to_maddr(ptr) >> PAGE_SHIFT;
}

#endif
