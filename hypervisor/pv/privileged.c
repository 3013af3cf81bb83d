/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out the privileged instruction on which a paravirtual guest, being in ring 3, faulted. */
#include "pv/privileged.h"

#include <xen/errno.h>

#include "machine/paging.h"

#define FLAG_TF (1ULL << 8)
#define FLAG_DF (1ULL << 10)
#define FLAG_RF (1ULL << 16)

#define VECTOR_PF   14
#define FAULT_WRITE (1u << 1)
#define FAULT_USER  (1u << 2)
#define FAULT_FETCH (1u << 4)

#define MSR_TSC_AUX 0xc0000103u

enum {
    REGISTER_RCX = 1,
    REGISTER_RDX = 2,
    REGISTER_RSI = 6,
    REGISTER_RDI = 7,
};

/* One emulation under way. */
struct emulation {
    const struct privileged_ops *ops;
    void *ctx;
    struct cpu_user_regs *regs;
    struct privileged_event *event;
    enum insn_mode mode;
    struct insn insn;
};

static enum privileged_outcome outcome_of(int result)
{
    if (result == 0)
        return PRIVILEGED_DONE;
    return result == -XEN_EAGAIN ? PRIVILEGED_AGAIN : PRIVILEGED_REFUSED;
}

static uint64_t pair(uint64_t high, uint64_t low)
{
    return high << 32 | (uint32_t)low;
}

static void set_pair(struct cpu_user_regs *regs, uint64_t value)
{
    regs->rax = (uint32_t)value;
    regs->rdx = value >> 32;
}

/* The largest power of two that is at most `left` and starts aligned within the access. */
static unsigned int part_size(unsigned int done, unsigned int left)
{
    unsigned int size = left >= 4 && done == 0 ? 4 : 2;

    return size <= left && done % size == 0 ? size : 1;
}

/*
 * The ports that the next step takes of an access of `left` more bytes at `port`, of which `done`
 * are behind: the biggest part the domain owns, else one byte, with `*owned` false.
 */
static unsigned int next_part(const struct emulation *e, uint32_t port, unsigned int done,
                              unsigned int left, bool *owned)
{
    unsigned int size = part_size(done, left);

    for (;; size /= 2) {
        *owned = port + size <= 0x10000 && e->ops->port_owned(e->ctx, (uint16_t)port, size);
        if (*owned || size == 1)
            return size;
    }
}

static uint32_t port_read(const struct emulation *e, uint16_t port, unsigned int size)
{
    uint32_t value = 0;
    bool owned;

    for (unsigned int done = 0, part; done < size; done += part) {
        uint32_t data = ~0u;

        part = next_part(e, port + done, done, size - done, &owned);
        if (owned)
            data = e->ops->port_read(e->ctx, (uint16_t)(port + done), part);
        /* size is 1, 2 or 4. NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
        value |= (data & (uint32_t)insn_size_mask(part)) << (8 * done);
    }
    return value;
}

static void port_write(const struct emulation *e, uint16_t port, unsigned int size, uint32_t value)
{
    bool owned;

    for (unsigned int done = 0, part; done < size; done += part) {
        uint32_t data = value >> (8 * done);

        part = next_part(e, port + done, done, size - done, &owned);
        if (owned)
            e->ops->port_write(e->ctx, (uint16_t)(port + done), part,
                               data & (uint32_t)insn_size_mask(part));
    }
}

static uint16_t port_of(const struct emulation *e)
{
    return e->insn.has_immediate ? (uint16_t)e->insn.immediate : (uint16_t)e->regs->rdx;
}

static enum privileged_outcome emulate_in(struct emulation *e)
{
    unsigned int size = e->insn.operand_size;
    uint16_t port = port_of(e);

    if (!e->ops->port_allowed(e->ctx, port, size))
        return PRIVILEGED_REFUSED;
    insn_set_register(e->regs, 0, size, port_read(e, port, size));
    return PRIVILEGED_DONE;
}

static enum privileged_outcome emulate_out(struct emulation *e)
{
    unsigned int size = e->insn.operand_size;
    uint16_t port = port_of(e);

    if (!e->ops->port_allowed(e->ctx, port, size))
        return PRIVILEGED_REFUSED;
    port_write(e, port, size, (uint32_t)(e->regs->rax & insn_size_mask(size)));
    return PRIVILEGED_DONE;
}

/* The base of the segment that a string instruction goes through. */
static int string_base(const struct emulation *e, uint64_t *base)
{
    enum insn_segment segment = e->insn.segment;

    if (e->insn.kind == INSN_INS)
        segment = INSN_SEGMENT_ES;
    else if (segment == INSN_SEGMENT_DEFAULT)
        segment = INSN_SEGMENT_DS;

    *base = 0;
    if (e->mode == INSN_MODE_64 && segment != INSN_SEGMENT_FS && segment != INSN_SEGMENT_GS)
        return 0;
    return e->ops->segment_base(e->ctx, segment, base);
}

/* Moves one element between memory and port; false if memory faulted, with the event filled in. */
static bool string_element(struct emulation *e, uint64_t address)
{
    unsigned int size = e->insn.operand_size;
    uint16_t port = (uint16_t)e->regs->rdx;
    bool input = e->insn.kind == INSN_INS;
    uint32_t data = 0;

    *e->event = (struct privileged_event){
        .vector = VECTOR_PF,
        .error_code = FAULT_USER | (input ? FAULT_WRITE : 0),
        .cr2 = address,
    };
    if (input) {
        /* If the write faults, what the port gave is gone: a device can't be made to unread. */
        data = port_read(e, port, size);
        return e->ops->write_memory(e->ctx, address, &data, size, e->event) == 0;
    }
    if (e->ops->read_memory(e->ctx, address, &data, size, e->event) != 0)
        return false;
    port_write(e, port, size, data);
    return true;
}

static enum privileged_outcome emulate_string(struct emulation *e)
{
    unsigned int size = e->insn.operand_size;
    unsigned int width = e->insn.address_size;
    unsigned int pointer = e->insn.kind == INSN_INS ? REGISTER_RDI : REGISTER_RSI;
    uint64_t mask = insn_size_mask(width);
    uint64_t step = e->regs->rflags & FLAG_DF ? -(uint64_t)size : size;
    uint64_t base;

    if (!e->ops->port_allowed(e->ctx, (uint16_t)e->regs->rdx, size))
        return PRIVILEGED_REFUSED;
    if (string_base(e, &base) != 0)
        return PRIVILEGED_REFUSED;

    for (unsigned int i = 0; i < PRIVILEGED_STRING_BURST; i++) {
        uint64_t offset = insn_register(e->regs, pointer) & mask;
        uint64_t count = e->regs->rcx & mask;
        uint64_t address = base + offset;

        if (e->insn.repeat && count == 0)
            return PRIVILEGED_DONE;
        if (e->mode == INSN_MODE_32)
            address = (uint32_t)address;
        if (!string_element(e, address))
            return PRIVILEGED_EXCEPTION;
        insn_set_register(e->regs, pointer, width, offset + step);
        if (!e->insn.repeat)
            return PRIVILEGED_DONE;
        insn_set_register(e->regs, REGISTER_RCX, width, count - 1);
    }
    return (e->regs->rcx & mask) == 0 ? PRIVILEGED_DONE : PRIVILEGED_AGAIN;
}

static enum privileged_outcome emulate_interrupt_flag(struct emulation *e)
{
    /* The guest masks its events itself: with enough IOPL, CLI and STI do nothing. */
    return e->ops->iopl_allows(e->ctx) ? PRIVILEGED_DONE : PRIVILEGED_REFUSED;
}

static enum privileged_outcome emulate_clts(struct emulation *e)
{
    return outcome_of(e->ops->clear_ts(e->ctx));
}

static enum privileged_outcome emulate_flush(struct emulation *e)
{
    return outcome_of(e->ops->flush_cache(e->ctx));
}

static enum privileged_outcome emulate_read_special(struct emulation *e)
{
    uint64_t value = 0;
    int result = e->insn.kind == INSN_READ_CR ? e->ops->read_cr(e->ctx, e->insn.special, &value)
                                              : e->ops->read_dr(e->ctx, e->insn.special, &value);

    if (result == 0)
        insn_set_register(e->regs, e->insn.reg, e->insn.operand_size, value);
    return outcome_of(result);
}

static enum privileged_outcome emulate_write_special(struct emulation *e)
{
    uint64_t value = insn_operand(&e->insn, e->regs);

    if (e->insn.kind == INSN_WRITE_CR)
        return outcome_of(e->ops->write_cr(e->ctx, e->insn.special, value));
    return outcome_of(e->ops->write_dr(e->ctx, e->insn.special, value));
}

static enum privileged_outcome emulate_rdmsr(struct emulation *e)
{
    uint64_t value = 0;
    int result = e->ops->read_msr(e->ctx, (uint32_t)e->regs->rcx, &value);

    if (result == 0)
        set_pair(e->regs, value);
    return outcome_of(result);
}

static enum privileged_outcome emulate_wrmsr(struct emulation *e)
{
    uint64_t value = pair(e->regs->rdx, e->regs->rax);

    return outcome_of(e->ops->write_msr(e->ctx, (uint32_t)e->regs->rcx, value));
}

static enum privileged_outcome emulate_xsetbv(struct emulation *e)
{
    uint64_t value = pair(e->regs->rdx, e->regs->rax);

    return outcome_of(e->ops->set_xcr(e->ctx, (uint32_t)e->regs->rcx, value));
}

static enum privileged_outcome emulate_rdtsc(struct emulation *e)
{
    uint64_t tsc = 0, aux = 0;
    int result = e->ops->read_tsc(e->ctx, &tsc);

    if (result == 0 && e->insn.kind == INSN_RDTSCP)
        result = e->ops->read_msr(e->ctx, MSR_TSC_AUX, &aux);
    if (result != 0)
        return outcome_of(result);

    set_pair(e->regs, tsc);
    if (e->insn.kind == INSN_RDTSCP)
        e->regs->rcx = (uint32_t)aux;
    return PRIVILEGED_DONE;
}

static enum privileged_outcome emulate_cpuid(struct emulation *e)
{
    bool forced = e->insn.kind == INSN_FORCED_CPUID;
    uint32_t out[4] = {0};
    int result = e->ops->cpuid(e->ctx, forced, (uint32_t)e->regs->rax, (uint32_t)e->regs->rcx, out);

    if (result != 0)
        return outcome_of(result);
    e->regs->rax = out[0];
    e->regs->rbx = out[1];
    e->regs->rcx = out[2];
    e->regs->rdx = out[3];
    return PRIVILEGED_DONE;
}

static uint64_t next_rip(const struct emulation *e)
{
    uint64_t rip = e->regs->rip + e->insn.length;

    return e->mode == INSN_MODE_32 ? (uint32_t)rip : rip;
}

static enum privileged_outcome emulate_int(struct emulation *e)
{
    e->event->vector = e->insn.special;
    e->event->next_rip = next_rip(e);
    return PRIVILEGED_INTERRUPT;
}

struct handler {
    enum privileged_outcome (*run)(struct emulation *e);
    bool kernel_only;
};

/* What is not in this table (HLT, RDPMC, all that writes memory) is refused. */
static const struct handler handlers[INSN_KINDS] = {
    [INSN_IN] = {emulate_in, false},
    [INSN_OUT] = {emulate_out, false},
    [INSN_INS] = {emulate_string, false},
    [INSN_OUTS] = {emulate_string, false},
    [INSN_CLI] = {emulate_interrupt_flag, false},
    [INSN_STI] = {emulate_interrupt_flag, false},
    [INSN_CLTS] = {emulate_clts, true},
    [INSN_WBINVD] = {emulate_flush, true},
    [INSN_INVD] = {emulate_flush, true}, /* losing what is dirty would harm all domains */
    [INSN_READ_CR] = {emulate_read_special, true},
    [INSN_WRITE_CR] = {emulate_write_special, true},
    [INSN_READ_DR] = {emulate_read_special, true},
    [INSN_WRITE_DR] = {emulate_write_special, true},
    [INSN_RDMSR] = {emulate_rdmsr, true},
    [INSN_WRMSR] = {emulate_wrmsr, true},
    [INSN_XSETBV] = {emulate_xsetbv, true},
    [INSN_RDTSC] = {emulate_rdtsc, false},
    [INSN_RDTSCP] = {emulate_rdtsc, false},
    [INSN_CPUID] = {emulate_cpuid, false},
    [INSN_INT] = {emulate_int, false},
};

/* Fetches and decodes what is at RIP. PRIVILEGED_DONE means that e->insn may be carried out. */
static enum privileged_outcome fetch(struct emulation *e)
{
    size_t count;

    switch (insn_fetch(&e->insn, e->ops->fetch, e->ctx, e->regs->rip, e->mode, &count)) {
    case INSN_DECODED:
        return PRIVILEGED_DONE;
    case INSN_TRUNCATED:
        /* A jump to where no page can be: the #GP is what it gets for that. */
        if (!va_canonical(e->regs->rip + count))
            return PRIVILEGED_REFUSED;
        /* It ran a moment ago, so its page has just been taken away: as if it had been before. */
        *e->event = (struct privileged_event){
            .vector = VECTOR_PF,
            .error_code = FAULT_USER | FAULT_FETCH,
            .cr2 = e->regs->rip + count,
        };
        return PRIVILEGED_EXCEPTION;
    default:
        return PRIVILEGED_REFUSED;
    }
}

static enum privileged_outcome retire(struct emulation *e, enum privileged_outcome outcome)
{
    if (outcome == PRIVILEGED_DONE) {
        *e->event = (struct privileged_event){.single_step = e->regs->rflags & FLAG_TF};
        e->regs->rip = next_rip(e);
        e->regs->rflags &= ~FLAG_RF;
    }
    return outcome;
}

enum privileged_outcome privileged_emulate(const struct privileged_ops *ops, void *ctx,
                                           struct cpu_user_regs *regs, enum insn_mode mode,
                                           bool kernel, struct privileged_event *event)
{
    struct emulation e = {.ops = ops, .ctx = ctx, .regs = regs, .event = event, .mode = mode};
    enum privileged_outcome outcome;

    *event = (struct privileged_event){0};
    outcome = fetch(&e);
    if (outcome != PRIVILEGED_DONE)
        return outcome;

    const struct handler *handler = &handlers[e.insn.kind];
    if (!handler->run || (handler->kernel_only && !kernel))
        return PRIVILEGED_REFUSED;
    return retire(&e, handler->run(&e));
}

enum privileged_outcome privileged_emulate_forced(const struct privileged_ops *ops, void *ctx,
                                                  struct cpu_user_regs *regs,
                                                  struct privileged_event *event)
{
    struct emulation e = {.ops = ops, .ctx = ctx, .regs = regs, .event = event};
    enum privileged_outcome outcome;

    *event = (struct privileged_event){0};
    outcome = fetch(&e);
    /* Any other undefined instruction, one cut off by an absent page too, stays undefined. */
    if (outcome != PRIVILEGED_DONE || e.insn.kind != INSN_FORCED_CPUID)
        return PRIVILEGED_REFUSED;
    return retire(&e, emulate_cpuid(&e));
}
