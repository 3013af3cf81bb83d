/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a guest stopped running, and what is done about it (SDM vol. 3, chapter 27 and appendix C).
 * What is not in the table ends the guest, with a report. */
#include "hvm/vmx/vmx.h"

#include "hvm/exit.h"
#include "machine/cpu.h"
#include "machine/registers.h"
#include "machine/traps.h"

#define QUALIFICATION_STEPS 0x600fU    /* of #DB: bits of DR6 */
#define VIOLATION_NMI_OPEN  (1U << 12) /* an IRET has just let NMIs in */
#define CR8_BITS            0xfU

typedef void (*exit_handler)(struct vcpu *v);

static uint64_t next_rip(void)
{
    return guest_regs()->rip + vmread(VMCS_EXIT_LENGTH);
}

static void exit_nothing(struct vcpu *v)
{
}

static void exit_undefined(struct vcpu *v)
{
    hvm_exception(v, TRAP_UD, false, 0);
}

static void exit_protection(struct vcpu *v)
{
    hvm_protection_fault(v);
}

static void exit_cpuid(struct vcpu *v)
{
    hvm_exit_cpuid(v, next_rip());
}

static void exit_rdmsr(struct vcpu *v)
{
    hvm_exit_msr(v, next_rip(), false);
}

static void exit_wrmsr(struct vcpu *v)
{
    hvm_exit_msr(v, next_rip(), true);
}

static void exit_rdtsc(struct vcpu *v)
{
    hvm_exit_rdtsc(v, next_rip(), false);
}

static void exit_rdtscp(struct vcpu *v)
{
    hvm_exit_rdtsc(v, next_rip(), true);
}

static void exit_vmcall(struct vcpu *v)
{
    hvm_exit_hypercall(v, next_rip());
}

static void exit_hlt(struct vcpu *v)
{
    hvm_exit_hlt(v, next_rip());
}

/* INVD, WBINVD: memory of guests is cached coherently, and they have no devices that are not. */
static void exit_skip(struct vcpu *v)
{
    hvm_advance(v, next_rip());
}

static void exit_xsetbv(struct vcpu *v)
{
    hvm_exit_xsetbv(v, next_rip());
}

static void cr0_move(struct vcpu *v, unsigned int reg)
{
    if (vmx_cr0_write(v, hvm_operand(v, reg)))
        hvm_advance(v, next_rip());
    else
        hvm_protection_fault(v);
}

/* The upper half of the APIC's task priority. */
static void cr8_move(struct vcpu *v, bool write, unsigned int reg)
{
    uint64_t value = hvm_operand(v, reg);

    if (!write) {
        *register_place(guest_regs(), reg) = v->hvm->lapic.tpr >> 4;
    } else if (value & ~(uint64_t)CR8_BITS) {
        hvm_protection_fault(v);
        return;
    } else {
        v->hvm->lapic.tpr = (uint32_t)(value << 4);
    }
    hvm_advance(v, next_rip());
}

static void exit_cr(struct vcpu *v)
{
    struct vmx_cr_access access = vmcs_cr_access(vmread(VMCS_QUALIFICATION));

    if (access.cr == 8 && access.kind <= CR_READ)
        cr8_move(v, access.kind == CR_WRITE, access.reg);
    else if (access.cr == 0 && access.kind == CR_WRITE)
        cr0_move(v, access.reg);
    else if (access.cr == 4 && access.kind == CR_WRITE)
        hvm_exit_cr4_write(v, next_rip(), access.reg);
    else
        domain_crash(v->domain, "an access of kind %u to CR%u", access.kind, access.cr);
}

static void exit_dr(struct vcpu *v)
{
    struct vmx_dr_access access = vmcs_dr_access(vmread(VMCS_QUALIFICATION));

    if (access.read)
        hvm_exit_dr_read(v, next_rip(), access.dr, access.reg);
    else
        hvm_exit_dr_write(v, next_rip(), access.dr, access.reg);
}

/* Permission was checked before (SDM vol. 3, 25.1.1). */
static void exit_io(struct vcpu *v)
{
    struct vmx_io_access access = vmcs_io_access(vmread(VMCS_QUALIFICATION));

    if (access.string)
        hvm_io_instruction(v);
    else
        hvm_io_port(v, access.port, access.size, !access.read, next_rip());
}

/* NMIs that an IRET let in before it was stopped are to be held back again: it is going to be made
 * again. */
static void nmi_close(bool opened)
{
    if (opened && !(vmread(VMCS_VECTORING) & EVENT_VALID))
        vmwrite(VMCS_GUEST_BLOCKING, vmread(VMCS_GUEST_BLOCKING) | BLOCKING_NMI);
}

/* ICEBP is an instruction's trap, but is stopped like a fault. */
static void debug_exception(struct vcpu *v, uint32_t event)
{
    struct vmx_vcpu *vmx = vmx_of(v);

    vmx->dr6 = (vmx->dr6 & ~0xfULL) | (vmread(VMCS_QUALIFICATION) & QUALIFICATION_STEPS);
    vmwrite(VMCS_GUEST_PENDING, 0);
    if ((event & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_TYPE_ICEBP)
        hvm_advance(v, next_rip());
    hvm_exception(v, TRAP_DB, false, 0);
}

/* NMIs and machine checks were seen to before interrupts were let in. */
static void exit_exception(struct vcpu *v)
{
    uint32_t event = (uint32_t)vmread(VMCS_EXIT_EVENT);

    switch (event & EVENT_VECTOR) {
    case TRAP_NMI:
    case TRAP_MC:
        break;
    case TRAP_DB:
        nmi_close(event & EVENT_NMI_OPEN);
        debug_exception(v, event);
        break;
    case TRAP_AC:
        nmi_close(event & EVENT_NMI_OPEN);
        hvm_exception(v, TRAP_AC, true, (uint32_t)vmread(VMCS_EXIT_EVENT_ERROR));
        break;
    default:
        domain_crash(v->domain, "an exception that was not asked for: %#x", event);
    }
}

static void exit_nmi_window(struct vcpu *v)
{
    v->hvm->nmi_blocked = false;
    hvm_backend->want_iret(v, false);
}

static void exit_triple_fault(struct vcpu *v)
{
    hvm_triple_fault(v);
}

/* NMIs stay held back but by an IRET; those that came through the gate are from now on. */
static void exit_task_switch(struct vcpu *v)
{
    uint32_t vectoring = (uint32_t)vmread(VMCS_VECTORING);
    struct task_switch t = vmcs_task_switch(vmread(VMCS_QUALIFICATION), vectoring,
                                            (uint32_t)vmread(VMCS_VECTORING_ERROR));
    uint64_t blocking = vmread(VMCS_GUEST_BLOCKING) & BLOCKING_NMI;

    if (v->hvm->event.type == HVM_EVENT_NMI)
        blocking = BLOCKING_NMI;
    if (hvm_exit_task_switch(v, &t, t.external ? guest_regs()->rip : next_rip()) &&
        t.cause != TASK_IRET)
        vmwrite(VMCS_GUEST_BLOCKING, blocking);
}

/* The first write to a page that is noted (on a CPU whose tables have no bit for that): p2m.h. */
static bool note_write(struct vcpu *v, uint64_t gpa)
{
    struct p2m *p2m = &v->domain->hvm->p2m;
    uint64_t mfn;

    if (p2m->format->dirty_by_cpu || p2m_lookup(p2m, gpa >> PAGE_SHIFT, &mfn) != P2M_RAM)
        return false;
    p2m_dirty_set(p2m, gpa >> PAGE_SHIFT);
    return true;
}

static void exit_ept_violation(struct vcpu *v)
{
    uint64_t qualification = vmread(VMCS_QUALIFICATION), gpa = vmread(VMCS_GUEST_PHYSICAL);
    enum hvm_access access = vmcs_ept_access(qualification);

    nmi_close(qualification & VIOLATION_NMI_OPEN);
    if ((access == HVM_ACCESS_WRITE || access == HVM_ACCESS_WALK) && note_write(v, gpa))
        return;
    hvm_memory_fault(v, gpa, access);
}

static void exit_ept_misconfiguration(struct vcpu *v)
{
    domain_crash(v->domain, "the CPU can't read its map at %#lx", vmread(VMCS_GUEST_PHYSICAL));
}

/* The CPU has not gone there. (A machine check is the host's, which has had it by now. How far the
 * entry had come is not known.) */
static void exit_not_entered(struct vcpu *v, uint32_t reason)
{
    if (reason == EXIT_MACHINE_CHECK)
        domain_crash(v->domain, "there was a machine check as it was entered");
    else
        domain_crash(v->domain, "its registers are in a state that the CPU refuses (%lu)",
                     vmread(VMCS_QUALIFICATION));
}

static void exit_unknown(struct vcpu *v, uint32_t reason)
{
    domain_crash(v->domain, "an exit that is not known: reason %#x, %#lx", reason,
                 vmread(VMCS_QUALIFICATION));
}

static const exit_handler handlers[] = {
    [EXIT_EXCEPTION] = exit_exception,
    [EXIT_INTERRUPT] = exit_nothing, /* the host has had it by now */
    [EXIT_TRIPLE_FAULT] = exit_triple_fault,
    [EXIT_INIT] = exit_nothing,
    [EXIT_STARTUP] = exit_nothing,
    [EXIT_INTERRUPT_WINDOW] = exit_nothing, /* it gets its interrupt on its way back */
    [EXIT_NMI_WINDOW] = exit_nmi_window,
    [EXIT_TASK_SWITCH] = exit_task_switch,
    [EXIT_CPUID] = exit_cpuid,
    [EXIT_GETSEC] = exit_undefined,
    [EXIT_HLT] = exit_hlt,
    [EXIT_INVD] = exit_skip,
    [EXIT_RDPMC] = exit_protection,
    [EXIT_RDTSC] = exit_rdtsc,
    [EXIT_RSM] = exit_undefined,
    [EXIT_VMCALL] = exit_vmcall,
    [EXIT_VMCLEAR... EXIT_VMXON] = exit_undefined,
    [EXIT_CR] = exit_cr,
    [EXIT_DR] = exit_dr,
    [EXIT_IO] = exit_io,
    [EXIT_RDMSR] = exit_rdmsr,
    [EXIT_WRMSR] = exit_wrmsr,
    [EXIT_MWAIT] = exit_undefined,
    [EXIT_MONITOR] = exit_undefined,
    [EXIT_PAUSE] = exit_skip,
    [EXIT_EPT_VIOLATION] = exit_ept_violation,
    [EXIT_EPT_MISCONFIGURATION] = exit_ept_misconfiguration,
    [EXIT_INVEPT] = exit_undefined,
    [EXIT_RDTSCP] = exit_rdtscp,
    [EXIT_INVVPID] = exit_undefined,
    [EXIT_WBINVD] = exit_skip,
    [EXIT_XSETBV] = exit_xsetbv,
    [EXIT_VMFUNC] = exit_undefined,
};

/* The exit has only taken notice of it. An NMI is held back, as after any, until an IRET. A machine
 * check while a guest is entered is no exception at all, nor did its handler see it (SDM vol. 3,
 * 26.9). */
void vmx_host_exception(uint32_t reason)
{
    uint32_t vector = (uint32_t)vmread(VMCS_EXIT_EVENT) & EVENT_VECTOR;

    if (reason == (EXIT_NOT_ENTERED | EXIT_MACHINE_CHECK))
        raise_machine_check();
    if (reason != EXIT_EXCEPTION)
        return;
    if (vector == TRAP_NMI)
        raise_nmi();
    else if (vector == TRAP_MC)
        raise_machine_check();
}

void vmx_handle_exit(struct vcpu *v, uint32_t reason)
{
    if (reason & EXIT_NOT_ENTERED)
        exit_not_entered(v, reason & ~EXIT_NOT_ENTERED);
    else if (reason < ARRAY_SIZE(handlers) && handlers[reason])
        handlers[reason](v);
    else
        exit_unknown(v, reason);
}
