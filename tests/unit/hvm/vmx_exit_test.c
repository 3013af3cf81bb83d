/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a guest of Intel's back end has stopped running: what of that is the host's, what the guest
 * gets, and what ends it. The VMCS is an array. */
#include "check.h"

#include "hvm/exit.h"
#include "hvm/vmx/vmx.h"
#include "machine/cpu.h"
#include "machine/machine.h"
#include "machine/traps.h"

#include <stdarg.h>

static uint64_t fields[0x8000];
static struct vmx_vcpu vmx;
static struct hvm_vcpu hvm = {.state = &vmx};
static struct domain domain;
static struct vcpu vcpu = {.domain = &domain, .hvm = &hvm};
static unsigned int machine_checks, nmis, vector;
static uint64_t cr0, advanced;
static bool cr0_good;
static char why[128]; /* it was ended */

uint64_t vmread(uint64_t field)
{
    return fields[field];
}

void vmwrite(uint64_t field, uint64_t value)
{
    fields[field] = value;
}

void raise_machine_check(void)
{
    machine_checks++;
}

void raise_nmi(void)
{
    nmis++;
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(why, sizeof(why), fmt, args);
    va_end(args);
}

void hvm_exception(struct vcpu *v, unsigned int number, bool has_error, uint32_t error)
{
    vector = number;
}

void hvm_protection_fault(struct vcpu *v)
{
    vector = TRAP_GP;
}

void hvm_advance(struct vcpu *v, uint64_t next)
{
    advanced = next;
}

uint64_t hvm_operand(const struct vcpu *v, unsigned int reg)
{
    CHECK_EQ(reg, 3);
    return guest_regs()->rbx;
}

bool vmx_cr0_write(struct vcpu *v, uint64_t value)
{
    cr0 = value;
    return cr0_good;
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

NEVER(void, hvm_exit_cpuid, struct vcpu *v, uint64_t next)
NEVER(void, hvm_exit_msr, struct vcpu *v, uint64_t next, bool write)
NEVER(void, hvm_exit_hypercall, struct vcpu *v, uint64_t next)
NEVER(void, hvm_exit_rdtsc, struct vcpu *v, uint64_t next, bool with_aux)
NEVER(void, hvm_exit_hlt, struct vcpu *v, uint64_t next)
NEVER(void, hvm_exit_xsetbv, struct vcpu *v, uint64_t next)
NEVER(void, hvm_exit_cr4_write, struct vcpu *v, uint64_t next, unsigned int reg)
NEVER(void, hvm_exit_dr_read, struct vcpu *v, uint64_t next, unsigned int nr, unsigned int reg)
NEVER(void, hvm_exit_dr_write, struct vcpu *v, uint64_t next, unsigned int nr, unsigned int reg)
NEVER(bool, hvm_exit_task_switch, struct vcpu *v, struct task_switch *t, uint64_t next)
NEVER(void, hvm_io_instruction, struct vcpu *v)
NEVER(void, hvm_io_port, struct vcpu *v, uint16_t port, unsigned int size, bool write,
      uint64_t next_rip)
NEVER(void, hvm_memory_fault, struct vcpu *v, uint64_t gpa, enum hvm_access access)
NEVER(void, hvm_triple_fault, struct vcpu *v)
NEVER(enum p2m_type, p2m_lookup, const struct p2m *p2m, uint64_t gfn, uint64_t *mfn)
NEVER(void, p2m_dirty_set, struct p2m *p2m, uint64_t gfn)

static const struct hvm_backend backend;
const struct hvm_backend *hvm_backend = &backend;

/* As vmx.c does it. */
static void exits(uint32_t reason, uint64_t qualification, uint32_t event)
{
    fields[VMCS_QUALIFICATION] = qualification;
    fields[VMCS_EXIT_EVENT] = event;
    fields[VMCS_EXIT_LENGTH] = 4;
    guest_regs()->rip = 0x1000;
    machine_checks = nmis = vector = 0;
    advanced = 0;
    why[0] = 0;
    vmx_host_exception(reason);
    vmx_handle_exit(&vcpu, reason);
}

#define EVENT(vector) (EVENT_VALID | 3U << EVENT_TYPE_SHIFT | (vector))

static void what_is_the_hosts_goes_there(void)
{
    exits(EXIT_EXCEPTION, 0, EVENT(TRAP_MC));
    CHECK(machine_checks == 1 && !nmis && !vector && !why[0]);
    exits(EXIT_EXCEPTION, 0, EVENT_VALID | 2U << EVENT_TYPE_SHIFT | TRAP_NMI);
    CHECK(!machine_checks && nmis == 1 && !vector && !why[0]);
    /* What is left there by another exit is none. */
    exits(EXIT_INTERRUPT, 0, EVENT(TRAP_MC));
    CHECK(!machine_checks && !nmis && !vector && !why[0]);
}

static void an_entry_may_fail(void)
{
    exits(EXIT_NOT_ENTERED | EXIT_MACHINE_CHECK, 0, 0);
    CHECK_EQ(machine_checks, 1);
    CHECK_STR(why, "there was a machine check as it was entered");
    exits(EXIT_NOT_ENTERED | EXIT_BAD_STATE, 4, EVENT(TRAP_MC));
    CHECK_EQ(machine_checks, 0);
    CHECK_STR(why, "its registers are in a state that the CPU refuses (4)");
}

static void exceptions_that_do_not_end(void)
{
    exits(EXIT_EXCEPTION, 0, EVENT(TRAP_AC));
    CHECK(vector == TRAP_AC && !why[0]);
    exits(EXIT_EXCEPTION, 0, EVENT(TRAP_DB));
    CHECK(vector == TRAP_DB && !why[0]);
    exits(EXIT_EXCEPTION, 0, EVENT(TRAP_UD)); /* is not asked for */
    CHECK_STR(why, "an exception that was not asked for: 0x80000306");
}

/* A move of RBX. */
static uint64_t cr_access(unsigned int cr, unsigned int kind)
{
    return cr | kind << 4 | 3 << 8;
}

static void control_registers_have_rules(void)
{
    for (unsigned int bit = 0; bit < 64; bit++) {
        hvm.lapic.tpr = 0x55;
        guest_regs()->rbx = 1ULL << bit;
        exits(EXIT_CR, cr_access(8, CR_WRITE), 0);
        CHECK_EQ(vector, bit < 4 ? 0 : TRAP_GP);
        CHECK_EQ(advanced, bit < 4 ? 0x1004 : 0);
        CHECK_EQ(hvm.lapic.tpr, bit < 4 ? 0x10U << bit : 0x55);
    }
    exits(EXIT_CR, cr_access(8, CR_READ), 0);
    CHECK(guest_regs()->rbx == 5 && advanced == 0x1004);
    guest_regs()->rbx = 0x1234;
    cr0_good = true;
    exits(EXIT_CR, cr_access(0, CR_WRITE), 0);
    CHECK(cr0 == 0x1234 && advanced == 0x1004 && !vector);
    cr0_good = false;
    exits(EXIT_CR, cr_access(0, CR_WRITE), 0);
    CHECK(!advanced && vector == TRAP_GP);
    /* These do not exit. */
    exits(EXIT_CR, cr_access(3, CR_WRITE), 0);
    CHECK_STR(why, "an access of kind 0 to CR3");
    exits(EXIT_CR, cr_access(0, CR_LMSW), 0);
    CHECK_STR(why, "an access of kind 3 to CR0");
}

static void what_is_not_known_ends_it(void)
{
    exits(5, 6, 0);
    CHECK_STR(why, "an exit that is not known: reason 0x5, 0x6");
    exits(0xffff, 0, 0);
    CHECK_STR(why, "an exit that is not known: reason 0xffff, 0");
}

int main(void)
{
    fake_machine_init(1);
    RUN(what_is_the_hosts_goes_there);
    RUN(an_entry_may_fail);
    RUN(exceptions_that_do_not_end);
    RUN(control_registers_have_rules);
    RUN(what_is_not_known_ends_it);
    return check_done();
}
