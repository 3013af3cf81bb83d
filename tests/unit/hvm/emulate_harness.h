/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's CPU for the emulator whose accesses are noted one by one, and of which any may be made
 * to fail. Its parts are the including test's own. */
#ifndef TESTS_UNIT_HVM_EMULATE_HARNESS_H
#define TESTS_UNIT_HVM_EMULATE_HARNESS_H

#include "check.h"

#include "hvm/emulate/emulate-private.h"

#define TEXT(bytes) (const uint8_t *)(bytes), sizeof(bytes) - 1

/* Accesses as they came; all memory holds `memory`. */
enum kind { READ = 'r', WRITE = 'w', PROBE = 'p', IN = 'i', OUT = 'o', STRING = 's' };

static struct {
    enum kind kind;
    uint64_t at; /* address or port */
    unsigned int size, how;
    uint64_t value;
} accesses[1024];
static unsigned int count, commits, xmm_sets;
static uint64_t memory;
static unsigned int fail_at; /* the access, counted from 1, that does not succeed */
static enum emulate_result failure;

static struct cpu_user_regs regs;
static struct emulate_cpu cpu;
static struct emulate_exception exception;

static enum emulate_result note(enum kind kind, uint64_t at, unsigned int size, unsigned int how,
                                uint64_t value)
{
    if (count < ARRAY_SIZE(accesses)) {
        accesses[count].kind = kind;
        accesses[count].at = at;
        accesses[count].size = size;
        accesses[count].how = how;
        accesses[count].value = value;
    }
    return ++count == fail_at ? failure : EMULATE_OK;
}

static enum emulate_result on_read(void *ctx, uint64_t linear, unsigned int size, void *to,
                                   unsigned int how)
{
    memset(to, 0, size);
    memcpy(to, &memory, MIN(size, 8U));
    return note(READ, linear, size, how, memory);
}

static enum emulate_result on_write(void *ctx, uint64_t linear, unsigned int size, const void *from,
                                    unsigned int how)
{
    uint64_t value = 0;

    memcpy(&value, from, MIN(size, 8U));
    return note(WRITE, linear, size, how, value);
}

static enum emulate_result on_probe(void *ctx, uint64_t linear, unsigned int size)
{
    return note(PROBE, linear, size, 0, 0);
}

static enum emulate_result on_in(void *ctx, uint16_t port, unsigned int size, uint32_t *value)
{
    *value = 0xa1b2c3d4;
    return note(IN, port, size, 0, 0);
}

static enum emulate_result on_out(void *ctx, uint16_t port, unsigned int size, uint32_t value)
{
    return note(OUT, port, size, 0, value);
}

static void on_xmm_get(void *ctx, unsigned int number, uint8_t value[EMULATE_XMM_SIZE])
{
    memset(value, (int)number, EMULATE_XMM_SIZE);
}

static void on_xmm_set(void *ctx, unsigned int number, const uint8_t value[EMULATE_XMM_SIZE])
{
    xmm_sets++;
}

static void on_committed(void *ctx)
{
    commits++;
}

static struct emulate_string asked;
static unsigned int bulk_done; /* of what it is asked for; 0: all */

static enum emulate_result on_string(void *ctx, const struct emulate_string *string,
                                     unsigned int *done)
{
    asked = *string;
    *done = bulk_done ? bulk_done : string->count;
    return note(STRING, string->port, string->count, 0, string->value);
}

static struct emulate_ops ops = {on_read,   on_write,   on_probe,   on_in,       on_out,
                                 on_string, on_xmm_get, on_xmm_set, on_committed};

/* Protected mode, or real mode for 16-bit code. Each segment has a base of its own: 0x10000 for ES,
 * 0x20000 for CS and so on. */
static void begin(enum emulate_mode mode)
{
    static const uint16_t sizes[] = {
        [EMULATE_MODE_16] = 0, [EMULATE_MODE_32] = 0xc00, [EMULATE_MODE_64] = 0xa00};

    memset(&regs, 0, sizeof(regs));
    regs.rip = 0x1000;
    regs.rflags = 0x202 | EFLAGS_RF;
    regs.rax = 0x11;
    regs.rcx = 0x22;
    regs.rdx = 0x33;
    regs.rbx = 0x100;
    regs.rsp = 0x200;
    regs.rbp = 0x400;
    regs.rsi = 0x800;
    regs.rdi = 0x3000;
    regs.r12 = 0x12000;
    regs.r13 = 0x13000;
    cpu = (struct emulate_cpu){.mode = mode, .regs = &regs, .cr4 = CR4_OSFXSR};
    cpu.cr0 = mode == EMULATE_MODE_16 ? 0 : CR0_PE | CR0_PG;
    for (unsigned int n = 0; n < EMULATE_SEGMENTS; n++)
        cpu.segment[n] = (struct emulate_segment){
            .base = 0x10000 * (n + 1),
            .limit = mode == EMULATE_MODE_16 ? 0xffff : 0xffffffff,
            .attributes = (uint16_t)((n == EMULATE_CS ? 0x9b : 0x93) | sizes[mode]),
        };
    memory = 0x8877665544332211;
    ops.string = NULL;
    fail_at = bulk_done = 0;
    count = commits = xmm_sets = 0;
}

static enum emulate_result run(const uint8_t *bytes, size_t length)
{
    return emulate(&cpu, &ops, NULL, bytes, length, &exception);
}

/* Does the instruction fault like this, and change nothing? */
static bool faults(const uint8_t *bytes, size_t length, unsigned int vector)
{
    struct cpu_user_regs before = regs;

    return run(bytes, length) == EMULATE_FAULT && exception.raised && exception.vector == vector &&
           !exception.error && !memcmp(&before, &regs, sizeof(regs)) && !commits;
}

#define M16 EMULATE_MODE_16
#define M32 EMULATE_MODE_32
#define M64 EMULATE_MODE_64

#endif
