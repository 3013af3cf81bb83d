/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The context of a PV vCPU: what is read is what can be given back, what is refused changes
 * nothing, and page tables that take long to check are checked in the end. */
#include "check.h"

#include "guest_tables.h"

#include "domain/guest_ops.h"
#include "domain/vcpu.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "memory/memory.h"
#include "pv/pv.h"

#define UPPER (PTE_P | PTE_RW | PTE_US)
#define RIP   0xffffffff81000000ULL
#define BAD   0x8000000000000000ULL

/* By number in guest_frame: two roots with a table each, and no table at all. */
enum { ROOT, ROOT_L3, USER, USER_L3, DATA };

static struct vcpu vcpus[2];
static struct pv_vcpu pv[2];
static unsigned char fpu[2][1024];
static unsigned int gdt_set, wallclock_updates, fpu_resets;
static int gdt_result;
static struct vcpu_guest_context context, again;

/* What the file calls. */

void pv_root_put(uint64_t mfn)
{
    if (mfn)
        pv_table_put(mfn_to_page(mfn));
}

void pv_set_kernel_root(struct vcpu *v, uint64_t mfn)
{
    pv_root_put(v->pv->kernel_root);
    v->pv->kernel_root = mfn;
}

void pv_set_user_root(struct vcpu *v, uint64_t mfn)
{
    pv_root_put(v->pv->user_root);
    v->pv->user_root = mfn;
}

int pv_gdt_set(struct vcpu *v, const uint64_t *frames, unsigned int entries)
{
    gdt_set++;
    if (!gdt_result)
        v->pv->gdt_entries = entries;
    return gdt_result;
}

void pv_ldt_set(struct vcpu *v, uint64_t base, unsigned int entries)
{
    v->pv->ldt_base = base;
    v->pv->ldt_entries = entries;
}

int pv_debug_register_write(struct vcpu *v, unsigned int nr, uint64_t value)
{
    v->pv->dr[nr] = value;
    return 0;
}

void pv_cr4_set(struct vcpu *v, uint64_t value)
{
    v->pv->cr4 = value & ~CR4_VMXE;
}

void fpu_area_reset(void *area)
{
    fpu_resets++;
}

void fpu_area_set_legacy(void *area, const void *legacy)
{
    memcpy(area, legacy, 512);
}

void domain_wallclock_update(struct domain *d)
{
    wallclock_updates++;
}

static void begin(void)
{
    guest_start(false);
    CHECK(guest_write(guest_frame[ROOT], 0, pte_make(guest_frame[ROOT_L3], UPPER)));
    CHECK(guest_write(guest_frame[USER], 0, pte_make(guest_frame[USER_L3], UPPER)));
    memset(pv, 0, sizeof(pv));
    for (unsigned int i = 0; i < 2; i++)
        vcpus[i] = (struct vcpu){.id = i, .domain = guest, .pv = &pv[i], .fpu = fpu[i]};
    context = (struct vcpu_guest_context){.flags = VGCF_in_kernel | VGCF_I387_VALID};
    context.user_regs.rip = RIP;
    context.user_regs.rdx = 0x1234;
    context.user_regs.cs = 0xe030;
    context.user_regs.rflags = 0x3202; /* IOPL 3 */
    context.trap_ctxt[14] = (struct trap_info){14, 4, 0xe033, RIP + 16};
    context.gdt_ents = 512;
    context.ldt_base = 0x10000;
    context.ldt_ents = 3;
    context.kernel_ss = 0xe02b;
    context.kernel_sp = RIP + 4096;
    context.ctrlreg[0] = CR0_TS;
    context.ctrlreg[1] = guest_frame[USER] << PAGE_SHIFT;
    context.ctrlreg[3] = guest_frame[ROOT] << PAGE_SHIFT;
    context.ctrlreg[4] = CR4_OSXSAVE | CR4_FSGSBASE | CR4_VMXE;
    context.debugreg[1] = 0x77;
    context.event_callback_eip = RIP + 32;
    context.failsafe_callback_eip = RIP + 48;
    context.syscall_callback_eip = RIP + 64;
    context.vm_assist = 1UL << VMASST_TYPE_runstate_update_flag | 1UL << 31;
    context.gs_base_kernel = RIP + 80;
    gdt_set = wallclock_updates = fpu_resets = 0;
    gdt_result = 0;
}

static void end(void)
{
    for (unsigned int i = 0; i < 2; i++) {
        pv_set_kernel_root(&vcpus[i], 0);
        pv_set_user_root(&vcpus[i], 0);
    }
    CHECK(guest_audit() == NULL);
    CHECK_EQ(guest_stop(), 0);
}

static void what_is_read_can_be_given_back(void)
{
    begin();
    CHECK_EQ(pv_context_set(&vcpus[0], &context), 0);
    CHECK(vcpus[0].initialised);
    pv_context_get(&vcpus[0], &again);
    CHECK_EQ(again.ctrlreg[3], context.ctrlreg[3]);
    CHECK_EQ(again.ctrlreg[1], context.ctrlreg[1]);
    CHECK_EQ(again.user_regs.rdx, 0x1234);
    CHECK_EQ(again.user_regs.cs, 0xe033);
    CHECK_EQ(again.user_regs.rflags & 0x3000, 0x3000);
    CHECK(!(vcpus[0].regs.rflags & 0x3000));
    CHECK_EQ(pv_context_set(&vcpus[1], &again), 0);
    /* All that is a vCPU's is the same now in both. */
    CHECK_EQ(memcmp(&vcpus[0].regs, &vcpus[1].regs, sizeof(vcpus[0].regs)), 0);
    CHECK_EQ(memcmp(&pv[0], &pv[1], sizeof(pv[0])), 0);
    CHECK(pv[1].task_switched && pv[1].iopl == 3 && pv[1].dr[1] == 0x77);
    CHECK_EQ(pv[1].cr4, CR4_OSXSAVE | CR4_FSGSBASE);
    end();
}

static void the_first_one_brings_the_domains_part(void)
{
    begin();
    CHECK_EQ(pv_context_set(&vcpus[1], &context), 0);
    CHECK_EQ(wallclock_updates, 0);
    CHECK_EQ(guest->vm_assist, 0);
    CHECK_EQ(pv_context_set(&vcpus[0], &context), 0);
    CHECK_EQ(wallclock_updates, 1);
    CHECK_EQ(guest->vm_assist, 1U << VMASST_TYPE_runstate_update_flag);
    end();
}

static void wide_registers_stay(void)
{
    begin();
    memset(fpu[0], 0xa5, sizeof(fpu[0]));
    CHECK_EQ(pv_context_set(&vcpus[0], &context), 0);
    CHECK(fpu[0][511] == 0 && fpu[0][512] == 0xa5);
    CHECK_EQ(fpu_resets, 0);
    context.flags = VGCF_in_kernel;
    CHECK_EQ(pv_context_set(&vcpus[0], &context), 0);
    CHECK_EQ(fpu_resets, 1);
    /* Without a word about CR4, it stays, too. */
    context.ctrlreg[4] = 0;
    CHECK_EQ(pv_context_set(&vcpus[0], &context), 0);
    CHECK_EQ(pv[0].cr4, CR4_OSXSAVE | CR4_FSGSBASE);
    end();
}

static void refused(long error)
{
    CHECK_EQ(pv_context_set(&vcpus[0], &context), error);
    CHECK(!vcpus[0].initialised);
    CHECK(!pv[0].kernel_root && !pv[0].user_root && !vcpus[0].regs.rip);
    CHECK(guest_audit() == NULL);
}

static void what_it_may_not_have_is_refused(void)
{
    begin();
    context.user_regs.rip = BAD;
    refused(-XEN_EINVAL);
    context.user_regs.rip = RIP;
    context.syscall_callback_eip = BAD;
    refused(-XEN_EINVAL);
    context.syscall_callback_eip = 0;
    context.ctrlreg[3] = foreign_frame[0] << PAGE_SHIFT;
    refused(-XEN_EINVAL);
    context.ctrlreg[3] = guest_frame[ROOT] << PAGE_SHIFT;
    context.ctrlreg[1] = ~0ULL << PAGE_SHIFT;
    refused(-XEN_EINVAL);
    context.ctrlreg[1] = 0;
    gdt_result = -XEN_EINVAL;
    refused(-XEN_EINVAL);
    gdt_result = 0;
    context.flags = 0; /* in user mode, without a root for it */
    refused(-XEN_EINVAL);
    end();
}

/* The second root takes long: what was checked of the first stays checked meanwhile. */
static void long_checks_come_to_an_end(void)
{
    begin();
    for (unsigned int n = 1; n < 200; n++)
        CHECK(guest_write(guest_frame[USER], n, pte_make(guest_frame[USER_L3], UPPER)));
    guest_time_left = 150; /* enough for the first, not for the second */
    CHECK_EQ(pv_context_set(&vcpus[0], &context), -XEN_ERESTART);
    CHECK(!vcpus[0].initialised);
    CHECK_EQ(pv[0].kernel_root, guest_frame[ROOT]);
    CHECK_EQ(gdt_set, 0);
    guest_time_left = -1;
    CHECK_EQ(pv_context_set(&vcpus[0], &context), 0);
    CHECK_EQ(pv[0].user_root, guest_frame[USER]);
    /* Of a vCPU that has one, nothing is changed half-way. */
    gdt_result = -XEN_ERESTART;
    context.ctrlreg[3] = guest_frame[USER] << PAGE_SHIFT;
    CHECK_EQ(pv_context_set(&vcpus[0], &context), -XEN_ERESTART);
    CHECK_EQ(pv[0].kernel_root, guest_frame[ROOT]);
    end();
}

int main(void)
{
    RUN(what_is_read_can_be_given_back);
    RUN(the_first_one_brings_the_domains_part);
    RUN(wide_registers_stay);
    RUN(what_it_may_not_have_is_refused);
    RUN(long_checks_come_to_an_end);
    return check_done();
}
