/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arbitrary bytes as instructions for the emulator, in arbitrary states, with accesses of which any
 * may fail or have to wait. */
#include <string.h>

#include "fuzz.h"
#include "hvm/emulate/emulate-private.h"
#include "machine/registers.h"

#define HEAD         8 /* bytes of an input that choose the state */
#define ACCESSES_MAX (4 * EMULATE_REPEAT_MAX)

/* What an emulation does to its surroundings. */
struct world {
    struct cpu_user_regs regs;
    uint8_t mode, fail_at, failure;
    bool failed;
    unsigned int accesses, writes; /* the latter since the last commit */
    unsigned int commits;
    uint64_t digest; /* of all accesses */
};

static enum emulate_result note(struct world *w, uint64_t at, unsigned int size, unsigned int kind)
{
    FUZZ_ASSERT(!w->failed && !w->writes);
    FUZZ_ASSERT(w->accesses < ACCESSES_MAX);
    w->digest = (w->digest ^ at ^ size ^ kind << 8) * 0x100000001b3;
    if (++w->accesses != w->fail_at)
        return EMULATE_OK;
    w->failed = true;
    return (enum emulate_result)w->failure;
}

static enum emulate_result note_memory(struct world *w, uint64_t linear, unsigned int size,
                                       unsigned int kind)
{
    FUZZ_ASSERT(size == 1 || size == 2 || size == 4 || size == 8 || size == 16);
    FUZZ_ASSERT(w->mode == EMULATE_MODE_64 ? (uint64_t)((int64_t)(linear << 16) >> 16) == linear
                                           : linear >> 32 == 0);
    return note(w, linear, size, kind);
}

static enum emulate_result on_read(void *ctx, uint64_t linear, unsigned int size, void *to,
                                   unsigned int how)
{
    FUZZ_ASSERT(!(how & ~(EMULATE_LOCKED | EMULATE_WILL_WRITE)));
    memset(to, (int)(linear * 0x9d), size);
    return note_memory(ctx, linear, size, 1 | how << 4);
}

static enum emulate_result on_write(void *ctx, uint64_t linear, unsigned int size, const void *from,
                                    unsigned int how)
{
    struct world *w = ctx;
    enum emulate_result result = note_memory(w, linear, size, 2 | how << 4);

    FUZZ_ASSERT(!(how & ~EMULATE_LOCKED));
    for (unsigned int i = 0; i < size; i++)
        w->digest = (w->digest ^ ((const uint8_t *)from)[i]) * 0x100000001b3;
    w->writes++;
    return result;
}

static enum emulate_result on_probe(void *ctx, uint64_t linear, unsigned int size)
{
    return note_memory(ctx, linear, size, 3);
}

static enum emulate_result on_in(void *ctx, uint16_t port, unsigned int size, uint32_t *value)
{
    FUZZ_ASSERT(size == 1 || size == 2 || size == 4);
    *value = 0x89abcdef;
    return note(ctx, port, size, 4);
}

static enum emulate_result on_out(void *ctx, uint16_t port, unsigned int size, uint32_t value)
{
    struct world *w = ctx;
    enum emulate_result result = note(w, port, size, 5);

    FUZZ_ASSERT(size == 1 || size == 2 || size == 4);
    FUZZ_ASSERT(size == 4 || !(value >> size * 8));
    w->writes++;
    return result;
}

static void on_xmm_get(void *ctx, unsigned int number, uint8_t value[EMULATE_XMM_SIZE])
{
    FUZZ_ASSERT(number < 16);
    memset(value, (int)number, EMULATE_XMM_SIZE);
}

static void on_xmm_set(void *ctx, unsigned int number, const uint8_t value[EMULATE_XMM_SIZE])
{
    struct world *w = ctx;

    FUZZ_ASSERT(number < 16 && !w->failed);
    w->digest ^= value[0] + value[EMULATE_XMM_SIZE - 1] * 0x100U;
}

static void on_committed(void *ctx)
{
    struct world *w = ctx;

    FUZZ_ASSERT(!w->failed);
    w->writes = 0;
    w->commits++;
}

/* All elements on one page, whichever way they go. */
static void check_range(const struct world *w, const struct emulate_string *s, uint64_t first)
{
    uint64_t length = (uint64_t)s->count * s->size;
    uint64_t lowest = s->down ? first - length + s->size : first;

    FUZZ_ASSERT(lowest >> 12 == (lowest + length - 1) >> 12);
    FUZZ_ASSERT(w->mode == EMULATE_MODE_64 || (lowest + length - 1) >> 32 == 0);
}

static enum emulate_result on_string(void *ctx, const struct emulate_string *s, unsigned int *done)
{
    struct world *w = ctx;
    enum emulate_result result;

    FUZZ_ASSERT(s->size == 1 || s->size == 2 || s->size == 4 || s->size == 8);
    FUZZ_ASSERT(s->count > 1 && s->count <= EMULATE_ROW_MAX);
    if (s->kind != EMULATE_OUTS)
        check_range(w, s, s->target);
    if (s->kind == EMULATE_OUTS || s->kind == EMULATE_MOVS)
        check_range(w, s, s->source);
    if (s->port & 1)
        return EMULATE_UNKNOWN;
    *done = 1 + s->port % s->count;
    result = note(w, s->source + s->target + s->value, s->size, 6);
    w->writes++;
    return result;
}

static const struct emulate_ops ops = {on_read,   on_write,   on_probe,   on_in,       on_out,
                                       on_string, on_xmm_get, on_xmm_set, on_committed};

/* Registers are near corners, or anywhere. */
static void fill(struct world *w, const uint8_t head[HEAD])
{
    uint64_t state = head[4] + head[5] * 0x1234567ULL + 1;

    memset(w, 0, sizeof(*w));
    w->mode = head[0] % 3;
    w->fail_at = head[1];
    w->failure = head[0] & 0x80 ? EMULATE_FAULT : EMULATE_RETRY;
    for (unsigned int n = 0; n < 16; n++) {
        state = state * 6364136223846793005 + 1442695040888963407;
        *register_place(&w->regs, n) = (int64_t)state >> (head[2] % 64);
    }
    w->regs.rip = head[3] & 1 ? 0xfffffff8 : 0x1000;
    w->regs.rflags = 2 | (uint64_t)(head[6] | head[7] << 8);
}

static struct emulate_cpu cpu_of(struct world *w, const uint8_t head[HEAD])
{
    struct emulate_cpu cpu = {.mode = (enum emulate_mode)w->mode, .regs = &w->regs};

    cpu.cr0 = (head[3] & 2 ? 0 : CR0_PE) | (head[3] & 0x60 ? 0 : CR0_TS);
    cpu.cr4 = head[3] & 0x1c ? CR4_OSFXSR : 0;
    for (unsigned int n = 0; n < EMULATE_SEGMENTS; n++)
        cpu.segment[n] = (struct emulate_segment){
            .base = head[3] & 4 ? 0 : 0x12345670ULL * n,
            .limit = head[3] & 8 ? 0xffffffff : 0xffff,
            .attributes = head[3] & 0x10 ? (uint16_t)(head[5] | head[4] << 8) : 0xc93,
        };
    return cpu;
}

static void check_exception(const struct world *w, const struct emulate_exception *exception)
{
    FUZZ_ASSERT(exception->raised != w->failed);
    if (exception->raised)
        FUZZ_ASSERT(exception->vector == TRAP_DE || exception->vector == TRAP_UD ||
                    exception->vector == TRAP_NM || exception->vector == TRAP_SS ||
                    exception->vector == TRAP_GP);
    FUZZ_ASSERT(!exception->error);
}

/* What must hold after it, whatever it was. `before` are the registers it began with. */
static void check_end(const struct world *w, enum emulate_result result,
                      const struct emulate_exception *exception, const struct cpu_user_regs *before)
{
    switch (result) {
    case EMULATE_OK:
        FUZZ_ASSERT(!w->failed && w->commits && !w->writes);
        FUZZ_ASSERT(w->regs.rip != before->rip || w->regs.rflags & EFLAGS_RF ||
                    w->accesses); /* or it is a jump to itself */
        break;
    case EMULATE_FAULT:
        check_exception(w, exception);
        FUZZ_ASSERT(w->regs.rip == before->rip);
        break;
    case EMULATE_RETRY:
        FUZZ_ASSERT(w->failed && w->failure == EMULATE_RETRY && w->regs.rip == before->rip);
        break;
    default:
        FUZZ_ASSERT(result == EMULATE_UNKNOWN && !w->accesses && !w->commits);
        break;
    }
    if (!w->commits)
        FUZZ_ASSERT(!memcmp(&w->regs, before, sizeof(*before)));
}

static enum emulate_result try_once(struct world *w, const uint8_t *head, const uint8_t *bytes,
                                    size_t length)
{
    struct emulate_exception exception;
    struct emulate_cpu cpu;
    struct cpu_user_regs before;
    enum emulate_result result;

    fill(w, head);
    before = w->regs;
    cpu = cpu_of(w, head);
    result = emulate(&cpu, &ops, w, bytes, length, &exception);
    check_end(w, result, &exception, &before);
    return result;
}

static void check_length(const uint8_t *bytes, size_t count, enum emulate_mode mode)
{
    unsigned int length = emulate_length(bytes, count, mode);

    if (!length)
        return;
    FUZZ_ASSERT(length <= EMULATE_INSN_MAX && length <= count);
    /* Fewer bytes are too few, and exactly enough are enough. */
    FUZZ_ASSERT(!emulate_length(bytes, length - 1, mode));
    FUZZ_ASSERT(emulate_length(bytes, length, mode) == length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct world first, again;

    if (len < HEAD)
        return 0;
    check_length(data + HEAD, len - HEAD, (enum emulate_mode)(data[0] % 3));
    /* The same twice: that is what waiting for answers rests on. */
    FUZZ_ASSERT(try_once(&first, data, data + HEAD, len - HEAD) ==
                try_once(&again, data, data + HEAD, len - HEAD));
    FUZZ_ASSERT(!memcmp(&first.regs, &again.regs, sizeof(first.regs)));
    FUZZ_ASSERT(first.digest == again.digest && first.accesses == again.accesses);
    return 0;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const struct {
        uint8_t length;
        const char *bytes;
    } seeds[] = {
        {7, "\x8b\x04\x25\x20\x00\xe0\xfe"},
        {10, "\xc7\x87\xb0\0\0\0\0\0\0\0"},
        {4, "\xf0\x83\x0f\x10"},
        {3, "\x8b\x46\x10"},
        {4, "\x66\x0f\xb6\x07"},
        {2, "\xf3\xa5"},
        {3, "\x67\xf3\x6d"},
        {2, "\xf2\xae"},
        {5, "\xf0\x48\x0f\xc7\x0e"},
        {4, "\x66\x0f\x7f\x07"},
        {4, "\x48\x0f\xab\x0f"},
        {3, "\xff\x74\x24"},
        {3, "\x48\xf7\x37"},
        {4, "\x0f\xa4\x07\x05"},
        {5, "\x0f\x38\xf0\x04\x8b"},
        {16, "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x8b\x07"},
    };
    static const uint8_t heads[][HEAD] = {
        {2, 0, 40, 0x7c, 1, 2, 0, 0}, {1, 0, 50, 0x6c, 1, 2, 0, 0}, {0, 0, 52, 0x62, 1, 2, 0, 0}};

    if (n >= ARRAY_SIZE(seeds) * ARRAY_SIZE(heads))
        return 0;
    memcpy(data, heads[n % ARRAY_SIZE(heads)], HEAD);
    n /= ARRAY_SIZE(heads);
    memcpy(data + HEAD, seeds[n].bytes, seeds[n].length);
    return HEAD + seeds[n].length;
}
