/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a call that stops half-way goes on when it is part of a multicall. */
#ifndef HYPERCALL_MULTICALL_H
#define HYPERCALL_MULTICALL_H

#include "lib/compiler.h"

/* To be asked first by hypercall_again: when this CPU is at work on a multicall, keeps number and
 * arguments for its current entry and returns true; the caller then returns without touching the
 * guest's registers, since it is the multicall that will be made again. */
bool multicall_again(unsigned int nr, unsigned int nr_args, const uint64_t *args);

#endif
