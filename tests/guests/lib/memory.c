/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This kernel's pages, frames and page tables. All that is linked or made by the domain builder is
 * mapped at VIRT_BASE + guest frame number * 4096; guest frames beyond are mapped by nobody. */
#include "micro.h"

#define POOL_PAGES 400

static page_aligned uint8_t pool[POOL_PAGES][PAGE_SIZE];
static unsigned int pool_used;

void *page_alloc(void)
{
    if (pool_used == POOL_PAGES)
        __builtin_trap();
    return pool[pool_used++];
}

uint64_t mfn_of_pfn(uint64_t pfn)
{
    return ((const uint64_t *)start_info->mfn_list)[pfn];
}

uint64_t mfn_of(const volatile void *va)
{
    return mfn_of_pfn(((uint64_t)va - VIRT_BASE) >> PAGE_SHIFT);
}

uint64_t maddr_of(const volatile void *va)
{
    return mfn_of(va) << PAGE_SHIFT | ((uint64_t)va & (PAGE_SIZE - 1));
}

void *va_of_mfn(uint64_t mfn)
{
    const volatile uint64_t *m2p = (const uint64_t *)HV_START;

    return (void *)(VIRT_BASE + (m2p[mfn] << PAGE_SHIFT));
}

static unsigned int index_of(const volatile void *va, unsigned int level)
{
    return (unsigned int)((uint64_t)va >> (PAGE_SHIFT + 9 * (level - 1))) & 511;
}

uint64_t root_mfn(void)
{
    uint64_t cr3;

    __asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
    return cr3 >> PAGE_SHIFT;
}

uint64_t *entry_of(const volatile void *va, unsigned int level)
{
    uint64_t *table = va_of_mfn(root_mfn());

    for (unsigned int at = 4; at > level; at--) {
        uint64_t entry = table[index_of(va, at)];

        if (!(entry & PTE_P))
            return NULL;
        table = va_of_mfn((entry & PTE_ADDR) >> PAGE_SHIFT);
    }
    return &table[index_of(va, level)];
}

uint64_t entry_address(const volatile void *va, unsigned int level)
{
    return maddr_of(entry_of(va, level));
}

long map_page(const volatile void *va, uint64_t pte)
{
    return call3(__HYPERVISOR_update_va_mapping, va, pte, UVMF_INVLPG);
}

long map_readonly(const volatile void *va)
{
    return map_page(va, mfn_of(va) << PAGE_SHIFT | PTE_READ);
}

long map_writable(const volatile void *va)
{
    return map_page(va, mfn_of(va) << PAGE_SHIFT | PTE_DATA);
}

long mmu_update(uint64_t maddr, uint64_t value, unsigned int command)
{
    struct mmu_update update = {.ptr = maddr | command, .val = value};

    return call4(__HYPERVISOR_mmu_update, &update, 1, 0, DOMID_SELF);
}

long mmuext_foreign(unsigned int command, uint64_t mfn, domid_t domid)
{
    struct mmuext_op op = {.cmd = command, .arg1.mfn = mfn};

    return call4(__HYPERVISOR_mmuext_op, &op, 1, 0, domid);
}

long mmuext(unsigned int command, uint64_t mfn)
{
    return mmuext_foreign(command, mfn, DOMID_SELF);
}

long writable_page_tables(void)
{
    return call2(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
}

uint64_t spare_pfn(void)
{
    static uint64_t next;

    /* The last frames are far behind all that the builder mapped. */
    if (!next)
        next = start_info->nr_pages;
    return --next;
}

uint64_t spare_mfn(void)
{
    return mfn_of_pfn(spare_pfn());
}
