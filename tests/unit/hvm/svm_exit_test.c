/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The AMD back end as a guest has stopped running: in which order the host sees to what. */
#include "check.h"

#include "hvm/exit.h"
#include "hvm/svm/svm.h"
#include "machine/machine.h"
#include "machine/traps.h"
#include "memory/memory.h"

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

void domain_crash(struct domain *d, const char *fmt, ...)
{
    crashes++;
}

NEVER(void, panic, const char *fmt, ...)
NEVER(size_t, hvm_copy_from, void *dst, uint64_t src, size_t len)
NEVER(void, hvm_advance, struct vcpu *v, uint64_t next)
NEVER(void, hvm_protection_fault, struct vcpu *v)
NEVER(void, hvm_exit_cpuid, struct vcpu *v, uint64_t next)
NEVER(void, hvm_exit_msr, struct vcpu *v, uint64_t next, bool write)
NEVER(void, hvm_exit_hypercall, struct vcpu *v, uint64_t next)
NEVER(void, hvm_exit_rdtsc, struct vcpu *v, uint64_t next, bool with_aux)
NEVER(void, hvm_exit_hlt, struct vcpu *v, uint64_t next)
NEVER(void, hvm_exit_xsetbv, struct vcpu *v, uint64_t next)
NEVER(void, hvm_exit_cr4_write, struct vcpu *v, uint64_t next, unsigned int reg)
NEVER(void, hvm_exit_dr_read, struct vcpu *v, uint64_t next, unsigned int nr, unsigned int reg)
NEVER(void, hvm_exit_dr_write, struct vcpu *v, uint64_t next, unsigned int nr, unsigned int reg)
NEVER(void, hvm_io_instruction, struct vcpu *v)
NEVER(void, hvm_io_port, struct vcpu *v, uint16_t port, unsigned int size, bool write,
      uint64_t next_rip)
NEVER(void, hvm_memory_fault, struct vcpu *v, uint64_t gpa, enum hvm_access access)
NEVER(void, hvm_prepare_entry, struct vcpu *v)
NEVER(int, msr_read_safe, uint32_t msr, uint64_t *value)
NEVER(void, svm_asid_init, uint32_t count)
NEVER(void, svm_asid_update, struct vcpu *v)
NEVER(cpumask_t, svm_cpus, void)
NEVER(void, svm_enter, struct cpu_user_regs *regs)

static const struct hvm_backend backend;
const struct hvm_backend *hvm_backend = &backend;

static void begin(void)
{
    fake_machine_init(1);
    fake_current[0] = &vcpu;
    memset(&vmcb, 0, sizeof(vmcb));
    hvm.event = (struct hvm_event){0};
    memset(order, 0, sizeof(order));
    vector = 0;
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

int main(void)
{
    RUN(a_machine_check_is_the_hosts);
    return check_done();
}
