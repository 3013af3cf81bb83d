/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's registers in a VMCS that is an array here: both copies of control registers, modes as
 * they change, PAE's four entries. */
#include "check.h"

#include "hvm/vmx/vmx.h"
#include "machine/cpu.h"
#include "machine/cpu_features.h"

#define CR4_FIXED CR4_VMXE

struct cpu_features cpu_features = {.address_bits = 39};
struct vmx_cpu vmx_cpu = {.cr0_fixed = CR0_NE, .cr4_fixed = CR4_FIXED};

static uint64_t fields[0x8000];
static uint64_t tables[4];
static bool no_tables;
static struct vmx_vcpu vmx;
static struct hvm_vcpu hvm = {.state = &vmx};
static struct domain domain;
static struct vcpu vcpu = {.domain = &domain, .hvm = &hvm};
static unsigned int open_now;

uint64_t vmread(uint64_t field)
{
    return fields[field];
}

void vmwrite(uint64_t field, uint64_t value)
{
    fields[field] = value;
}

uint64_t vmx_open(const struct vcpu *v)
{
    open_now++;
    return 0;
}

void vmx_close(const struct vcpu *v, uint64_t token)
{
    open_now--;
}

void vmx_hand_get(const struct vcpu *v, uint64_t values[VMX_HAND_MSRS])
{
    memcpy(values, vmx.hand, sizeof(vmx.hand));
}

void vmx_hand_set(struct vcpu *v, const uint64_t values[VMX_HAND_MSRS])
{
    memcpy(vmx.hand, values, sizeof(vmx.hand));
}

bool hvm_copy_physical(struct domain *d, uint64_t gpa, void *buffer, size_t len, bool write)
{
    if (no_tables || gpa != 0x1020 || len != sizeof(tables) || write)
        return false;
    memcpy(buffer, tables, sizeof(tables));
    return true;
}

static void begin(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
    struct hvm_registers r;

    memset(fields, 0, sizeof(fields));
    memset(tables, 0, sizeof(tables));
    no_tables = false;
    vmx_state_init(&vcpu, 0x5000);
    hvm_registers_reset(&r);
    r.cr0 = cr0;
    r.cr3 = 0x1020;
    r.cr4 = cr4;
    r.efer = efer;
    CHECK_EQ(vmx_registers_set(&vcpu, &r), 0);
}

static void a_guest_is_fenced_in(void)
{
    begin(CR0_ET, 0, 0);
    CHECK_EQ(fields[VMCS_EXCEPTIONS], 1 << 1 | 1 << 17 | 1 << 18);
    CHECK_EQ(fields[VMCS_CR4_MASK], ~0ULL);
    /* NE, CD, NW, and all that is unknown exit; paging and protection don't. */
    CHECK_EQ(fields[VMCS_CR0_MASK] & (CR0_NE | CR0_CD | CR0_NW | 1ULL << 32),
             CR0_NE | CR0_CD | CR0_NW | 1ULL << 32);
    CHECK(!(fields[VMCS_CR0_MASK] & (CR0_PE | CR0_PG | CR0_TS)));
    CHECK_EQ(fields[VMCS_MSR_BITMAP], 0x5000);
    CHECK_EQ(fields[VMCS_LINK], ~0ULL);
}

static void it_does_not_see_what_is_always_set(void)
{
    struct hvm_registers r;

    begin(CR0_ET, 0, 0);
    CHECK_EQ(fields[VMCS_GUEST_CR0], CR0_ET | CR0_NE);
    CHECK_EQ(fields[VMCS_GUEST_CR4], CR4_FIXED | CR4_MCE);
    vmx_registers_get(&vcpu, &r);
    CHECK_EQ(r.cr0, CR0_ET);
    CHECK_EQ(r.cr4, 0);
    /* Its cache is never off. */
    CHECK(vmx_cr0_write(&vcpu, CR0_ET | CR0_CD | CR0_NW | CR0_PE));
    CHECK_EQ(fields[VMCS_GUEST_CR0], CR0_ET | CR0_NE | CR0_PE);
    CHECK_EQ(vmx_cr0(), CR0_ET | CR0_CD | CR0_NW | CR0_PE);
    /* What it changes by itself is seen. */
    fields[VMCS_GUEST_CR0] |= CR0_TS;
    CHECK_EQ(vmx_cr0(), CR0_ET | CR0_CD | CR0_NW | CR0_PE | CR0_TS);
}

static void cr0_has_rules(void)
{
    begin(CR0_ET | CR0_PE, 0, 0);
    CHECK(!vmx_cr0_write(&vcpu, CR0_ET | CR0_PG));
    CHECK(!vmx_cr0_write(&vcpu, CR0_ET | CR0_PE | CR0_NW));
    CHECK(!vmx_cr0_write(&vcpu, CR0_ET | CR0_PE | 1ULL << 32));
    CHECK_EQ(vmx_cr0(), CR0_ET | CR0_PE);
    CHECK(vmx_cr0_write(&vcpu, CR0_PE | 1UL << 10)); /* bits that no CPU has are ignored */
    CHECK_EQ(vmx_cr0(), CR0_ET | CR0_PE);
}

static void long_mode_comes_and_goes(void)
{
    begin(CR0_ET | CR0_PE, CR4_PAE, EFER_LME);
    vmx.vpid_given = true;
    CHECK(vmx_cr0_write(&vcpu, CR0_ET | CR0_PE | CR0_PG));
    CHECK(!vmx.vpid_given);
    CHECK_EQ(fields[VMCS_GUEST_EFER], EFER_LME | EFER_LMA);
    CHECK(fields[VMCS_ENTRY_CONTROLS] & ENTRY_CONTROL_LONG_MODE);
    CHECK(!vmx_efer_write(&vcpu, 0));
    CHECK(vmx_efer_write(&vcpu, EFER_LME | EFER_NXE));
    CHECK_EQ(fields[VMCS_GUEST_EFER], EFER_LME | EFER_LMA | EFER_NXE);
    /* Not out of 64-bit code. */
    fields[VMCS_GUEST_RIGHTS + 2] = 0xa09b;
    CHECK(!vmx_cr0_write(&vcpu, CR0_ET | CR0_PE));
    fields[VMCS_GUEST_RIGHTS + 2] = 0xc09b;
    CHECK(vmx_cr0_write(&vcpu, CR0_ET | CR0_PE));
    CHECK_EQ(fields[VMCS_GUEST_EFER], EFER_LME | EFER_NXE);
    CHECK(!(fields[VMCS_ENTRY_CONTROLS] & ENTRY_CONTROL_LONG_MODE));
    /* Nor into it, nor without PAE. */
    fields[VMCS_GUEST_RIGHTS + 2] = 0xa09b;
    CHECK(!vmx_cr0_write(&vcpu, CR0_ET | CR0_PE | CR0_PG));
    fields[VMCS_GUEST_RIGHTS + 2] = 0xc09b;
    CHECK(vmx_cr4_write(&vcpu, 0));
    CHECK(!vmx_cr0_write(&vcpu, CR0_ET | CR0_PE | CR0_PG));
}

static void pae_has_four_entries(void)
{
    begin(CR0_ET | CR0_PE, CR4_PAE, 0);
    tables[0] = 0x2001;
    tables[3] = 0x1e6; /* not present: what else it says is nobody's business */
    CHECK(vmx_cr0_write(&vcpu, CR0_ET | CR0_PE | CR0_PG));
    CHECK_EQ(fields[VMCS_GUEST_PDPTE], 0x2001);
    CHECK_EQ(fields[VMCS_GUEST_PDPTE + 6], 0x1e6);
    tables[1] = 0x3001;
    CHECK(vmx_cr4_write(&vcpu, CR4_PAE | CR4_PGE));
    CHECK_EQ(fields[VMCS_GUEST_PDPTE + 2], 0x3001);
    tables[1] = 0x3003; /* a reserved bit */
    CHECK(!vmx_cr4_write(&vcpu, CR4_PAE));
    CHECK_EQ(fields[VMCS_CR4_SHADOW], CR4_PAE | CR4_PGE);
    tables[1] = 1ULL << 39 | 1; /* no such memory */
    CHECK(!vmx_cr4_write(&vcpu, CR4_PAE));
    tables[1] = 0;
    no_tables = true;
    CHECK(!vmx_cr4_write(&vcpu, CR4_PAE));
}

static void registers_come_back(void)
{
    struct hvm_registers r, back;

    begin(CR0_ET, 0, 0);
    hvm_registers_reset(&r);
    for (unsigned int i = 0; i < HVM_GDTR; i++)
        r.segment[i].selector = (uint16_t)(8 * i);
    r.segment[HVM_DS] = (struct hvm_segment){0, 0, 0, 0};
    r.segment[HVM_GDTR] = (struct hvm_segment){0, 0, 0x7f, 0x1000};
    r.segment[HVM_IDTR] = (struct hvm_segment){0, 0, 0xfff, 0x2000};
    r.cr0 = CR0_PE | CR0_PG | CR0_ET | CR0_WP | CR0_NE | CR0_CD;
    r.cr2 = 0x1234;
    r.cr3 = 0x7000;
    r.cr4 = CR4_PAE | CR4_PGE;
    r.efer = EFER_LME | EFER_LMA | EFER_SCE;
    r.dr6 = 0xffff0ff1;
    r.star = 0x23001000000000;
    r.lstar = 0xffffffff81000000;
    r.cstar = 0xffffffff81000100;
    r.sfmask = 0x47700;
    r.kernel_gs_base = 0xffff888000000000;
    r.sysenter_esp = 0x5000;
    fields[VMCS_GUEST_BLOCKING] = BLOCKING_STI;
    CHECK_EQ(vmx_registers_set(&vcpu, &r), 0);
    CHECK_EQ(fields[VMCS_GUEST_BLOCKING], 0);
    vmx_registers_get(&vcpu, &back);
    CHECK(!memcmp(&r, &back, sizeof(r)));
    CHECK_EQ(open_now, 0);
    r.cr4 = 0;
    CHECK_EQ(vmx_registers_set(&vcpu, &r), -XEN_EINVAL);
    CHECK_EQ(fields[VMCS_CR4_SHADOW], CR4_PAE | CR4_PGE);
}

int main(void)
{
    RUN(a_guest_is_fenced_in);
    RUN(it_does_not_see_what_is_always_set);
    RUN(cr0_has_rules);
    RUN(long_mode_comes_and_goes);
    RUN(pae_has_four_entries);
    RUN(registers_come_back);
    return check_done();
}
