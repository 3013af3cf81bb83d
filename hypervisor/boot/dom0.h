/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building dom0: its kernel, its initrd, its first page tables, its rights. */
#ifndef BOOT_DOM0_H
#define BOOT_DOM0_H

#include "boot/boot_info.h"

struct dom0_options {
    uint64_t memory;      /* bytes; 0: all but what the hypervisor keeps */
    uint64_t memory_max;  /* bytes that it may grow to; 0: no limit */
    unsigned int vcpus;   /* 0: one a CPU */
};

/* Makes dom0 from the first module (kernel) and the second (initrd, if there is one). Stops the
 * boot with a sentence when it can't. dom0 is left paused. */
void dom0_build(const struct dom0_options *options);

#endif
