/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Selectors, FS and GS bases and debug registers of PV guests across a context switch, and the two
 * modes of a vCPU. */
#include "machine/cpu.h"
#include "machine/cpu_features.h"
#include "pv/pv.h"

/* DR6 and DR7 after reset (SDM vol. 3, 18.2). */
#define DR6_FIXED 0xffff0ff0UL
#define DR7_FIXED 0x400UL
#define DR7_ENABLED 0xffUL
#define DR7_GENERAL_DETECT (1UL << 13)
#define DR7_RESERVED 0xffffffff0000d800UL

static uint64_t fs_base_read(void)
{
    return cpu_features.fsgsbase ? fs_base_read_fast() : msr_read(MSR_FS_BASE);
}

static uint64_t gs_base_read(void)
{
    return cpu_features.fsgsbase ? gs_base_read_fast() : msr_read(MSR_GS_BASE);
}

static void fs_base_write(uint64_t base)
{
    if (cpu_features.fsgsbase)
        fs_base_write_fast(base);
    else
        msr_write(MSR_FS_BASE, base);
}

void pv_toggle_mode(struct vcpu *v)
{
    v->pv->kernel_mode = !v->pv->kernel_mode;
    swapgs();
    pv_load_root(v);
}

static void debug_registers_save(struct vcpu *v)
{
    if (!(v->pv->dr[7] & DR7_ENABLED))
        return;
    v->pv->dr[6] = dr6_read();
    dr7_write(DR7_FIXED);
}

static void debug_registers_load(const struct vcpu *v)
{
    if (!(v->pv->dr[7] & DR7_ENABLED))
        return;
    dr0_write(v->pv->dr[0]);
    dr1_write(v->pv->dr[1]);
    dr2_write(v->pv->dr[2]);
    dr3_write(v->pv->dr[3]);
    dr6_write(v->pv->dr[6]);
    dr7_write(v->pv->dr[7]);
}

void pv_segments_save(struct vcpu *v)
{
    struct pv_vcpu *pv = v->pv;
    uint64_t active = gs_base_read(), inactive = msr_read(MSR_KERNEL_GS_BASE);

    if (!pv->selectors_due) {
        v->regs.ds = ds_read();
        v->regs.es = es_read();
        v->regs.fs = fs_read();
        v->regs.gs = gs_read();
    }
    pv->fs_base = fs_base_read();
    pv->gs_base_kernel = pv->kernel_mode ? active : inactive;
    pv->gs_base_user = pv->kernel_mode ? inactive : active;
    debug_registers_save(v);

    /* Nothing of this guest's tables may be reloaded for the next one. */
    ds_load_safe(0);
    es_load_safe(0);
    fs_load_safe(0);
    gs_load_safe(0);
}

static void bases_load(const struct pv_vcpu *pv)
{
    fs_base_write(pv->fs_base);
    msr_write(MSR_GS_BASE, pv->kernel_mode ? pv->gs_base_kernel : pv->gs_base_user);
    msr_write(MSR_KERNEL_GS_BASE, pv->kernel_mode ? pv->gs_base_user : pv->gs_base_kernel);
}

void pv_segments_load(struct vcpu *v)
{
    const struct cpu_user_regs *regs = guest_regs();

    v->pv->selectors_due = regs->ds | regs->es | regs->fs | regs->gs;
    bases_load(v->pv);
    debug_registers_load(v);
}

void pv_selectors_load(struct vcpu *v)
{
    const struct cpu_user_regs *regs = guest_regs();
    unsigned int bad = 0;

    v->pv->selectors_due = false;
    bad |= ds_load_safe(regs->ds) ? BAD_DS : 0;
    bad |= es_load_safe(regs->es) ? BAD_ES : 0;
    bad |= fs_load_safe(regs->fs) ? BAD_FS : 0;
    bad |= gs_load_safe(regs->gs) ? BAD_GS : 0;
    v->pv->bad_selectors |= (uint16_t)bad;
    bases_load(v->pv); /* selectors bring bases of their own */
}

static bool is_data_address(unsigned int nr)
{
    return nr < 4;
}

/* Breakpoints in the hypervisor's part of the address space would be ours to trip over. */
static int address_check(uint64_t value)
{
    if (!va_canonical(value))
        return -XEN_EINVAL;
    return value >= HV_START && value < HV_END ? -XEN_EPERM : 0;
}

static void current_write(unsigned int nr, uint64_t value)
{
    switch (nr) {
    case 0: dr0_write(value); break;
    case 1: dr1_write(value); break;
    case 2: dr2_write(value); break;
    case 3: dr3_write(value); break;
    case 6: dr6_write(value); break;
    default: break;
    }
}

int pv_debug_register_write(struct vcpu *v, unsigned int nr, uint64_t value)
{
    bool current = v == current_vcpu();

    if (is_data_address(nr)) {
        int error = address_check(value);

        if (error)
            return error;
        if (current && (v->pv->dr[7] & DR7_ENABLED))
            current_write(nr, value);
    } else if (nr == 4 || nr == 6) {
        nr = 6;
        value = (value & 0xe00f) | DR6_FIXED;
        if (current)
            current_write(nr, value);
    } else if (nr == 5 || nr == 7) {
        nr = 7;
        if (value & DR7_GENERAL_DETECT)
            return -XEN_EPERM;
        value = (value & ~DR7_RESERVED) | DR7_FIXED;
        v->pv->dr[7] = value;
        if (current) {
            if (value & DR7_ENABLED)
                debug_registers_load(v);
            else
                dr7_write(DR7_FIXED);
        }
    } else {
        return -XEN_EINVAL;
    }
    v->pv->dr[nr] = value;
    return 0;
}

uint64_t pv_debug_register_read(struct vcpu *v, unsigned int nr)
{
    if (nr == 4 || nr == 5)
        nr += 2;
    return v->pv->dr[nr];
}
