/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls about hardware guests. */
#ifndef HYPERCALL_HVM_H
#define HYPERCALL_HVM_H

#include "hypercall/hypercall.h"

HYPERCALL(dm_op);
HYPERCALL(hvm_op);

#endif
