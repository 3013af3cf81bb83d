/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every instruction that the emulator knows, carried out by it and by this computer's own CPU: the
 * same registers, flags and memory must come out. And once more with each access in turn having to
 * wait for its answer, which must make no difference. */
#include "check.h"

#include <cpuid.h>
#include <signal.h>

#include "emulate_sample.h"
#include "hvm/emulate/emulate-private.h"
#include "machine/registers.h"

#define ROUNDS 40 /* of each opcode in each kind of code */

/* The emulator's side. */
struct side {
    uint8_t window[NATIVE_WINDOW_SIZE];
    uint8_t xmm[16][16];
    struct cpu_user_regs regs;
    unsigned int accesses, retry_at; /* counted from 1; 0: never */
    bool outside;
    bool bulk; /* strings at once */
};

static enum emulate_result access_at(struct side *side, uint64_t linear, unsigned int size,
                                     uint8_t **at)
{
    uint64_t offset = linear - (uintptr_t)native_arena() - NATIVE_WINDOW;

    if (++side->accesses == side->retry_at)
        return EMULATE_RETRY;
    side->outside |= offset > NATIVE_WINDOW_SIZE - size;
    *at = side->window + offset;
    return side->outside ? EMULATE_FAULT : EMULATE_OK;
}

static enum emulate_result side_read(void *ctx, uint64_t linear, unsigned int size, void *to,
                                     unsigned int how)
{
    uint8_t *at;
    enum emulate_result result = access_at(ctx, linear, size, &at);

    if (!result)
        memcpy(to, at, size);
    return result;
}

static enum emulate_result side_write(void *ctx, uint64_t linear, unsigned int size,
                                      const void *from, unsigned int how)
{
    uint8_t *at;
    enum emulate_result result = access_at(ctx, linear, size, &at);

    if (!result)
        memcpy(at, from, size);
    return result;
}

static void side_xmm_get(void *ctx, unsigned int number, uint8_t value[EMULATE_XMM_SIZE])
{
    memcpy(value, ((struct side *)ctx)->xmm[number], EMULATE_XMM_SIZE);
}

static void side_xmm_set(void *ctx, unsigned int number, const uint8_t value[EMULATE_XMM_SIZE])
{
    memcpy(((struct side *)ctx)->xmm[number], value, EMULATE_XMM_SIZE);
}

/* Half of the turns, in one access. */
static enum emulate_result side_string(void *ctx, const struct emulate_string *string,
                                       unsigned int *done)
{
    struct side *side = ctx;
    uint8_t *from = (uint8_t *)(uintptr_t)&string->value, *to;
    int step = string->down ? -string->size : string->size;
    enum emulate_result result = EMULATE_OK;

    if (string->kind == EMULATE_MOVS)
        result = access_at(side, string->source, string->size, &from);
    side->accesses -= string->kind == EMULATE_MOVS && !result;
    if (!result)
        result = access_at(side, string->target, string->size, &to);
    if (result)
        return result;
    *done = (string->count + 1U) / 2;
    for (unsigned int i = 0; i < *done; i++) {
        memcpy(to, from, string->size);
        to += step;
        from += string->kind == EMULATE_MOVS ? step : 0;
    }
    return EMULATE_OK;
}

static const struct emulate_ops side_ops = {
    .read = side_read, .write = side_write, .xmm_get = side_xmm_get, .xmm_set = side_xmm_set};
static const struct emulate_ops side_ops_bulk = {
    .read = side_read, .write = side_write, .string = side_string};

static struct emulate_cpu side_cpu(struct side *side, unsigned int bits)
{
    struct emulate_cpu cpu = {
        .mode = bits == 64   ? EMULATE_MODE_64
                : bits == 32 ? EMULATE_MODE_32
                             : EMULATE_MODE_16,
        .regs = &side->regs,
        .cr0 = CR0_PE | CR0_PG,
        .cr4 = CR4_OSFXSR,
    };

    for (unsigned int n = 0; n < EMULATE_SEGMENTS; n++)
        cpu.segment[n] = (struct emulate_segment){
            .base = bits == 16 ? (uintptr_t)native_arena() : 0,
            .limit = bits == 16 ? 0xffff : 0xffffffff,
            .attributes = (uint16_t)((n == EMULATE_CS ? 0x9b : 0x93) | (bits == 16 ? 0 : 0xc00)),
        };
    return cpu;
}

static void side_begin(struct side *side, const struct sample *s, unsigned int retry_at, bool bulk)
{
    memset(side, 0, sizeof(*side));
    side->bulk = bulk;
    memcpy(side->window, s->window, sizeof(side->window));
    memcpy(side->xmm, s->state.xmm, sizeof(side->xmm));
    for (unsigned int n = 0; n < 16; n++)
        *register_place(&side->regs, n) = s->state.gpr[n];
    side->regs.rflags = s->state.rflags | EFLAGS_RF;
    side->regs.rip = sample_base(s) + NATIVE_CODE;
    side->retry_at = retry_at;
}

/* Emulates until the instruction is done, or can't be. */
static enum emulate_result side_run(struct side *side, const struct sample *s,
                                    struct emulate_exception *exception)
{
    const struct emulate_ops *ops = side->bulk ? &side_ops_bulk : &side_ops;
    struct emulate_cpu cpu = side_cpu(side, s->bits);
    uint64_t rip = side->regs.rip;
    enum emulate_result result;

    do
        result = emulate(&cpu, ops, side, s->bytes, s->length, exception);
    while (result == EMULATE_OK && side->regs.rip == rip && s->repeat);
    return result;
}

/* Of shifts, it depends on how far. */
static uint64_t undefined_flags(const struct sample *s)
{
    const struct form *f = s->form;
    unsigned int count = sample_shift_count(s) & (s->size == 8 ? 63 : 31);
    bool carry_lost = (f->flags & SHIFT) && f->middle >= 4 && f->middle <= 6;

    if (!(f->flags & (SHIFT | SHIFT_DOUBLE)))
        return f->undefined;
    if (!count)
        return 0;
    return f->undefined | (count == 1 ? 0 : EFLAGS_OF) |
           (carry_lost && count >= 8 * s->size ? EFLAGS_CF : 0);
}

static void complain(const struct sample *s, const char *what)
{
    fprintf(stderr, "    %s, %u-bit code:", what, s->bits);
    for (size_t i = 0; i < s->length; i++)
        fprintf(stderr, " %02x", s->bytes[i]);
    fprintf(stderr, "\n");
}

/* In 32- and 16-bit code, upper halves of registers mean nothing. */
static bool same_registers(const struct sample *s, struct side *side,
                           const struct native_state *native)
{
    uint64_t mask = s->bits == 64 ? ~0ULL : 0xffffffff;
    bool same = true;

    for (unsigned int n = 0; n < (s->bits == 64 ? 16U : 8U); n++) {
        uint64_t ours = *register_place(&side->regs, n);

        if ((ours ^ native->gpr[n]) & mask) {
            fprintf(stderr, "    register %u: %#lx, not %#lx; it was %#lx\n", n, ours,
                    native->gpr[n], s->state.gpr[n]);
            same = false;
        }
    }
    return same;
}

static bool same_flags(const struct sample *s, const struct side *side,
                       const struct native_state *native)
{
    uint64_t count = (EFLAGS_ARITHMETIC | EFLAGS_DF) & ~undefined_flags(s);

    if (!((side->regs.rflags ^ native->rflags) & count) && !(side->regs.rflags & EFLAGS_RF))
        return true;
    fprintf(stderr, "    flags %#lx, not %#lx\n", side->regs.rflags, native->rflags);
    return false;
}

static uint64_t rip_after(const struct sample *s, const struct native_state *native)
{
    return sample_base(s) + (native->jumped ? NATIVE_TARGET : NATIVE_CODE + s->length);
}

static bool same_end(const struct sample *s, struct side *side, const struct native_state *native)
{
    const uint8_t *window = native_arena() + NATIVE_WINDOW;

    return same_registers(s, side, native) && same_flags(s, side, native) &&
           side->regs.rip == rip_after(s, native) && !side->outside &&
           !memcmp(side->window, window, sizeof(side->window)) &&
           !memcmp(side->xmm, native->xmm, sizeof(side->xmm));
}

/* Faults leave everything alone. */
static void check_fault(const struct sample *s, int signal_number)
{
    struct emulate_exception exception;
    struct side side, before;
    unsigned int vector = signal_number == SIGFPE   ? TRAP_DE
                          : signal_number == SIGILL ? TRAP_UD
                                                    : TRAP_GP;

    side_begin(&side, s, 0, false);
    before = side;
    if (!CHECK(side_run(&side, s, &exception) == EMULATE_FAULT && exception.raised &&
               exception.vector == vector && exception.has_error == (vector == TRAP_GP) &&
               !memcmp(&side.regs, &before.regs, sizeof(side.regs)) &&
               !memcmp(side.window, before.window, sizeof(side.window))))
        complain(s, strsignal(signal_number));
}

/* Has each access wait in turn; returns how many there are. */
static void check_retries(const struct sample *s, const struct native_state *native,
                          unsigned int accesses, bool bulk)
{
    for (unsigned int k = 1; k <= accesses; k++) {
        struct emulate_exception exception;
        struct side side, before;

        side_begin(&side, s, k, bulk);
        before = side;
        if (!CHECK(side_run(&side, s, &exception) == EMULATE_RETRY) ||
            !CHECK(s->repeat || (!memcmp(&side.regs, &before.regs, sizeof(side.regs)) &&
                                 !memcmp(side.window, before.window, sizeof(side.window)) &&
                                 !memcmp(side.xmm, before.xmm, sizeof(side.xmm)))) ||
            !CHECK(side.regs.rip == before.regs.rip) ||
            !CHECK(side_run(&side, s, &exception) == EMULATE_OK && same_end(s, &side, native)))
            complain(s, "having waited");
    }
}

static bool check_sample(const struct sample *s)
{
    struct native_state native = s->state;
    struct emulate_exception exception;
    bool is_page_fault;
    struct side side;
    int signal_number;

    memcpy(native_arena() + NATIVE_WINDOW, s->window, sizeof(s->window));
    signal_number = native_run(&native, s->bytes, s->length, s->bits, &is_page_fault);
    if (!CHECK(!is_page_fault)) {
        complain(s, "a page fault");
        return false;
    }
    if (signal_number) {
        check_fault(s, signal_number);
        return false;
    }
    for (unsigned int bulk = 0; bulk <= (s->form->flags & STRING ? 1U : 0U); bulk++) {
        side_begin(&side, s, 0, bulk);
        if (!CHECK(side_run(&side, s, &exception) == EMULATE_OK) ||
            !CHECK(same_end(s, &side, &native))) {
            complain(s, bulk ? "another end, at once" : "another end");
            return false;
        }
        check_retries(s, &native, side.accesses, bulk);
    }
    return true;
}

static bool has_movbe(void)
{
    unsigned int a, b, c = 0, d;

    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_MOVBE);
}

/* Not too few of the rounds must come to an end, rather than to a fault. */
static void check_opcode(const struct form *f, uint8_t opcode, unsigned int bits)
{
    struct sample s = {.form = f, .bits = bits};
    unsigned int finished = 0;

    for (unsigned int round = 0; round < ROUNDS; round++) {
        unsigned long failed = check_failed;

        sample_choose(&s, opcode);
        finished += check_sample(&s);
        if (check_failed != failed)
            return;
    }
    CHECK(finished >= ROUNDS / 10);
}

static void check_forms(unsigned int bits)
{
    for (size_t i = 0; i < forms_count; i++) {
        const struct form *f = &forms[i];

        if (((f->flags & LONG) && bits != 64) || ((f->flags & SWAP) && !has_movbe()))
            continue;
        for (unsigned int opcode = f->first; opcode <= f->last; opcode++) {
            if (f->map == ONE_BYTE && f->first == 0xfe && opcode == 0xff && f->middle > 1)
                continue;
            check_opcode(f, (uint8_t)opcode, bits);
        }
    }
}

static void as_the_cpu_does_in_64_bits(void)
{
    check_forms(64);
}

static void as_the_cpu_does_in_32_bits(void)
{
    check_forms(32);
}

static bool can_16;

static void as_the_cpu_does_in_16_bits(void)
{
    if (!can_16)
        printf("     no 16-bit segments: left out\n");
    if (CHECK(true) && can_16)
        check_forms(16);
}

static bool in_forms(const struct form *list, size_t count, unsigned int map, unsigned int opcode,
                     unsigned int middle, uint8_t prefix)
{
    for (size_t i = 0; i < count; i++) {
        const struct form *f = &list[i];
        bool any_prefix = !(f->flags & SSE) && prefix != 0xf2 && prefix != 0xf3;
        bool plain = map == TWO_BYTES && (opcode == 0xbc || opcode == 0xbd || opcode == 0xae ||
                                          opcode == 0xc3 || opcode == 0xc7);

        if (map == MAP_0F38 && !(f->flags & SSE))
            plain = true;
        if (f->map == map && opcode >= f->first && opcode <= f->last &&
            (f->middle < 0 || (unsigned int)f->middle == middle) &&
            (f->prefix == prefix || any_prefix || (!(f->flags & SSE) && !plain)))
            return true;
    }
    return false;
}

/* What is not in the tables above, the emulator does not know; all else, it does. */
static void nothing_else(void)
{
    static const uint8_t prefixes[] = {0, 0x66, 0xf2, 0xf3};

    for (unsigned int n = 0; n < MAPS * 256 * 8 * 4; n++) {
        unsigned int map = n / (256 * 8 * 4), opcode = n / 32 % 256, middle = n / 4 % 8;
        struct sample s = {.form = &(const struct form){.map = (uint8_t)map}};
        uint8_t prefix = prefixes[n % 4];
        bool wanted =
            in_forms(forms, forms_count, map, opcode, middle, prefix) ||
            in_forms(forms_privileged, forms_privileged_count, map, opcode, middle, prefix);

        /* Escapes and prefixes, which this is not about. */
        if (map == ONE_BYTE &&
            (opcode == 0x0f || (opcode & 0xf0) == 0x40 || (opcode & 0xe7) == 0x26 ||
             (opcode & 0xfc) == 0x64 || opcode == 0xf0 || opcode == 0xf2 || opcode == 0xf3))
            continue;
        if (prefix)
            sample_put(&s, prefix, 1);
        sample_put_opcode(&s, (uint8_t)opcode);
        sample_put(&s, middle << 3 | RDI, 1);
        if (!CHECK(!emulate_length(s.bytes, EMULATE_INSN_MAX, EMULATE_MODE_64) == !wanted))
            complain(&s, wanted ? "not known" : "known");
    }
}

int main(void)
{
    can_16 = native_init();
    RUN(as_the_cpu_does_in_64_bits);
    RUN(as_the_cpu_does_in_32_bits);
    RUN(as_the_cpu_does_in_16_bits);
    RUN(nothing_else);
    return check_done();
}
