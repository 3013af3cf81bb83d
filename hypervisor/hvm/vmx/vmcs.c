/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes into a VMCS; see vmcs.h. Touches no CPU. */
#include "hvm/vmx/vmcs.h"

#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/traps.h"

#define RIGHTS_UNUSABLE (1U << 16)
#define ATTR_TYPE       0xfU
#define ATTR_ACCESSED   1U
#define ATTR_READABLE   2U
#define ATTR_CODE       8U
#define ATTR_S          (1U << 4)
#define ATTR_DPL        (3U << 5)
#define ATTR_P          (1U << 7)
#define ATTR_L          (1U << 9)
#define ATTR_G          (1U << 11)
#define ATTR_V86        0xf3U
#define SELECTOR_TI     4U
#define TYPE_LDT        2U
#define TYPE_TSS16      3U
#define TYPE_TSS        11U

const uint8_t vmcs_segments[VMCS_SEGMENTS] = {HVM_ES, HVM_CS, HVM_SS,   HVM_DS,
                                              HVM_FS, HVM_GS, HVM_LDTR, HVM_TR};

struct vmx_cr_access vmcs_cr_access(uint64_t qualification)
{
    return (struct vmx_cr_access){
        .kind = qualification >> 4 & 3,
        .cr = qualification & 15,
        .reg = qualification >> 8 & 15,
    };
}

struct vmx_dr_access vmcs_dr_access(uint64_t qualification)
{
    return (struct vmx_dr_access){
        .read = qualification >> 4 & 1,
        .dr = qualification & 7,
        .reg = qualification >> 8 & 15,
    };
}

struct vmx_io_access vmcs_io_access(uint64_t qualification)
{
    return (struct vmx_io_access){
        .read = qualification >> 3 & 1,
        .string = qualification >> 4 & 1,
        .size = (qualification & 7) + 1,
        .port = (uint16_t)(qualification >> 16),
    };
}

#define EPT_WRITE  (1U << 1)
#define EPT_FETCH  (1U << 2)
#define EPT_LINEAR (1U << 7) /* it was for a linear address: */
#define EPT_FINAL  (1U << 8) /* for that itself, not for a table on the way there */

enum hvm_access vmcs_ept_access(uint64_t qualification)
{
    if ((qualification & EPT_LINEAR) && !(qualification & EPT_FINAL))
        return HVM_ACCESS_WALK;
    if (qualification & EPT_FETCH)
        return HVM_ACCESS_FETCH;
    return qualification & EPT_WRITE ? HVM_ACCESS_WRITE : HVM_ACCESS_READ;
}

uint32_t vmcs_rights(uint16_t attributes)
{
    uint32_t rights = (attributes & 0xffU) | (attributes & 0xf00U) << 4;

    return attributes & ATTR_P ? rights : rights | RIGHTS_UNUSABLE;
}

uint16_t vmcs_attributes(uint32_t rights)
{
    uint16_t attributes = (uint16_t)((rights & 0xffU) | (rights >> 4 & 0xf00U));

    return rights & RIGHTS_UNUSABLE ? attributes & (uint16_t)~ATTR_P : attributes;
}

/* Their numbers for the types (SDM vol. 3, table 24-16). What is missing are an instruction's own.
 */
static const uint8_t event_types[] = {
    [HVM_EVENT_INTERRUPT] = 0,
    [HVM_EVENT_NMI] = 2,
    [HVM_EVENT_EXCEPTION] = 3,
};

static bool pushes_error(uint8_t vector)
{
    return vector < 32 &&
           (1U << vector & (1U << TRAP_DF | 1U << TRAP_TS | 1U << TRAP_NP | 1U << TRAP_SS |
                            1U << TRAP_GP | 1U << TRAP_PF | 1U << TRAP_AC));
}

/* Software interrupts are never among them: the instruction is there to raise them. */
uint32_t vmcs_event_encode(const struct hvm_event *event, bool protected)
{
    uint32_t word = EVENT_VALID | event->vector;

    if (event->type >= ARRAY_SIZE(event_types))
        return 0;
    word |= (uint32_t)event_types[event->type] << EVENT_TYPE_SHIFT;
    if (event->type == HVM_EVENT_EXCEPTION && protected && pushes_error(event->vector))
        word |= EVENT_HAS_ERROR;
    return word;
}

struct hvm_event vmcs_undelivered(uint32_t vectoring, uint32_t error)
{
    struct hvm_event event = {
        .vector = (uint8_t)vectoring,
        .has_error = vectoring & EVENT_HAS_ERROR,
        .error = vectoring & EVENT_HAS_ERROR ? error : 0,
    };

    if (!(vectoring & EVENT_VALID))
        return (struct hvm_event){0};
    for (unsigned int type = HVM_EVENT_INTERRUPT; type < ARRAY_SIZE(event_types); type++)
        if (event_types[type] == (vectoring & EVENT_TYPE) >> EVENT_TYPE_SHIFT)
            event.type = (enum hvm_event_type)type;
    return event.type ? event : (struct hvm_event){0};
}

struct task_switch vmcs_task_switch(uint64_t qualification, uint32_t vectoring, uint32_t error)
{
    struct task_switch t = {
        .cause = (enum task_cause)(qualification >> 30 & 3),
        .selector = (uint16_t)qualification,
    };
    uint32_t type = (vectoring & EVENT_TYPE) >> EVENT_TYPE_SHIFT;

    if (t.cause != TASK_GATE)
        return t;
    t.external = type < EVENT_TYPE_SOFT;
    t.has_error = vectoring & EVENT_HAS_ERROR;
    t.error = t.has_error ? error : 0;
    return t;
}

/* A limit is what its granularity can express. */
static bool limit_valid(const struct hvm_segment *s)
{
    if ((s->limit & 0xfff) != 0xfff && (s->attributes & ATTR_G))
        return false;
    return !(s->limit >> 20) || (s->attributes & ATTR_G);
}

static bool present(const struct hvm_segment *s)
{
    return s->attributes & ATTR_P;
}

static unsigned int dpl(const struct hvm_segment *s)
{
    return (s->attributes & ATTR_DPL) >> 5;
}

static bool code_valid(const struct hvm_segment *cs, const struct hvm_segment *ss)
{
    unsigned int type = cs->attributes & ATTR_TYPE;

    if (!present(cs) || !(cs->attributes & ATTR_S) || !limit_valid(cs) || cs->base >> 32)
        return false;
    if (!(type & ATTR_ACCESSED) || (!(type & ATTR_CODE) && (type != 3 || dpl(cs))))
        return false;
    if (type == 3)
        return !dpl(ss);
    return type & 4 ? dpl(cs) <= dpl(ss) : dpl(cs) == dpl(ss);
}

static bool stack_valid(const struct hvm_segment *ss, bool protected)
{
    unsigned int type = ss->attributes & ATTR_TYPE;

    if (!protected && dpl(ss))
        return false;
    if (!present(ss))
        return true;
    return (type == 3 || type == 7) && (ss->attributes & ATTR_S) && limit_valid(ss) &&
           !(ss->base >> 32);
}

static bool data_valid(const struct hvm_segment *s, bool wide_base)
{
    unsigned int type = s->attributes & ATTR_TYPE;

    if (!present(s))
        return !wide_base || va_canonical(s->base);
    if (!(type & ATTR_ACCESSED) || ((type & ATTR_CODE) && !(type & ATTR_READABLE)))
        return false;
    return (s->attributes & ATTR_S) && limit_valid(s) &&
           (wide_base ? va_canonical(s->base) : !(s->base >> 32));
}

static bool system_valid(const struct hvm_segment *tr, const struct hvm_segment *ldtr,
                         bool long_mode)
{
    unsigned int type = tr->attributes & ATTR_TYPE;

    if (!present(tr) || (tr->attributes & ATTR_S) || (tr->selector & SELECTOR_TI) ||
        !limit_valid(tr) || !va_canonical(tr->base))
        return false;
    if (type != TYPE_TSS && (long_mode || type != TYPE_TSS16))
        return false;
    if (!present(ldtr))
        return true;
    return (ldtr->attributes & (ATTR_TYPE | ATTR_S)) == TYPE_LDT && limit_valid(ldtr) &&
           !(ldtr->selector & SELECTOR_TI) && va_canonical(ldtr->base);
}

/* As virtual 8086 mode has them, all six: segments of 64 KiB for ring 3. */
static bool segments_v86(const struct hvm_segment *segments)
{
    for (unsigned int i = HVM_ES; i <= HVM_GS; i++) {
        const struct hvm_segment *s = &segments[i];

        if (s->attributes != ATTR_V86 || s->limit != 0xffff ||
            s->base != (uint64_t)s->selector << 4)
            return false;
    }
    return true;
}

static bool segments_usual(const struct hvm_registers *r)
{
    const struct hvm_segment *s = r->segment;

    return code_valid(&s[HVM_CS], &s[HVM_SS]) && stack_valid(&s[HVM_SS], r->cr0 & CR0_PE) &&
           data_valid(&s[HVM_DS], false) && data_valid(&s[HVM_ES], false) &&
           data_valid(&s[HVM_FS], true) && data_valid(&s[HVM_GS], true);
}

static bool segments_valid(const struct hvm_registers *r)
{
    const struct hvm_segment *s = r->segment;
    bool long_mode = (r->efer & EFER_LME) && (r->cr0 & CR0_PG);

    return (segments_usual(r) || (!long_mode && segments_v86(s))) &&
           system_valid(&s[HVM_TR], &s[HVM_LDTR], long_mode) && va_canonical(s[HVM_GDTR].base) &&
           va_canonical(s[HVM_IDTR].base) && !(s[HVM_GDTR].limit >> 16) &&
           !(s[HVM_IDTR].limit >> 16);
}

bool vmcs_registers_valid(const struct hvm_registers *r, unsigned int address_bits)
{
    if (!hvm_registers_valid(r) || r->cr3 >> address_bits || !hvm_pat_valid(r->pat))
        return false;
    if ((r->cr4 & CR4_PCIDE) && !((r->efer & EFER_LME) && (r->cr0 & CR0_PG)))
        return false;
    return va_canonical(r->sysenter_esp) && va_canonical(r->sysenter_eip) &&
           va_canonical(r->lstar) && va_canonical(r->cstar) && va_canonical(r->kernel_gs_base) &&
           !(r->sfmask >> 32) && segments_valid(r);
}

/* One bit a register; two ranges of 8192 registers, first for reads, then for writes. -1: in none,
 * always intercepted. */
static int msr_bit(uint32_t msr, bool write)
{
    int base = write ? 0x4000 : 0;

    if (msr < 0x2000)
        return base + (int)msr;
    if (msr - 0xc0000000 < 0x2000)
        return base + 0x2000 + (int)(msr - 0xc0000000);
    return -1;
}

bool vmcs_msr_intercepted(const uint8_t *map, uint32_t msr, bool write)
{
    int bit = msr_bit(msr, write);

    return bit < 0 || (map[bit / 8] >> bit % 8 & 1);
}

void vmcs_msr_map_fill(uint8_t *map)
{
    memset(map, 0xff, PAGE_SIZE);
    for (unsigned int i = 0; i < HVM_SWITCHED_MSRS; i++)
        for (unsigned int write = 0; write < 2; write++) {
            int bit = msr_bit(hvm_switched_msrs[i], write);

            map[bit / 8] &= (uint8_t) ~(1U << bit % 8);
        }
}
