/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MICRO_TRAP_H
#define MICRO_TRAP_H

#include "micro.h"

/* Called by head.S with what was interrupted. */
void trap_dispatch(struct trap_frame *frame);
/* Puts instructions, and a RET behind them, where they are executed from. */
void bytes_prepare(const void *bytes, size_t count);

#endif
