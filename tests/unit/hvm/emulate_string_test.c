/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings in the emulator: to and from ports, repeated, broken off, and at once. */
#include "emulate_harness.h"

static void ports(void)
{
    begin(M64);
    regs.rdx = 0x12340070;
    CHECK_EQ(run(TEXT("\x6c")), EMULATE_OK); /* insb */
    CHECK_EQ(count, 3);
    CHECK_EQ(accesses[0].kind, PROBE);
    CHECK_EQ(accesses[1].kind, IN);
    CHECK_EQ(accesses[1].at, 0x70);
    CHECK_EQ(accesses[1].size, 1);
    CHECK_EQ(accesses[2].kind, WRITE);
    CHECK_EQ(accesses[2].at, 0x3000);
    CHECK_EQ(accesses[2].value, 0xd4);
    CHECK_EQ(regs.rdi, 0x3001);
}

static void strings_to_ports(void)
{
    begin(M64);
    CHECK_EQ(run(TEXT("\x65\x48\x6f")), EMULATE_OK); /* gs: outsd, with REX.W */
    CHECK_EQ(accesses[0].kind, READ);
    CHECK_EQ(accesses[0].at, 0x60800);
    CHECK_EQ(accesses[0].size, 4);
    CHECK_EQ(accesses[1].kind, OUT);
    CHECK_EQ(accesses[1].at, 0x33);
    CHECK_EQ(accesses[1].value, 0x44332211);
    CHECK_EQ(regs.rsi, 0x804);
    begin(M16);
    regs.rflags |= EFLAGS_DF;
    regs.rdi = 0x51234;
    CHECK_EQ(run(TEXT("\x3e\x6d")), EMULATE_OK); /* insw: to ES all the same */
    CHECK_EQ(accesses[2].at, 0x11234);
    CHECK_EQ(accesses[2].size, 2);
    CHECK_EQ(regs.rdi, 0x51232);
}

static void no_port_is_read_for_nothing(void)
{
    begin(M32);
    fail_at = 1;
    failure = EMULATE_FAULT;
    CHECK_EQ(run(TEXT("\xf3\x6c")), EMULATE_FAULT);
    CHECK_EQ(count, 1);
    CHECK_EQ(accesses[0].kind, PROBE);
    CHECK(!exception.raised);
    begin(M32);
    cpu.segment[EMULATE_ES].limit = 0x2fff;
    CHECK(faults(TEXT("\x6c"), TRAP_GP));
    CHECK(faults(TEXT("\xa4"), TRAP_GP));
    CHECK_EQ(count, 0);
}

static void repetition_has_an_end(void)
{
    begin(M64);
    regs.rcx = 600;
    CHECK_EQ(run(TEXT("\xf3\xaa")), EMULATE_OK);
    CHECK_EQ(count, EMULATE_REPEAT_MAX);
    CHECK_EQ(regs.rip, 0x1000);
    CHECK_EQ(regs.rcx, 600 - EMULATE_REPEAT_MAX);
    CHECK_EQ(regs.rdi, 0x3000 + EMULATE_REPEAT_MAX);
    CHECK(regs.rflags & EFLAGS_RF);
    CHECK_EQ(commits, EMULATE_REPEAT_MAX);
    CHECK_EQ(run(TEXT("\xf3\xaa")), EMULATE_OK);
    CHECK_EQ(regs.rip, 0x1000);
    CHECK_EQ(run(TEXT("\xf3\xaa")), EMULATE_OK);
    CHECK_EQ(regs.rip, 0x1002);
    CHECK_EQ(regs.rcx, 0);
    CHECK_EQ(regs.rdi, 0x3000 + 600);
    CHECK_EQ(count, 600);
    CHECK_EQ(commits, 600);
    CHECK(!(regs.rflags & EFLAGS_RF));
}

static void repetition_in_single_steps(void)
{
    begin(M64);
    regs.rflags |= EFLAGS_TF;
    regs.rcx = 2;
    CHECK_EQ(run(TEXT("\xf3\xa4")), EMULATE_OK);
    CHECK_EQ(regs.rip, 0x1000);
    CHECK_EQ(regs.rcx, 1);
    CHECK_EQ(run(TEXT("\xf3\xa4")), EMULATE_OK);
    CHECK_EQ(regs.rip, 0x1002);
    CHECK_EQ(regs.rcx, 0);
}

/* The size of the count is that of addresses. */
static void repetition_of_16_bits(void)
{
    begin(M16);
    regs.rcx = 0x10002;
    regs.rdi = 0x2ffff;
    CHECK_EQ(run(TEXT("\xf2\xaa")), EMULATE_OK);
    CHECK_EQ(count, 2);
    CHECK_EQ(accesses[0].at, 0x1ffff);
    CHECK_EQ(accesses[1].at, 0x10000);
    CHECK_EQ(regs.rcx, 0x10000);
    CHECK_EQ(regs.rdi, 0x20001);
    CHECK_EQ(regs.rip, 0x1002);
    CHECK_EQ(run(TEXT("\xf3\xaa")), EMULATE_OK); /* none */
    CHECK_EQ(count, 2);
    CHECK_EQ(regs.rip, 0x1004);
}

static void check_broken_off(enum emulate_result how)
{
    begin(M32);
    regs.rcx = 5;
    fail_at = 3 * 2 + 3; /* the third turn's write */
    failure = how;
    CHECK_EQ(run(TEXT("\xf3\xa5")), how);
    CHECK(!exception.raised);
    CHECK_EQ(regs.rcx, 3);
    CHECK_EQ(regs.rsi, 0x808);
    CHECK_EQ(regs.rdi, 0x3008);
    CHECK_EQ(regs.rip, 0x1000);
    CHECK(regs.rflags & EFLAGS_RF);
    CHECK_EQ(commits, 2);
    CHECK_EQ(run(TEXT("\xf3\xa5")), EMULATE_OK);
    CHECK_EQ(regs.rcx, 0);
    CHECK_EQ(regs.rdi, 0x3014);
    CHECK_EQ(regs.rip, 0x1002);
    CHECK_EQ(count, 3 * 6);
    CHECK_EQ(commits, 5);
}

static void repetition_broken_off(void)
{
    check_broken_off(EMULATE_FAULT);
    check_broken_off(EMULATE_RETRY);
}

static void begin_bulk(enum emulate_mode mode)
{
    begin(mode);
    ops.string = on_string;
    memset(&asked, 0, sizeof(asked));
}

static void turns_at_once(void)
{
    begin_bulk(M32);
    regs.rcx = 100;
    bulk_done = 60;
    CHECK_EQ(run(TEXT("\xf3\x66\x6d")), EMULATE_OK); /* rep insw */
    CHECK_EQ(count, 1);
    CHECK_EQ(asked.kind, EMULATE_INS);
    CHECK_EQ(asked.size, 2);
    CHECK_EQ(asked.port, 0x33);
    CHECK_EQ(asked.count, 100);
    CHECK_EQ(asked.target, 0x13000);
    CHECK(!asked.down);
    CHECK_EQ(regs.rcx, 40);
    CHECK_EQ(regs.rdi, 0x3078);
    CHECK_EQ(regs.rip, 0x1000);
    CHECK(regs.rflags & EFLAGS_RF);
    CHECK_EQ(commits, 1);
    bulk_done = 0;
    CHECK_EQ(run(TEXT("\xf3\x66\x6d")), EMULATE_OK);
    CHECK_EQ(regs.rcx, 0);
    CHECK_EQ(regs.rip, 0x1003);
    CHECK_EQ(commits, 2);
    begin_bulk(M64);
    regs.rcx = 3;
    regs.rflags |= EFLAGS_DF;
    CHECK_EQ(run(TEXT("\xf3\x65\x6f")), EMULATE_OK); /* rep outsd, from gs: */
    CHECK_EQ(asked.kind, EMULATE_OUTS);
    CHECK_EQ(asked.source, 0x60800);
    CHECK(asked.down);
    CHECK_EQ(regs.rsi, 0x800 - 12);
    CHECK_EQ(regs.rdi, 0x3000);
}

static void turns_at_once_of_memory(void)
{
    begin_bulk(M32);
    regs.rcx = 2;
    regs.rax = 0x123456789a;
    CHECK_EQ(run(TEXT("\xf3\xaa")), EMULATE_OK); /* rep stosb */
    CHECK_EQ(asked.kind, EMULATE_STOS);
    CHECK_EQ(asked.value, 0x9a);
    CHECK_EQ(asked.target, 0x13000);
    begin_bulk(M32);
    regs.rcx = 1000;
    CHECK_EQ(run(TEXT("\xf3\xa5")), EMULATE_OK); /* rep movsd */
    CHECK_EQ(asked.kind, EMULATE_MOVS);
    CHECK_EQ(asked.count, 512); /* from the middle of a page */
    CHECK_EQ(asked.source, 0x40800);
    CHECK_EQ(asked.target, 0x13000);
    CHECK_EQ(regs.rsi, 0x1000);
    CHECK_EQ(regs.rdi, 0x3800);
    begin_bulk(M32);
    regs.rcx = 100000;
    CHECK_EQ(run(TEXT("\xf3\x6c")), EMULATE_OK); /* rep insb */
    CHECK_EQ(asked.count, EMULATE_ROW_MAX);
    CHECK_EQ(regs.rdi, 0x4000);
    CHECK_EQ(regs.rcx, 100000 - EMULATE_ROW_MAX);
}

/* As many as are on the page of each operand. */
static void turns_to_the_pages_end(void)
{
    begin_bulk(M32);
    regs.rcx = 100;
    regs.rdi = 0x3fd1;
    CHECK_EQ(run(TEXT("\xf3\xab")), EMULATE_OK);
    CHECK_EQ(asked.count, 11);
    begin_bulk(M32);
    regs.rcx = 100;
    regs.rsi = 0xff0;
    CHECK_EQ(run(TEXT("\xf3\xa5")), EMULATE_OK);
    CHECK_EQ(asked.count, 4);
    begin_bulk(M32);
    regs.rcx = 100;
    regs.rdi = 0x3009;
    regs.rflags |= EFLAGS_DF;
    CHECK_EQ(run(TEXT("\xf3\xab")), EMULATE_OK);
    CHECK_EQ(asked.count, 3);
    begin_bulk(M16);
    cpu.segment[EMULATE_ES].base = 0x10010; /* 16-bit addresses end within a page */
    regs.rcx = 100;
    regs.rdi = 0xfff0;
    CHECK_EQ(run(TEXT("\xf3\xaa")), EMULATE_OK);
    CHECK_EQ(asked.count, 0);
    CHECK_EQ(count, 100);
}

/* Where it can't be, each turn finds by itself how far it gets. */
static void turns_that_are_not_at_once(void)
{
    begin_bulk(M32);
    regs.rcx = 100;
    cpu.segment[EMULATE_ES].limit = 0x3005;
    CHECK_EQ(run(TEXT("\xf3\xab")), EMULATE_FAULT);
    CHECK(exception.raised && exception.vector == TRAP_GP);
    CHECK_EQ(regs.rcx, 99);
    CHECK_EQ(accesses[0].kind, WRITE);
    begin_bulk(M32);
    cpu.segment[EMULATE_ES].limit = 0x2fff;
    CHECK(faults(TEXT("\xf3\xab"), TRAP_GP));
    begin_bulk(M32);
    cpu.segment[EMULATE_ES].attributes &= (uint16_t)~2U; /* read-only */
    CHECK(faults(TEXT("\xf3\xab"), TRAP_GP));
    CHECK_EQ(count, 0);
    begin_bulk(M64);
    cpu.segment[EMULATE_FS].base = 0x50020; /* 32-bit addresses end within a page */
    regs.rcx = 100;
    regs.rsi = 0xfffffff0;
    CHECK_EQ(run(TEXT("\x64\x67\xf3\x6e")), EMULATE_OK);
    CHECK_EQ(count, 200);
    CHECK_EQ(accesses[32].at, 0x50020);
    begin_bulk(M32);
    regs.rcx = 2;
    regs.rflags |= EFLAGS_TF;
    CHECK_EQ(run(TEXT("\xf3\xab")), EMULATE_OK);
    CHECK_EQ(accesses[0].kind, WRITE);
    begin_bulk(M32);
    regs.rcx = 2;
    CHECK_EQ(run(TEXT("\xf3\xad")), EMULATE_OK); /* lodsd */
    CHECK_EQ(accesses[0].kind, READ);
    begin_bulk(M32);
    CHECK_EQ(run(TEXT("\x6d")), EMULATE_OK); /* without REP */
    CHECK_EQ(accesses[0].kind, PROBE);
}

static void turns_at_once_that_fail(void)
{
    static const enum emulate_result failures[] = {EMULATE_RETRY, EMULATE_FAULT};

    for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
        struct cpu_user_regs before;

        begin_bulk(M32);
        fail_at = 1;
        failure = failures[i];
        before = regs;
        CHECK_EQ(run(TEXT("\xf3\x6d")), failures[i]);
        CHECK(!exception.raised && !commits && !memcmp(&before, &regs, sizeof(regs)));
    }
    begin_bulk(M32);
    cpu.segment[EMULATE_ES].limit = 0x3005; /* that all are allowed was asked, and is forgotten */
    fail_at = 1;
    failure = EMULATE_FAULT;
    CHECK_EQ(run(TEXT("\xf3\xab")), EMULATE_FAULT);
    CHECK(!exception.raised);
    CHECK_EQ(accesses[0].kind, WRITE);
    begin_bulk(M32);
    fail_at = 1;
    failure = EMULATE_UNKNOWN; /* rather one by one */
    CHECK_EQ(run(TEXT("\xf3\x6d")), EMULATE_OK);
    CHECK_EQ(count, 1 + 3 * 0x22);
    CHECK_EQ(regs.rip, 0x1002);
}

static void port_that_waits(void)
{
    struct cpu_user_regs before;

    begin(M32);
    before = regs;
    for (unsigned int k = 1; k <= 3; k++) {
        count = 0;
        fail_at = k;
        failure = EMULATE_RETRY;
        CHECK_EQ(run(TEXT("\x6d")), EMULATE_RETRY);
        CHECK(!memcmp(&before, &regs, sizeof(regs)));
    }
    CHECK_EQ(commits, 0);
    fail_at = 0;
    CHECK_EQ(run(TEXT("\x6d")), EMULATE_OK);
    CHECK_EQ(commits, 1);
}

int main(void)
{
    RUN(ports);
    RUN(strings_to_ports);
    RUN(no_port_is_read_for_nothing);
    RUN(repetition_has_an_end);
    RUN(repetition_in_single_steps);
    RUN(repetition_of_16_bits);
    RUN(repetition_broken_off);
    RUN(turns_at_once);
    RUN(turns_at_once_of_memory);
    RUN(turns_to_the_pages_end);
    RUN(turns_that_are_not_at_once);
    RUN(turns_at_once_that_fail);
    RUN(port_that_waits);
    return check_done();
}
