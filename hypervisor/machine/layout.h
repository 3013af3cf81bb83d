/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's part of the address space: L4 slots 256 to 271, as the ABI reserves them
 * (arch-x86/xen-x86_64.h, HYPERVISOR_VIRT_START). Also read by the assembler and the linker.
 *
 *   slot 256  0xffff800000000000  machine-to-phys table, read-only, visible to guests
 *   slot 257  0xffff808000000000  the same table, writable, for the hypervisor
 *   slot 258  0xffff810000000000  frame table, one struct page_info a frame
 *   slot 259  0xffff818000000000  device memory that the hypervisor maps for itself
 *   slot 260  0xffff820000000000  windows of the domain that runs (descriptor tables)
 *   slot 261  0xffff828000000000  the hypervisor's image, at its machine address + this
 *   slot 262+ 0xffff830000000000  direct map of all RAM
 */
#ifndef MACHINE_LAYOUT_H
#define MACHINE_LAYOUT_H

#define HV_FIRST_SLOT      256
#define HV_LAST_SLOT       271
#define HV_M2P_SLOT        256
#define HV_DOMAIN_SLOT     260

#ifdef __ASSEMBLER__
#define ADDRESS(x) x
#else
#define ADDRESS(x) x##UL
#endif

#define HV_START           ADDRESS(0xffff800000000000)
#define HV_END             ADDRESS(0xffff880000000000)
#define M2P_RO_START       ADDRESS(0xffff800000000000)
#define M2P_RO_END         ADDRESS(0xffff804000000000)
#define M2P_RW_START       ADDRESS(0xffff808000000000)
#define FRAME_TABLE_START  ADDRESS(0xffff810000000000)
#define DEVICE_MAP_START   ADDRESS(0xffff818000000000)
#define DOMAIN_AREA_START  ADDRESS(0xffff820000000000)
#define IMAGE_BASE         ADDRESS(0xffff828000000000)
#define DIRECT_MAP_START   ADDRESS(0xffff830000000000)
#define DIRECT_MAP_SIZE    ADDRESS(0x0000050000000000)

/* Where the image is loaded, in machine memory. */
#define IMAGE_LOAD         ADDRESS(0x200000)

#define PAGE_SHIFT         12
#define PAGE_SIZE          4096
#define PAGE_MASK          (~ADDRESS(0xfff))

/* Each CPU's stacks: one aligned block, so that any stack pointer in it names its CPU.
 * From the bottom: NMI, machine check, double fault (a page each), a page that is not mapped,
 * then the ordinary stack with struct cpu_info at its top. */
#define STACK_ORDER        3
#define STACK_SIZE         (PAGE_SIZE << STACK_ORDER)

/* Selectors. 0xe000 and up are the hypervisor's; the three RING3 ones are ABI. */
#define HV_CS              0xe008
#define HV_DS              0xe010
#define RING3_CS32         0xe023
#define RING3_SS           0xe02b
#define RING3_CS64         0xe033
#define HV_TSS             0xe040
#define HV_LDT             0xe050
#define GDT_RESERVED_PAGE  14
#define GDT_ENTRIES_GUEST  (GDT_RESERVED_PAGE * 512)
#define GDT_PAGES          16

#ifndef __ASSEMBLER__
#include <stdint.h>

static inline void *maddr_to_virt(uint64_t maddr)
{
    return (void *)(DIRECT_MAP_START + maddr);
}

static inline void *mfn_to_virt(uint64_t mfn)
{
    return maddr_to_virt(mfn << PAGE_SHIFT);
}

/* Machine address of a pointer into the direct map or into the image. */
static inline uint64_t virt_to_maddr(const void *ptr)
{
    uint64_t va = (uint64_t)ptr;

    return va >= DIRECT_MAP_START ? va - DIRECT_MAP_START : va - IMAGE_BASE;
}

static inline uint64_t virt_to_mfn(const void *ptr)
{
    return virt_to_maddr(ptr) >> PAGE_SHIFT;
}
#endif

#endif
