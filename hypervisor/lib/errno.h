/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ABI's error numbers, and one that never leaves the hypervisor. */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

#include "lib/compiler.h"

#include <xen/errno.h>

/* Stopped half-way so that others can run: to be called again with the same arguments. */
#define XEN_ERESTART 85

#endif
