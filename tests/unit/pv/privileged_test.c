/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What privileged instructions do to a guest's registers, and what they ask of the hypervisor. */
#include "pv/privileged.h"

#include <stdarg.h>

#include <xen/errno.h>

#include "check.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CODE    0x400000ULL
#define MEMORY  0x10000ULL
#define FLAG_TF (1ULL << 8)
#define FLAG_DF (1ULL << 10)
#define FLAG_RF (1ULL << 16)

/* A vCPU that notes in `log` what is done to it. */
static struct {
    uint64_t code_base;
    uint8_t code[64];
    size_t code_size; /* bytes from code_base on that can be fetched */
    unsigned int fetches;
    uint8_t memory[512];
    size_t memory_size;
    uint64_t segment_base;
    int segment_result;
    bool iopl;
    uint32_t first_allowed, end_allowed; /* ports that the guest's I/O bitmap gives it */
    uint32_t first_owned, end_owned;     /* ports that the domain owns */
    int result;                          /* of what can fail */
    char log[4096];
} vcpu;

static struct cpu_user_regs regs;
static struct privileged_event event;

static void note(const char *format, ...)
{
    size_t used = strlen(vcpu.log);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(vcpu.log + used, sizeof(vcpu.log) - used, format, arguments);
    va_end(arguments);
}

static size_t fetch(void *ctx, uint64_t address, uint8_t *bytes, size_t count)
{
    uint64_t end = vcpu.code_base + vcpu.code_size;

    vcpu.fetches++;
    CHECK(address / 4096 == (address + count - 1) / 4096);
    if (address < vcpu.code_base || address >= end)
        return 0;
    if (count > end - address)
        count = end - address;
    memcpy(bytes, vcpu.code + (address - vcpu.code_base), count);
    return count;
}

static uint8_t *memory_at(uint64_t address, size_t size)
{
    if (address < MEMORY || address + size > MEMORY + vcpu.memory_size)
        return NULL;
    return vcpu.memory + (address - MEMORY);
}

static int read_memory(void *ctx, uint64_t address, void *data, size_t size,
                       struct privileged_event *fault)
{
    uint8_t *memory = memory_at(address, size);

    if (!memory)
        return -XEN_EFAULT;
    memcpy(data, memory, size);
    return 0;
}

static int write_memory(void *ctx, uint64_t address, const void *data, size_t size,
                        struct privileged_event *fault)
{
    uint8_t *memory = memory_at(address, size);

    if (!memory)
        return -XEN_EFAULT;
    memcpy(memory, data, size);
    return 0;
}

static int segment_base(void *ctx, enum insn_segment segment, uint64_t *base)
{
    note("segment %d;", segment);
    *base = vcpu.segment_base;
    return vcpu.segment_result;
}

static bool iopl_allows(void *ctx)
{
    return vcpu.iopl;
}

static bool port_allowed(void *ctx, uint16_t port, unsigned int size)
{
    return port >= vcpu.first_allowed && port + size <= vcpu.end_allowed;
}

static bool port_owned(void *ctx, uint16_t port, unsigned int size)
{
    return port >= vcpu.first_owned && port + size <= vcpu.end_owned;
}

/* Every byte reads as the low byte of its port number. */
static uint32_t port_read(void *ctx, uint16_t port, unsigned int size)
{
    uint32_t value = 0;

    note("in %x/%u;", port, size);
    for (unsigned int i = 0; i < 4; i++) /* bits beyond the size must be ignored */
        value |= (uint32_t)(uint8_t)(port + i) << (8 * i);
    return value;
}

static void port_write(void *ctx, uint16_t port, unsigned int size, uint32_t value)
{
    note("out %x/%u %x;", port, size, value);
}

static int read_cr(void *ctx, unsigned int number, uint64_t *value)
{
    note("read cr%u;", number);
    *value = 0x123456789abcdef0 + number;
    return vcpu.result;
}

static int write_cr(void *ctx, unsigned int number, uint64_t value)
{
    note("cr%u = %llx;", number, (unsigned long long)value);
    return vcpu.result;
}

static int read_dr(void *ctx, unsigned int number, uint64_t *value)
{
    note("read dr%u;", number);
    *value = 0xd0 + number;
    return vcpu.result;
}

static int write_dr(void *ctx, unsigned int number, uint64_t value)
{
    note("dr%u = %llx;", number, (unsigned long long)value);
    return vcpu.result;
}

static int clear_ts(void *ctx)
{
    note("clts;");
    return vcpu.result;
}

static int read_msr(void *ctx, uint32_t index, uint64_t *value)
{
    note("read msr %x;", index);
    *value = 0xaabbccdd11223344;
    return vcpu.result;
}

static int write_msr(void *ctx, uint32_t index, uint64_t value)
{
    note("msr %x = %llx;", index, (unsigned long long)value);
    return vcpu.result;
}

static int set_xcr(void *ctx, uint32_t index, uint64_t value)
{
    note("xcr%u = %llx;", index, (unsigned long long)value);
    return vcpu.result;
}

static int flush_cache(void *ctx)
{
    note("flush;");
    return vcpu.result;
}

static int read_tsc(void *ctx, uint64_t *tsc)
{
    note("tsc;");
    *tsc = 0x0102030405060708;
    return vcpu.result;
}

static int cpuid(void *ctx, bool forced, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    note("%scpuid %x,%x;", forced ? "forced " : "", leaf, subleaf);
    for (uint32_t i = 0; i < 4; i++)
        out[i] = 0xc0 + i;
    return vcpu.result;
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
    .read_cr = read_cr,
    .write_cr = write_cr,
    .read_dr = read_dr,
    .write_dr = write_dr,
    .clear_ts = clear_ts,
    .read_msr = read_msr,
    .write_msr = write_msr,
    .set_xcr = set_xcr,
    .flush_cache = flush_cache,
    .read_tsc = read_tsc,
    .cpuid = cpuid,
};

/* A vCPU that may do everything, about to run the `size` bytes of `code`. */
static void begin(const char *code, size_t size)
{
    memset(&vcpu, 0, sizeof(vcpu));
    vcpu.code_base = CODE;
    memcpy(vcpu.code, code, size);
    vcpu.code_size = sizeof(vcpu.code);
    vcpu.memory_size = sizeof(vcpu.memory);
    vcpu.iopl = true;
    vcpu.end_allowed = vcpu.end_owned = 0x10000;
    regs = (struct cpu_user_regs){
        .rip = CODE,
        .rflags = 0x202 | FLAG_RF,
        .rax = 0xa1a2a3a4a5a6a7a8,
        .rbx = 0xb1b2b3b4b5b6b7b8,
        .rcx = 0xc1c2c3c4c5c6c7c8,
        .rdx = 0xd1d2d3d4d5d6d7d8,
    };
}

#define BEGIN(code) begin(code, sizeof(code) - 1)

static enum privileged_outcome run(enum insn_mode mode, bool kernel)
{
    return privileged_emulate(&ops, NULL, &regs, mode, kernel, &event);
}

/* Runs it in the kernel, and checks that it is done and what it took. */
static void run_and_check(const char *log, unsigned int length)
{
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_DONE);
    CHECK_STR(vcpu.log, log);
    CHECK_EQ(regs.rip, CODE + length);
    CHECK_EQ(regs.rflags, 0x202);
    CHECK(!event.single_step);
}

static void test_in(void)
{
    BEGIN("\xe4\x71");
    run_and_check("in 71/1;", 2);
    CHECK_EQ(regs.rax, 0xa1a2a3a4a5a6a771);
    BEGIN("\x66\xed");
    regs.rdx = 0xffff0000000003f8;
    run_and_check("in 3f8/2;", 2);
    CHECK_EQ(regs.rax, 0xa1a2a3a4a5a6f9f8);
    BEGIN("\xed");
    regs.rdx = 0xcfc;
    run_and_check("in cfc/4;", 1);
    CHECK_EQ(regs.rax, 0xfffefdfc);
}

static void test_out(void)
{
    BEGIN("\xe6\x80");
    run_and_check("out 80/1 a8;", 2);
    BEGIN("\x66\xef");
    run_and_check("out d7d8/2 a7a8;", 2);
    BEGIN("\xef");
    run_and_check("out d7d8/4 a5a6a7a8;", 1);
}

static void test_ports_not_allowed(void)
{
    static const char *const codes[] = {"\xed", "\xef", "\x6d", "\xf3\x6f"};

    for (size_t i = 0; i < COUNT(codes); i++) {
        struct cpu_user_regs before;

        begin(codes[i], 2);
        regs.rdx = 0x60;
        vcpu.first_allowed = 0x61;
        before = regs;
        CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_REFUSED);
        CHECK_STR(vcpu.log, "");
        CHECK(memcmp(&before, &regs, sizeof(regs)) == 0);
    }
}

/* What the domain doesn't own is left out, in the biggest parts that it does own. */
static void test_ports_in_part(void)
{
    static const struct {
        uint32_t first, end;
        const char *in, *out;
        uint32_t value;
    } cases[] = {
        {0x1000, 0x1004, "in 1000/4;", "out 1000/4 a5a6a7a8;", 0x03020100},
        {0x1000, 0x1002, "in 1000/2;", "out 1000/2 a7a8;", 0xffff0100},
        {0x1002, 0x1004, "in 1002/2;", "out 1002/2 a5a6;", 0x0302ffff},
        {0x1001, 0x1004, "in 1001/1;in 1002/2;", "out 1001/1 a7;out 1002/2 a5a6;", 0x030201ff},
        {0x1001, 0x1003, "in 1001/1;in 1002/1;", "out 1001/1 a7;out 1002/1 a6;", 0xff0201ff},
        {0x2000, 0x2001, "", "", 0xffffffff},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        BEGIN("\xed");
        regs.rdx = 0x1000;
        vcpu.first_owned = cases[i].first;
        vcpu.end_owned = cases[i].end;
        run_and_check(cases[i].in, 1);
        CHECK_EQ(regs.rax, cases[i].value);
        BEGIN("\xef");
        regs.rdx = 0x1000;
        vcpu.first_owned = cases[i].first;
        vcpu.end_owned = cases[i].end;
        run_and_check(cases[i].out, 1);
    }
}

/* An access beyond the last port: what lies there is nobody's. */
static void test_ports_end(void)
{
    BEGIN("\xed");
    regs.rdx = 0xfffe;
    vcpu.end_allowed = vcpu.end_owned = 0x20000;
    run_and_check("in fffe/2;", 1);
    CHECK_EQ(regs.rax, 0xfffffffe);
}

static void test_string_once(void)
{
    BEGIN("\x66\x6d");
    regs.rdx = 0x1f0;
    regs.rdi = MEMORY + 8;
    run_and_check("in 1f0/2;", 2);
    CHECK_EQ(vcpu.memory[8], 0xf0);
    CHECK_EQ(vcpu.memory[9], 0xf1);
    CHECK_EQ(vcpu.memory[10], 0);
    CHECK_EQ(regs.rdi, MEMORY + 10);
    CHECK_EQ(regs.rcx, 0xc1c2c3c4c5c6c7c8);

    BEGIN("\x6e");
    regs.rdx = 0x3f8;
    regs.rsi = MEMORY + 1;
    vcpu.memory[1] = 'x';
    run_and_check("out 3f8/1 78;", 1);
    CHECK_EQ(regs.rsi, MEMORY + 2);
}

static void test_string_repeated(void)
{
    BEGIN("\xf3\x6e");
    regs.rdx = 0x3f8;
    regs.rsi = MEMORY;
    regs.rcx = 3;
    memcpy(vcpu.memory, "abc", 3);
    run_and_check("out 3f8/1 61;out 3f8/1 62;out 3f8/1 63;", 2);
    CHECK_EQ(regs.rsi, MEMORY + 3);
    CHECK_EQ(regs.rcx, 0);

    BEGIN("\xf3\x6e");
    regs.rcx = 0;
    run_and_check("", 2);
}

static void test_string_backwards(void)
{
    BEGIN("\xf3\x6f");
    regs.rdx = 0x10;
    regs.rsi = MEMORY + 8;
    regs.rcx = 2;
    regs.rflags |= FLAG_DF;
    memcpy(vcpu.memory, "\0\0\0\0\1\0\0\0\2\0\0\0", 12);
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_DONE);
    CHECK_STR(vcpu.log, "out 10/4 2;out 10/4 1;");
    CHECK_EQ(regs.rsi, MEMORY);
}

static void test_string_burst(void)
{
    BEGIN("\xf3\x6c");
    regs.rdx = 0x10;
    regs.rdi = MEMORY;
    regs.rcx = PRIVILEGED_STRING_BURST + 1;
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_AGAIN);
    CHECK_EQ(regs.rip, CODE);
    CHECK_EQ(regs.rcx, 1);
    CHECK_EQ(regs.rdi, MEMORY + PRIVILEGED_STRING_BURST);
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_DONE);
    CHECK_EQ(regs.rip, CODE + 2);
    CHECK_EQ(regs.rcx, 0);
    CHECK_EQ(regs.rdi, MEMORY + PRIVILEGED_STRING_BURST + 1);

    BEGIN("\xf3\x6c");
    regs.rdi = MEMORY;
    regs.rcx = PRIVILEGED_STRING_BURST;
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_DONE);
}

static void test_string_fault(void)
{
    BEGIN("\xf3\x66\x6f");
    regs.rsi = MEMORY;
    regs.rcx = 5;
    vcpu.memory_size = 5; /* two elements and a half */
    CHECK_EQ(run(INSN_MODE_64, false), PRIVILEGED_EXCEPTION);
    CHECK_EQ(event.vector, 14);
    CHECK_EQ(event.error_code, 4);
    CHECK_EQ(event.cr2, MEMORY + 4);
    CHECK_EQ(regs.rcx, 3);
    CHECK_EQ(regs.rsi, MEMORY + 4);
    CHECK_EQ(regs.rip, CODE);

    BEGIN("\x6d");
    regs.rdi = 0x99;
    CHECK_EQ(run(INSN_MODE_64, false), PRIVILEGED_EXCEPTION);
    CHECK_EQ(event.error_code, 6);
    CHECK_EQ(event.cr2, 0x99);
    CHECK_EQ(regs.rdi, 0x99);
}

static void test_string_segments(void)
{
    static const struct {
        const char *code;
        enum insn_mode mode;
        const char *log;
    } cases[] = {
        {"\x65\x6e", INSN_MODE_64, "segment 6;"},
        {"\x64\x6e", INSN_MODE_64, "segment 5;"},
        {"\x2e\x6e", INSN_MODE_64, ""},
        {"\x65\x6c", INSN_MODE_64, ""}, /* INS goes through ES come what may */
        {"\x3e\x6e", INSN_MODE_32, "segment 4;"},
        {"\x65\x6e", INSN_MODE_32, "segment 6;"},
        {"\x65\x6c", INSN_MODE_32, "segment 1;"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        bool asked = cases[i].log[0] != 0;

        begin(cases[i].code, 2);
        regs.rdx = 0;
        regs.rsi = regs.rdi = asked ? 0x10 : MEMORY + 0x10;
        vcpu.segment_base = MEMORY;
        CHECK_EQ(run(cases[i].mode, false), PRIVILEGED_DONE);
        CHECK(strncmp(vcpu.log, cases[i].log, strlen(cases[i].log)) == 0);
        CHECK_EQ(strstr(vcpu.log, "segment") != NULL, asked);
        if (!asked)
            continue;
        begin(cases[i].code, 2);
        vcpu.segment_result = -XEN_EINVAL;
        CHECK_EQ(run(cases[i].mode, false), PRIVILEGED_REFUSED);
    }
}

/* 32-bit addresses wrap, and so do 32-bit linear addresses. */
static void test_string_narrow(void)
{
    BEGIN("\x67\x6e");
    regs.rdx = 0;
    regs.rsi = 0xffffffff00000000 | MEMORY;
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_DONE);
    CHECK_EQ(regs.rsi, MEMORY + 1);

    BEGIN("\x6e");
    regs.rsi = MEMORY + 0x1000;
    vcpu.segment_base = 0xfffff000;
    CHECK_EQ(run(INSN_MODE_32, false), PRIVILEGED_DONE);
    CHECK_EQ(regs.rsi, MEMORY + 0x1001);
}

static void test_interrupt_flag(void)
{
    static const char *const codes[] = {"\xfa", "\xfb"};

    for (size_t i = 0; i < COUNT(codes); i++) {
        begin(codes[i], 1);
        run_and_check("", 1);
        begin(codes[i], 1);
        vcpu.iopl = false;
        CHECK_EQ(run(INSN_MODE_64, false), PRIVILEGED_REFUSED);
        CHECK_EQ(regs.rip, CODE);
    }
}

static void test_registers(void)
{
    BEGIN("\x0f\x20\xe3");
    run_and_check("read cr4;", 3);
    CHECK_EQ(regs.rbx, 0x123456789abcdef4);
    BEGIN("\x41\x0f\x20\xd8");
    run_and_check("read cr3;", 4);
    CHECK_EQ(regs.r8, 0x123456789abcdef3);
    BEGIN("\x0f\x22\xe1");
    run_and_check("cr4 = c1c2c3c4c5c6c7c8;", 3);
    BEGIN("\x0f\x21\xfb");
    run_and_check("read dr7;", 3);
    CHECK_EQ(regs.rbx, 0xd7);
    BEGIN("\x0f\x23\xfa");
    run_and_check("dr7 = d1d2d3d4d5d6d7d8;", 3);
    BEGIN("\x0f\x06");
    run_and_check("clts;", 2);
    BEGIN("\x0f\x09");
    run_and_check("flush;", 2);
    BEGIN("\x0f\x08");
    run_and_check("flush;", 2);
    BEGIN("\x0f\x01\xd1");
    run_and_check("xcr3318138824 = d5d6d7d8a5a6a7a8;", 3);
}

static void test_msrs(void)
{
    BEGIN("\x0f\x32");
    regs.rcx = 0xffffffffc0000101;
    run_and_check("read msr c0000101;", 2);
    CHECK_EQ(regs.rax, 0x11223344);
    CHECK_EQ(regs.rdx, 0xaabbccdd);
    BEGIN("\x0f\x30");
    run_and_check("msr c5c6c7c8 = d5d6d7d8a5a6a7a8;", 2);
}

static void test_tsc(void)
{
    BEGIN("\x0f\x31");
    run_and_check("tsc;", 2);
    CHECK_EQ(regs.rax, 0x05060708);
    CHECK_EQ(regs.rdx, 0x01020304);
    CHECK_EQ(regs.rcx, 0xc1c2c3c4c5c6c7c8);
    BEGIN("\x0f\x01\xf9");
    run_and_check("tsc;read msr c0000103;", 3);
    CHECK_EQ(regs.rcx, 0x11223344);
}

static void test_cpuid(void)
{
    BEGIN("\x0f\xa2");
    run_and_check("cpuid a5a6a7a8,c5c6c7c8;", 2);
    CHECK_EQ(regs.rax, 0xc0);
    CHECK_EQ(regs.rbx, 0xc1);
    CHECK_EQ(regs.rcx, 0xc2);
    CHECK_EQ(regs.rdx, 0xc3);
}

static void test_forced_cpuid(void)
{
    BEGIN("\x0f\x0b\x78\x65\x6e\x0f\xa2");
    CHECK_EQ(privileged_emulate_forced(&ops, NULL, &regs, &event), PRIVILEGED_DONE);
    CHECK_STR(vcpu.log, "forced cpuid a5a6a7a8,c5c6c7c8;");
    CHECK_EQ(regs.rip, CODE + 7);
    CHECK_EQ(regs.rdx, 0xc3);

    /* a plain UD2, also one at the end of what can be read, and a privileged instruction */
    BEGIN("\x0f\x0b\x90");
    CHECK_EQ(privileged_emulate_forced(&ops, NULL, &regs, &event), PRIVILEGED_REFUSED);
    vcpu.code_size = 2;
    CHECK_EQ(privileged_emulate_forced(&ops, NULL, &regs, &event), PRIVILEGED_REFUSED);
    BEGIN("\x0f\x32");
    CHECK_EQ(privileged_emulate_forced(&ops, NULL, &regs, &event), PRIVILEGED_REFUSED);
    BEGIN("\x0f\x0b\x78\x65\x6e\x0f\xa2");
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_REFUSED);
    CHECK_STR(vcpu.log, "");
}

/* User space gets none of these carried out; it doesn't even come to a callback. */
static void test_kernel_only(void)
{
    static const char *const codes[] = {
        "\x0f\x20\xe3", "\x0f\x22\xe1", "\x0f\x21\xfb", "\x0f\x23\xfa", "\x0f\x06",
        "\x0f\x09",     "\x0f\x08",     "\x0f\x01\xd1", "\x0f\x32",     "\x0f\x30",
    };

    for (size_t i = 0; i < COUNT(codes); i++) {
        begin(codes[i], strlen(codes[i]));
        CHECK_EQ(run(INSN_MODE_64, false), PRIVILEGED_REFUSED);
        CHECK_STR(vcpu.log, "");
        CHECK_EQ(regs.rip, CODE);
    }
}

static void test_never(void)
{
    static const char *const codes[] = {"\xf4", "\x0f\x33", "\x89\x07", "\x90", "\x0f\x01\xf8"};

    for (size_t i = 0; i < COUNT(codes); i++) {
        begin(codes[i], strlen(codes[i]));
        CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_REFUSED);
        CHECK_STR(vcpu.log, "");
        CHECK_EQ(regs.rip, CODE);
    }
}

/* A callback that refuses, or wants it tried again, leaves the registers alone. */
static void test_callback_fails(void)
{
    static const char *const codes[] = {
        "\x0f\x20\xe3", "\x0f\x22\xe1", "\x0f\x21\xfb", "\x0f\x23\xfa", "\x0f\x06", "\x0f\x09",
        "\x0f\x01\xd1", "\x0f\x32",     "\x0f\x30",     "\x0f\x31",     "\x0f\xa2", "\x0f\x01\xf9",
    };

    for (size_t i = 0; i < COUNT(codes); i++) {
        struct cpu_user_regs before;

        begin(codes[i], strlen(codes[i]));
        before = regs;
        vcpu.result = -XEN_EPERM;
        CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_REFUSED);
        vcpu.result = -XEN_EAGAIN;
        CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_AGAIN);
        CHECK(memcmp(&before, &regs, sizeof(regs)) == 0);
    }
}

static void test_int(void)
{
    BEGIN("\xcd\x80");
    CHECK_EQ(run(INSN_MODE_64, false), PRIVILEGED_INTERRUPT);
    CHECK_EQ(event.vector, 0x80);
    CHECK_EQ(event.next_rip, CODE + 2);
    CHECK_EQ(regs.rip, CODE);
    CHECK_EQ(regs.rflags, 0x202 | FLAG_RF);
}

static void test_single_step(void)
{
    BEGIN("\xfa");
    regs.rflags |= FLAG_TF;
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_DONE);
    CHECK(event.single_step);
    CHECK_EQ(regs.rflags, 0x202 | FLAG_TF);
}

static void test_rip_wraps_in_32_bits(void)
{
    for (unsigned int i = 0; i < 2; i++) {
        BEGIN("\xe4\x80");
        vcpu.code_base = regs.rip = 0xfffffffe;
        CHECK_EQ(run(i == 0 ? INSN_MODE_32 : INSN_MODE_64, false), PRIVILEGED_DONE);
        CHECK_EQ(regs.rip, i == 0 ? 0 : 0x100000000);
    }
    BEGIN("\xcd\x81");
    vcpu.code_base = regs.rip = 0xfffffffe;
    CHECK_EQ(run(INSN_MODE_32, false), PRIVILEGED_INTERRUPT);
    CHECK_EQ(event.next_rip, 0);
}

/* The rest of the instruction has gone: a page fault there, as if it had been gone before. */
static void test_fetch_fault(void)
{
    BEGIN("\x0f\x20\xe3");
    vcpu.code_size = 2;
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_EXCEPTION);
    CHECK_EQ(event.vector, 14);
    CHECK_EQ(event.error_code, 0x14);
    CHECK_EQ(event.cr2, CODE + 2);
    CHECK_EQ(regs.rip, CODE);
    vcpu.code_size = 0;
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_EXCEPTION);
    CHECK_EQ(event.cr2, CODE);
    /* Where no page can be, it is the #GP of having gone there. */
    regs.rip = 0x0000800000000000;
    CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_REFUSED);
}

/* At the end of a page, whether the next one is there matters only if the instruction goes on. */
static void test_fetch_across_pages(void)
{
    for (unsigned int i = 1; i <= 3; i++) {
        BEGIN("\x0f\x20\xe3\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90");
        vcpu.code_base = regs.rip = CODE + 4096 - i;
        CHECK_EQ(run(INSN_MODE_64, true), PRIVILEGED_DONE);
        CHECK_EQ(regs.rip, CODE + 4096 - i + 3);
        CHECK_EQ(vcpu.fetches, i == 3 ? 1 : 2);

        vcpu.code_size = i;
        regs.rip = CODE + 4096 - i;
        CHECK_EQ(run(INSN_MODE_64, true), i == 3 ? PRIVILEGED_DONE : PRIVILEGED_EXCEPTION);
        if (i != 3)
            CHECK_EQ(event.cr2, CODE + 4096);
    }
}

int main(void)
{
    RUN(test_in);
    RUN(test_out);
    RUN(test_ports_not_allowed);
    RUN(test_ports_in_part);
    RUN(test_ports_end);
    RUN(test_string_once);
    RUN(test_string_repeated);
    RUN(test_string_backwards);
    RUN(test_string_burst);
    RUN(test_string_fault);
    RUN(test_string_segments);
    RUN(test_string_narrow);
    RUN(test_interrupt_flag);
    RUN(test_registers);
    RUN(test_msrs);
    RUN(test_tsc);
    RUN(test_cpuid);
    RUN(test_forced_cpuid);
    RUN(test_kernel_only);
    RUN(test_never);
    RUN(test_callback_fails);
    RUN(test_int);
    RUN(test_single_step);
    RUN(test_rip_wraps_in_32_bits);
    RUN(test_fetch_fault);
    RUN(test_fetch_across_pages);
    return check_done();
}
