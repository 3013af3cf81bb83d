/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that any kind of CPU leaves to us; see exit.h. */
#include "hvm/exit.h"

#include "lib/print.h"
#include "machine/cpu.h"
#include "machine/registers.h"
#include "machine/traps.h"

#define DR6_FIXED 0xffff0ff0ULL
#define DR6_BITS  0xe00fULL
#define DR6_BD    (1ULL << 13)
#define DR7_FIXED 0x400ULL
#define DR7_BITS  0xffff2bffULL

void hvm_advance(struct vcpu *v, uint64_t next)
{
    struct cpu_user_regs *regs = guest_regs();

    regs->rip = hvm_backend->is_64bit(v) ? next : (uint32_t)next;
    regs->rflags &= ~EFLAGS_RF;
    hvm_backend->retired(v);
}

void hvm_protection_fault(struct vcpu *v)
{
    hvm_exception(v, TRAP_GP, true, 0);
}

void hvm_exit_cpuid(struct vcpu *v, uint64_t next)
{
    hvm_advance(v, next);
    hvm_cpuid(v, guest_regs());
}

void hvm_exit_msr(struct vcpu *v, uint64_t next, bool write)
{
    struct cpu_user_regs *regs = guest_regs();
    uint32_t index = (uint32_t)regs->rcx;
    uint64_t value = (uint32_t)regs->rax | regs->rdx << 32;
    bool ok = write ? hvm_msr_write(v, index, value) : hvm_msr_read(v, index, &value);

    if (!ok) {
        log_at(LOG_DEBUG, "d%u: MSR %#x: %s of %#lx denied\n", v->domain->domid, index,
               write ? "write" : "read", value);
        hvm_protection_fault(v);
        return;
    }
    if (!write) {
        regs->rax = (uint32_t)value;
        regs->rdx = value >> 32;
    }
    hvm_advance(v, next);
}

void hvm_exit_rdtsc(struct vcpu *v, uint64_t next, bool with_aux)
{
    struct cpu_user_regs *regs = guest_regs();
    uint64_t value = guest_tsc_now(v->domain), aux = 0;

    regs->rax = (uint32_t)value;
    regs->rdx = value >> 32;
    if (with_aux) {
        (void)hvm_msr_read(v, MSR_TSC_AUX, &aux);
        regs->rcx = aux;
    }
    hvm_advance(v, next);
}

/* Moves behind it first, so that a call that is to be made again can move back. */
void hvm_exit_hypercall(struct vcpu *v, uint64_t next)
{
    struct cpu_user_regs *regs = guest_regs();

    hvm_advance(v, next);
    if (hvm_backend->privilege(v))
        regs->rax = (uint64_t)-XEN_EPERM;
    else if (!hvm_backend->is_64bit(v))
        regs->rax = (uint32_t)hvm_hypercall_compat(regs);
    else
        regs->rax = (uint64_t)hvm_hypercall(regs);
}

void hvm_exit_hlt(struct vcpu *v, uint64_t next)
{
    hvm_advance(v, next);
    hvm_halt(v);
}

void hvm_exit_xsetbv(struct vcpu *v, uint64_t next)
{
    const struct cpu_user_regs *regs = guest_regs();

    if (hvm_xcr_write(v, (uint32_t)regs->rcx, (uint32_t)regs->rax | regs->rdx << 32))
        hvm_advance(v, next);
    else
        hvm_protection_fault(v);
}

uint64_t hvm_operand(const struct vcpu *v, unsigned int reg)
{
    uint64_t value = register_value(guest_regs(), reg);

    return hvm_backend->is_64bit(v) ? value : (uint32_t)value;
}

/* The CPU has its own rules for CR4, which it would find broken when it enters the guest. */
static bool cr4_consistent(const struct walk_mode *mode, uint64_t cr4)
{
    bool long_mode = mode->efer & EFER_LMA;

    if (long_mode && !(cr4 & CR4_PAE))
        return false;
    return !(cr4 & CR4_PCIDE & ~mode->cr4) || (long_mode && !(mode->cr3 & 0xfff));
}

void hvm_exit_cr4_write(struct vcpu *v, uint64_t next, unsigned int reg)
{
    uint64_t value = hvm_operand(v, reg);
    struct walk_mode mode;

    hvm_backend->walk_mode(v, &mode);
    if (hvm_cr4_valid(v, value) && cr4_consistent(&mode, value) && hvm_backend->cr4_write(v, value))
        hvm_advance(v, next);
    else
        hvm_protection_fault(v);
}

/* The guest has asked for an exception before whoever next has to do with debug registers. */
static void general_detect(struct vcpu *v)
{
    hvm_backend->debug_write(v, false, hvm_backend->debug_read(v, false) | DR6_BD);
    hvm_exception(v, TRAP_DB, false, 0);
}

/* Ring 0 only; and the old names of DR6 and DR7 are no registers when CR4 says so. False: has an
 * exception delivered. */
static bool dr_allowed(struct vcpu *v, unsigned int nr)
{
    struct walk_mode mode;

    hvm_backend->walk_mode(v, &mode);
    if (hvm_backend->privilege(v))
        hvm_protection_fault(v);
    else if ((nr == 4 || nr == 5) && (mode.cr4 & CR4_DE))
        hvm_exception(v, TRAP_UD, false, 0);
    else if (hvm_backend->debug_read(v, true) & DR7_GD)
        general_detect(v);
    else
        return true;
    return false;
}

void hvm_exit_dr_read(struct vcpu *v, uint64_t next, unsigned int nr, unsigned int reg)
{
    uint64_t value;

    if (!dr_allowed(v, nr))
        return;
    value = nr < 4 ? v->hvm->dr[nr] : hvm_backend->debug_read(v, nr & 1);
    *register_place(guest_regs(), reg) = hvm_backend->is_64bit(v) ? value : (uint32_t)value;
    hvm_advance(v, next);
}

void hvm_exit_dr_write(struct vcpu *v, uint64_t next, unsigned int nr, unsigned int reg)
{
    uint64_t value = hvm_operand(v, reg);

    if (!dr_allowed(v, nr))
        return;
    if (nr >= 4 && value >> 32) {
        hvm_protection_fault(v);
        return;
    }
    if (nr < 4)
        v->hvm->dr[nr] = value;
    else if (nr & 1)
        hvm_backend->debug_write(v, true, (value & DR7_BITS) | DR7_FIXED);
    else
        hvm_backend->debug_write(v, false, (value & DR6_BITS) | DR6_FIXED);
    hvm_advance(v, next);
}
