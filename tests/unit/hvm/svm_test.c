/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the AMD back end runs anywhere: register checks, events, permission maps, lengths. */
#include "check.h"

#include "hvm/svm/insn.h"
#include "hvm/svm/vmcb.h"
#include "machine/cpu.h"

static struct hvm_registers long_mode(void)
{
    struct hvm_registers r;

    hvm_registers_reset(&r);
    r.cr0 = CR0_PE | CR0_PG | CR0_ET | CR0_WP;
    r.cr3 = 0x1000;
    r.cr4 = CR4_PAE;
    r.efer = EFER_LME | EFER_LMA;
    r.segment[HVM_CS].attributes = 0xa9b;
    return r;
}

static void registers_that_vmrun_takes(void)
{
    struct hvm_registers r, bad;

    hvm_registers_reset(&r);
    CHECK(hvm_registers_valid(&r));
    hvm_registers_startup(&r, 0x9a);
    CHECK(hvm_registers_valid(&r));
    CHECK_EQ(r.segment[HVM_CS].selector, 0x9a00);
    CHECK_EQ(r.segment[HVM_CS].base, 0x9a000);
    r = long_mode();
    CHECK(hvm_registers_valid(&r));
    bad = r, bad.cr4 = 0; /* long mode without PAE */
    CHECK(!hvm_registers_valid(&bad));
    bad = r, bad.cr0 &= ~CR0_PE;
    CHECK(!hvm_registers_valid(&bad));
    bad = r, bad.cr0 |= 1UL << 29; /* NW without CD */
    CHECK(!hvm_registers_valid(&bad));
    bad = r, bad.cr0 |= 1ULL << 32;
    CHECK(!hvm_registers_valid(&bad));
    bad = r, bad.efer |= EFER_SVME; /* not the guest's */
    CHECK(!hvm_registers_valid(&bad));
    bad = r, bad.efer = EFER_LMA;
    CHECK(!hvm_registers_valid(&bad));
    bad = r, bad.cr3 |= 1ULL << 60;
    CHECK(!hvm_registers_valid(&bad));
    bad = r, bad.cr4 |= 1ULL << 13; /* VMXE */
    CHECK(!hvm_registers_valid(&bad));
    bad = r, bad.dr7 |= 1ULL << 32;
    CHECK(!hvm_registers_valid(&bad));
    bad = r, bad.segment[HVM_CS].attributes = 0xe9b; /* 64 bits and 32 */
    CHECK(!hvm_registers_valid(&bad));
}

static void registers_come_back(void)
{
    static struct vmcb vmcb;
    struct hvm_registers r = long_mode(), back;

    vmcb_init(&vmcb, 0x1000, 0x4000, 0x8000);
    r.segment[HVM_SS] = (struct hvm_segment){0x2b, 0xcf3, 0xffffffff, 0};
    r.lstar = 0xffffffff81000000;
    r.cr2 = 0x1234;
    CHECK_EQ(vmcb_registers_set(&vmcb, &r), 0);
    CHECK_EQ(vmcb.cpl, 3);
    CHECK(vmcb.efer & EFER_SVME);
    vmcb_registers_get(&vmcb, &back);
    CHECK(!memcmp(&r, &back, sizeof(r)));
    r.cr4 = 0;
    CHECK_EQ(vmcb_registers_set(&vmcb, &r), -XEN_EINVAL);
    CHECK_EQ(vmcb.cr4, CR4_PAE);
}

static void a_guest_is_fenced_in(void)
{
    static struct vmcb vmcb;
    static const unsigned int must1[] = {EXIT_INTERRUPT, EXIT_NMI,  EXIT_VINTR,      EXIT_CPUID,
                                         EXIT_HLT,       EXIT_IO,   EXIT_MSR,        EXIT_SHUTDOWN,
                                         EXIT_INVLPGA,   EXIT_INVD};
    static const unsigned int must2[] = {EXIT_VMRUN,   EXIT_VMMCALL, EXIT_VMLOAD, EXIT_VMSAVE,
                                         EXIT_STGI,    EXIT_CLGI,    EXIT_SKINIT, EXIT_XSETBV,
                                         EXIT_MONITOR, EXIT_MWAIT,   EXIT_WBINVD};

    vmcb_init(&vmcb, 0x1000, 0x4000, 0x8000);
    for (unsigned int i = 0; i < ARRAY_SIZE(must1); i++)
        CHECK(vmcb.intercept1 & INTERCEPT1(must1[i]));
    for (unsigned int i = 0; i < ARRAY_SIZE(must2); i++)
        CHECK(vmcb.intercept2 & INTERCEPT2(must2[i]));
    CHECK(vmcb.intercept_cr_write & 1 << 4);
    CHECK_EQ(vmcb.intercept_exceptions, 1 << 1 | 1 << 17 | 1 << 18);
    CHECK(vmcb.virtual_interrupt & VINTR_MASKING);
    CHECK(vmcb.nested == 1 && vmcb.nested_cr3 == 0x8000);
    CHECK(vmcb.io_map == 0x1000 && vmcb.msr_map == 0x4000);
}

static void events_and_back(void)
{
    static const struct hvm_event events[] = {
        {HVM_EVENT_INTERRUPT, 0xf3, false, 0},
        {HVM_EVENT_NMI, 2, false, 0},
        {HVM_EVENT_EXCEPTION, 14, true, 0x6},
        {HVM_EVENT_SOFTWARE, 0x80, false, 0},
    };
    static const uint64_t words[] = {0x800000f3, 0x80000202, 0x600000000 | 0x80000b0e, 0x80000480};

    for (unsigned int i = 0; i < ARRAY_SIZE(events); i++) {
        struct hvm_event back = vmcb_event_decode(words[i]);

        CHECK_EQ(vmcb_event_encode(&events[i]), words[i]);
        CHECK(back.type == events[i].type && back.vector == events[i].vector);
        CHECK(back.has_error == events[i].has_error && back.error == events[i].error);
    }
    CHECK_EQ(vmcb_event_decode(0x0f3).type, HVM_EVENT_NONE);
}

static const struct hvm_event interrupt = {HVM_EVENT_INTERRUPT, 0xf3, false, 0};

static void is_undelivered(const struct vmcb *vmcb, enum hvm_event_type type, uint8_t vector)
{
    struct hvm_event event = vmcb_undelivered_event(vmcb);

    CHECK_EQ(event.type, type);
    CHECK_EQ(event.vector, vector);
}

static void interrupts_are_virtual_ones(void)
{
    static struct vmcb vmcb;

    vmcb_init(&vmcb, 0x1000, 0x4000, 0x8000);
    vmcb_want_window(&vmcb, true);
    CHECK(vmcb.virtual_interrupt & VINTR_REQUEST);
    is_undelivered(&vmcb, HVM_EVENT_NONE, 0);

    vmcb_deliver(&vmcb, &interrupt);
    CHECK_EQ(vmcb.inject, 0);
    CHECK(!(vmcb.intercept1 & INTERCEPT1(EXIT_VINTR)));
    CHECK_EQ(vmcb.virtual_interrupt,
             VINTR_MASKING | VINTR_IGNORE_TPR | VINTR_REQUEST | 0xf3ULL << 32);
    is_undelivered(&vmcb, HVM_EVENT_INTERRUPT, 0xf3);
    /* The CPU took it. */
    vmcb.virtual_interrupt &= ~VINTR_REQUEST;
    is_undelivered(&vmcb, HVM_EVENT_NONE, 0);
    /* It took it, and a nested fault came in between; QEMU then has it as an exception. */
    vmcb.exit_event = 0x800000f3;
    is_undelivered(&vmcb, HVM_EVENT_INTERRUPT, 0xf3);
    vmcb.virtual_interrupt |= VINTR_REQUEST;
    vmcb.exit_event = 0x800003f3;
    is_undelivered(&vmcb, HVM_EVENT_INTERRUPT, 0xf3);
    /* It took it, and then delivered an exception of the guest's. */
    vmcb.virtual_interrupt &= ~VINTR_REQUEST;
    vmcb.exit_event = 0x80000b0e;
    is_undelivered(&vmcb, HVM_EVENT_EXCEPTION, 14);

    vmcb_want_window(&vmcb, false);
    CHECK(vmcb.intercept1 & INTERCEPT1(EXIT_VINTR));
    CHECK(!(vmcb.virtual_interrupt & VINTR_REQUEST));
}

static void other_events_are_injected(void)
{
    static const struct hvm_event nmi = {HVM_EVENT_NMI, 2, false, 0};
    static struct vmcb vmcb;

    vmcb_init(&vmcb, 0x1000, 0x4000, 0x8000);
    vmcb_want_window(&vmcb, true);
    vmcb_deliver(&vmcb, &nmi);
    CHECK_EQ(vmcb.inject, 0x80000202);
    CHECK(vmcb.intercept1 & INTERCEPT1(EXIT_VINTR));
    vmcb.exit_event = vmcb.inject;
    is_undelivered(&vmcb, HVM_EVENT_NMI, 2);
    /* INT3, INTO and INT n are raised again by their instructions. */
    for (unsigned int i = 0; i < 3; i++) {
        vmcb.exit_event = (const uint64_t[]){0x80000303, 0x80000304, 0x80000480}[i];
        is_undelivered(&vmcb, HVM_EVENT_NONE, 0);
    }
}

static void msrs_that_the_guest_has(void)
{
    static uint8_t map[SVM_MSR_MAP_PAGES * PAGE_SIZE];
    static const uint32_t open[] = {0x174,      0x175,      0x176,      0xc0000081, 0xc0000082,
                                    0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102};
    static const uint32_t closed[] = {0,          0x10,       0x1b,       0x48,       0x49,
                                      0x173,      0x177,      0x277,      0x800,      0x1fff,
                                      0xc0000080, 0xc0000085, 0xc00000ff, 0xc0000103, 0xc0010114,
                                      0xc0010117, 0x2000,     0x40000000, 0xbfffffff, 0xffffffff};

    vmcb_msr_map_fill(map);
    for (unsigned int i = 0; i < ARRAY_SIZE(open); i++)
        CHECK(!vmcb_msr_intercepted(map, open[i], false) &&
              !vmcb_msr_intercepted(map, open[i], true));
    for (unsigned int i = 0; i < ARRAY_SIZE(closed); i++)
        CHECK(vmcb_msr_intercepted(map, closed[i], false) &&
              vmcb_msr_intercepted(map, closed[i], true));
    /* Where the manual has them: two bits each, STAR in the second quarter. */
    CHECK_EQ(map[0x800 + 0x81 * 2 / 8] >> 0x81 * 2 % 8 & 3, 0);
    CHECK_EQ(map[0x800 + 0x80 * 2 / 8] >> 0x80 * 2 % 8 & 3, 3);
}

static unsigned int length_of(enum svm_insn insn, const char *bytes, size_t count, bool is_64bit)
{
    struct svm_decoded out;

    return svm_decode(insn, (const uint8_t *)bytes, count, is_64bit, &out) ? out.length : 0;
}

static void lengths(void)
{
    struct svm_decoded out;

    CHECK_EQ(length_of(SVM_INSN_CPUID, "\x0f\xa2", 2, true), 2);
    CHECK_EQ(length_of(SVM_INSN_CPUID, "\x66\x0f\xa2", 3, true), 3);
    CHECK_EQ(length_of(SVM_INSN_CPUID, "\x48\x0f\xa2", 3, true), 3);
    CHECK_EQ(length_of(SVM_INSN_CPUID, "\x48\x0f\xa2", 3, false), 0); /* DEC EAX */
    CHECK_EQ(length_of(SVM_INSN_CPUID, "\x0f", 1, true), 0);
    CHECK_EQ(length_of(SVM_INSN_CPUID, "\x0f\x31", 2, true), 0);
    CHECK_EQ(length_of(SVM_INSN_HLT, "\xf4", 1, false), 1);
    CHECK_EQ(length_of(SVM_INSN_ICEBP, "\x66\xf1", 2, true), 2);
    CHECK_EQ(length_of(SVM_INSN_VMMCALL, "\x0f\x01\xd9", 3, true), 3);
    CHECK_EQ(length_of(SVM_INSN_VMMCALL, "\x0f\x01\xc1", 3, true), 0);
    CHECK(svm_decode(SVM_INSN_MOV_TO_CR, (const uint8_t *)"\x41\x0f\x22\xe4", 4, true, &out));
    CHECK(out.length == 4 && out.reg == 12);
    CHECK(svm_decode(SVM_INSN_MOV_FROM_DR, (const uint8_t *)"\x0f\x21\xf8", 3, true, &out));
    CHECK(out.length == 3 && out.reg == 0);
    CHECK(!svm_decode(SVM_INSN_MOV_TO_DR, (const uint8_t *)"\x0f\x23", 2, true, &out));
    CHECK_EQ(length_of(SVM_INSN_HLT,
                       "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66"
                       "\xf4",
                       16, true),
             0); /* 16 bytes: none */
}

int main(void)
{
    RUN(registers_that_vmrun_takes);
    RUN(registers_come_back);
    RUN(a_guest_is_fenced_in);
    RUN(events_and_back);
    RUN(interrupts_are_virtual_ones);
    RUN(other_events_are_injected);
    RUN(msrs_that_the_guest_has);
    RUN(lengths);
    return check_done();
}
