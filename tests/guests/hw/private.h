/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MICRO_HW_PRIVATE_H
#define MICRO_HW_PRIVATE_H

#include <xen/arch-x86/hvm/start_info.h>

/* Called by head.S. Does not return. */
void hw_start(const struct hvm_start_info *info);
/* The interrupt table, and a TSS. */
void hw_traps_init(void);
/* The same table on another vCPU, which gets no TSS. */
void hw_traps_load(void);
/* Called by head.S on another vCPU. Does not return. */
void hw_ap_start_here(void);

#endif
