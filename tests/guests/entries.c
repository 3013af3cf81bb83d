/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a page-table entry may hold. A guest may map its own frames, writable unless they are page
 * tables or descriptors; not those of others, not the hypervisor's, no device's. Bits that the ABI
 * reserves are refused; so is every change to the hypervisor's slots of the root. A refused update
 * changes nothing. Three ways lead to an entry: update_va_mapping, mmu_update, and a plain write to
 * the table, which is carried out as if it were the second. (xen/xen.h: mmu_update) */
#include "micro.h"

#define SLOT_OF(va) ((va) >> 39 & 511)
#define APIC_MFN    0xfee00UL
#define BIOS_MFN    0xf0UL

static char *place;   /* a page whose entry is played with */
static uint64_t home; /* what that entry should be */

/* All three ways must refuse it, and leave the entry alone. */
static void refused(uint64_t pte, const char *what)
{
    uint64_t *entry = entry_of(place, 1);
    uint64_t before = *entry;

    check(map_page(place, pte) < 0, "update_va_mapping refuses %s", what);
    check(mmu_update(maddr_of(entry), pte, MMU_NORMAL_PT_UPDATE) < 0, "mmu_update refuses %s",
          what);
    check(mmu_update(maddr_of(entry), pte, MMU_PT_UPDATE_PRESERVE_AD) < 0,
          "mmu_update with A/D kept refuses %s", what);
    expect(try_write(entry, pte), TRAP_PF, "a plain write of %s faults", what);
    check(*entry == before, "the entry is as it was after %s", what);
}

static void accepted(uint64_t pte, const char *what)
{
    uint64_t *entry = entry_of(place, 1);

    expect(map_page(place, pte), 0, "update_va_mapping takes %s", what);
    expect(mmu_update(maddr_of(entry), home, MMU_NORMAL_PT_UPDATE), 0, "and back");
    expect(mmu_update(maddr_of(entry), pte, MMU_NORMAL_PT_UPDATE), 0, "mmu_update takes %s", what);
    (void)map_page(place, home);
    expect(try_write(entry, pte), NO_TRAP, "a plain write of %s is carried out", what);
    (void)map_page(place, home);
}

/* A frame of dom0's: one that is in the machine-to-phys table but not in ours. */
static uint64_t others_mfn(void)
{
    const volatile uint64_t *m2p = (const uint64_t *)HV_START;

    for (uint64_t mfn = 0x1000; mfn < 0x20000; mfn++) {
        uint64_t pfn;

        if (try_read(&m2p[mfn], &pfn) != NO_TRAP)
            continue;
        if (pfn != ~0UL && (pfn >= start_info->nr_pages || mfn_of_pfn(pfn) != mfn))
            return mfn;
    }
    return 0;
}

static void check_frames(void)
{
    uint64_t l1 = *entry_of(place, 2) & PTE_ADDR;
    uint64_t others = others_mfn();

    refused(l1 | PTE_DATA, "its own page table, writable");
    accepted(l1 | PTE_READ, "its own page table, read-only");
    refused(root_mfn() << PAGE_SHIFT | PTE_DATA, "the root, writable");
    check(others != 0, "a frame of somebody else's is found");
    refused(others << PAGE_SHIFT | PTE_DATA, "somebody else's frame");
    refused(others << PAGE_SHIFT | PTE_READ, "somebody else's frame, read-only");
    refused(APIC_MFN << PAGE_SHIFT | PTE_DATA, "the local APIC");
    refused(BIOS_MFN << PAGE_SHIFT | PTE_READ, "the BIOS");
    refused(0x200000 | PTE_DATA, "the hypervisor's first frame");
    refused((0x200000 + 0x40000) | PTE_READ, "a frame of the hypervisor's image");
    refused(0x7fffffffUL << PAGE_SHIFT | PTE_DATA, "a frame far behind all memory");
    refused(PTE_ADDR | PTE_DATA, "the highest frame there could be");
    accepted(spare_mfn() << PAGE_SHIFT | PTE_DATA, "a frame of its own");
    accepted(start_info->shared_info | PTE_DATA, "the shared info");
    accepted(0, "nothing");
    accepted(0xdeadbeef000 | PTE_RW | PTE_PSE, "an entry that is not present, whatever it holds");
}

static void check_m2p(void)
{
    volatile uint64_t *m2p = (uint64_t *)HV_START;
    uint64_t mfn = mfn_of(place), table_mfn;

    expect((long)m2p[mfn], (long)(((uint64_t)place - VIRT_BASE) >> PAGE_SHIFT), "the M2P is right");
    expect(try_write(&m2p[mfn], 0), TRAP_PF, "the M2P can't be written to");
    /* Nor can its frames be mapped, wherever they are: all of them are tried. */
    for (table_mfn = 0x100; table_mfn < 0x2000; table_mfn++)
        if (m2p[table_mfn] == ~0UL && map_page(place, table_mfn << PAGE_SHIFT | PTE_READ) == 0)
            break;
    expect((long)table_mfn, 0x2000, "no frame without an owner can be mapped");
    (void)map_page(place, home);
}

static void check_bits(void)
{
    static const struct {
        uint64_t bit;
        const char *name;
    } bad[] = {
        {PTE_PSE, "the PAT bit"},
        {PTE_PCD, "no caching"},
        {PTE_PWT, "write-through"},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
        refused(home | bad[i].bit, bad[i].name);
    accepted(home | 7UL << 9, "the available bits");
    accepted(home | 0x7fUL << 52, "the upper available bits");
    accepted(home | PTE_NX, "no execution");
    accepted(home & ~(PTE_A | PTE_D), "no accessed and dirty bits");
    expect(map_page(place, home & ~PTE_US), 0, "an entry without the user bit is taken");
    check(*entry_of(place, 1) & PTE_US, "and gets it");
    (void)map_page(place, home);
    expect(map_page(place, home | PTE_NX), 0, "a page can be made not executable");
    expect(try_call((void (*)(void *))place, NULL), TRAP_PF, "and then does not execute");
    expect((long)trapped.error & 0x10, 0x10, "which the error code tells");
    (void)map_page(place, home);
}

/* Entries of the levels above. */
static void refused_upper(unsigned int level, uint64_t address, uint64_t pte, const char *what)
{
    check(mmu_update(address, pte, MMU_NORMAL_PT_UPDATE) < 0, "level %u refuses %s", level, what);
}

static void check_upper(void)
{
    static char *const inside = (char *)VIRT_BASE;
    uint64_t frame = mfn_of(page_alloc()) << PAGE_SHIFT;

    for (unsigned int level = 2; level <= 4; level++) {
        uint64_t *entry = entry_of(inside, level);
        /* Another entry of the same table, with nothing in it. */
        uint64_t free = maddr_of((void *)((uint64_t)entry & ~(PAGE_SIZE - 1)));
        uint64_t before = *entry;

        refused_upper(level, free, home | PTE_PSE, "a superpage");
        refused_upper(level, free, frame | PTE_TABLE, "a writable page");
        refused_upper(level, free, 0x200000 | PTE_TABLE, "a frame of the hypervisor's");
        refused_upper(level, free, APIC_MFN << PAGE_SHIFT | PTE_TABLE, "a device");
        refused_upper(level, free, PTE_ADDR | PTE_TABLE, "a frame far behind all memory");
        refused_upper(level, free, before | PTE_PSE, "the PSE bit");
        refused_upper(level, free, before | PTE_G, "the global bit");
        refused_upper(level, free, before | PTE_PCD, "no caching");
        refused_upper(level, free, others_mfn() << PAGE_SHIFT | PTE_TABLE, "another's frame");
        check(*entry == before, "level %u is as it was", level);
        expect(try_write(entry, before), TRAP_PF, "a plain write to level %u faults", level);
    }
    expect(mmu_update(entry_address(inside, 2), *entry_of(inside, 2), MMU_NORMAL_PT_UPDATE), 0,
           "an entry may be stored again");
}

static void check_hypervisor_slots(void)
{
    uint64_t root = root_mfn() << PAGE_SHIFT, value;
    const uint64_t *l4 = va_of_mfn(root_mfn());
    uint64_t l3 = l4[511];

    for (unsigned int slot = 256; slot < 272; slot++) {
        if (mmu_update(root + slot * 8, l3, MMU_NORMAL_PT_UPDATE) >= 0 ||
            mmu_update(root + slot * 8, 0, MMU_NORMAL_PT_UPDATE) >= 0 ||
            mmu_update(root + slot * 8, l3, MMU_PT_UPDATE_PRESERVE_AD) >= 0)
            check(false, "slot %u is the hypervisor's", slot);
    }
    check(true, "slots 256 to 271 can't be changed");
    expect(try_read((void *)HV_START, &value), NO_TRAP, "and the M2P is still there");
    for (unsigned int slot = 257; slot < 272; slot++)
        if (try_read((void *)(HV_START + ((uint64_t)(slot - 256) << 39)), &value) != TRAP_PF)
            check(false, "slot %u can't be read", slot);
    check(true, "slots 257 to 271 can't be read");
    /* What hangs below those slots is not to be got at through their frames either. */
    for (unsigned int slot = 256; slot < 272; slot++)
        if ((l4[slot] & PTE_P) && (l4[slot] & PTE_ADDR) != root &&
            map_page(place, (l4[slot] & PTE_ADDR) | PTE_READ) >= 0)
            check(false, "the table of slot %u can't be mapped", slot);
    check(true, "the tables of slots 256 to 271 can't be mapped");
    (void)map_page(place, home);
}

static void check_requests(void)
{
    uint64_t address = entry_address(place, 1);
    static struct mmu_update list[3];
    unsigned int done = 77;

    for (unsigned int shift = 0; shift < 2; shift++)
        check(mmu_update(address + 4, home, MMU_NORMAL_PT_UPDATE) < 0, "a misaligned entry");
    check(mmu_update(others_mfn() << PAGE_SHIFT, 0, MMU_NORMAL_PT_UPDATE) < 0,
          "an entry in another's frame");
    check(mmu_update(0x200000, 0, MMU_NORMAL_PT_UPDATE) < 0, "an entry in the hypervisor");
    check(mmu_update(0xfffffffffffff000, 0, MMU_NORMAL_PT_UPDATE) < 0, "an entry nowhere");
    check(mmu_update(others_mfn() << PAGE_SHIFT, 5, MMU_MACHPHYS_UPDATE) < 0,
          "the M2P of another's frame");
    check(mmu_update(0x200000, 5, MMU_MACHPHYS_UPDATE) < 0, "the M2P of the hypervisor's frame");
    check(mmu_update(0xfffffffffffff000, 5, MMU_MACHPHYS_UPDATE) < 0, "the M2P of no frame");
    list[0] = (struct mmu_update){address | MMU_NORMAL_PT_UPDATE, home};
    list[1] = (struct mmu_update){address | MMU_NORMAL_PT_UPDATE, 0x200000 | PTE_DATA};
    list[2] = (struct mmu_update){address | MMU_NORMAL_PT_UPDATE, 0};
    check(call4(__HYPERVISOR_mmu_update, list, 3, &done, DOMID_SELF) < 0,
          "a list ends at an error");
    expect(done, 1, "and tells how far it came");
    expect((long)(*entry_of(place, 1) & PTE_ADDR), (long)(home & PTE_ADDR),
           "what comes behind is not done");
    check(call4(__HYPERVISOR_mmu_update, list, 1, 0, 0) < 0, "dom0's frames are not given");
    check(call4(__HYPERVISOR_mmu_update, list, 1, 0, DOMID_XEN) < 0, "nor the hypervisor's");
    check(call4(__HYPERVISOR_mmu_update, list, 1, 0, 4000) < 0, "nor those of nobody");
    check(call4(__HYPERVISOR_mmu_update, list, 1, 0, DOMID_SELF | 1UL << 16) < 0,
          "nor are dom0's tables");
    expect(call4(__HYPERVISOR_mmu_update, list, 0, 0, DOMID_SELF), 0, "a list of nothing");
    expect(mmu_update(mfn_of(place) << PAGE_SHIFT, 3, MMU_MACHPHYS_UPDATE), 0,
           "the M2P of an own frame");
    (void)mmu_update(mfn_of(place) << PAGE_SHIFT, ((uint64_t)place - VIRT_BASE) >> PAGE_SHIFT,
                     MMU_MACHPHYS_UPDATE);
}

static void check_accessed_and_dirty(void)
{
    uint64_t address = entry_address(place, 1);

    (void)map_page(place, home & ~(PTE_A | PTE_D));
    *(volatile char *)place = 1;
    check(*entry_of(place, 1) & PTE_D, "the CPU notes a write");
    expect(mmu_update(address, home & ~(PTE_A | PTE_D), MMU_PT_UPDATE_PRESERVE_AD), 0,
           "an entry is stored with A and D kept");
    check((*entry_of(place, 1) & (PTE_A | PTE_D)) == (PTE_A | PTE_D), "and they are");
    expect(mmu_update(address, home & ~(PTE_A | PTE_D), MMU_NORMAL_PT_UPDATE), 0,
           "an entry is stored without");
    check(!(*entry_of(place, 1) & (PTE_A | PTE_D)), "and they are gone");
    (void)map_page(place, home);
}

void micro_main(void)
{
    place = page_alloc();
    home = mfn_of(place) << PAGE_SHIFT | PTE_DATA;
    expect(writable_page_tables(), 0, "plain writes to page tables are asked for");
    check_frames();
    check_m2p();
    check_bits();
    check_upper();
    check_hypervisor_slots();
    check_requests();
    check_accessed_and_dirty();
}
