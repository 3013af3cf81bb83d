/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls of hardware guests in 32-bit code: firmware before it starts a kernel, and 32-bit
 * kernels. Pointers and long words of their structures have half the size. The calls whose
 * structures are the same go to the handlers as they are; of the others, those that are in a table
 * here get their structure made over into the CPU's own layout, which the handler finds in the
 * vCPU's window (hvm/hvm.h). All else is -XEN_ENOSYS.
 *
 * What such a guest shares with the hypervisor is in domain/shared_page.h. */
#ifndef HYPERCALL_COMPAT_H
#define HYPERCALL_COMPAT_H

#include "hypercall/hypercall.h"

/* Makes the call that the current guest's registers ask for (number in EAX, arguments in EBX, ECX,
 * EDX, ESI, EDI). Returns what is for EAX. */
long hypercall_compat(struct cpu_user_regs *regs);

/* A call that is to be made again: if it is a 32-bit one, its registers get the arguments, and true
 * is returned. */
bool compat_again(unsigned int nr, unsigned int nr_args, const uint64_t *args);

#endif
