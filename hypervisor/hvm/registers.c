/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers that any kind of CPU would take for a guest's, and those that it switches by itself. */
#include "hvm/hvm.h"

#include "machine/cpu.h"

#define ATTR_CODE_L (1U << 9)
#define ATTR_CODE_D (1U << 10)

#define CR4_KNOWN                                                                             \
    (CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_MCE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT | \
     CR4_UMIP | CR4_FSGSBASE | CR4_PCIDE | CR4_OSXSAVE | CR4_SMEP | CR4_SMAP | 0x103)
#define EFER_KNOWN (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

bool hvm_registers_valid(const struct hvm_registers *r)
{
    uint16_t cs = r->segment[HVM_CS].attributes;
    bool lme = r->efer & EFER_LME, pg = r->cr0 & CR0_PG;

    if (r->cr0 >> 32 || r->dr6 >> 32 || r->dr7 >> 32)
        return false;
    if ((r->efer & ~EFER_KNOWN) || (r->cr4 & ~CR4_KNOWN) || r->cr3 & ~(PTE_ADDR | 0xfff))
        return false;
    if (pg && !(r->cr0 & CR0_PE))
        return false;
    if (!(r->cr0 & CR0_CD) && (r->cr0 & CR0_NW))
        return false;
    if (lme && pg && (!(r->cr4 & CR4_PAE) || ((cs & ATTR_CODE_L) && (cs & ATTR_CODE_D))))
        return false;
    return !(r->efer & EFER_LMA) || (lme && pg);
}

/* Each of the eight bytes is a memory type: 0, 1, 4, 5, 6 or 7. */
bool hvm_pat_valid(uint64_t value)
{
    for (unsigned int i = 0; i < 8; i++) {
        uint8_t type = (uint8_t)(value >> i * 8);

        if (type > 7 || type == 2 || type == 3)
            return false;
    }
    return true;
}

const uint32_t hvm_switched_msrs[HVM_SWITCHED_MSRS] = {
    MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_STAR,    MSR_LSTAR,
    MSR_CSTAR,       MSR_SFMASK,       MSR_FS_BASE,      MSR_GS_BASE, MSR_KERNEL_GS_BASE,
};
