/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Task switches; see task.h. */
#include "hvm/task.h"

#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/traps.h"

#define SELECTOR_RPL 3U
#define SELECTOR_TI  4U

#define TYPE_BUSY 2U
#define TYPE_32   8U
#define TYPE_LDT  2U
#define TYPE_TSS  1U /* for 16 bits, not busy */

#define ATTR_TYPE       0xfU
#define ATTR_ACCESSED   1U
#define ATTR_WRITABLE   2U /* of data; of code: may be read */
#define ATTR_DOWNWARDS  4U /* of data; of code: conforming */
#define ATTR_CONFORMING 4U
#define ATTR_CODE       8U
#define ATTR_S          (1U << 4)
#define ATTR_DPL_SHIFT  5
#define ATTR_P          (1U << 7)
#define ATTR_B          (1U << 10)
#define ATTR_G          (1U << 11)
#define ATTR_V86        0xf3

#define RIGHTS_AT    5 /* in a descriptor: the byte with its type */
#define DR7_LOCAL    0x155ULL
#define DR6_TASK     (1ULL << 15)
#define FLAGS_KNOWN  0x3f7fd7U
#define GENERAL      8 /* registers */
#define TSS_MAX      104
#define TRAP_FLAG_AT 100

/* Where a TSS has what (SDM vol. 3, 7.2.1 and 7.6). RIP, flags and general registers follow upon
 * each other, `width` bytes each; then selectors, `step` apart; the LDT's is the last. What is
 * before them is only read. */
static const struct format {
    uint8_t size, width, ip, selector, step, selectors, ldt;
} formats[] = {
    {.size = 44, .width = 2, .ip = 14, .selector = 34, .step = 2, .selectors = 4, .ldt = 42},
    {.size = TSS_MAX, .width = 4, .ip = 32, .selector = 72, .step = 4, .selectors = 6, .ldt = 96},
};
#define CR3_AT 28

static const uint8_t segment_order[] = {HVM_ES, HVM_CS, HVM_SS, HVM_DS, HVM_FS, HVM_GS};

struct descriptor {
    uint64_t at; /* its linear address */
    struct hvm_segment segment;
};

struct switching {
    struct task_switch *t;
    const struct task_memory *memory;
    struct task_fault *fault;
    struct descriptor tss;
    const struct format *format; /* of the new task's TSS */
    uint8_t image[TSS_MAX];
};

static bool raise(struct switching *s, uint8_t vector, uint32_t error)
{
    *s->fault = (struct task_fault){
        .raised = true, .vector = vector, .has_error = true, .error = error | s->t->external};
    return false;
}

/* About a selector. */
static bool raise_about(struct switching *s, uint8_t vector, uint16_t selector)
{
    return raise(s, vector, selector & ~SELECTOR_RPL);
}

static bool guest_read(struct switching *s, uint64_t linear, void *to, size_t len)
{
    return s->memory->read(s->memory->ctx, &s->t->r, linear, to, len, s->fault);
}

static bool guest_write(struct switching *s, uint64_t linear, const void *from, size_t len)
{
    return s->memory->write(s->memory->ctx, &s->t->r, linear, from, len, false, s->fault);
}

static const struct format *format_of(const struct hvm_segment *tss)
{
    return &formats[!!(tss->attributes & TYPE_32)];
}

static unsigned int dpl(const struct hvm_segment *s)
{
    return s->attributes >> ATTR_DPL_SHIFT & 3;
}

static bool is_null(uint16_t selector)
{
    return !(selector & ~SELECTOR_RPL);
}

static struct hvm_segment descriptor_decode(uint64_t raw, uint16_t selector)
{
    struct hvm_segment segment = {
        .selector = selector,
        .attributes = (uint16_t)((raw >> 40 & 0xff) | (raw >> 52 & 0xf) << 8),
        .limit = (uint32_t)((raw & 0xffff) | (raw >> 32 & 0xf0000)),
        .base = (raw >> 16 & 0xffffff) | (raw >> 56) << 24,
    };

    if (segment.attributes & ATTR_G)
        segment.limit = segment.limit << 12 | 0xfff;
    return segment;
}

/* From the table that the selector is about. Raises `vector` where that has none. */
static bool descriptor_read(struct switching *s, uint16_t selector, uint8_t vector,
                            struct descriptor *out)
{
    const struct hvm_segment *segments = s->t->r.segment;
    const struct hvm_segment *table = &segments[selector & SELECTOR_TI ? HVM_LDTR : HVM_GDTR];
    uint64_t raw;

    if (is_null(selector) || ((selector & SELECTOR_TI) && !(table->attributes & ATTR_P)) ||
        (selector | 7U) > table->limit)
        return raise_about(s, vector, selector);
    out->at = (uint32_t)(table->base + (selector & ~7U));
    if (!guest_read(s, out->at, &raw, sizeof(raw)))
        return false;
    out->segment = descriptor_decode(raw, selector);
    return true;
}

/* Sets and clears bits of its type. */
static bool descriptor_mark(struct switching *s, uint64_t at, uint8_t set, uint8_t clear)
{
    uint8_t rights;

    if (!guest_read(s, at + RIGHTS_AT, &rights, 1))
        return false;
    rights = (uint8_t)((rights & ~clear) | set);
    return guest_write(s, at + RIGHTS_AT, &rights, 1);
}

/* --- the old task's side --- */

static bool tss_find(struct switching *s)
{
    struct task_switch *t = s->t;
    uint8_t vector = t->cause == TASK_IRET ? TRAP_TS : TRAP_GP;
    unsigned int type = t->cause == TASK_IRET ? TYPE_TSS | TYPE_BUSY : TYPE_TSS;
    const struct hvm_segment *tss = &s->tss.segment;

    if (t->selector & SELECTOR_TI)
        return raise_about(s, vector, t->selector);
    if (!descriptor_read(s, t->selector, vector, &s->tss))
        return false;
    if ((tss->attributes & (ATTR_S | ATTR_TYPE) & ~TYPE_32) != type)
        return raise_about(s, vector, t->selector);
    if (!(tss->attributes & ATTR_P))
        return raise_about(s, TRAP_NP, t->selector);
    s->format = format_of(tss);
    if (tss->limit < s->format->size - 1U)
        return raise_about(s, TRAP_TS, t->selector);
    return guest_read(s, tss->base, s->image, s->format->size);
}

static uint32_t image_get(const uint8_t *image, unsigned int at, unsigned int width)
{
    uint32_t value = 0;

    memcpy(&value, image + at, width);
    return value;
}

/* In the order in which a TSS has them. */
static uint64_t *general(struct cpu_user_regs *regs, unsigned int number)
{
    uint64_t *const order[GENERAL] = {&regs->rax, &regs->rcx, &regs->rdx, &regs->rbx,
                                      &regs->rsp, &regs->rbp, &regs->rsi, &regs->rdi};

    return order[number];
}

/* Writes down where the old task is. */
static bool old_save(struct switching *s)
{
    struct task_switch *t = s->t;
    const struct hvm_segment *tss = &t->r.segment[HVM_TR];
    const struct format *f = format_of(tss);
    uint64_t flags = t->regs.rflags & ~(t->cause == TASK_IRET ? EFLAGS_NT : 0);
    uint8_t image[TSS_MAX] = {0};
    uint8_t *at = image + f->ip;

    if (tss->limit < f->size - 1U)
        return raise_about(s, TRAP_TS, tss->selector);
    memcpy(at, &t->regs.rip, f->width);
    memcpy(at + f->width, &flags, f->width);
    for (unsigned int i = 0; i < GENERAL; i++)
        memcpy(at + (2 + i) * f->width, general(&t->regs, i), f->width);
    for (unsigned int i = 0; i < f->selectors; i++)
        memcpy(image + f->selector + i * f->step, &t->r.segment[segment_order[i]].selector,
               sizeof(uint16_t));
    return guest_write(s, tss->base + f->ip, at, (size_t)(f->ldt - f->ip));
}

static bool is_nested(const struct task_switch *t)
{
    return t->cause == TASK_CALL || t->cause == TASK_GATE;
}

/* The way back, in the new task's TSS. */
static bool link_write(struct switching *s)
{
    const struct task_switch *t = s->t;

    return !is_nested(t) ||
           guest_write(s, s->tss.segment.base, &t->r.segment[HVM_TR].selector, sizeof(uint16_t));
}

/* A task is busy while it runs, and while another one is nested in it. */
static bool busy_change(struct switching *s)
{
    const struct task_switch *t = s->t;
    uint64_t old = t->r.segment[HVM_GDTR].base + (t->r.segment[HVM_TR].selector & ~7U);

    if (!is_nested(t) && !descriptor_mark(s, (uint32_t)old, 0, TYPE_BUSY))
        return false;
    return t->cause == TASK_IRET || descriptor_mark(s, s->tss.at, TYPE_BUSY, 0);
}

/* --- the new task's side --- */

/* Selectors without what they stand for: of CS and SS that stays as it was, since a CPU must have
 * them. */
static void selectors_load(struct switching *s)
{
    const struct format *f = s->format;
    struct hvm_segment *segments = s->t->r.segment;

    for (unsigned int i = 0; i < ARRAY_SIZE(segment_order); i++) {
        struct hvm_segment *segment = &segments[segment_order[i]];

        if (segment_order[i] != HVM_CS && segment_order[i] != HVM_SS)
            *segment = (struct hvm_segment){0};
        segment->selector =
            i < f->selectors
                ? (uint16_t)image_get(s->image, f->selector + i * f->step, sizeof(uint16_t))
                : 0;
    }
    segments[HVM_LDTR] =
        (struct hvm_segment){.selector = (uint16_t)image_get(s->image, f->ldt, sizeof(uint16_t))};
}

static void registers_load(struct switching *s)
{
    struct task_switch *t = s->t;
    const struct format *f = s->format;

    t->regs.rip = image_get(s->image, f->ip, f->width);
    t->regs.rflags = (image_get(s->image, f->ip + f->width, f->width) & FLAGS_KNOWN) | EFLAGS_FIXED;
    if (is_nested(t))
        t->regs.rflags |= EFLAGS_NT;
    for (unsigned int i = 0; i < GENERAL; i++)
        *general(&t->regs, i) = image_get(s->image, f->ip + (2 + i) * f->width, f->width);
    if (f->width == 4 && (t->r.cr0 & CR0_PG))
        t->r.cr3 = image_get(s->image, CR3_AT, sizeof(uint32_t));
    t->r.cr0 |= CR0_TS;
    t->r.dr7 &= ~DR7_LOCAL;
    t->r.segment[HVM_TR] = s->tss.segment;
    t->r.segment[HVM_TR].attributes |= TYPE_BUSY;
    selectors_load(s);
}

static bool table_load(struct switching *s)
{
    struct hvm_segment *ldt = &s->t->r.segment[HVM_LDTR];
    struct descriptor d;

    if (is_null(ldt->selector))
        return true;
    if (ldt->selector & SELECTOR_TI)
        return raise_about(s, TRAP_TS, ldt->selector);
    if (!descriptor_read(s, ldt->selector, TRAP_TS, &d))
        return false;
    if ((d.segment.attributes & (ATTR_S | ATTR_TYPE)) != TYPE_LDT ||
        !(d.segment.attributes & ATTR_P))
        return raise_about(s, TRAP_TS, ldt->selector);
    *ldt = d.segment;
    return true;
}

/* Each says whether a descriptor will do for a task of that privilege level. */
static bool code_fits(const struct hvm_segment *cs, unsigned int cpl)
{
    if (!(cs->attributes & ATTR_S) || !(cs->attributes & ATTR_CODE))
        return false;
    return cs->attributes & ATTR_CONFORMING ? dpl(cs) <= cpl : dpl(cs) == cpl;
}

static bool stack_fits(const struct hvm_segment *ss, unsigned int cpl)
{
    return (ss->attributes & (ATTR_S | ATTR_CODE | ATTR_WRITABLE)) == (ATTR_S | ATTR_WRITABLE) &&
           dpl(ss) == cpl && (ss->selector & SELECTOR_RPL) == cpl;
}

static bool data_fits(const struct hvm_segment *s, unsigned int cpl)
{
    unsigned int code = s->attributes & ATTR_CODE;

    if (!(s->attributes & ATTR_S) || (code && !(s->attributes & ATTR_WRITABLE)))
        return false;
    if (code && (s->attributes & ATTR_CONFORMING))
        return true;
    return dpl(s) >= MAX(cpl, (unsigned int)s->selector & SELECTOR_RPL);
}

typedef bool (*fits_fn)(const struct hvm_segment *s, unsigned int cpl);

/* Reads what a selector stands for, into *out; `absent`: the exception of one that is not present.
 */
static bool segment_find(struct switching *s, unsigned int which, fits_fn fits, uint8_t absent,
                         unsigned int cpl, struct hvm_segment *out)
{
    uint16_t selector = s->t->r.segment[which].selector;
    struct descriptor d;

    if (!descriptor_read(s, selector, TRAP_TS, &d))
        return false;
    if (!fits(&d.segment, cpl))
        return raise_about(s, TRAP_TS, selector);
    if (!(d.segment.attributes & ATTR_P))
        return raise_about(s, absent, selector);
    if (!(d.segment.attributes & ATTR_ACCESSED) && !descriptor_mark(s, d.at, ATTR_ACCESSED, 0))
        return false;
    *out = d.segment;
    out->attributes |= ATTR_ACCESSED;
    return true;
}

/* Code and stack change together: a CPU has them of one privilege level. */
static bool segments_load(struct switching *s)
{
    static const uint8_t others[] = {HVM_ES, HVM_DS, HVM_FS, HVM_GS};
    struct hvm_segment *segments = s->t->r.segment;
    unsigned int cpl = segments[HVM_CS].selector & SELECTOR_RPL;
    struct hvm_segment cs, ss;

    if (!segment_find(s, HVM_CS, code_fits, TRAP_NP, cpl, &cs) ||
        !segment_find(s, HVM_SS, stack_fits, TRAP_SS, cpl, &ss))
        return false;
    segments[HVM_CS] = cs;
    segments[HVM_SS] = ss;
    for (unsigned int i = 0; i < ARRAY_SIZE(others); i++)
        if (!is_null(segments[others[i]].selector) &&
            !segment_find(s, others[i], data_fits, TRAP_NP, cpl, &segments[others[i]]))
            return false;
    return true;
}

/* Virtual 8086 mode has them as real mode does. */
static void segments_load_v86(struct switching *s)
{
    struct hvm_segment *segments = s->t->r.segment;

    for (unsigned int i = 0; i < ARRAY_SIZE(segment_order); i++) {
        struct hvm_segment *segment = &segments[segment_order[i]];

        segment->attributes = ATTR_V86;
        segment->limit = 0xffff;
        segment->base = (uint64_t)segment->selector << 4;
    }
}

static bool stack_holds(const struct hvm_segment *ss, uint32_t at, unsigned int size)
{
    uint32_t top = ss->attributes & ATTR_B ? 0xffffffff : 0xffff, last = at + size - 1;

    if (last < at)
        return false;
    if (ss->attributes & ATTR_DOWNWARDS)
        return at > ss->limit && last <= top;
    return last <= ss->limit;
}

static bool error_push(struct switching *s)
{
    struct task_switch *t = s->t;
    const struct hvm_segment *ss = &t->r.segment[HVM_SS];
    uint32_t mask = ss->attributes & ATTR_B ? 0xffffffff : 0xffff;
    uint32_t to = ((uint32_t)t->regs.rsp - s->format->width) & mask;

    if (!stack_holds(ss, to, s->format->width))
        return raise(s, TRAP_SS, 0);
    if (!s->memory->write(s->memory->ctx, &t->r, (uint32_t)(ss->base + to), &t->error,
                          s->format->width, dpl(ss) == 3, s->fault))
        return false;
    t->regs.rsp = ((uint32_t)t->regs.rsp & ~mask) | to;
    return true;
}

/* The trap that a task may ask for whenever it is switched to. */
static bool trap_raise(struct switching *s)
{
    if (s->format->size <= TRAP_FLAG_AT || !(s->image[TRAP_FLAG_AT] & 1))
        return true;
    s->t->r.dr6 |= DR6_TASK;
    *s->fault = (struct task_fault){.raised = true, .vector = TRAP_DB};
    return false;
}

static void new_enter(struct switching *s)
{
    struct task_switch *t = s->t;

    registers_load(s);
    if (!table_load(s))
        return;
    if (t->regs.rflags & EFLAGS_VM)
        segments_load_v86(s);
    else if (!segments_load(s))
        return;
    t->regs.cs = t->r.segment[HVM_CS].selector;
    t->regs.ss = t->r.segment[HVM_SS].selector;
    if (t->has_error && !error_push(s))
        return;
    if (t->regs.rip > t->r.segment[HVM_CS].limit)
        (void)raise(s, TRAP_GP, 0);
    else
        (void)trap_raise(s);
}

bool task_switch(struct task_switch *t, const struct task_memory *memory, struct task_fault *fault)
{
    struct switching s = {.t = t, .memory = memory, .fault = fault};

    *fault = (struct task_fault){0};
    if (!tss_find(&s) || !old_save(&s) || !link_write(&s) || !busy_change(&s))
        return false;
    new_enter(&s);
    return true;
}
