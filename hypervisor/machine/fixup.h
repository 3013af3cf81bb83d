/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory accesses that may fault, and the table that says where to go on then. */
#ifndef MACHINE_FIXUP_H
#define MACHINE_FIXUP_H

#include "lib/compiler.h"

/* Each returns how many bytes could not be copied or zeroed. */
size_t copy_faultable(void *dst, const void *src, size_t n);
size_t clear_faultable(void *dst, size_t n);
/* Atomic compare and exchange; *old becomes what was there. 0 or -XEN_EFAULT. */
int cmpxchg_faultable(uint64_t *ptr, uint64_t *old, uint64_t new_value);

/* Where to go on after a fault at that address; 0 when the fault was not expected. */
uint64_t fixup_find(uint64_t address);

#endif
