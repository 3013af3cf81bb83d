/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest may write to CR4 and to debug registers, whatever kind of CPU leaves that to us:
 * nothing that would keep the CPU from entering it. */
#include "check.h"

#include "hvm/exit.h"
#include "lib/print.h"
#include "machine/cpu.h"
#include "machine/machine.h"
#include "machine/traps.h"

#define LONG (EFER_LME | EFER_LMA)
#define NEXT 0x1003

static struct hvm_vcpu hvm;
static struct domain domain;
static struct vcpu vcpu = {.domain = &domain, .hvm = &hvm};
static struct walk_mode mode;
static uint64_t dr6, dr7;
static unsigned int level, vector, retirements;
static bool wide, backend_takes;

bool hvm_cr4_valid(const struct vcpu *v, uint64_t cr4)
{
    return !(cr4 & CR4_VMXE);
}

void hvm_exception(struct vcpu *v, unsigned int number, bool has_error, uint32_t error)
{
    CHECK(has_error == (number == TRAP_GP) && !error);
    vector = number;
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

NEVER(void, log_at, enum log_level l, const char *fmt, ...)
NEVER(void, hvm_cpuid, struct vcpu *v, struct cpu_user_regs *regs)
NEVER(bool, hvm_msr_read, struct vcpu *v, uint32_t msr, uint64_t *value)
NEVER(bool, hvm_msr_write, struct vcpu *v, uint32_t msr, uint64_t value)
NEVER(bool, hvm_xcr_write, struct vcpu *v, uint32_t index, uint64_t value)
NEVER(void, hvm_halt, struct vcpu *v)
NEVER(uint64_t, guest_tsc_now, const struct domain *d)
long (*hvm_hypercall)(struct cpu_user_regs *regs);
long (*hvm_hypercall_compat)(struct cpu_user_regs *regs);

static void walk_mode(const struct vcpu *v, struct walk_mode *out)
{
    *out = mode;
}

static unsigned int privilege(const struct vcpu *v)
{
    return level;
}

static bool is_64bit(const struct vcpu *v)
{
    return wide;
}

static bool take_cr4(struct vcpu *v, uint64_t value)
{
    if (backend_takes)
        mode.cr4 = value;
    return backend_takes;
}

static uint64_t debug_read(const struct vcpu *v, bool seven)
{
    return seven ? dr7 : dr6;
}

static void debug_write(struct vcpu *v, bool seven, uint64_t value)
{
    *(seven ? &dr7 : &dr6) = value;
}

static void retired(struct vcpu *v)
{
    retirements++;
}

static const struct hvm_backend backend = {
    .walk_mode = walk_mode,
    .privilege = privilege,
    .is_64bit = is_64bit,
    .cr4_write = take_cr4,
    .debug_read = debug_read,
    .debug_write = debug_write,
    .retired = retired,
};
const struct hvm_backend *hvm_backend = &backend;

/* 64-bit code, in ring 0. */
static void begin(void)
{
    fake_machine_init(1);
    memset(guest_regs(), 0, sizeof(*guest_regs()));
    memset(hvm.dr, 0, sizeof(hvm.dr));
    mode = (struct walk_mode){CR0_PG | CR0_PE, 0x1000, CR4_PAE, LONG};
    dr6 = 0xffff0ff0;
    dr7 = 0x400;
    level = retirements = 0;
    wide = backend_takes = true;
    vector = 0;
}

/* How it has ended: 0, it was carried out; or the exception. Never both. */
static unsigned int ended(void)
{
    bool gone_on = guest_regs()->rip == NEXT;

    CHECK(gone_on == (retirements == 1) && gone_on == !vector);
    guest_regs()->rip = retirements = 0;
    return vector;
}

static unsigned int cr4(uint64_t value)
{
    vector = 0;
    guest_regs()->rbx = value;
    hvm_exit_cr4_write(&vcpu, NEXT, 3);
    return ended();
}

static void cr4_has_rules(void)
{
    begin();
    CHECK_EQ(cr4(CR4_PAE | CR4_PGE), 0);
    CHECK_EQ(mode.cr4, CR4_PAE | CR4_PGE);
    CHECK_EQ(cr4(CR4_PGE), TRAP_GP); /* long mode without PAE */
    CHECK_EQ(cr4(CR4_PAE | CR4_VMXE), TRAP_GP);
    CHECK_EQ(cr4(CR4_PAE | CR4_PCIDE), 0);
    CHECK_EQ(cr4(CR4_PAE), 0);
    mode.cr3 |= 8; /* would be a number of its own */
    CHECK_EQ(cr4(CR4_PAE | CR4_PCIDE), TRAP_GP);
    mode.cr4 |= CR4_PCIDE; /* it was before */
    CHECK_EQ(cr4(CR4_PAE | CR4_PCIDE | CR4_PGE), 0);
    mode = (struct walk_mode){CR0_PE, 0x1000, CR4_PAE, 0};
    CHECK_EQ(cr4(CR4_PAE | CR4_PCIDE), TRAP_GP); /* not in long mode */
    CHECK_EQ(cr4(0), 0);
    backend_takes = false; /* it does not like the guest's tables */
    CHECK_EQ(cr4(CR4_PGE), TRAP_GP);
    CHECK_EQ(mode.cr4, 0);
    wide = false;
    backend_takes = true;
    CHECK_EQ(cr4(1ULL << 40 | CR4_PGE), 0); /* 32 bits are moved */
    CHECK_EQ(mode.cr4, CR4_PGE);
}

static unsigned int dr_write(unsigned int nr, uint64_t value)
{
    vector = 0;
    guest_regs()->rbx = value;
    hvm_exit_dr_write(&vcpu, NEXT, nr, 3);
    return ended();
}

static unsigned int dr_read(unsigned int nr)
{
    vector = 0;
    guest_regs()->rbx = ~0ULL;
    hvm_exit_dr_read(&vcpu, NEXT, nr, 3);
    return ended();
}

static void debug_registers_have_rules(void)
{
    begin();
    for (unsigned int nr = 4; nr < 8; nr++)
        for (unsigned int bit = 32; bit < 64; bit++)
            CHECK_EQ(dr_write(nr, 1ULL << bit), TRAP_GP);
    CHECK_EQ(dr_write(6, 0xffffffff), 0);
    CHECK_EQ(dr6, 0xffffefff);
    CHECK_EQ(dr_write(6, 0), 0);
    CHECK_EQ(dr6, 0xffff0ff0);
    CHECK_EQ(dr_write(7, 0xffffdfff), 0);
    CHECK_EQ(dr7, 0xffff0fff);
    CHECK_EQ(dr_write(5, 0), 0); /* DR7's old name */
    CHECK_EQ(dr7, 0x400);
    CHECK_EQ(dr_write(2, ~0ULL), 0);
    CHECK(dr_read(2) == 0 && guest_regs()->rbx == ~0ULL);
    CHECK(dr_read(4) == 0 && guest_regs()->rbx == 0xffff0ff0);
    mode.cr4 |= CR4_DE;
    CHECK_EQ(dr_read(4), TRAP_UD);
    CHECK_EQ(dr_write(5, 0), TRAP_UD);
    CHECK_EQ(dr_read(6), 0);
    level = 3;
    for (unsigned int nr = 0; nr < 8; nr++) {
        CHECK_EQ(dr_read(nr), TRAP_GP);
        CHECK_EQ(dr_write(nr, 0), TRAP_GP);
    }
}

static void they_can_be_watched_over(void)
{
    begin();
    CHECK_EQ(dr_write(7, 0x2400), 0);
    CHECK_EQ(dr7, 0x2400);
    CHECK_EQ(dr_read(0), TRAP_DB);
    CHECK_EQ(dr6, 0xffff2ff0);
    CHECK_EQ(guest_regs()->rbx, ~0ULL);
    CHECK_EQ(dr_write(3, 7), TRAP_DB);
    CHECK_EQ(hvm.dr[3], 0);
    CHECK_EQ(dr_write(7, 0), TRAP_DB);
    level = 3; /* goes first */
    CHECK_EQ(dr_read(0), TRAP_GP);
}

int main(void)
{
    RUN(cr4_has_rules);
    RUN(debug_registers_have_rules);
    RUN(they_can_be_watched_over);
    return check_done();
}
