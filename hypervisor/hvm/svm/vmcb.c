/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes into a VMCB; see vmcb.h. Touches no CPU. */
#include "hvm/svm/vmcb.h"

#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/traps.h"

#define ATTR_DPL  (3U << 5)
#define ALL_PORTS 0xff

/* All that a guest must not do by itself, or that tells us when to act. #DB and #AC are among them
 * since a guest can make the CPU raise them endlessly, with no way in for anybody. Task switches
 * are not: all that they change is the guest's own. */
static void intercepts_set(struct vmcb *vmcb)
{
    vmcb->intercept_cr_write = 1U << 4;
    vmcb->intercept_dr_read = vmcb->intercept_dr_write = 0xffff;
    vmcb->intercept_exceptions = 1U << TRAP_DB | 1U << TRAP_AC | 1U << TRAP_MC;
    vmcb->intercept1 = INTERCEPT1(EXIT_INTERRUPT) | INTERCEPT1(EXIT_NMI) | INTERCEPT1(EXIT_SMI) |
                       INTERCEPT1(EXIT_INIT) | INTERCEPT1(EXIT_VINTR) | INTERCEPT1(EXIT_RDPMC) |
                       INTERCEPT1(EXIT_CPUID) | INTERCEPT1(EXIT_INVD) | INTERCEPT1(EXIT_HLT) |
                       INTERCEPT1(EXIT_INVLPGA) | INTERCEPT1(EXIT_IO) | INTERCEPT1(EXIT_MSR) |
                       INTERCEPT1(EXIT_FERR) | INTERCEPT1(EXIT_SHUTDOWN);
    vmcb->intercept2 = INTERCEPT2(EXIT_VMRUN) | INTERCEPT2(EXIT_VMMCALL) | INTERCEPT2(EXIT_VMLOAD) |
                       INTERCEPT2(EXIT_VMSAVE) | INTERCEPT2(EXIT_STGI) | INTERCEPT2(EXIT_CLGI) |
                       INTERCEPT2(EXIT_SKINIT) | INTERCEPT2(EXIT_ICEBP) | INTERCEPT2(EXIT_WBINVD) |
                       INTERCEPT2(EXIT_MONITOR) | INTERCEPT2(EXIT_MWAIT) | INTERCEPT2(EXIT_XSETBV);
}

void vmcb_init(struct vmcb *vmcb, uint64_t io_map, uint64_t msr_map, uint64_t nested_cr3)
{
    struct hvm_registers r;

    memset(vmcb, 0, sizeof(*vmcb));
    intercepts_set(vmcb);
    vmcb->io_map = io_map;
    vmcb->msr_map = msr_map;
    vmcb->virtual_interrupt = VINTR_MASKING | VINTR_IGNORE_TPR;
    vmcb->nested = 1;
    vmcb->nested_cr3 = nested_cr3;
    hvm_registers_reset(&r);
    (void)vmcb_registers_set(vmcb, &r);
}

void vmcb_registers_get(const struct vmcb *vmcb, struct hvm_registers *out)
{
    *out = (struct hvm_registers){
        .cr0 = vmcb->cr0,
        .cr2 = vmcb->cr2,
        .cr3 = vmcb->cr3,
        .cr4 = vmcb->cr4,
        .efer = vmcb->efer & ~EFER_SVME,
        .dr6 = vmcb->dr6,
        .dr7 = vmcb->dr7,
        .pat = vmcb->pat,
        .star = vmcb->star,
        .lstar = vmcb->lstar,
        .cstar = vmcb->cstar,
        .sfmask = vmcb->sfmask,
        .kernel_gs_base = vmcb->kernel_gs_base,
        .sysenter_cs = vmcb->sysenter_cs,
        .sysenter_esp = vmcb->sysenter_esp,
        .sysenter_eip = vmcb->sysenter_eip,
    };
    memcpy(out->segment, vmcb->segment, sizeof(out->segment));
}

int vmcb_registers_set(struct vmcb *vmcb, const struct hvm_registers *in)
{
    if (!hvm_registers_valid(in))
        return -XEN_EINVAL;
    vmcb->fetched = 0; /* that was elsewhere */
    memcpy(vmcb->segment, in->segment, sizeof(vmcb->segment));
    vmcb->cpl = (in->segment[HVM_SS].attributes & ATTR_DPL) >> 5;
    vmcb->cr0 = in->cr0;
    vmcb->cr2 = in->cr2;
    vmcb->cr3 = in->cr3;
    vmcb->cr4 = in->cr4;
    vmcb->efer = in->efer | EFER_SVME; /* VMRUN asks for it; the guest does not see it */
    if ((in->efer & EFER_LME) && (in->cr0 & CR0_PG))
        vmcb->efer |= EFER_LMA;
    vmcb->dr6 = in->dr6;
    vmcb->dr7 = in->dr7;
    vmcb->pat = in->pat;
    vmcb->star = in->star;
    vmcb->lstar = in->lstar;
    vmcb->cstar = in->cstar;
    vmcb->sfmask = in->sfmask;
    vmcb->kernel_gs_base = in->kernel_gs_base;
    vmcb->sysenter_cs = in->sysenter_cs;
    vmcb->sysenter_esp = in->sysenter_esp;
    vmcb->sysenter_eip = in->sysenter_eip;
    return 0;
}

/* Their numbers for the types (APM vol. 2, 15.20). */
static const uint8_t event_types[] = {
    [HVM_EVENT_INTERRUPT] = 0,
    [HVM_EVENT_NMI] = 2,
    [HVM_EVENT_EXCEPTION] = 3,
    [HVM_EVENT_SOFTWARE] = 4,
};

uint64_t vmcb_event_encode(const struct hvm_event *event)
{
    uint64_t word =
        EVENT_VALID | event->vector | (uint64_t)event_types[event->type] << EVENT_TYPE_SHIFT;

    if (event->has_error)
        word |= EVENT_HAS_ERROR | (uint64_t)event->error << 32;
    return word;
}

struct hvm_event vmcb_event_decode(uint64_t word)
{
    struct hvm_event event = {
        .vector = (uint8_t)word,
        .has_error = word & EVENT_HAS_ERROR,
        .error = (uint32_t)(word >> 32),
    };

    if (!(word & EVENT_VALID))
        return (struct hvm_event){0};
    for (unsigned int type = HVM_EVENT_INTERRUPT; type <= HVM_EVENT_SOFTWARE; type++)
        if (event_types[type] == (word & EVENT_TYPE) >> EVENT_TYPE_SHIFT)
            event.type = (enum hvm_event_type)type;
    return event;
}

/* An interrupt goes as a virtual one that we do not intercept. As an injected event it would do as
 * well on a CPU; but QEMU's emulation delivers that twice when it is disturbed at the wrong moment.
 */
void vmcb_deliver(struct vmcb *vmcb, const struct hvm_event *event)
{
    if (event->type != HVM_EVENT_INTERRUPT) {
        vmcb->inject = vmcb_event_encode(event);
        return;
    }
    vmcb->intercept1 &= ~INTERCEPT1(EXIT_VINTR);
    vmcb->virtual_interrupt &= ~VINTR_VECTOR;
    vmcb->virtual_interrupt |= VINTR_REQUEST | (uint64_t)event->vector << VINTR_VECTOR_SHIFT;
}

/* A virtual interrupt that we do intercept. */
void vmcb_want_window(struct vmcb *vmcb, bool want)
{
    vmcb->intercept1 |= INTERCEPT1(EXIT_VINTR);
    if (want)
        vmcb->virtual_interrupt |= VINTR_REQUEST;
    else
        vmcb->virtual_interrupt &= ~VINTR_REQUEST;
}

void vmcb_want_rdtsc(struct vmcb *vmcb, bool want)
{
    uint32_t rdtsc = INTERCEPT1(EXIT_RDTSC), rdtscp = INTERCEPT2(EXIT_RDTSCP);

    vmcb->intercept1 = want ? vmcb->intercept1 | rdtsc : vmcb->intercept1 & ~rdtsc;
    vmcb->intercept2 = want ? vmcb->intercept2 | rdtscp : vmcb->intercept2 & ~rdtscp;
}

/* What an instruction raised by itself (INT n, INT3, INTO), that instruction raises again. */
struct hvm_event vmcb_undelivered_event(const struct vmcb *vmcb)
{
    bool was_interrupt = !(vmcb->intercept1 & INTERCEPT1(EXIT_VINTR));
    struct hvm_event event = vmcb_event_decode(vmcb->exit_event);
    bool own_trap = event.vector == TRAP_BP || event.vector == TRAP_OF;

    /* Not begun; or begun, and stopped by a fault of the nested tables. */
    if (was_interrupt &&
        (vmcb->virtual_interrupt & VINTR_REQUEST || event.type == HVM_EVENT_INTERRUPT))
        return (struct hvm_event){
            .type = HVM_EVENT_INTERRUPT,
            .vector = (uint8_t)(vmcb->virtual_interrupt >> VINTR_VECTOR_SHIFT),
        };
    if (event.type == HVM_EVENT_SOFTWARE || (event.type == HVM_EVENT_EXCEPTION && own_trap))
        return (struct hvm_event){0};
    return event;
}

void vmcb_io_map_fill(uint8_t *map)
{
    memset(map, ALL_PORTS, SVM_IO_MAP_PAGES * PAGE_SIZE);
}

/* Two bits a register; three ranges of 8192 registers. -1: in none, always intercepted. */
static int msr_bit(uint32_t msr)
{
    static const uint32_t first[] = {0, 0xc0000000, 0xc0010000};

    for (unsigned int i = 0; i < ARRAY_SIZE(first); i++)
        if (msr - first[i] < 0x2000)
            return (int)(i * 0x4000 + (msr - first[i]) * 2);
    return -1;
}

bool vmcb_msr_intercepted(const uint8_t *map, uint32_t msr, bool write)
{
    int bit = msr_bit(msr);

    if (bit < 0)
        return true;
    bit += write;
    return map[bit / 8] >> bit % 8 & 1;
}

void vmcb_msr_map_fill(uint8_t *map)
{
    memset(map, 0xff, SVM_MSR_MAP_PAGES * PAGE_SIZE);
    for (unsigned int i = 0; i < HVM_SWITCHED_MSRS; i++) {
        int bit = msr_bit(hvm_switched_msrs[i]);

        map[bit / 8] &= (uint8_t) ~(3U << bit % 8);
    }
}
