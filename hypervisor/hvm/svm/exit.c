/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a guest stopped running, and what is done about it. What is not in the table ends the guest,
 * with a report. */
#include "hvm/svm/svm.h"

#include "hvm/svm/insn.h"
#include "lib/bits.h"
#include "lib/print.h"
#include "machine/cpu.h"
#include "machine/registers.h"
#include "machine/traps.h"

#define IO_IN     (1U << 0)
#define IO_STRING (1U << 2)

#define NPF_WRITE (1U << 1)
#define NPF_FETCH (1U << 4)
#define NPF_WALK  (1ULL << 33) /* the CPU was on its way through the guest's own tables */

#define DR6_FIXED 0xffff0ff0ULL
#define DR6_BITS  0xe00fULL
#define DR7_FIXED 0x400ULL
#define DR7_BITS  0xffff2bffULL

typedef void (*exit_handler)(struct vcpu *v, struct vmcb *vmcb);

/* Finds the instruction that was intercepted. False: it isn't there (another vCPU has changed the
 * code since); the guest gets #UD. */
static bool decode(struct vcpu *v, enum svm_insn insn, struct svm_decoded *out)
{
    uint8_t bytes[HVM_INSN_MAX];
    size_t count = sizeof(bytes) - hvm_copy_from(bytes, hvm_backend->linear_rip(v), sizeof(bytes));

    if (svm_decode(insn, bytes, count, hvm_backend->is_64bit(v), out))
        return true;
    hvm_exception(v, TRAP_UD, false, 0);
    return false;
}

static void advance(struct vcpu *v, struct vmcb *vmcb, uint64_t to)
{
    struct cpu_user_regs *regs = guest_regs();

    regs->rip = hvm_backend->is_64bit(v) ? to : (uint32_t)to;
    regs->rflags &= ~EFLAGS_RF;
    hvm_backend->retired(v);
}

/* Moves behind the instruction, which was carried out. */
static bool skip(struct vcpu *v, struct vmcb *vmcb, enum svm_insn insn)
{
    struct svm_decoded decoded;

    if (svm_has_next_rip && vmcb->next_rip) {
        advance(v, vmcb, vmcb->next_rip);
        return true;
    }
    if (!decode(v, insn, &decoded))
        return false;
    advance(v, vmcb, guest_regs()->rip + decoded.length);
    return true;
}

static void protection_fault(struct vcpu *v)
{
    hvm_exception(v, TRAP_GP, true, 0);
}

static void exit_nothing(struct vcpu *v, struct vmcb *vmcb)
{
}

static void exit_undefined(struct vcpu *v, struct vmcb *vmcb)
{
    hvm_exception(v, TRAP_UD, false, 0);
}

static void exit_protection(struct vcpu *v, struct vmcb *vmcb)
{
    protection_fault(v);
}

static void exit_cpuid(struct vcpu *v, struct vmcb *vmcb)
{
    if (skip(v, vmcb, SVM_INSN_CPUID))
        hvm_cpuid(v, guest_regs());
}

static void exit_msr(struct vcpu *v, struct vmcb *vmcb)
{
    struct cpu_user_regs *regs = guest_regs();
    bool write = vmcb->exit_info1 & 1, ok;
    uint64_t value = (uint32_t)regs->rax | regs->rdx << 32;

    if (write)
        ok = hvm_msr_write(v, (uint32_t)regs->rcx, value);
    else
        ok = hvm_msr_read(v, (uint32_t)regs->rcx, &value);
    if (!ok) {
        log_at(LOG_DEBUG, "d%u: MSR %#x: %s of %#lx denied\n", v->domain->domid,
               (uint32_t)regs->rcx, write ? "write" : "read", value);
        protection_fault(v);
        return;
    }
    if (!skip(v, vmcb, write ? SVM_INSN_WRMSR : SVM_INSN_RDMSR) || write)
        return;
    regs->rax = (uint32_t)value;
    regs->rdx = value >> 32;
}

/* Moves behind it first, so that a call that is to be made again can move back. */
static void exit_vmmcall(struct vcpu *v, struct vmcb *vmcb)
{
    struct cpu_user_regs *regs = guest_regs();

    if (!skip(v, vmcb, SVM_INSN_VMMCALL))
        return;
    if (vmcb->cpl)
        regs->rax = (uint64_t)-XEN_EPERM;
    else if (!hvm_backend->is_64bit(v))
        regs->rax = (uint32_t)hvm_hypercall_compat(regs);
    else
        regs->rax = (uint64_t)hvm_hypercall(regs);
}

static void exit_hlt(struct vcpu *v, struct vmcb *vmcb)
{
    if (skip(v, vmcb, SVM_INSN_HLT))
        hvm_halt(v);
}

static void exit_invd(struct vcpu *v, struct vmcb *vmcb)
{
    skip(v, vmcb, SVM_INSN_INVD);
}

/* Memory of guests is cached coherently, and they have no devices that are not. */
static void exit_wbinvd(struct vcpu *v, struct vmcb *vmcb)
{
    skip(v, vmcb, SVM_INSN_WBINVD);
}

static void exit_xsetbv(struct vcpu *v, struct vmcb *vmcb)
{
    const struct cpu_user_regs *regs = guest_regs();

    if (hvm_xcr_write(v, (uint32_t)regs->rcx, (uint32_t)regs->rax | regs->rdx << 32))
        skip(v, vmcb, SVM_INSN_XSETBV);
    else
        protection_fault(v);
}

/* The CPU has its own rules for CR4, which VMRUN would find broken. */
static bool cr4_consistent(const struct vmcb *vmcb, uint64_t cr4)
{
    bool long_mode = vmcb->efer & EFER_LMA;

    if (long_mode && !(cr4 & CR4_PAE))
        return false;
    return !(cr4 & CR4_PCIDE & ~vmcb->cr4) || (long_mode && !(vmcb->cr3 & 0xfff));
}

static void exit_cr4_write(struct vcpu *v, struct vmcb *vmcb)
{
    struct cpu_user_regs *regs = guest_regs();
    struct svm_decoded decoded;
    uint64_t value, changed;

    if (!decode(v, SVM_INSN_MOV_TO_CR, &decoded))
        return;
    value = *register_place(regs, decoded.reg);
    if (!hvm_cr4_valid(v, value) || !cr4_consistent(vmcb, value)) {
        protection_fault(v);
        return;
    }
    changed = vmcb->cr4 ^ value;
    vmcb->cr4 = value;
    if (changed & (CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP))
        svm_of(v)->asid_given = false; /* a new id: nothing cached */
    advance(v, vmcb, regs->rip + decoded.length);
}

static void exit_dr_read(struct vcpu *v, struct vmcb *vmcb)
{
    struct cpu_user_regs *regs = guest_regs();
    unsigned int nr = (unsigned int)(vmcb->exit_code - EXIT_DR_READ);
    struct svm_decoded decoded;
    uint64_t value;

    if (!decode(v, SVM_INSN_MOV_FROM_DR, &decoded))
        return;
    if (nr < 4)
        value = v->hvm->dr[nr];
    else
        value = nr & 1 ? vmcb->dr7 : vmcb->dr6;
    *register_place(regs, decoded.reg) = hvm_backend->is_64bit(v) ? value : (uint32_t)value;
    advance(v, vmcb, regs->rip + decoded.length);
}

static void exit_dr_write(struct vcpu *v, struct vmcb *vmcb)
{
    struct cpu_user_regs *regs = guest_regs();
    unsigned int nr = (unsigned int)(vmcb->exit_code - EXIT_DR_WRITE);
    struct svm_decoded decoded;
    uint64_t value;

    if (!decode(v, SVM_INSN_MOV_TO_DR, &decoded))
        return;
    value = *register_place(regs, decoded.reg);
    if (nr >= 4 && value >> 32) {
        protection_fault(v);
        return;
    }
    if (nr < 4)
        v->hvm->dr[nr] = value;
    else if (nr & 1)
        vmcb->dr7 = (value & DR7_BITS) | DR7_FIXED;
    else
        vmcb->dr6 = (value & DR6_BITS) | DR6_FIXED;
    advance(v, vmcb, regs->rip + decoded.length);
}

/* Permission was checked before (APM vol. 2, 15.10.1). */
static void exit_io(struct vcpu *v, struct vmcb *vmcb)
{
    uint32_t info = (uint32_t)vmcb->exit_info1;

    if (info & IO_STRING)
        hvm_io_instruction(v);
    else
        hvm_io_port(v, (uint16_t)(info >> 16), info >> 4 & 7, !(info & IO_IN), vmcb->exit_info2);
}

static void exit_db(struct vcpu *v, struct vmcb *vmcb)
{
    hvm_exception(v, TRAP_DB, false, 0);
}

/* ICEBP is a trap, but the intercept is a fault. */
static void exit_icebp(struct vcpu *v, struct vmcb *vmcb)
{
    advance(v, vmcb, guest_regs()->rip + 1);
    hvm_exception(v, TRAP_DB, false, 0);
}

static void exit_ac(struct vcpu *v, struct vmcb *vmcb)
{
    hvm_exception(v, TRAP_AC, true, (uint32_t)vmcb->exit_info1);
}

static void exit_iret(struct vcpu *v, struct vmcb *vmcb)
{
    v->hvm->nmi_blocked = false;
    hvm_backend->want_iret(v, false);
}

static void exit_shutdown(struct vcpu *v, struct vmcb *vmcb)
{
    hvm_triple_fault(v);
}

static void exit_nested_fault(struct vcpu *v, struct vmcb *vmcb)
{
    enum hvm_access access = HVM_ACCESS_READ;

    if (vmcb->exit_info1 & NPF_WALK)
        access = HVM_ACCESS_WALK;
    else if (vmcb->exit_info1 & NPF_FETCH)
        access = HVM_ACCESS_FETCH;
    else if (vmcb->exit_info1 & NPF_WRITE)
        access = HVM_ACCESS_WRITE;
    hvm_memory_fault(v, vmcb->exit_info2, access);
}

static void exit_invalid(struct vcpu *v, struct vmcb *vmcb)
{
    domain_crash(v->domain, "its registers are in a state that the CPU refuses");
}

static void exit_unknown(struct vcpu *v, struct vmcb *vmcb)
{
    domain_crash(v->domain, "an exit that is not known: code %#lx, %#lx, %#lx", vmcb->exit_code,
                 vmcb->exit_info1, vmcb->exit_info2);
}

static const exit_handler handlers[] = {
    [EXIT_CR4_WRITE] = exit_cr4_write,
    [EXIT_DR_READ... EXIT_DR_READ + 7] = exit_dr_read,
    [EXIT_DR_WRITE... EXIT_DR_WRITE + 7] = exit_dr_write,
    [EXIT_EXCEPTION + TRAP_DB] = exit_db,
    [EXIT_EXCEPTION + TRAP_AC] = exit_ac,
    [EXIT_EXCEPTION + TRAP_MC] = exit_nothing, /* the host has had it by now */
    [EXIT_INTERRUPT] = exit_nothing,           /* likewise */
    [EXIT_NMI] = exit_nothing,
    [EXIT_SMI] = exit_nothing,
    [EXIT_INIT] = exit_nothing,
    [EXIT_VINTR] = exit_nothing, /* it can take an interrupt, which it gets on its way back */
    [EXIT_RDPMC] = exit_protection,
    [EXIT_CPUID] = exit_cpuid,
    [EXIT_IRET] = exit_iret,
    [EXIT_INVD] = exit_invd,
    [EXIT_HLT] = exit_hlt,
    [EXIT_INVLPGA] = exit_undefined,
    [EXIT_IO] = exit_io,
    [EXIT_MSR] = exit_msr,
    [EXIT_FERR] = exit_nothing,
    [EXIT_SHUTDOWN] = exit_shutdown,
    [EXIT_VMRUN] = exit_undefined,
    [EXIT_VMMCALL] = exit_vmmcall,
    [EXIT_VMLOAD] = exit_undefined,
    [EXIT_VMSAVE] = exit_undefined,
    [EXIT_STGI] = exit_undefined,
    [EXIT_CLGI] = exit_undefined,
    [EXIT_SKINIT] = exit_undefined,
    [EXIT_ICEBP] = exit_icebp,
    [EXIT_WBINVD] = exit_wbinvd,
    [EXIT_MONITOR] = exit_undefined,
    [EXIT_MWAIT] = exit_undefined,
    [EXIT_XSETBV] = exit_xsetbv,
    [EXIT_NESTED_FAULT] = exit_nested_fault,
};

void svm_handle_exit(struct vcpu *v, struct vmcb *vmcb)
{
    uint64_t code = vmcb->exit_code;

    if (code == EXIT_INVALID)
        exit_invalid(v, vmcb);
    else if (code < ARRAY_SIZE(handlers) && handlers[code])
        handlers[code](v, vmcb);
    else
        exit_unknown(v, vmcb);
}
