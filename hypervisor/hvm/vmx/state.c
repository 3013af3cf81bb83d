/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's registers in its VMCS (SDM vol. 3, 24.4). Of CR0 and CR4 there are two copies: what the
 * CPU goes by, and, for bits that the guest does not have a free hand with, what it takes them for.
 */
#include "hvm/vmx/vmx.h"

#include "machine/cpu.h"
#include "machine/cpu_features.h"
#include "machine/traps.h"
#include "memory/allocator.h"

/* The guest's own; it changes the others by our leave. Caches are never off: they would be for all.
 */
#define CR0_FREE  (CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_WP | CR0_AM | CR0_PG)
#define CR0_KNOWN (CR0_FREE | CR0_ET | CR0_NE | CR0_CD | CR0_NW)
#define CR0_ON    (CR0_ET | CR0_NE)

#define CR4_PAGING (CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP)

#define ATTR_L         (1U << 9)
#define PDPTES         4
#define PDPTE_RESERVED 0x1e6ULL
#define PDPTES_AT      0xffffffe0ULL
#define EXCEPTIONS     (1U << TRAP_DB | 1U << TRAP_AC | 1U << TRAP_MC)
#define DR7_RESET      0x400

uint64_t vmx_cr0(void)
{
    return (vmread(VMCS_GUEST_CR0) & CR0_FREE) | (vmread(VMCS_CR0_SHADOW) & ~CR0_FREE);
}

static void cr0_put(uint64_t value)
{
    vmwrite(VMCS_CR0_SHADOW, value);
    vmwrite(VMCS_GUEST_CR0, (value & CR0_FREE) | CR0_ON | vmx_cpu.cr0_fixed);
}

/* Machine checks are the machine's, whatever the guest thinks of them. */
static void cr4_put(uint64_t value)
{
    vmwrite(VMCS_CR4_SHADOW, value);
    vmwrite(VMCS_GUEST_CR4, value | CR4_MCE | vmx_cpu.cr4_fixed);
}

/* The CPU wants to hear in two places whether the guest is in long mode. */
static void efer_put(uint64_t value)
{
    uint32_t controls = vmx_cpu.controls[VMX_ENTRY];

    vmwrite(VMCS_GUEST_EFER, value);
    vmwrite(VMCS_ENTRY_CONTROLS, value & EFER_LMA ? controls | ENTRY_CONTROL_LONG_MODE : controls);
}

static bool is_pae(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
    return (cr0 & CR0_PG) && (cr4 & CR4_PAE) && !(efer & EFER_LMA);
}

/* With PAE the CPU keeps the four entries of the root. False: it would not take them. */
static bool pdptes_read(struct domain *d, uint64_t cr3, uint64_t pdptes[PDPTES])
{
    if (!hvm_copy_physical(d, cr3 & PDPTES_AT, pdptes, PDPTES * sizeof(*pdptes), false))
        return false;
    for (unsigned int i = 0; i < PDPTES; i++)
        if ((pdptes[i] & PTE_P) &&
            ((pdptes[i] & PDPTE_RESERVED) || pdptes[i] >> cpu_features.address_bits))
            return false;
    return true;
}

static void pdptes_put(const uint64_t pdptes[PDPTES])
{
    for (unsigned int i = 0; i < PDPTES; i++)
        vmwrite(VMCS_GUEST_PDPTE + 2 * i, pdptes[i]);
}

static bool pdptes_update(struct vcpu *v, uint64_t cr0, uint64_t cr4, uint64_t efer)
{
    uint64_t pdptes[PDPTES];

    if (!is_pae(cr0, cr4, efer))
        return true;
    if (!pdptes_read(v->domain, vmread(VMCS_GUEST_CR3), pdptes))
        return false;
    pdptes_put(pdptes);
    return true;
}

/* What happens to EFER as paging is turned on or off. False: it can't be. (SDM vol. 2, MOV to
 * control registers; vol. 3, 9.8.5) */
static bool paging_change(const struct vcpu *v, bool on, uint64_t cr4, uint64_t *efer)
{
    bool is_64bit = (vmcs_attributes((uint32_t)vmread(VMCS_GUEST_RIGHTS + 2)) & ATTR_L);

    if (!on) {
        if (((*efer & EFER_LMA) && is_64bit) || (cr4 & CR4_PCIDE))
            return false;
        *efer &= ~EFER_LMA;
        return true;
    }
    if (!(*efer & EFER_LME))
        return true;
    if (!(cr4 & CR4_PAE) || is_64bit)
        return false;
    *efer |= EFER_LMA;
    return true;
}

bool vmx_cr0_write(struct vcpu *v, uint64_t value)
{
    uint64_t old = vmx_cr0(), cr4 = vmread(VMCS_CR4_SHADOW), efer = vmread(VMCS_GUEST_EFER);
    bool pg = value & CR0_PG;

    if (value >> 32 || (pg && !(value & CR0_PE)) || ((value & CR0_NW) && !(value & CR0_CD)))
        return false;
    value = (value & CR0_KNOWN) | CR0_ET;
    if (((old ^ value) & CR0_PG) && !paging_change(v, pg, cr4, &efer))
        return false;
    if (!pdptes_update(v, value, cr4, efer))
        return false;
    cr0_put(value);
    efer_put(efer);
    if ((old ^ value) & (CR0_PG | CR0_WP))
        vmx_of(v)->vpid_given = false;
    return true;
}

bool vmx_cr4_write(struct vcpu *v, uint64_t value)
{
    uint64_t changed = vmread(VMCS_CR4_SHADOW) ^ value;

    if ((changed & CR4_PAGING) &&
        !pdptes_update(v, vmread(VMCS_GUEST_CR0), value, vmread(VMCS_GUEST_EFER)))
        return false;
    cr4_put(value);
    if (changed & CR4_PAGING)
        vmx_of(v)->vpid_given = false;
    return true;
}

/* Long mode can't be turned on or off while paging is on. */
bool vmx_efer_write(struct vcpu *v, uint64_t value)
{
    uint64_t old = vmread(VMCS_GUEST_EFER);

    if ((vmread(VMCS_GUEST_CR0) & CR0_PG) && ((value ^ old) & EFER_LME))
        return false;
    efer_put((value & ~EFER_LMA) | (old & EFER_LMA));
    return true;
}

/* Plain fields that are registers, by their names there and here. */
#define FOR_EACH_FIELD(apply)                                                                   \
    apply(VMCS_GUEST_CR3, cr3) apply(VMCS_GUEST_DR7, dr7) apply(VMCS_GUEST_PAT, pat)            \
        apply(VMCS_GUEST_SYSENTER_CS, sysenter_cs) apply(VMCS_GUEST_SYSENTER_ESP, sysenter_esp) \
            apply(VMCS_GUEST_SYSENTER_EIP, sysenter_eip)                                        \
                apply(VMCS_GUEST_GDTR_BASE, segment[HVM_GDTR].base)                             \
                    apply(VMCS_GUEST_IDTR_BASE, segment[HVM_IDTR].base)

static void segments_get(struct hvm_registers *out)
{
    for (unsigned int i = 0; i < VMCS_SEGMENTS; i++)
        out->segment[vmcs_segments[i]] = (struct hvm_segment){
            .selector = (uint16_t)vmread(VMCS_GUEST_SELECTOR + 2 * i),
            .attributes = vmcs_attributes((uint32_t)vmread(VMCS_GUEST_RIGHTS + 2 * i)),
            .limit = (uint32_t)vmread(VMCS_GUEST_LIMIT + 2 * i),
            .base = vmread(VMCS_GUEST_BASE + 2 * i),
        };
    out->segment[HVM_GDTR].limit = (uint32_t)vmread(VMCS_GUEST_GDTR_LIMIT);
    out->segment[HVM_IDTR].limit = (uint32_t)vmread(VMCS_GUEST_IDTR_LIMIT);
}

static void segments_put(const struct hvm_registers *in)
{
    for (unsigned int i = 0; i < VMCS_SEGMENTS; i++) {
        const struct hvm_segment *s = &in->segment[vmcs_segments[i]];

        vmwrite(VMCS_GUEST_SELECTOR + 2 * i, s->selector);
        vmwrite(VMCS_GUEST_RIGHTS + 2 * i, vmcs_rights(s->attributes));
        vmwrite(VMCS_GUEST_LIMIT + 2 * i, s->limit);
        vmwrite(VMCS_GUEST_BASE + 2 * i, s->base);
    }
    vmwrite(VMCS_GUEST_GDTR_LIMIT, in->segment[HVM_GDTR].limit);
    vmwrite(VMCS_GUEST_IDTR_LIMIT, in->segment[HVM_IDTR].limit);
}

void vmx_registers_get(const struct vcpu *v, struct hvm_registers *out)
{
    uint64_t hand[VMX_HAND_MSRS], token;

    vmx_hand_get(v, hand);
    *out = (struct hvm_registers){
        .cr2 = vmx_of(v)->cr2,
        .dr6 = vmx_of(v)->dr6,
        .star = hand[0],
        .lstar = hand[1],
        .cstar = hand[2],
        .sfmask = hand[3],
        .kernel_gs_base = hand[4],
    };
    token = vmx_open(v);
    segments_get(out);
#define GET(field, name) out->name = vmread(field);
    FOR_EACH_FIELD(GET)
#undef GET
    out->cr0 = vmx_cr0();
    out->cr4 = vmread(VMCS_CR4_SHADOW);
    out->efer = vmread(VMCS_GUEST_EFER);
    vmx_close(v, token);
}

/* Nothing is left of what held interrupts back. */
static void registers_put(const struct hvm_registers *in, const uint64_t pdptes[PDPTES])
{
    uint64_t efer = in->efer;

    if ((efer & EFER_LME) && (in->cr0 & CR0_PG))
        efer |= EFER_LMA;
    segments_put(in);
#define PUT(field, name) vmwrite(field, in->name);
    FOR_EACH_FIELD(PUT)
#undef PUT
    cr0_put((in->cr0 & CR0_KNOWN) | CR0_ET);
    cr4_put(in->cr4);
    efer_put(efer);
    pdptes_put(pdptes);
    vmwrite(VMCS_GUEST_BLOCKING, 0);
    vmwrite(VMCS_GUEST_PENDING, 0);
}

int vmx_registers_set(struct vcpu *v, const struct hvm_registers *in)
{
    uint64_t hand[VMX_HAND_MSRS] = {in->star, in->lstar, in->cstar, in->sfmask, in->kernel_gs_base};
    uint64_t pdptes[PDPTES] = {0}, token;
    struct vmx_vcpu *vmx = vmx_of(v);

    if (!vmcs_registers_valid(in, cpu_features.address_bits))
        return -XEN_EINVAL;
    if (is_pae(in->cr0, in->cr4, in->efer & EFER_LME ? EFER_LMA : 0) &&
        !pdptes_read(v->domain, in->cr3, pdptes))
        return -XEN_EINVAL;
    vmx->cr2 = in->cr2;
    vmx->dr6 = in->dr6;
    vmx->vpid_given = false;
    vmx_hand_set(v, hand);
    token = vmx_open(v);
    registers_put(in, pdptes);
    vmx_close(v, token);
    return 0;
}

void vmx_walk_mode(const struct vcpu *v, struct walk_mode *out)
{
    uint64_t token = vmx_open(v);

    *out = (struct walk_mode){
        .cr0 = vmx_cr0(),
        .cr3 = vmread(VMCS_GUEST_CR3),
        .cr4 = vmread(VMCS_CR4_SHADOW),
        .efer = vmread(VMCS_GUEST_EFER),
    };
    vmx_close(v, token);
}

/* Controls are the same for all; what of the host is the same on all CPUs, too. */
static void controls_put(const struct vmx_vcpu *vmx, uint64_t msr_map)
{
    vmwrite(VMCS_PIN, vmx_cpu.controls[VMX_PIN]);
    vmwrite(VMCS_PRIMARY, vmx->primary);
    vmwrite(VMCS_SECONDARY, vmx_cpu.controls[VMX_SECONDARY]);
    vmwrite(VMCS_EXIT_CONTROLS, vmx_cpu.controls[VMX_EXIT]);
    vmwrite(VMCS_EXCEPTIONS, EXCEPTIONS);
    vmwrite(VMCS_MSR_BITMAP, msr_map);
    vmwrite(VMCS_EPT_POINTER, vmx->eptp);
    vmwrite(VMCS_CR0_MASK, ~CR0_FREE);
    vmwrite(VMCS_CR4_MASK, ~0ULL);
    vmwrite(VMCS_LINK, ~0ULL);
    vmwrite(VMCS_CR3_TARGETS, 0);
    vmwrite(VMCS_EXIT_STORE_COUNT, 0);
    vmwrite(VMCS_EXIT_LOAD_COUNT, 0);
    vmwrite(VMCS_ENTRY_LOAD_COUNT, 0);
    vmwrite(VMCS_ENTRY_EVENT, 0);
}

void vmx_state_init(struct vcpu *v, uint64_t msr_map)
{
    static const uint64_t no_pdptes[PDPTES];
    struct vmx_vcpu *vmx = vmx_of(v);
    struct hvm_registers r;

    hvm_registers_reset(&r);
    controls_put(vmx, msr_map);
    vmwrite(VMCS_GUEST_DEBUGCTL, 0);
    vmwrite(VMCS_GUEST_ACTIVITY, 0);
    registers_put(&r, no_pdptes);
    vmx->dr6 = r.dr6;
}
