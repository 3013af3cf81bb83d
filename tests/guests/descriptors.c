/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's GDT and LDT are its own frames, which nobody can write to while they are in use. A
 * descriptor may be any segment, which becomes one of ring 3; no gate, no task, no other system
 * descriptor leads anywhere. (xen/xen.h: set_gdt, update_descriptor) */
#include "micro.h"

#include <xen/memory.h>

#define DESC_CODE64_RING0 0x00af9b000000ffffUL
#define DESC_DATA_RING0   0x00cf93000000ffffUL
#define DESC_DATA_ABSENT  0x00cf73000000ffffUL
#define DESC_SYSTEM(type) (0x00008000000f0000UL | (uint64_t)(type) << 40)

static uint64_t *gdt;

static long set_gdt(uint64_t mfn, unsigned int entries)
{
    uint64_t frames[16];

    for (unsigned int i = 0; i < ARRAY_SIZE(frames); i++)
        frames[i] = mfn;
    return call2(__HYPERVISOR_set_gdt, frames, entries);
}

static long update(volatile uint64_t *entry, uint64_t descriptor)
{
    return call2(__HYPERVISOR_update_descriptor, maddr_of(entry), descriptor);
}

static uint64_t access_of(unsigned int selector)
{
    uint64_t access = 0;

    __asm__("lar %1, %0\n\tjz 1f\n\txor %0, %0\n1:"
            : "+r"(access)
            : "r"((uint64_t)selector)
            : "cc");
    return access;
}

static void check_set_gdt(void)
{
    uint64_t *writable = page_alloc();
    uint64_t *table = page_alloc();

    expect(set_gdt(mfn_of(writable), 512), -XEN_EINVAL, "a writable page is no GDT");
    expect(set_gdt(0x200, 512), -XEN_EINVAL, "the hypervisor's page is no GDT");
    expect(set_gdt(0x1000, 512), -XEN_EINVAL, "another's page is no GDT");
    expect(set_gdt(~0UL, 512), -XEN_EINVAL, "no page is no GDT");
    expect(set_gdt(mfn_of(gdt), 7169), -XEN_EINVAL, "a GDT can't reach the hypervisor's entries");
    expect(set_gdt(mfn_of(gdt), ~0U), -XEN_EINVAL, "nor have so many");
    table[0] = mfn_of(writable) << PAGE_SHIFT | PTE_DATA;
    (void)map_readonly(table);
    expect(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table)), 0, "a page table is pinned");
    expect(set_gdt(mfn_of(table), 512), -XEN_EINVAL, "and is no GDT");
    expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(table)), 0, "and is unpinned");

    gdt[2] = DESC_CODE64_RING0;
    gdt[3] = DESC_DATA_RING0;
    gdt[4] = DESC_DATA_ABSENT;
    (void)map_readonly(gdt);
    expect(set_gdt(mfn_of(gdt), 512), 0, "a read-only page is a GDT");
    check(map_writable(gdt) < 0, "which can't be written to");
    expect(try_write(gdt, 0), TRAP_PF, "nor is a write to it carried out");
    check(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(gdt)) < 0, "nor can it be a page table");
    check(mmuext(MMUEXT_CLEAR_PAGE, mfn_of(gdt)) < 0, "nor be cleared");
    check((gdt[2] >> 45 & 3) == 3 || (access_of(2 * 8 + 3) >> 13 & 3) == 3,
          "its segments are of ring 3");
    expect(set_gdt(mfn_of(gdt), 7168), 0, "the same page again and again");
    expect(set_gdt(mfn_of(gdt), 512), 0, "and once");
}

static void check_selectors(void)
{
    struct registers r = {.rax = 3 * 8 + 3};

    expect(execute_text("\x8e\xd8", &r), NO_TRAP, "DS is loaded from the GDT");
    nap(1000000);
    check(true, "and is loaded again when the vCPU runs again");
    r.rax = 4 * 8 + 3;
    expect(execute_text("\x8e\xd8", &r), TRAP_NP, "a segment that is not present");
    expect((long)trapped.error, 4 * 8, "is told in the error code");
    r.rax = 5 * 8 + 3;
    expect(execute_text("\x8e\xd8", &r), TRAP_GP, "an entry with nothing in it");
    r.rax = 0xe008;
    expect(execute_text("\x8e\xd8", &r), TRAP_GP, "the hypervisor's code segment");
    r.rax = 0xe010;
    expect(execute_text("\x8e\xd8", &r), TRAP_GP, "the hypervisor's data segment");
    r.rax = 0xe040;
    expect(execute_text("\x8e\xd8", &r), TRAP_GP, "the hypervisor's task");
    r.rax = 0xfffb;
    expect(execute_text("\x8e\xd8", &r), TRAP_GP, "an entry behind the table");
    r.rax = 0;
    expect(execute_text("\x8e\xd8", &r), NO_TRAP, "the null selector");
    for (unsigned int selector = 0xe000; selector < 0xe200; selector += 8)
        if ((access_of(selector | 3) >> 13 & 3) == 0 && access_of(selector | 3))
            check(false, "LAR shows a ring-0 segment at %x", selector);
    check(true, "LAR shows no ring-0 segment of the hypervisor");
}

/* Far jumps and calls through what is in the table. */
static void check_far(void)
{
    static struct {
        uint32_t offset;
        uint16_t selector;
    } __attribute__((packed)) pointer;
    struct registers r = {.rdi = (uint64_t)&pointer};
    static const uint16_t bad[] = {0xe008, 0xe010, 0xe040, 0xe050, 5 * 8 + 3, 3 * 8 + 3, 0, 0xfff8};

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        pointer.selector = bad[i];
        expect(execute_text("\xff\x2f", &r), TRAP_GP, "a far jump to %x", bad[i]);
        expect(execute_text("\xff\x1f", &r), TRAP_GP, "a far call to %x", bad[i]);
        r.rdi = (uint64_t)&pointer;
    }
}

static void check_update(void)
{
    uint64_t *plain = page_alloc(), *table = page_alloc();

    for (unsigned int type = 1; type < 16; type++) {
        long error = update(&gdt[8], DESC_SYSTEM(type));

        /* Call gates may be accepted in a form that traps. */
        if (error == 0 && type == 12) {
            struct {
                uint32_t offset;
                uint16_t selector;
            } __attribute__((packed)) pointer = {0, 8 * 8 + 3};
            struct registers r = {.rdi = (uint64_t)&pointer};

            check(execute_text("\xff\x1f", &r) >= 0, "a call gate leads nowhere");
        } else {
            expect(error, -XEN_EINVAL, "a system descriptor of type %u is refused", type);
        }
    }
    expect(update(&gdt[8], 0), 0, "an entry is emptied");
    expect(update(&gdt[8], DESC_CODE64_RING0), 0, "a ring-0 segment is taken");
    expect((long)(access_of(8 * 8 + 3) >> 13 & 3), 3, "as one of ring 3");
    expect(update(&gdt[9], DESC_DATA_ABSENT), 0, "an absent segment is taken");
    expect(update(plain, 0x1234), 0, "an absent descriptor goes into a plain page");
    expect((long)*plain, 0x1234, "and is there");
    check(call2(__HYPERVISOR_update_descriptor, maddr_of(plain) + 4, 0) < 0,
          "a misaligned address");
    check(call2(__HYPERVISOR_update_descriptor, 0x200000, 0) < 0, "the hypervisor's memory");
    check(call2(__HYPERVISOR_update_descriptor, 0x1000000, 0) < 0, "another's memory");
    check(call2(__HYPERVISOR_update_descriptor, ~7UL, 0) < 0, "no memory");
    (void)map_readonly(table);
    expect(mmuext(MMUEXT_PIN_L1_TABLE, mfn_of(table)), 0, "a page table is pinned");
    check(update(table, DESC_DATA_RING0) < 0, "and takes no descriptor");
    expect(mmuext(MMUEXT_UNPIN_TABLE, mfn_of(table)), 0, "and is unpinned");
}

/* An LDT is mapped into the hypervisor's window page by page, as selectors are used. */
static void check_ldt(void)
{
    uint64_t *ldt = page_alloc();
    struct mmuext_op op = {.cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (uint64_t)ldt};
    struct registers r = {.rax = 1 * 8 + 7};
    static const uint64_t bad[] = {HV_START, 0xffff820000000000, NON_CANONICAL, VIRT_BASE + 8};

    op.arg2.nr_ents = 8193;
    check(call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF) < 0, "an LDT of 8193 entries");
    op.arg2.nr_ents = 512;
    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        op.arg1.linear_addr = bad[i];
        check(call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF) < 0, "an LDT at %lx", bad[i]);
    }
    op.arg1.linear_addr = (uint64_t)ldt;
    ldt[1] = DESC_DATA_RING0;
    expect(call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF), 0, "a writable page as an LDT");
    expect(execute_text("\x8e\xd8", &r), TRAP_PF, "can't be used");
    expect((long)trapped_address, (long)&ldt[1], "which is told as a fault where it is");
    (void)map_readonly(ldt);
    r.rax = 1 * 8 + 7;
    expect(execute_text("\x8e\xd8", &r), NO_TRAP, "a read-only one can");
    check(map_writable(ldt) < 0, "and can't be made writable then");
    expect(try_read((void *)(0xffff820000000000 + 16 * PAGE_SIZE), NULL), TRAP_PF,
           "the hypervisor's window of it can't be read");
    nap(1000000);
    r.rax = 2 * 8 + 7;
    expect(execute_text("\x8e\xd8", &r), TRAP_GP, "an entry with nothing in it");
    r.rax = 511 * 8 + 7;
    expect(execute_text("\x8e\xd8", &r), TRAP_GP, "the last entry, with nothing in it");
    r.rax = 512 * 8 + 7;
    expect(execute_text("\x8e\xd8", &r), TRAP_GP, "an entry behind the LDT");
    r.rax = 0;
    (void)execute_text("\x8e\xd8", &r);
    op.arg2.nr_ents = 0;
    expect(call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF), 0, "the LDT is taken away");
    expect(map_writable(ldt), 0, "and is a page again");
    r.rax = 1 * 8 + 7;
    expect(execute_text("\x8e\xd8", &r), TRAP_GP, "and its selectors are none");
    ldt[3] = DESC_SYSTEM(12);
    (void)map_readonly(ldt);
    op.arg2.nr_ents = 512;
    (void)call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
    r.rax = 1 * 8 + 7;
    check(execute_text("\x8e\xd8", &r) == TRAP_GP || (ldt[3] >> 45 & 3) == 0,
          "an LDT that holds a gate is refused, or the gate is made to trap");
    /* Nothing is where the LDT is said to be. */
    op.arg1.linear_addr = 0x40000000;
    (void)call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
    r.rax = 1 * 8 + 7;
    expect(execute_text("\x8e\xd8", &r), TRAP_PF, "an LDT that is not there");
    expect((long)trapped_address, 0x40000008, "is a fault where it should be");
    op.arg2.nr_ents = 0;
    (void)call4(__HYPERVISOR_mmuext_op, &op, 1, 0, DOMID_SELF);
}

/* Reading the windows through which the CPU sees the tables. */
static void check_windows(void)
{
    uint64_t value;

    for (uint64_t page = 0; page < 64; page++)
        if (try_read((void *)(0xffff820000000000 + page * PAGE_SIZE), &value) != TRAP_PF)
            check(false, "page %lu of the windows can't be read", page);
    check(true, "the windows of GDT and LDT can't be read");
}

static void check_given_up(void)
{
    uint64_t mfn = mfn_of(gdt);
    struct xen_memory_reservation list = {.nr_extents = 1, .domid = DOMID_SELF};
    struct registers r = {.rax = 3 * 8 + 3};

    list.extent_start.p = &mfn;
    (void)call2(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &list);
    expect(map_page(gdt, 0), 0, "the GDT's page is given up and unmapped");
    expect(execute_text("\x8e\xd8", &r), NO_TRAP, "and its entries still count");
    r.rax = 0;
    (void)execute_text("\x8e\xd8", &r);
    expect(set_gdt(0, 0), 0, "until there is no GDT any more");
    r.rax = 3 * 8 + 3;
    expect(execute_text("\x8e\xd8", &r), TRAP_GP, "and none counts");
}

void micro_main(void)
{
    gdt = page_alloc();
    check_set_gdt();
    check_selectors();
    check_far();
    check_update();
    check_ldt();
    check_windows();
    check_given_up();
}
