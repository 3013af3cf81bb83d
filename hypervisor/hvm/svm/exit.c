/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a guest stopped running, and what is done about it. What is not in the table ends the guest,
 * with a report. */
#include "hvm/svm/svm.h"

#include "hvm/exit.h"
#include "hvm/svm/insn.h"
#include "lib/bits.h"
#include "machine/cpu.h"
#include "machine/traps.h"

#define IO_IN     (1U << 0)
#define IO_STRING (1U << 2)

#define NPF_WRITE (1U << 1)
#define NPF_FETCH (1U << 4)
#define NPF_WALK  (1ULL << 33) /* the CPU was on its way through the guest's own tables */

typedef void (*exit_handler)(struct vcpu *v, struct vmcb *vmcb);

/* Is it that instruction which was intercepted? */
static bool is_at(struct vcpu *v, enum svm_insn insn, struct svm_decoded *out)
{
    uint8_t bytes[HVM_INSN_MAX];
    size_t count = sizeof(bytes) - hvm_copy_from(bytes, hvm_backend->linear_rip(v), sizeof(bytes));

    return svm_decode(insn, bytes, count, hvm_backend->is_64bit(v), out);
}

/* Finds the instruction that was intercepted. False: it isn't there (another vCPU has changed the
 * code since); the guest gets #UD. */
static bool decode(struct vcpu *v, enum svm_insn insn, struct svm_decoded *out)
{
    if (is_at(v, insn, out))
        return true;
    hvm_exception(v, TRAP_UD, false, 0);
    return false;
}

/* Where the instruction behind the intercepted one is. False: the guest gets #UD. */
static bool find_next(struct vcpu *v, struct vmcb *vmcb, enum svm_insn insn, uint64_t *next)
{
    struct svm_decoded decoded;

    if (svm_features.next_rip && vmcb->next_rip) {
        *next = vmcb->next_rip;
        return true;
    }
    if (!decode(v, insn, &decoded))
        return false;
    *next = guest_regs()->rip + decoded.length;
    return true;
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
    hvm_protection_fault(v);
}

static void exit_cpuid(struct vcpu *v, struct vmcb *vmcb)
{
    uint64_t next;

    if (find_next(v, vmcb, SVM_INSN_CPUID, &next))
        hvm_exit_cpuid(v, next);
}

static void exit_msr(struct vcpu *v, struct vmcb *vmcb)
{
    bool write = vmcb->exit_info1 & 1;
    uint64_t next;

    if (find_next(v, vmcb, write ? SVM_INSN_WRMSR : SVM_INSN_RDMSR, &next))
        hvm_exit_msr(v, next, write);
}

/* QEMU (7.2) calls both of them RDTSC. */
static void exit_rdtsc(struct vcpu *v, struct vmcb *vmcb)
{
    struct svm_decoded decoded;
    bool with_aux = vmcb->exit_code == EXIT_RDTSCP || is_at(v, SVM_INSN_RDTSCP, &decoded);
    uint64_t next;

    if (find_next(v, vmcb, with_aux ? SVM_INSN_RDTSCP : SVM_INSN_RDTSC, &next))
        hvm_exit_rdtsc(v, next, with_aux);
}

static void exit_vmmcall(struct vcpu *v, struct vmcb *vmcb)
{
    uint64_t next;

    if (find_next(v, vmcb, SVM_INSN_VMMCALL, &next))
        hvm_exit_hypercall(v, next);
}

static void exit_hlt(struct vcpu *v, struct vmcb *vmcb)
{
    uint64_t next;

    if (find_next(v, vmcb, SVM_INSN_HLT, &next))
        hvm_exit_hlt(v, next);
}

static void exit_invd(struct vcpu *v, struct vmcb *vmcb)
{
    uint64_t next;

    if (find_next(v, vmcb, SVM_INSN_INVD, &next))
        hvm_advance(v, next);
}

/* Memory of guests is cached coherently, and they have no devices that are not. */
static void exit_wbinvd(struct vcpu *v, struct vmcb *vmcb)
{
    uint64_t next;

    if (find_next(v, vmcb, SVM_INSN_WBINVD, &next))
        hvm_advance(v, next);
}

static void exit_xsetbv(struct vcpu *v, struct vmcb *vmcb)
{
    uint64_t next;

    if (find_next(v, vmcb, SVM_INSN_XSETBV, &next))
        hvm_exit_xsetbv(v, next);
}

/* A MOV of a control or debug register: which general register it names, and where the instruction
 * behind it is. `told`: the CPU says so, if it is one that does. False: the guest gets #UD. */
static bool find_move(struct vcpu *v, struct vmcb *vmcb, enum svm_insn insn, bool told,
                      unsigned int *reg, uint64_t *next)
{
    struct svm_decoded decoded;

    if (told && svm_features.decode && svm_features.next_rip && vmcb->next_rip) {
        *reg = vmcb->exit_info1 & MOV_REGISTER;
        *next = vmcb->next_rip;
        return true;
    }
    if (!decode(v, insn, &decoded))
        return false;
    *reg = decoded.reg;
    *next = guest_regs()->rip + decoded.length;
    return true;
}

static void exit_cr4_write(struct vcpu *v, struct vmcb *vmcb)
{
    bool told = vmcb->exit_info1 & CR_INFO_MOV;
    unsigned int reg;
    uint64_t next;

    if (find_move(v, vmcb, SVM_INSN_MOV_TO_CR, told, &reg, &next))
        hvm_exit_cr4_write(v, next, reg);
}

static void exit_dr_read(struct vcpu *v, struct vmcb *vmcb)
{
    unsigned int nr = (unsigned int)(vmcb->exit_code - EXIT_DR_READ);
    unsigned int reg;
    uint64_t next;

    if (find_move(v, vmcb, SVM_INSN_MOV_FROM_DR, true, &reg, &next))
        hvm_exit_dr_read(v, next, nr, reg);
}

static void exit_dr_write(struct vcpu *v, struct vmcb *vmcb)
{
    unsigned int nr = (unsigned int)(vmcb->exit_code - EXIT_DR_WRITE);
    unsigned int reg;
    uint64_t next;

    if (find_move(v, vmcb, SVM_INSN_MOV_TO_DR, true, &reg, &next))
        hvm_exit_dr_write(v, next, nr, reg);
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
    uint64_t next;

    if (!find_next(v, vmcb, SVM_INSN_ICEBP, &next))
        return;
    hvm_advance(v, next);
    hvm_exception(v, TRAP_DB, false, 0);
}

static void exit_ac(struct vcpu *v, struct vmcb *vmcb)
{
    hvm_exception(v, TRAP_AC, true, (uint32_t)vmcb->exit_info1);
}

/* The IRET is still to be carried out: the next NMI is not to come before it, on the stack that it
 * returns from. */
static void exit_iret(struct vcpu *v, struct vmcb *vmcb)
{
    vmcb->shadow |= VMCB_SHADOW;
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
    [EXIT_EXCEPTION + TRAP_MC] = exit_nothing, /* the host has had it by now (svm.c) */
    [EXIT_INTERRUPT] = exit_nothing,           /* likewise */
    [EXIT_NMI] = exit_nothing,
    [EXIT_SMI] = exit_nothing,
    [EXIT_INIT] = exit_nothing,
    [EXIT_VINTR] = exit_nothing, /* it can take an interrupt, which it gets on its way back */
    [EXIT_RDTSC] = exit_rdtsc,
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
    [EXIT_RDTSCP] = exit_rdtsc,
    [EXIT_ICEBP] = exit_icebp,
    [EXIT_WBINVD] = exit_wbinvd,
    [EXIT_MONITOR] = exit_undefined,
    [EXIT_MWAIT] = exit_undefined,
    [EXIT_XSETBV] = exit_xsetbv,
    [EXIT_NESTED_FAULT] = exit_nested_fault,
};

/* QEMU (7.2) writes 32 bits of it. */
static bool is_invalid(uint64_t code)
{
    return (uint32_t)code == (uint32_t)EXIT_INVALID;
}

void svm_handle_exit(struct vcpu *v, struct vmcb *vmcb)
{
    uint64_t code = vmcb->exit_code;

    if (is_invalid(code))
        exit_invalid(v, vmcb);
    else if (code < ARRAY_SIZE(handlers) && handlers[code])
        handlers[code](v, vmcb);
    else
        exit_unknown(v, vmcb);
}
