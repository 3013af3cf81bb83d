/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the Intel back end runs anywhere: the choice of controls, the numbers of fields, the
 * format of extended page tables, events, qualifications, register checks, the map of MSRs. */
#include "check.h"

#include "hvm/p2m.h"
#include "hvm/vmx/controls.h"
#include "hvm/vmx/ept.h"
#include "hvm/vmx/vmcs.h"
#include "machine/cpu.h"
#include "memory/memory.h"

#define ADDRESS_BITS 39

/* A CPU whose controls can all be set and cleared. */
static struct vmx_capabilities all_controls(void)
{
    struct vmx_capabilities caps;

    for (unsigned int i = 0; i < VMX_WORDS; i++)
        caps.word[i] = 0xffffffffULL << 32;
    return caps;
}

static bool choice_says(const struct vmx_capabilities *caps, const char *part)
{
    uint32_t controls[VMX_WORDS];
    const char *why = vmx_controls_choose(caps, controls);

    return why && strstr(why, part);
}

static void controls_that_are_needed(void)
{
    static const struct {
        enum vmx_word word;
        uint32_t bit;
        const char *says;
    } rows[] = {
        {VMX_SECONDARY, SECONDARY_EPT, "no extended page tables"},
        {VMX_SECONDARY, SECONDARY_UNRESTRICTED, "real mode"},
        {VMX_PRIMARY, PRIMARY_SECONDARY, "no secondary controls"},
        {VMX_PRIMARY, PRIMARY_HLT, "HLT"},
        {VMX_PRIMARY, PRIMARY_CR8_STORE, "CR8"},
        {VMX_PRIMARY, PRIMARY_TSC_OFFSET, "TSC"},
        {VMX_PRIMARY, PRIMARY_IO, "ports"},
        {VMX_PRIMARY, PRIMARY_MSR_MAP, "MSRs"},
        {VMX_PRIMARY, PRIMARY_INTERRUPT_WINDOW, "takes interrupts"},
        {VMX_PRIMARY, PRIMARY_NMI_WINDOW, "takes interrupts"},
        {VMX_PIN, PIN_INTERRUPT, "for interrupts"},
        {VMX_PIN, PIN_NMI, "for interrupts"},
        {VMX_PIN, PIN_OWN_NMIS, "virtual NMIs"},
        {VMX_EXIT, EXIT_CONTROL_64BIT, "64-bit"},
        {VMX_EXIT, EXIT_CONTROL_SAVE_PAT, "PAT"},
        {VMX_EXIT, EXIT_CONTROL_LOAD_EFER, "EFER"},
        {VMX_ENTRY, ENTRY_CONTROL_DEBUG, "DR7"},
        {VMX_ENTRY, ENTRY_CONTROL_LONG_MODE, "64-bit"},
        {VMX_ENTRY, ENTRY_CONTROL_LOAD_PAT, "PAT"},
        {VMX_ENTRY, ENTRY_CONTROL_LOAD_EFER, "EFER"},
    };
    struct vmx_capabilities caps = all_controls();
    uint32_t controls[VMX_WORDS];

    CHECK(!vmx_controls_choose(&caps, controls));
    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
        caps = all_controls();
        caps.word[rows[i].word] &= ~((uint64_t)rows[i].bit << 32);
        CHECK(choice_says(&caps, rows[i].says));
    }
}

static void controls_that_are_chosen(void)
{
    struct vmx_capabilities caps = all_controls();
    uint32_t controls[VMX_WORDS];

    caps.word[VMX_PIN] |= 1U << 1 | 1U << 2; /* bits that are always set */
    CHECK(!vmx_controls_choose(&caps, controls));
    CHECK_EQ(controls[VMX_PIN], PIN_INTERRUPT | PIN_NMI | PIN_OWN_NMIS | 6);
    CHECK_EQ(controls[VMX_SECONDARY], SECONDARY_EPT | SECONDARY_UNRESTRICTED | SECONDARY_VPID |
                                          SECONDARY_WBINVD | SECONDARY_RDTSCP | SECONDARY_INVPCID |
                                          SECONDARY_TSC_SCALING);
    CHECK(!(controls[VMX_PRIMARY] & (PRIMARY_CR3_LOAD | PRIMARY_CR3_STORE |
                                     PRIMARY_INTERRUPT_WINDOW | PRIMARY_NMI_WINDOW)));
    CHECK(!(controls[VMX_ENTRY] & ENTRY_CONTROL_LONG_MODE));
    caps.word[VMX_SECONDARY] &= ~((uint64_t)(SECONDARY_VPID | SECONDARY_TSC_SCALING) << 32);
    CHECK(!vmx_controls_choose(&caps, controls));
    CHECK(!(controls[VMX_SECONDARY] & (SECONDARY_VPID | SECONDARY_TSC_SCALING)));
    /* What can't be switched off, and has to be. */
    caps = all_controls();
    caps.word[VMX_PRIMARY] |= PRIMARY_CR3_LOAD;
    CHECK(choice_says(&caps, "CR3"));
    caps = all_controls();
    caps.word[VMX_PRIMARY] |= PRIMARY_INTERRUPT_WINDOW;
    CHECK(choice_says(&caps, "takes interrupts"));
    caps = all_controls();
    caps.word[VMX_ENTRY] |= ENTRY_CONTROL_LONG_MODE;
    CHECK(choice_says(&caps, "64-bit"));
}

enum { W16, W64, W32, WNATURAL };
enum { CONTROL, EXIT, GUEST, HOST };

/* Each number says its width and its kind (SDM vol. 3, table 24-21). */
static void fields_are_numbered_by_rule(void)
{
    static const struct {
        enum vmcs_field field;
        unsigned int width, kind;
    } rows[] = {
        {VMCS_VPID, W16, CONTROL},
        {VMCS_GUEST_SELECTOR, W16, GUEST},
        {VMCS_HOST_TR, W16, HOST},
        {VMCS_MSR_BITMAP, W64, CONTROL},
        {VMCS_TSC_OFFSET, W64, CONTROL},
        {VMCS_EPT_POINTER, W64, CONTROL},
        {VMCS_GUEST_PHYSICAL, W64, EXIT},
        {VMCS_LINK, W64, GUEST},
        {VMCS_GUEST_EFER, W64, GUEST},
        {VMCS_GUEST_PDPTE, W64, GUEST},
        {VMCS_HOST_EFER, W64, HOST},
        {VMCS_PIN, W32, CONTROL},
        {VMCS_SECONDARY, W32, CONTROL},
        {VMCS_ENTRY_EVENT, W32, CONTROL},
        {VMCS_EXIT_REASON, W32, EXIT},
        {VMCS_VECTORING_ERROR, W32, EXIT},
        {VMCS_EXIT_LENGTH, W32, EXIT},
        {VMCS_GUEST_LIMIT, W32, GUEST},
        {VMCS_GUEST_RIGHTS, W32, GUEST},
        {VMCS_GUEST_BLOCKING, W32, GUEST},
        {VMCS_GUEST_SYSENTER_CS, W32, GUEST},
        {VMCS_HOST_SYSENTER_CS, W32, HOST},
        {VMCS_CR0_MASK, WNATURAL, CONTROL},
        {VMCS_CR4_SHADOW, WNATURAL, CONTROL},
        {VMCS_QUALIFICATION, WNATURAL, EXIT},
        {VMCS_GUEST_CR0, WNATURAL, GUEST},
        {VMCS_GUEST_BASE, WNATURAL, GUEST},
        {VMCS_GUEST_SYSENTER_EIP, WNATURAL, GUEST},
        {VMCS_HOST_CR0, WNATURAL, HOST},
        {VMCS_HOST_RIP, WNATURAL, HOST},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
        CHECK_EQ(rows[i].field >> 13 & 3, rows[i].width);
        CHECK_EQ(rows[i].field >> 10 & 3, rows[i].kind);
        CHECK(!(rows[i].field & 0x9001));
    }
    /* Rows of segments end where the next thing begins. */
    CHECK_EQ(VMCS_GUEST_LIMIT + 2 * VMCS_SEGMENTS, VMCS_GUEST_GDTR_LIMIT);
    CHECK_EQ(VMCS_GUEST_RIGHTS + 2 * VMCS_SEGMENTS, VMCS_GUEST_BLOCKING);
    CHECK_EQ(VMCS_GUEST_BASE + 2 * VMCS_SEGMENTS, VMCS_GUEST_GDTR_BASE);
    CHECK(vmcs_segments[1] == HVM_CS && vmcs_segments[2] == HVM_SS && vmcs_segments[7] == HVM_TR);
}

#define EPT_ALL (1ULL << 6 | 1ULL << 14 | 3ULL << 16 | 3ULL << 20 | 3ULL << 25)

static void extended_tables_that_will_do(void)
{
    static const uint64_t needed[] = {1ULL << 6, 1ULL << 14, 1ULL << 16, 1ULL << 20, 1ULL << 26};
    struct vmx_ept ept;

    CHECK(!vmx_ept_choose(EPT_ALL, &ept));
    CHECK_EQ(ept.pointer_flags, 6 | 3 << 3 | 1 << 6);
    CHECK(ept.invept_type == 1 && !ept.format.no_1g && ept.format.dirty_by_cpu);
    CHECK_EQ(ept.format.dirty, 1 << 9);
    for (unsigned int i = 0; i < ARRAY_SIZE(needed); i++)
        CHECK(vmx_ept_choose(EPT_ALL & ~needed[i], &ept));
    CHECK(!vmx_ept_choose(EPT_ALL & ~(1ULL << 17 | 1ULL << 21 | 1ULL << 25), &ept));
    CHECK_EQ(ept.pointer_flags, 6 | 3 << 3);
    CHECK(ept.invept_type == 2 && ept.format.no_1g && !ept.format.dirty_by_cpu);
    CHECK_EQ(ept.format.dirty, 2); /* the right to write */
}

static struct p2m p2m;

/* What a CPU finds: the entry of a page, and its level (SDM vol. 3, 28.2.2). */
static uint64_t cpu_walk(uint64_t gfn, unsigned int *level)
{
    const pte_t *table = p2m.root;

    for (*level = 4;; --*level) {
        pte_t entry = table[gfn >> (9 * (*level - 1)) & 511];

        if (!(entry & 7) || *level == 1 || (entry & 1 << 7))
            return entry;
        CHECK_EQ(entry & 0xff, 7); /* bits 7..3 are reserved in one that points to a table */
        table = mfn_to_virt((entry & 0x000ffffffffff000) >> PAGE_SHIFT);
    }
}

static void is_mapped(uint64_t gfn, unsigned int at_level, uint64_t rights)
{
    unsigned int level;
    uint64_t entry = cpu_walk(gfn, &level);

    CHECK_EQ(level, at_level);
    CHECK_EQ(entry & 7, rights);
    CHECK_EQ(entry >> 3 & 7, 6); /* write-back */
    CHECK_EQ(entry >> 6 & 1, 0); /* the guest's own types count */
    CHECK_EQ(entry >> 7 & 1, level > 1);
}

static bool never(void)
{
    return false;
}

static void map_in_extended_tables(uint64_t caps, unsigned int largest)
{
    unsigned int large = largest > 2 ? 2 : largest, order = largest == 1 ? 10 : 18;
    struct vmx_ept ept;
    unsigned int level;

    fake_memory_init();
    CHECK(!vmx_ept_choose(caps, &ept));
    CHECK(!ept.format.small_only);
    ept.format.small_only = largest == 1;
    CHECK_EQ(p2m_init(&p2m, &ept.format), 0);
    CHECK_EQ(p2m_map(&p2m, 1 << 18, 1 << 18, order, P2M_RAM), 0);
    CHECK_EQ(p2m_map(&p2m, 512, 1024, 9, P2M_RAM), 0);
    CHECK_EQ(p2m_map(&p2m, 3, 77, 0, P2M_SHARED), 0);
    CHECK_EQ(p2m_map(&p2m, 5, 78, 0, P2M_RAM_RO), 0);
    is_mapped(1 << 18, largest, 7);
    is_mapped(512 + 7, large, 7);
    is_mapped(3, 1, 7);
    is_mapped(5, 1, 5);
    CHECK_EQ(p2m_map(&p2m, 6, 79, 0, P2M_GRANT), 0);
    CHECK_EQ(p2m_map(&p2m, 7, 79, 0, P2M_GRANT_RO), 0);
    CHECK_EQ(p2m_map(&p2m, 8, 80, 0, P2M_FOREIGN), 0);
    is_mapped(6, 1, 3); /* never to be run */
    is_mapped(7, 1, 1);
    is_mapped(8, 1, 3);
    CHECK_EQ(cpu_walk(4, &level), 0);
    CHECK_EQ(p2m_unmap(&p2m, 512 + 7, 1024 + 7, P2M_RAM), 0); /* which splits it */
    is_mapped(512 + 6, 1, 7);
    CHECK_EQ(cpu_walk(512 + 7, &level), 0);
    CHECK_EQ(p2m_release(&p2m, never), 0);
    p2m_free(&p2m);
    CHECK_EQ(fake_memory_leaks(), 0);
}

static void maps_in_extended_tables(void)
{
    map_in_extended_tables(EPT_ALL, 3);
    map_in_extended_tables(EPT_ALL & ~(1ULL << 17), 2);
    map_in_extended_tables(EPT_ALL, 1);
}

/* A CPU without dirty bits: a page that is clean can't be written to until somebody has noted it.
 */
static void writes_are_noted_without_dirty_bits(void)
{
    struct vmx_ept ept;
    uint64_t bits;

    fake_memory_init();
    CHECK(!vmx_ept_choose(EPT_ALL & ~(1ULL << 21), &ept));
    CHECK_EQ(p2m_init(&p2m, &ept.format), 0);
    CHECK_EQ(p2m_map(&p2m, 8, 80, 3, P2M_RAM), 0);
    CHECK_EQ(p2m_dirty_take(&p2m, 8, 8, &bits), 0);
    CHECK_EQ(bits, 0xff);
    is_mapped(9, 1, 5);
    CHECK_EQ(p2m_dirty_take(&p2m, 8, 8, &bits), 0);
    CHECK_EQ(bits, 0);
    p2m_dirty_set(&p2m, 9);
    is_mapped(9, 1, 7);
    CHECK_EQ(p2m_dirty_take(&p2m, 8, 8, &bits), 0);
    CHECK_EQ(bits, 2);
    CHECK_EQ(p2m_release(&p2m, never), 0);
    p2m_free(&p2m);
}

static void qualifications(void)
{
    struct vmx_cr_access cr = vmcs_cr_access(0x904);
    struct vmx_dr_access dr = vmcs_dr_access(0xf17);
    struct vmx_io_access io = vmcs_io_access(0x03f8003b);

    CHECK(cr.kind == CR_WRITE && cr.cr == 4 && cr.reg == 9);
    cr = vmcs_cr_access(0x018);
    CHECK(cr.kind == CR_READ && cr.cr == 8 && cr.reg == 0);
    CHECK_EQ(vmcs_cr_access(0x20).kind, CR_CLTS);
    CHECK(dr.read && dr.dr == 7 && dr.reg == 15);
    CHECK(!vmcs_dr_access(0x103).read);
    CHECK(io.read && io.string && io.size == 4 && io.port == 0x3f8);
    io = vmcs_io_access(0x00800000);
    CHECK(!io.read && !io.string && io.size == 1 && io.port == 0x80);
}

static void violations(void)
{
    static const struct {
        uint64_t qualification;
        enum hvm_access access;
    } rows[] = {
        {0x181, HVM_ACCESS_READ},  {0x182, HVM_ACCESS_WRITE},
        {0x183, HVM_ACCESS_WRITE}, {0x184, HVM_ACCESS_FETCH},
        {0x081, HVM_ACCESS_WALK}, /* of a table that leads to the address */
        {0x083, HVM_ACCESS_WALK},  {0x084, HVM_ACCESS_WALK},
        {0x001, HVM_ACCESS_READ}, /* of none: the CPU loads PAE's four entries */
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
        CHECK_EQ(vmcs_ept_access(rows[i].qualification), rows[i].access);
}

static void rights_of_segments(void)
{
    CHECK_EQ(vmcs_rights(0xa9b), 0xa09b);
    CHECK_EQ(vmcs_rights(0xc93), 0xc093);
    CHECK_EQ(vmcs_rights(0), 1 << 16);
    CHECK_EQ(vmcs_attributes(0xa09b), 0xa9b);
    CHECK_EQ(vmcs_attributes(0x1c0f3),
             0xc73); /* one that can't be used is not present; its DPL counts */
    for (unsigned int attributes = 0; attributes < 0x1000; attributes++)
        CHECK_EQ(vmcs_attributes(vmcs_rights((uint16_t)attributes)), attributes);
}

static void events_to_the_cpu(void)
{
    static const struct {
        struct hvm_event event;
        uint32_t protected, real;
    } rows[] = {
        {{HVM_EVENT_INTERRUPT, 0xf3, false, 0}, 0x800000f3, 0x800000f3},
        {{HVM_EVENT_NMI, 2, false, 0}, 0x80000202, 0x80000202},
        {{HVM_EVENT_EXCEPTION, 14, true, 6}, 0x80000b0e, 0x8000030e},
        {{HVM_EVENT_EXCEPTION, 13, false, 0}, 0x80000b0d, 0x8000030d}, /* the CPU insists */
        {{HVM_EVENT_EXCEPTION, 6, true, 0}, 0x80000306, 0x80000306},   /* and here, too */
        {{HVM_EVENT_EXCEPTION, 1, false, 0}, 0x80000301, 0x80000301},
        {{HVM_EVENT_INTERRUPT, 13, false, 0}, 0x8000000d, 0x8000000d},
        {{HVM_EVENT_SOFTWARE, 0x80, false, 0}, 0, 0},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
        CHECK_EQ(vmcs_event_encode(&rows[i].event, true), rows[i].protected);
        CHECK_EQ(vmcs_event_encode(&rows[i].event, false), rows[i].real);
    }
}

static void events_from_the_cpu(void)
{
    struct hvm_event event = vmcs_undelivered(0x80000b0e, 6);

    CHECK(event.type == HVM_EVENT_EXCEPTION && event.vector == 14 && event.has_error);
    CHECK_EQ(event.error, 6);
    event = vmcs_undelivered(0x800000f3, 77);
    CHECK(event.type == HVM_EVENT_INTERRUPT && event.vector == 0xf3 && !event.has_error);
    CHECK_EQ(event.error, 0);
    CHECK_EQ(vmcs_undelivered(0x80000202, 0).type, HVM_EVENT_NMI);
    CHECK_EQ(vmcs_undelivered(0x0b0e, 6).type, HVM_EVENT_NONE);
    /* INT n, ICEBP, INT3: their instructions raise them again. */
    CHECK_EQ(vmcs_undelivered(0x80000480, 0).type, HVM_EVENT_NONE);
    CHECK_EQ(vmcs_undelivered(0x80000480, 0).vector, 0);
    CHECK_EQ(vmcs_undelivered(0x80000501, 0).type, HVM_EVENT_NONE);
    CHECK_EQ(vmcs_undelivered(0x80000603, 0).type, HVM_EVENT_NONE);
}

static struct hvm_registers long_mode(void)
{
    struct hvm_registers r;

    hvm_registers_reset(&r);
    r.cr0 = CR0_PE | CR0_PG | CR0_ET | CR0_WP;
    r.cr3 = 0x1000;
    r.cr4 = CR4_PAE;
    r.efer = EFER_LME | EFER_LMA;
    r.segment[HVM_CS] = (struct hvm_segment){0x10, 0xa9b, 0xffffffff, 0};
    return r;
}

#define REFUSED(change)                                 \
    do {                                                \
        r = long_mode();                                \
        change;                                         \
        CHECK(!vmcs_registers_valid(&r, ADDRESS_BITS)); \
    } while (0)
#define TAKEN(change)                                  \
    do {                                               \
        r = long_mode();                               \
        change;                                        \
        CHECK(vmcs_registers_valid(&r, ADDRESS_BITS)); \
    } while (0)

static void registers_that_the_cpu_takes(void)
{
    struct hvm_registers r;

    hvm_registers_reset(&r);
    CHECK(vmcs_registers_valid(&r, ADDRESS_BITS));
    hvm_registers_startup(&r, 0x9a);
    CHECK(vmcs_registers_valid(&r, ADDRESS_BITS));
    TAKEN(r.segment[HVM_SS].attributes = 0);
    TAKEN(r.segment[HVM_DS].attributes = 0);
    TAKEN(r.cr4 |= CR4_PCIDE);
    TAKEN(r.lstar = 0xffffffff81000000);
    REFUSED(r.cr3 |= 1ULL << ADDRESS_BITS);
    REFUSED(r.pat = 2);
    REFUSED(r.cr0 &= ~CR0_PE);
    REFUSED(r.cr4 |= 1ULL << 13);
    REFUSED((r.cr4 |= CR4_PCIDE, r.cr0 &= ~CR0_PG, r.efer = 0));
    REFUSED(r.sysenter_esp = 1ULL << 47);
    REFUSED(r.sysenter_eip = 1ULL << 47);
    /* These are written to the host's registers. */
    REFUSED(r.lstar = 1ULL << 47);
    REFUSED(r.cstar = 1ULL << 63);
    REFUSED(r.kernel_gs_base = 1ULL << 60);
    REFUSED(r.sfmask = 1ULL << 32);
}

static void segments_that_the_cpu_takes(void)
{
    struct hvm_registers r;

    REFUSED(r.segment[HVM_CS].attributes = 0xa1b); /* not present */
    REFUSED(r.segment[HVM_CS].attributes = 0xa9a); /* not accessed */
    REFUSED(r.segment[HVM_CS].attributes = 0xafb); /* ring 3 on a stack of ring 0 */
    REFUSED(r.segment[HVM_CS].attributes = 0x29b); /* limit beyond 1 MiB in bytes */
    REFUSED(r.segment[HVM_CS].limit = 0xfffff000); /* not in pages */
    REFUSED(r.segment[HVM_CS].base = 1ULL << 32);
    REFUSED(r.segment[HVM_SS].attributes = 0x91); /* can't be written to */
    REFUSED(r.segment[HVM_DS].attributes = 0x92); /* not accessed */
    REFUSED(r.segment[HVM_ES].attributes = 0x99); /* code that can't be read */
    REFUSED(r.segment[HVM_ES].attributes = 0x83); /* of the system's kind */
    REFUSED(r.segment[HVM_FS].base = 1ULL << 47);
    REFUSED((r.segment[HVM_GS].attributes = 0, r.segment[HVM_GS].base = 1ULL << 47));
    REFUSED(r.segment[HVM_TR].attributes = 0x89); /* not busy */
    REFUSED(r.segment[HVM_TR].attributes = 0x83); /* 16 bits in long mode */
    REFUSED(r.segment[HVM_TR].attributes = 0x0b);
    REFUSED(r.segment[HVM_TR].selector = 4); /* in the LDT */
    REFUSED(r.segment[HVM_LDTR].attributes = 0x89);
    REFUSED(r.segment[HVM_GDTR].limit = 0x10000);
    REFUSED(r.segment[HVM_IDTR].base = 1ULL << 47);
    TAKEN(r.segment[HVM_LDTR].attributes = 0);
    TAKEN((r.segment[HVM_CS].attributes = 0xafb, r.segment[HVM_SS].attributes = 0xf3));
}

/* Six segments as real mode's are, for ring 3, are virtual 8086 mode's: all or none. */
static void segments_of_virtual_8086_mode(void)
{
    struct hvm_registers r, other;

    hvm_registers_startup(&r, 0x12);
    r.cr0 |= CR0_PE;
    for (unsigned int i = HVM_ES; i <= HVM_GS; i++)
        r.segment[i].attributes = 0xf3;
    CHECK(vmcs_registers_valid(&r, ADDRESS_BITS));
    other = r;
    other.segment[HVM_GS].attributes = 0x93;
    CHECK(!vmcs_registers_valid(&other, ADDRESS_BITS));
    other = r;
    other.segment[HVM_CS].base += 16;
    CHECK(!vmcs_registers_valid(&other, ADDRESS_BITS));
    other = r;
    other.segment[HVM_ES].limit = 0xfffff;
    CHECK(!vmcs_registers_valid(&other, ADDRESS_BITS));
}

static void switches_of_tasks(void)
{
    struct task_switch t = vmcs_task_switch(0x40000018, 0, 0);

    CHECK(t.cause == TASK_IRET && t.selector == 0x18 && !t.external && !t.has_error);
    t = vmcs_task_switch(0x00000020, EVENT_VALID | 13, 0); /* an event that is not the reason */
    CHECK(t.cause == TASK_CALL && t.selector == 0x20 && !t.external);
    t = vmcs_task_switch(0x80000020, 0, 0);
    CHECK(t.cause == TASK_JUMP);
    t = vmcs_task_switch(0xc0000028, EVENT_VALID | EVENT_HAS_ERROR | 3 << EVENT_TYPE_SHIFT | 13,
                         0x50);
    CHECK(t.cause == TASK_GATE && t.external && t.has_error && t.error == 0x50);
    t = vmcs_task_switch(0xc0000028, EVENT_VALID | 0x30, 7); /* an interrupt */
    CHECK(t.external && !t.has_error && !t.error);
    t = vmcs_task_switch(0xc0000028, EVENT_VALID | EVENT_TYPE_SOFT << EVENT_TYPE_SHIFT | 0x40, 0);
    CHECK(t.cause == TASK_GATE && !t.external);
    t = vmcs_task_switch(0xc0000028, EVENT_VALID | EVENT_TYPE_TRAP << EVENT_TYPE_SHIFT | 3, 0);
    CHECK(!t.external);
}

static void msrs_that_the_guest_has(void)
{
    static uint8_t map[PAGE_SIZE];
    static const uint32_t open[] = {0x174,      0x175,      0x176,      0xc0000081, 0xc0000082,
                                    0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102};
    static const uint32_t closed[] = {0,          0x10,       0x1b,       0x3a,       0x48,
                                      0x173,      0x177,      0x1d9,      0x277,      0x480,
                                      0x800,      0x1fff,     0x2000,     0xc0000080, 0xc0000085,
                                      0xc00000ff, 0xc0000103, 0xc0010117, 0xbfffffff, 0xffffffff};

    vmcs_msr_map_fill(map);
    for (unsigned int i = 0; i < ARRAY_SIZE(open); i++)
        CHECK(!vmcs_msr_intercepted(map, open[i], false) &&
              !vmcs_msr_intercepted(map, open[i], true));
    for (unsigned int i = 0; i < ARRAY_SIZE(closed); i++)
        CHECK(vmcs_msr_intercepted(map, closed[i], false) &&
              vmcs_msr_intercepted(map, closed[i], true));
    /* Where the manual has them: reads first, low before high, then writes. */
    CHECK_EQ(map[0x174 / 8] >> 0x174 % 8 & 1, 0);
    CHECK_EQ(map[0x400 + 0x81 / 8] >> 0x81 % 8 & 1, 0);
    CHECK_EQ(map[0x800 + 0x174 / 8] >> 0x174 % 8 & 1, 0);
    CHECK_EQ(map[0xc00 + 0x81 / 8] >> 0x81 % 8 & 1, 0);
    CHECK_EQ(map[0xc00 + 0x80 / 8] >> 0x80 % 8 & 1, 1);
}

int main(void)
{
    RUN(controls_that_are_needed);
    RUN(controls_that_are_chosen);
    RUN(fields_are_numbered_by_rule);
    RUN(extended_tables_that_will_do);
    RUN(maps_in_extended_tables);
    RUN(writes_are_noted_without_dirty_bits);
    RUN(qualifications);
    RUN(violations);
    RUN(rights_of_segments);
    RUN(events_to_the_cpu);
    RUN(events_from_the_cpu);
    RUN(registers_that_the_cpu_takes);
    RUN(segments_that_the_cpu_takes);
    RUN(segments_of_virtual_8086_mode);
    RUN(switches_of_tasks);
    RUN(msrs_that_the_guest_has);
    return check_done();
}
