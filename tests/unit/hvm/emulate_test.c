/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the emulator this computer's own CPU can't be asked about, by hand: addresses, segments,
 * and what happens when an access does not succeed. */
#include "emulate_harness.h"

/* Where the operand of a MOV is, which is all of `bytes`. */
static const struct {
    enum emulate_mode mode;
    uint8_t length;
    const char *bytes;
    uint64_t linear;
} addresses[] = {
    {M16, 2, "\x8b\x00", 0x40900},                    /* [bx+si] */
    {M16, 2, "\x8b\x01", 0x43100},                    /* [bx+di] */
    {M16, 2, "\x8b\x02", 0x30c00},                    /* [bp+si] */
    {M16, 2, "\x8b\x03", 0x33400},                    /* [bp+di] */
    {M16, 2, "\x8b\x04", 0x40800},                    /* [si] */
    {M16, 2, "\x8b\x05", 0x43000},                    /* [di] */
    {M16, 4, "\x8b\x06\x34\x12", 0x41234},            /* [0x1234] */
    {M16, 2, "\x8b\x07", 0x40100},                    /* [bx] */
    {M16, 3, "\x8b\x46\xff", 0x303ff},                /* [bp-1] */
    {M16, 3, "\x8b\x47\x80", 0x40080},                /* [bx-0x80] */
    {M16, 4, "\x8b\x86\x00\xfd", 0x30100},            /* [bp-0x300] */
    {M16, 4, "\x8b\x84\x00\xf9", 0x40100},            /* [si-0x700], of 16 bits */
    {M16, 4, "\x2e\x8b\x46\x01", 0x20401},            /* cs:[bp+1] */
    {M16, 3, "\x3e\x8b\x02", 0x40c00},                /* ds:[bp+si] */
    {M16, 3, "\x26\x8b\x04", 0x10800},                /* es:[si] */
    {M16, 3, "\x64\x8b\x04", 0x50800},                /* fs:[si] */
    {M16, 3, "\x65\x8b\x04", 0x60800},                /* gs:[si] */
    {M16, 4, "\x26\x36\x8b\x04", 0x30800},            /* the last prefix counts: ss:[si] */
    {M16, 3, "\xa1\x34\x12", 0x41234},                /* moffs */
    {M16, 6, "\x67\xa1\x34\x12\0\0", 0x41234},        /* moffs32 */
    {M16, 5, "\x67\x8b\x44\x8b\x02", 0x4018a},        /* [ebx+ecx*4+2] */
    {M32, 2, "\x8b\x03", 0x40100},                    /* [ebx] */
    {M32, 3, "\x8b\x45\x08", 0x30408},                /* [ebp+8] */
    {M32, 3, "\x8b\x04\x24", 0x30200},                /* [esp] */
    {M32, 4, "\x8b\x44\x24\x10", 0x30210},            /* [esp+0x10] */
    {M32, 3, "\x8b\x04\xcb", 0x40210},                /* [ebx+ecx*8] */
    {M32, 3, "\x8b\x04\x63", 0x40100},                /* [ebx], no index */
    {M32, 7, "\x8b\x04\x8d\1\0\0\0", 0x40089},        /* [ecx*4+1] */
    {M32, 7, "\x8b\x04\xed\1\0\0\0", 0x42001},        /* [ebp*8+1]: no base, so DS */
    {M32, 4, "\x8b\x44\x0d\x00", 0x30422},            /* [ebp+ecx+0] */
    {M32, 6, "\x8b\x05\x78\x56\x34\x12", 0x12385678}, /* [0x12345678] */
    {M32, 6, "\x8b\x83\x00\xff\xff\xff", 0x40000},    /* [ebx-0x100] */
    {M32, 3, "\x67\x8b\x02", 0x30c00},                /* [bp+si] */
    {M32, 5, "\x67\x8b\x87\x00\xff", 0x40000},        /* [bx-0x100] */
    {M32, 5, "\xa1\x78\x56\x34\x12", 0x12385678},
    {M64, 2, "\x8b\x03", 0x100},
    {M64, 3, "\x41\x8b\x03", 0},                 /* [r11] */
    {M64, 4, "\x41\x8b\x04\x24", 0x12000},       /* [r12] */
    {M64, 4, "\x41\x8b\x45\x00", 0x13000},       /* [r13+0] */
    {M64, 7, "\x41\x8b\x05\x10\0\0\0", 0x1017},  /* [rip+0x10]: REX.B does not count */
    {M64, 6, "\x8b\x05\xf0\xff\xff\xff", 0xff6}, /* [rip-0x10] */
    {M64, 8, "\x67\x8b\x04\x25\x00\x00\x00\x80", 0x80000000},
    {M64, 7, "\x8b\x04\x25\xf0\xff\xff\xff", 0xfffffffffffffff0},
    {M64, 4, "\x42\x8b\x04\x63", 0x24100}, /* [rbx+r12*2] */
    {M64, 3, "\x64\x8b\x03", 0x50100},     /* fs: */
    {M64, 3, "\x65\x8b\x03", 0x60100},     /* gs: */
    {M64, 3, "\x2e\x8b\x03", 0x100},       /* cs: does not count */
    {M64, 4, "\x65\x2e\x8b\x03", 0x60100}, /* nor does it undo gs: */
    {M64, 4, "\x41\x66\x8b\x03", 0x100},   /* REX before another prefix does not count */
    {M64, 9, "\xa1\x88\x77\x66\x55\x44\x33\0\0", 0x0000334455667788},
    {M64, 6, "\x67\xa1\x88\x77\x66\x55", 0x55667788},
};

static void where_operands_are(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
        const uint8_t *bytes = (const uint8_t *)addresses[i].bytes;
        size_t length = addresses[i].length;

        begin(addresses[i].mode);
        if (!CHECK_EQ(run(bytes, length), EMULATE_OK) || !CHECK_EQ(count, 1) ||
            !CHECK_EQ(accesses[0].at, addresses[i].linear))
            fprintf(stderr, "    of address %zu\n", i);
        CHECK_EQ(regs.rip, 0x1000 + length);
        CHECK_EQ(regs.rflags, 0x202);
        CHECK_EQ(commits, 1);
        CHECK_EQ(emulate_length(bytes, length, addresses[i].mode), length);
        CHECK_EQ(emulate_length(bytes, length - 1, addresses[i].mode), 0);
        CHECK_EQ(run(bytes, length - 1), EMULATE_UNKNOWN);
    }
    /* The immediate is behind the displacement that RIP is added to. */
    begin(M64);
    CHECK_EQ(run(TEXT("\xc7\x05\x10\0\0\0\1\2\3\4")), EMULATE_OK);
    CHECK_EQ(accesses[0].at, 0x101a);
    CHECK_EQ(accesses[0].value, 0x04030201);
    begin(M64);
    CHECK_EQ(run(TEXT("\x67\x8b\x05\x00\xf0\xff\xff")), EMULATE_OK); /* [eip-0x1000] */
    CHECK_EQ(accesses[0].at, 0x7);
}

static void too_long_or_too_short(void)
{
    static const uint8_t bytes[20] = "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x8b\x03";

    begin(M64);
    CHECK_EQ(run(bytes, 15), EMULATE_OK);
    begin(M64);
    CHECK_EQ(run(bytes, 14), EMULATE_UNKNOWN);
    CHECK_EQ(run(bytes, 0), EMULATE_UNKNOWN);
    CHECK(
        faults(TEXT("\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x8b\x03"), TRAP_GP));
    CHECK(exception.has_error);
    CHECK_EQ(count, 0);
}

static void segments(void)
{
    begin(M32);
    cpu.segment[EMULATE_DS].limit = 0x103;
    CHECK_EQ(run(TEXT("\x8b\x03")), EMULATE_OK);
    begin(M32);
    cpu.segment[EMULATE_DS].limit = 0x102;
    CHECK(faults(TEXT("\x8b\x03"), TRAP_GP));
    CHECK(exception.has_error);
    cpu.segment[EMULATE_SS].limit = 0x402;
    CHECK(faults(TEXT("\x8b\x45\x00"), TRAP_SS));
    CHECK(exception.has_error);
    regs.rbx = 0xffffffff; /* the last byte is behind the end of all */
    CHECK(faults(TEXT("\x66\x26\x8b\x03"), TRAP_GP));
    cpu.segment[EMULATE_FS].attributes &= (uint16_t)~0x80U;
    CHECK(faults(TEXT("\x64\x8a\x03"), TRAP_GP)); /* not there */
    CHECK_EQ(count, 0);
}

static void kinds_of_segments(void)
{
    begin(M32);
    cpu.segment[EMULATE_DS].attributes &= (uint16_t)~2U;
    CHECK(faults(TEXT("\x89\x03"), TRAP_GP)); /* read-only */
    CHECK(faults(TEXT("\x01\x03"), TRAP_GP));
    CHECK_EQ(count, 0);
    CHECK_EQ(run(TEXT("\x8b\x03")), EMULATE_OK);
    begin(M32);
    CHECK(faults(TEXT("\x2e\x89\x03"), TRAP_GP)); /* code */
    CHECK_EQ(run(TEXT("\x2e\x8b\x03")), EMULATE_OK);
    begin(M32);
    cpu.segment[EMULATE_CS].attributes &= (uint16_t)~2U;
    CHECK(faults(TEXT("\x2e\x8b\x03"), TRAP_GP)); /* only to be executed */
    begin(M32);
    cpu.segment[EMULATE_DS].attributes |= 4; /* down: what is above the limit */
    cpu.segment[EMULATE_DS].limit = 0x100;
    CHECK(faults(TEXT("\x8b\x03"), TRAP_GP));
    cpu.segment[EMULATE_DS].limit = 0xff;
    CHECK_EQ(run(TEXT("\x8b\x03")), EMULATE_OK);
    begin(M32);
    cpu.segment[EMULATE_DS].attributes = 0x97; /* and down to 64 KiB */
    cpu.segment[EMULATE_DS].limit = 0xff;
    regs.rbx = 0xfffc;
    CHECK_EQ(run(TEXT("\x8b\x03")), EMULATE_OK);
    begin(M32);
    cpu.segment[EMULATE_DS].attributes = 0x97;
    cpu.segment[EMULATE_DS].limit = 0xff;
    regs.rbx = 0xfffd;
    CHECK(faults(TEXT("\x8b\x03"), TRAP_GP));
}

static void real_mode(void)
{
    begin(M16);
    CHECK_EQ(run(TEXT("\x2e\x89\x07")), EMULATE_OK); /* code may be written */
    CHECK_EQ(accesses[0].at, 0x20100);
    begin(M16);
    regs.rbx = 0xffff;
    CHECK(faults(TEXT("\x8b\x07"), TRAP_GP));
    CHECK(!exception.has_error);
    regs.rbp = 0xffff;
    CHECK(faults(TEXT("\x8b\x46\x00"), TRAP_SS));
    CHECK(!exception.has_error);
    cpu.segment[EMULATE_DS].base = 0xffffff00; /* linear addresses have 32 bits */
    regs.rbx = 0x200;
    CHECK_EQ(run(TEXT("\x8b\x07")), EMULATE_OK);
    CHECK_EQ(accesses[0].at, 0x100);
}

static void canonical_addresses(void)
{
    begin(M64);
    regs.rbx = 0x00007ffffffffffc;
    CHECK_EQ(run(TEXT("\x8b\x03")), EMULATE_OK);
    begin(M64);
    regs.rbx = 0x00007ffffffffffd;
    CHECK(faults(TEXT("\x8b\x03"), TRAP_GP));
    CHECK(exception.has_error);
    regs.rbp = 0x0000800000000000;
    CHECK(faults(TEXT("\x8b\x45\x00"), TRAP_SS));
    regs.rbx = 0xffff7ffffffffff8;
    CHECK(faults(TEXT("\x48\x8b\x03"), TRAP_GP));
    CHECK_EQ(count, 0);
    cpu.segment[EMULATE_DS].limit = 0; /* limits don't count, nor kinds */
    cpu.segment[EMULATE_DS].attributes = 0;
    regs.rbx = 0xffff800000000000;
    CHECK_EQ(run(TEXT("\x48\x89\x03")), EMULATE_OK);
    CHECK_EQ(accesses[0].at, 0xffff800000000000);
}

static void locks(void)
{
    begin(M64);
    CHECK_EQ(run(TEXT("\xf0\x01\x03")), EMULATE_OK);
    CHECK_EQ(count, 2);
    CHECK_EQ(accesses[0].kind, READ);
    CHECK_EQ(accesses[0].how, EMULATE_LOCKED | EMULATE_WILL_WRITE);
    CHECK_EQ(accesses[1].kind, WRITE);
    CHECK_EQ(accesses[1].how, EMULATE_LOCKED);
    begin(M64);
    CHECK_EQ(run(TEXT("\x01\x03")), EMULATE_OK);
    CHECK_EQ(accesses[0].how, EMULATE_WILL_WRITE);
    CHECK_EQ(accesses[1].how, 0);
    begin(M64);
    CHECK_EQ(run(TEXT("\x87\x03")), EMULATE_OK); /* XCHG always is */
    CHECK_EQ(accesses[0].how, EMULATE_LOCKED | EMULATE_WILL_WRITE);
    begin(M64);
    CHECK_EQ(run(TEXT("\xf0\x48\x0f\xc7\x0b")), EMULATE_OK);
    CHECK_EQ(accesses[0].size, 16);
    CHECK_EQ(accesses[0].how, EMULATE_LOCKED | EMULATE_WILL_WRITE);
    CHECK_EQ(accesses[1].how, EMULATE_LOCKED);
    begin(M64);
    CHECK_EQ(run(TEXT("\x39\x03")), EMULATE_OK); /* CMP writes nothing */
    CHECK_EQ(accesses[0].how, 0);
    CHECK_EQ(count, 1);
}

static void locks_where_none_may_be(void)
{
    begin(M64);
    CHECK(faults(TEXT("\xf0\x03\x03"), TRAP_UD)); /* to a register */
    CHECK(!exception.has_error);
    CHECK(faults(TEXT("\xf0\x01\xc3"), TRAP_UD));     /* of a register */
    CHECK(faults(TEXT("\xf0\x39\x03"), TRAP_UD));     /* CMP */
    CHECK(faults(TEXT("\xf0\x89\x03"), TRAP_UD));     /* MOV */
    CHECK(faults(TEXT("\xf0\x0f\xa3\x03"), TRAP_UD)); /* BT */
    CHECK(faults(TEXT("\xf0\xa4"), TRAP_UD));
    CHECK(faults(TEXT("\xf0\x6e"), TRAP_UD));
    CHECK_EQ(count, 0);
}

/* Whatever fails, no register is changed; nor by an XMM register's load. */
static void faults_of_accesses(void)
{
    static const char *const insns[] = {
        "\x01\x03", "\x87\x03", "\x0f\xc1\x03", "\x0f\xb1\x03", "\x0f\xc7\x0b",     "\xff\x33",
        "\x8f\x03", "\xff\x13", "\x0f\xab\x03", "\xd3\x03",     "\x66\x0f\x6f\x03", "\x0f\x16\x03"};
    static const uint8_t lengths[] = {2, 2, 3, 3, 3, 2, 2, 2, 3, 2, 4, 3};
    static const uint8_t wanted[] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1};

    for (size_t i = 0; i < ARRAY_SIZE(insns); i++) {
        for (unsigned int k = 1; k <= wanted[i]; k++) {
            struct cpu_user_regs before;

            begin(M64);
            memory = 0x5000;
            before = regs;
            fail_at = k;
            failure = EMULATE_FAULT;
            CHECK_EQ(run((const uint8_t *)insns[i], lengths[i]), EMULATE_FAULT);
            CHECK(!exception.raised && !memcmp(&before, &regs, sizeof(regs)));
            CHECK_EQ(count, k);
            CHECK_EQ(commits + xmm_sets, 0);
        }
    }
}

static void stacks(void)
{
    begin(M64);
    CHECK_EQ(run(TEXT("\xff\x74\x24\x08")), EMULATE_OK); /* push [rsp+8] */
    CHECK_EQ(accesses[0].at, 0x208);
    CHECK_EQ(accesses[0].size, 8);
    CHECK_EQ(accesses[1].at, 0x1f8);
    CHECK_EQ(regs.rsp, 0x1f8);
    begin(M64);
    CHECK_EQ(run(TEXT("\x8f\x44\x24\x08")), EMULATE_OK); /* pop [rsp+8] */
    CHECK_EQ(accesses[0].at, 0x200);
    CHECK_EQ(accesses[1].at, 0x210);
    CHECK_EQ(regs.rsp, 0x208);
    begin(M32);
    cpu.segment[EMULATE_SS].attributes = 0x93; /* a 16-bit stack */
    regs.rsp = 0x12340002;
    CHECK_EQ(run(TEXT("\xff\x33")), EMULATE_OK);
    CHECK_EQ(accesses[1].at, 0x3fffe);
    CHECK_EQ(regs.rsp, 0x1234fffe);
    begin(M32);
    cpu.segment[EMULATE_SS].limit = 0x1fe;
    CHECK(faults(TEXT("\xff\x33"), TRAP_SS));
    CHECK_EQ(count, 1);
}

static void jumps(void)
{
    begin(M64);
    CHECK(faults(TEXT("\xff\x23"), TRAP_GP)); /* not canonical */
    CHECK(faults(TEXT("\xff\x13"), TRAP_GP));
    CHECK_EQ(count, 2); /* nothing was pushed */
    CHECK_EQ(run(TEXT("\x66\xff\x23")), EMULATE_UNKNOWN);
    memory = 0xffff800000000000;
    CHECK_EQ(run(TEXT("\xff\x23")), EMULATE_OK);
    CHECK_EQ(regs.rip, 0xffff800000000000);
    begin(M32);
    cpu.segment[EMULATE_CS].limit = 0x44332210;
    CHECK(faults(TEXT("\xff\x23"), TRAP_GP));
    cpu.segment[EMULATE_CS].limit = 0x44332211;
    CHECK_EQ(run(TEXT("\xff\x13")), EMULATE_OK);
    CHECK_EQ(regs.rip, 0x44332211);
    CHECK_EQ(accesses[2].at, 0x301fc);
    CHECK_EQ(accesses[2].value, 0x1002);
    begin(M32);
    CHECK_EQ(run(TEXT("\x66\xff\x23")), EMULATE_OK); /* 16 bits of it */
    CHECK_EQ(regs.rip, 0x2211);
    begin(M32);
    CHECK_EQ(run(TEXT("\xff\x1b")), EMULATE_UNKNOWN); /* far */
    CHECK_EQ(run(TEXT("\xff\x2b")), EMULATE_UNKNOWN);
}

static void sse_that_is_off(void)
{
    begin(M64);
    cpu.cr0 |= CR0_EM;
    CHECK(faults(TEXT("\x0f\x10\x03"), TRAP_UD));
    cpu.cr0 ^= CR0_EM | CR0_TS;
    CHECK(faults(TEXT("\x0f\x10\x03"), TRAP_NM));
    CHECK(!exception.has_error);
    cpu.cr4 = 0;
    CHECK(faults(TEXT("\x0f\x10\x03"), TRAP_UD));
    CHECK_EQ(count + xmm_sets, 0);
    begin(M64);
    CHECK_EQ(run(TEXT("\x44\x0f\x11\x03")), EMULATE_OK); /* xmm8 */
    CHECK_EQ(accesses[0].size, 16);
    CHECK_EQ(accesses[0].value, 0x0808080808080808);
}

/* A bit before the operand, of 16-bit addresses that wrap. */
static void bits_before(void)
{
    begin(M16);
    regs.rbx = 1;
    regs.rax = 0xfff0;                                  /* -16 */
    CHECK_EQ(run(TEXT("\x0f\xa3\x07")), EMULATE_FAULT); /* at 0xffff, two bytes */
    regs.rbx = 0;
    CHECK_EQ(run(TEXT("\x0f\xa3\x07")), EMULATE_OK);
    CHECK_EQ(accesses[0].at, 0x4fffe);
    CHECK_EQ(accesses[0].size, 2);
}

static void what_it_does_not_know(void)
{
    begin(M64);
    CHECK_EQ(run(TEXT("\xf3\x0f\xbc\x03")), EMULATE_UNKNOWN);     /* TZCNT */
    CHECK_EQ(run(TEXT("\xf2\x0f\x38\xf1\x03")), EMULATE_UNKNOWN); /* CRC32 */
    CHECK_EQ(run(TEXT("\xc5\xf8\x10\x03")), EMULATE_UNKNOWN);     /* VMOVUPS */
    CHECK_EQ(run(TEXT("\x0f\x6f\x03")), EMULATE_UNKNOWN);         /* MOVQ of MMX */
    CHECK_EQ(run(TEXT("\x0f\xc7\xcb")), EMULATE_UNKNOWN);         /* CMPXCHG8B of a register */
    CHECK_EQ(run(TEXT("\x0f\xc3\xc3")), EMULATE_UNKNOWN);         /* MOVNTI to one */
    CHECK_EQ(run(TEXT("\x0f\x38\xf0\xc3")), EMULATE_UNKNOWN);     /* MOVBE from one */
    CHECK_EQ(run(TEXT("\x0f\x12\xc3")), EMULATE_UNKNOWN);         /* MOVHLPS */
    CHECK_EQ(run(TEXT("\x0f\xae\xf8")), EMULATE_UNKNOWN);         /* SFENCE */
    CHECK_EQ(run(TEXT("\xd9\x03")), EMULATE_UNKNOWN);             /* FLD */
    CHECK_EQ(run(TEXT("\x8d\x03")), EMULATE_UNKNOWN);             /* LEA */
    begin(M32);
    CHECK_EQ(run(TEXT("\x63\x03")), EMULATE_UNKNOWN);     /* ARPL */
    CHECK_EQ(run(TEXT("\x48\x8b\x03")), EMULATE_UNKNOWN); /* DEC EAX, and so on */
    CHECK_EQ(count + commits, 0);
}

/* Quotients that just fit, or just don't; and one whose remainders have all 64 bits. */
static void divisions(void)
{
    begin(M64);
    regs.rax = 0xff80; /* -128 / 1 */
    memory = 1;
    CHECK_EQ(run(TEXT("\xf6\x3b")), EMULATE_OK);
    CHECK_EQ(regs.rax, 0x0080);
    begin(M64);
    regs.rax = 0xff7f; /* -129 / 1 */
    memory = 1;
    CHECK(faults(TEXT("\xf6\x3b"), TRAP_DE));
    regs.rax = 0x0080; /* 128 / 1 */
    CHECK(faults(TEXT("\xf6\x3b"), TRAP_DE));
    memory = 0;
    CHECK(faults(TEXT("\xf6\x3b"), TRAP_DE));
    CHECK(!exception.has_error);
    begin(M64);
    regs.rdx = 0xfffffffffffffffe;
    regs.rax = 0x123456789abcdef0;
    memory = 0xffffffffffffffff;
    CHECK_EQ(run(TEXT("\x48\xf7\x33")), EMULATE_OK);
    CHECK_EQ(regs.rax, 0xffffffffffffffff);
    CHECK_EQ(regs.rdx, 0x123456789abcdeef);
}

/* Sizes that are not those of the other operand, and what is not accessed at all. */
static void widths(void)
{
    begin(M64);
    CHECK_EQ(run(TEXT("\x66\x63\x03")), EMULATE_OK); /* MOVSXD */
    CHECK_EQ(accesses[0].size, 2);
    begin(M64);
    CHECK_EQ(run(TEXT("\x48\x0f\xb6\x03")), EMULATE_OK); /* MOVZX */
    CHECK_EQ(accesses[0].size, 1);
    begin(M64);
    CHECK_EQ(run(TEXT("\x0f\xae\x3b")), EMULATE_OK); /* CLFLUSH */
    CHECK_EQ(count, 0);
    regs.rbx = 0x123456789abcdef0;
    CHECK_EQ(run(TEXT("\x0f\xb1\xcb")), EMULATE_OK); /* CMPXCHG of a register */
    CHECK_EQ(regs.rbx, 0x123456789abcdef0);
    CHECK_EQ(regs.rax, 0x9abcdef0);
}

static void rip_of_32_bits(void)
{
    begin(M32);
    regs.rip = 0xfffffffe;
    CHECK_EQ(run(TEXT("\x8b\x03")), EMULATE_OK);
    CHECK_EQ(regs.rip, 0);
    begin(M64);
    regs.rip = 0xfffffffe;
    CHECK_EQ(run(TEXT("\x8b\x03")), EMULATE_OK);
    CHECK_EQ(regs.rip, 0x100000000);
}

int main(void)
{
    RUN(where_operands_are);
    RUN(too_long_or_too_short);
    RUN(segments);
    RUN(kinds_of_segments);
    RUN(real_mode);
    RUN(canonical_addresses);
    RUN(locks);
    RUN(locks_where_none_may_be);
    RUN(faults_of_accesses);
    RUN(stacks);
    RUN(jumps);
    RUN(sse_that_is_off);
    RUN(bits_before);
    RUN(what_it_does_not_know);
    RUN(divisions);
    RUN(widths);
    RUN(rip_of_32_bits);
    return check_done();
}
