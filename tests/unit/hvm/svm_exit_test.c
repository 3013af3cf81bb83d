/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The AMD back end as a guest has stopped running: in which order the host sees to what, and where
 * it has from what the guest was about to do: from the CPU, if that says so, or from memory. */
#include "check.h"

#include "hvm/exit.h"
#include "hvm/svm/svm.h"
#include "machine/machine.h"
#include "machine/traps.h"
#include "memory/memory.h"

#include <stdarg.h>

void svm_exited(void);
_Noreturn void svm_enter(struct cpu_user_regs *regs);

static struct vmcb vmcb;
static struct svm_vcpu svm = {.vmcb = &vmcb};
static struct hvm_vcpu hvm = {.state = &svm};
static struct hvm_domain hvm_domain;
static struct domain domain = {.hvm = &hvm_domain};
static struct vcpu vcpu = {.domain = &domain, .hvm = &hvm};
static char order[8]; /* of what happened */
static unsigned int crashes, vector;

static void happened(const char *what)
{
    strncat(order, what, sizeof(order) - 1 - strlen(order));
}

void raise_machine_check(void)
{
    happened("M");
}

void stgi(void)
{
    happened("S");
}

void vmload(uint64_t host)
{
    happened("L");
}

void hvm_exception(struct vcpu *v, unsigned int number, bool has_error, uint32_t error)
{
    vector = number;
    happened("x");
}

void hvm_triple_fault(struct vcpu *v)
{
    happened("3");
}

/* Not what this test is about. */
static _Noreturn void never(const char *what)
{
    fprintf(stderr, "not expected: %s\n", what);
    abort();
}

#define NEVER(type, name, ...) \
    type name(__VA_ARGS__)     \
    {                          \
        never(#name);          \
    }

static char why[128];

void domain_crash(struct domain *d, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
    crashes++;
}

NEVER(void, panic, const char *fmt, ...)
NEVER(void, hvm_protection_fault, struct vcpu *v)
NEVER(void, hvm_exit_msr, struct vcpu *v, uint64_t next, bool write)
NEVER(void, hvm_exit_hypercall, struct vcpu *v, uint64_t next)
NEVER(void, hvm_exit_rdtsc, struct vcpu *v, uint64_t next, bool with_aux)
NEVER(void, hvm_exit_hlt, struct vcpu *v, uint64_t next)
NEVER(void, hvm_exit_xsetbv, struct vcpu *v, uint64_t next)
NEVER(void, hvm_io_instruction, struct vcpu *v)
NEVER(void, hvm_io_port, struct vcpu *v, uint16_t port, unsigned int size, bool write,
      uint64_t next_rip)
NEVER(void, hvm_memory_fault, struct vcpu *v, uint64_t gpa, enum hvm_access access)
NEVER(void, hvm_prepare_entry, struct vcpu *v)
NEVER(int, msr_read_safe, uint32_t msr, uint64_t *value)
NEVER(void, svm_asid_init, uint32_t count)
NEVER(void, svm_asid_update, struct vcpu *v)
struct guest_tsc_scaling guest_tsc_scaling;
NEVER(cpumask_t, svm_cpus, void)
NEVER(void, svm_enter, struct cpu_user_regs *regs)

/* What was found out about an instruction. */
static struct {
    uint64_t next;
    unsigned int nr, reg, fetches;
} found;
static uint8_t at_rip[HVM_INSN_MAX]; /* at RIP, which is 0x1000 */

size_t hvm_copy_from(void *dst, uint64_t src, size_t len)
{
    CHECK(src == 0x1000 && len == sizeof(at_rip));
    memcpy(dst, at_rip, len);
    found.fetches++;
    return 0;
}

void hvm_advance(struct vcpu *v, uint64_t next)
{
    found.next = next;
    happened("a");
}

void hvm_exit_cpuid(struct vcpu *v, uint64_t next)
{
    found.next = next;
    happened("c");
}

void hvm_exit_cr4_write(struct vcpu *v, uint64_t next, unsigned int reg)
{
    found.next = next;
    found.reg = reg;
    happened("4");
}

void hvm_exit_dr_read(struct vcpu *v, uint64_t next, unsigned int nr, unsigned int reg)
{
    found.next = next;
    found.nr = nr;
    found.reg = reg;
    happened("r");
}

void hvm_exit_dr_write(struct vcpu *v, uint64_t next, unsigned int nr, unsigned int reg)
{
    found.next = next;
    found.nr = nr;
    found.reg = reg;
    happened("w");
}

static bool is_64bit(const struct vcpu *v)
{
    return true;
}

static uint64_t linear_rip(const struct vcpu *v)
{
    return guest_regs()->rip;
}

static void want_iret(struct vcpu *v, bool want)
{
    happened(want ? "I" : "i");
}

static const struct hvm_backend backend = {
    .is_64bit = is_64bit, .linear_rip = linear_rip, .want_iret = want_iret};
const struct hvm_backend *hvm_backend = &backend;

static void begin(void)
{
    fake_machine_init(1);
    fake_current[0] = &vcpu;
    memset(&vmcb, 0, sizeof(vmcb));
    hvm.event = (struct hvm_event){0};
    memset(order, 0, sizeof(order));
    vector = 0;
    memset(&found, 0, sizeof(found));
}

static const char *exits(uint64_t code)
{
    begin();
    vmcb.exit_code = code;
    svm_exited();
    return order;
}

static void a_machine_check_is_the_hosts(void)
{
    CHECK_STR(exits(EXIT_EXCEPTION + TRAP_MC), "LMS");
    CHECK_STR(exits(EXIT_EXCEPTION + TRAP_DB), "LSx");
    CHECK_EQ(vector, TRAP_DB);
    CHECK_STR(exits(EXIT_INTERRUPT), "LS");
    CHECK_STR(exits(EXIT_SHUTDOWN), "LS3");
    CHECK_EQ(crashes, 0);
}

static void what_the_cpu_refuses_ends_the_guest(void)
{
    static const uint64_t refused[] = {EXIT_INVALID, 0xffffffff};

    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
        CHECK_STR(exits(refused[i]), "LS");
        CHECK_STR(why, "its registers are in a state that the CPU refuses");
    }
    CHECK_STR(exits(0x4ff), "LS");
    CHECK_STR(why, "an exit that is not known: code 0x4ff, 0, 0");
}

#define NRIP   (1U << 3)
#define DECODE (1U << 7)

/* An exit at an instruction, on a CPU with these features; the CPU's word on it is there whether it
 * has them or not, and says that it is 9 bytes long, of register 13. What has happened. */
static const char *exits_at(uint64_t exit, const char *bytes, size_t count, uint32_t features)
{
    begin();
    svm_features = svm_features_from(features, 0);
    memset(at_rip, 0xcc, sizeof(at_rip));
    memcpy(at_rip, bytes, count);
    vmcb.rip = 0x1000;
    vmcb.next_rip = 0x1009;
    vmcb.exit_code = exit;
    vmcb.exit_info1 = exit == EXIT_CPUID ? 0 : CR_INFO_MOV | 13;
    svm_exited();
    return order;
}

static void the_next_instruction_is_where_the_cpu_says(void)
{
    CHECK_STR(exits_at(EXIT_CPUID, "\x0f\xa2", 2, NRIP), "LSc");
    CHECK(found.next == 0x1009 && !found.fetches);
    CHECK_STR(exits_at(EXIT_CPUID, "\x0f\xa2", 2, DECODE), "LSc");
    CHECK(found.next == 0x1002 && found.fetches == 1);
    CHECK_STR(exits_at(EXIT_CPUID, "\x90", 1, NRIP), "LSc"); /* was changed since */
    CHECK_STR(exits_at(EXIT_CPUID, "\x90", 1, ~NRIP), "LSx");
    CHECK_EQ(vector, TRAP_UD);
}

static void registers_are_what_the_cpu_says(void)
{
    static const struct {
        uint64_t exit;
        const char *bytes, *happens;
        unsigned int nr;
    } rows[] = {
        {EXIT_CR4_WRITE, "\x0f\x22\xe3", "LS4", 0},
        {EXIT_DR_READ + 6, "\x0f\x21\xf3", "LSr", 6},
        {EXIT_DR_WRITE + 7, "\x0f\x23\xfb", "LSw", 7},
    };
    static const uint32_t neither[] = {0, NRIP, DECODE, ~(NRIP | DECODE)};

    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
        CHECK_STR(exits_at(rows[i].exit, rows[i].bytes, 3, NRIP | DECODE), rows[i].happens);
        CHECK(found.next == 0x1009 && found.reg == 13 && !found.fetches);
        CHECK_EQ(found.nr, rows[i].nr);
        for (unsigned int j = 0; j < ARRAY_SIZE(neither); j++) {
            CHECK_STR(exits_at(rows[i].exit, rows[i].bytes, 3, neither[j]), rows[i].happens);
            CHECK(found.next == 0x1003 && found.reg == 3 && found.fetches == 1);
            CHECK_EQ(found.nr, rows[i].nr);
        }
        CHECK_STR(exits_at(rows[i].exit, "\x90", 1, 0), "LSx");
    }
}

/* With its prefixes, lest it be made again without. */
static void icebp_is_left_behind(void)
{
    CHECK_STR(exits_at(EXIT_ICEBP, "\x66\xf1", 2, 0), "LSax");
    CHECK(found.next == 0x1002 && vector == TRAP_DB);
    CHECK_STR(exits_at(EXIT_ICEBP, "\x66\xf1", 2, NRIP), "LSax");
    CHECK(found.next == 0x1009 && vector == TRAP_DB);
}

/* It comes with the exit at its beginning. */
static void an_iret_is_carried_out_before_the_next_nmi(void)
{
    hvm.nmi_blocked = true;
    CHECK_STR(exits(EXIT_IRET), "LSi");
    CHECK(!hvm.nmi_blocked && vmcb.shadow == VMCB_SHADOW);
}

/* An access to a control register that is no MOV has no register. */
static void what_is_no_mov_is_looked_at(void)
{
    begin();
    svm_features = svm_features_from(NRIP | DECODE, 0);
    memcpy(at_rip, "\x0f\x22\xe1", 3);
    vmcb.rip = 0x1000;
    vmcb.next_rip = 0x1003;
    vmcb.exit_code = EXIT_CR4_WRITE;
    vmcb.exit_info1 = 13;
    svm_exited();
    CHECK(found.reg == 1 && found.fetches == 1);
}

/* In the CPU's own units, of 2^-32. */
static void a_rate_is_the_cpus(void)
{
    struct guest_tsc tsc = {0};

    CHECK_EQ(svm_tsc_ratio(&tsc), 1ULL << 32);
    tsc.ratio = 3ULL << 47; /* one and a half */
    CHECK_EQ(svm_tsc_ratio(&tsc), 3ULL << 31);
}

static void bytes_are_those_of_the_fault(void)
{
    static const uint8_t bytes[HVM_INSN_MAX] = {0x8b, 0x03, 3,  4,  5,  6,  7, 8,
                                                9,    10,   11, 12, 13, 14, 15};
    struct hvm_registers r;
    uint8_t out[HVM_INSN_MAX] = {0};

    begin();
    memcpy(vmcb.bytes, bytes, sizeof(bytes));
    svm_features = svm_features_from(DECODE, 0);
    vmcb.exit_code = EXIT_NESTED_FAULT;
    vmcb.fetched = 2;
    CHECK_EQ(svm_fetched(&vmcb, out), 2);
    CHECK(out[1] == 0x03 && out[2] == 0);
    vmcb.fetched = 0xff; /* its upper half is not told what it means */
    CHECK_EQ(svm_fetched(&vmcb, out), HVM_INSN_MAX);
    CHECK(!memcmp(out, bytes, sizeof(bytes)));
    svm_features = svm_features_from(~DECODE, 0);
    CHECK_EQ(svm_fetched(&vmcb, out), 0);
    svm_features = svm_features_from(DECODE, 0);
    vmcb.exit_code = EXIT_IO;
    CHECK_EQ(svm_fetched(&vmcb, out), 0);
    /* Nor of those that it had before it was given other registers. */
    vmcb.exit_code = EXIT_NESTED_FAULT;
    hvm_registers_reset(&r);
    CHECK_EQ(vmcb_registers_set(&vmcb, &r), 0);
    CHECK_EQ(svm_fetched(&vmcb, out), 0);
}

int main(void)
{
    RUN(a_machine_check_is_the_hosts);
    RUN(what_the_cpu_refuses_ends_the_guest);
    RUN(the_next_instruction_is_where_the_cpu_says);
    RUN(registers_are_what_the_cpu_says);
    RUN(icebp_is_left_behind);
    RUN(an_iret_is_carried_out_before_the_next_nmi);
    RUN(what_is_no_mov_is_looked_at);
    RUN(a_rate_is_the_cpus);
    RUN(bytes_are_those_of_the_fault);
    return check_done();
}
