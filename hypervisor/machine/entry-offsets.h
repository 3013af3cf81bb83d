/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offsets in struct cpu_user_regs (public xen-x86_64.h) for the entry code; traps.c asserts that
 * they are right. */
#ifndef MACHINE_ENTRY_OFFSETS_H
#define MACHINE_ENTRY_OFFSETS_H

#define REGS_RAX    80
#define REGS_VECTOR 124
#define REGS_RIP    128
#define REGS_CS     136
#define REGS_RFLAGS 144
#define REGS_RSP    152
#define REGS_ES     168

/* struct cpu_info, at the top of each CPU's stacks (percpu.h). */
#define CPU_INFO_SIZE 216

/* In entry_vector, beside the vector: the guest came by SYSCALL, or may be left by SYSRET. */
#define ENTRY_SYSCALL     0x100
#define ENTRY_SYSCALL_BIT 8

#endif
