/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MICRO_HW_PRIVATE_H
#define MICRO_HW_PRIVATE_H

#include <xen/arch-x86/hvm/start_info.h>

/* Called by head.S. Does not return. */
void hw_start(const struct hvm_start_info *info);
/* The interrupt table, and a TSS. */
void hw_traps_init(void);

#endif
