/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state that a PV guest starts in (xen/arch-x86/xen-x86_64.h, xen/xen.h: start_info). */
#include "micro.h"

#include <xen/version.h>

static void check_start_info(void)
{
    check(!memcmp(start_info->magic, "xen-3.0-x86_64", 14), "start_info has its magic");
    check(start_info->nr_pages >= 4096, "there are %lu pages", start_info->nr_pages);
    check(va_of_mfn(mfn_of(start_info)) == start_info, "P2M and M2P agree");
    expect((long)root_mfn(), (long)mfn_of((void *)start_info->pt_base),
           "CR3 is the root at pt_base");
    check(shared_info->vcpu_info[0].evtchn_upcall_mask, "events start masked");
}

static void check_version(void)
{
    expect(call2(__HYPERVISOR_xen_version, XENVER_version, 0), 4 << 16 | 17, "the version is 4.17");
}

static void check_traps(void)
{
    uint64_t value;

    expect(execute_text("\x0f\x0b", NULL), TRAP_UD, "UD2 raises #UD");
    expect((long)trapped.rip, (long)instruction_bytes, "#UD is reported at the instruction");
    expect(trapped.cs & 0xffff, KERNEL_CS, "the frame's CS says kernel");
    expect(try_read((void *)0x1000, &value), TRAP_PF, "a page that is not there raises #PF");
    expect((long)trapped_address, 0x1000, "#PF tells the address");
    expect((long)trapped.error, 0, "#PF of the kernel has no user bit");
}

static void check_user_mode(void)
{
    struct registers registers = {.rax = 0x1234, .rdi = 0x5678};

    user_init();
    expect(user_execute("\x0f\x05", 2, FLAG_IF, &registers), TRAP_SYSCALL,
           "user mode makes a system call");
    expect((long)registers.rax, 0x1234, "RAX comes through");
    expect((long)registers.rdi, 0x5678, "RDI comes through");
    expect((long)trapped.rip, (long)instruction_bytes + 2, "RIP is behind SYSCALL");
    expect(trapped.cs & 3, 3, "the frame's CS says user");
}

void micro_main(void)
{
    check_start_info();
    check_version();
    check_traps();
    check_user_mode();
}
