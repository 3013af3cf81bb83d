/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arbitrary code and registers on a vCPU whose callbacks do as the input says. */
#include <string.h>

#include <xen/errno.h>

#include "fuzz.h"
#include "pv/privileged.h"

#define CODE           0x400000ULL
#define REGISTERS_SIZE offsetof(struct cpu_user_regs, error_code)

static struct {
    const uint8_t *code;
    size_t code_size;
    uint8_t answers; /* each bit: what one sort of callback says */
    unsigned long calls;
    bool kernel;
} vcpu;

static bool answer(unsigned int bit)
{
    vcpu.calls++;
    return vcpu.answers >> bit & 1;
}

static int result(void)
{
    vcpu.calls++;
    if (vcpu.answers & 1)
        return vcpu.answers & 2 ? -XEN_EAGAIN : -XEN_EINVAL;
    return 0;
}

/* As result(), of what user space must not reach. */
static int kernel_result(void)
{
    FUZZ_ASSERT(vcpu.kernel);
    return result();
}

static size_t fetch(void *ctx, uint64_t address, uint8_t *bytes, size_t count)
{
    FUZZ_ASSERT(address == CODE && count <= 4096);
    if (count > vcpu.code_size)
        count = vcpu.code_size;
    memcpy(bytes, vcpu.code, count);
    return count;
}

static int read_memory(void *ctx, uint64_t address, void *data, size_t size,
                       struct privileged_event *fault)
{
    FUZZ_ASSERT(size == 1 || size == 2 || size == 4);
    FUZZ_ASSERT(fault->vector == 14 && fault->cr2 == address);
    memset(data, (int)address, size);
    return answer(2) ? -XEN_EFAULT : 0;
}

static int write_memory(void *ctx, uint64_t address, const void *data, size_t size,
                        struct privileged_event *fault)
{
    FUZZ_ASSERT(size == 1 || size == 2 || size == 4);
    FUZZ_ASSERT(fault->vector == 14 && fault->cr2 == address);
    return answer(2) ? -XEN_EFAULT : 0;
}

static int segment_base(void *ctx, enum insn_segment segment, uint64_t *base)
{
    FUZZ_ASSERT(segment != INSN_SEGMENT_DEFAULT && segment <= INSN_SEGMENT_GS);
    *base = 0x12345678;
    return answer(3) ? -XEN_EINVAL : 0;
}

static bool iopl_allows(void *ctx)
{
    return answer(4);
}

static bool port_allowed(void *ctx, uint16_t port, unsigned int size)
{
    return answer(5);
}

static bool port_owned(void *ctx, uint16_t port, unsigned int size)
{
    FUZZ_ASSERT(port + size <= 0x10000);
    return answer(6) && size <= 2;
}

static uint32_t port_read(void *ctx, uint16_t port, unsigned int size)
{
    FUZZ_ASSERT(vcpu.answers >> 6 & 1 && vcpu.answers >> 5 & 1);
    return port * 0x01010101u;
}

static void port_write(void *ctx, uint16_t port, unsigned int size, uint32_t value)
{
    FUZZ_ASSERT(vcpu.answers >> 6 & 1 && vcpu.answers >> 5 & 1);
    FUZZ_ASSERT(value <= insn_size_mask(size));
}

static int read_special(void *ctx, unsigned int number, uint64_t *value)
{
    FUZZ_ASSERT(number < 16);
    *value = ~0ULL;
    return kernel_result();
}

static int write_special(void *ctx, unsigned int number, uint64_t value)
{
    FUZZ_ASSERT(number < 16);
    return kernel_result();
}

static int read_msr(void *ctx, uint32_t index, uint64_t *value)
{
    *value = 0x1122334455667788;
    return index == 0xc0000103 ? result() : kernel_result();
}

static int write_msr(void *ctx, uint32_t index, uint64_t value)
{
    return kernel_result();
}

static int simple(void *ctx)
{
    return kernel_result();
}

static int read_tsc(void *ctx, uint64_t *tsc)
{
    *tsc = 0x1234567812345678;
    return result();
}

static int cpuid(void *ctx, bool forced, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    return result();
}

static const struct privileged_ops ops = {
    .fetch = fetch,
    .read_memory = read_memory,
    .write_memory = write_memory,
    .segment_base = segment_base,
    .iopl_allows = iopl_allows,
    .port_allowed = port_allowed,
    .port_owned = port_owned,
    .port_read = port_read,
    .port_write = port_write,
    .read_cr = read_special,
    .write_cr = write_special,
    .read_dr = read_special,
    .write_dr = write_special,
    .clear_ts = simple,
    .read_msr = read_msr,
    .write_msr = write_msr,
    .set_xcr = write_msr,
    .flush_cache = simple,
    .read_tsc = read_tsc,
    .cpuid = cpuid,
};

static void check_outcome(enum privileged_outcome outcome, const struct cpu_user_regs *before,
                          const struct cpu_user_regs *after, const struct privileged_event *event)
{
    FUZZ_ASSERT(outcome <= PRIVILEGED_INTERRUPT);
    if (outcome == PRIVILEGED_DONE)
        FUZZ_ASSERT(after->rip > CODE && after->rip <= CODE + INSN_MAX_LENGTH);
    else
        FUZZ_ASSERT(after->rip == CODE && after->rflags == before->rflags);
    if (outcome == PRIVILEGED_REFUSED || outcome == PRIVILEGED_INTERRUPT)
        FUZZ_ASSERT(memcmp(before, after, sizeof(*before)) == 0);
    if (outcome == PRIVILEGED_EXCEPTION)
        FUZZ_ASSERT(event->vector == 14);
    FUZZ_ASSERT(after->cs == before->cs && after->ss == before->ss);
    /* at most, each byte of each element is asked about in three sizes */
    FUZZ_ASSERT(vcpu.calls <= PRIVILEGED_STRING_BURST * 14 + 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct cpu_user_regs regs = {0}, before;
    struct privileged_event event;
    enum privileged_outcome outcome;
    uint8_t head[3] = {0};
    size_t registers;

    memcpy(head, data, len < sizeof(head) ? len : sizeof(head));
    data += len < sizeof(head) ? len : sizeof(head);
    len -= len < sizeof(head) ? len : sizeof(head);

    memset(&vcpu, 0, sizeof(vcpu));
    vcpu.answers = head[0];
    vcpu.kernel = head[1] & 2;
    registers = len < REGISTERS_SIZE ? len : REGISTERS_SIZE;
    memcpy(&regs, data, registers);
    vcpu.code = data + registers;
    vcpu.code_size = len - registers;
    regs.rip = CODE;
    regs.rflags = 0x202 | head[2] << 8;
    before = regs;

    if (head[1] & 4)
        outcome = privileged_emulate_forced(&ops, NULL, &regs, &event);
    else
        outcome = privileged_emulate(&ops, NULL, &regs, head[1] & 1 ? INSN_MODE_32 : INSN_MODE_64,
                                     vcpu.kernel, &event);
    check_outcome(outcome, &before, &regs, &event);
    return 0;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const char *const codes[] = {
        "\xe5\x80",     "\x66\xef",     "\xf3\x6d",     "\xf3\x66\x6f",
        "\x67\xf3\x6e", "\x65\x6e",     "\xfa",         "\x0f\x06",
        "\x0f\x09",     "\x0f\x20\xd8", "\x0f\x22\xe0", "\x0f\x23\xf8",
        "\x0f\x32",     "\x0f\x30",     "\x0f\x31",     "\x0f\x01\xf9",
        "\x0f\xa2",     "\x0f\x01\xd1", "\xcd\x80",     "\x0f\x0b\x78\x65\x6e\x0f\xa2",
    };
    size_t length;

    if (n >= sizeof(codes) / sizeof(codes[0]))
        return 0;
    length = strlen(codes[n]);
    data[0] = 0x70; /* IOPL, ports allowed and owned; all else succeeds */
    data[1] = 2;
    data[2] = 0;
    memset(data + 3, (int)n + 1, REGISTERS_SIZE);
    memcpy(data + 3 + REGISTERS_SIZE, codes[n], length);
    return 3 + REGISTERS_SIZE + length;
}
