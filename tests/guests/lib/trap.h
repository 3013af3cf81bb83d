/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MICRO_TRAP_H
#define MICRO_TRAP_H

#include "micro.h"

/* Called by head.S with what was interrupted. */
void trap_dispatch(struct trap_frame *frame);
/* Puts instructions, and a RET behind them, where they are executed from. */
void bytes_prepare(const void *bytes, size_t count);

/* What the two kinds of guests have each in its own way: */
/* The address of the last page fault. */
uint64_t fault_address(void);
/* An event, or an interrupt, that only has to be taken notice of, since nobody here waits for any
 * in a handler? Takes notice of it. */
bool trap_is_event(const struct trap_frame *frame);

#endif
