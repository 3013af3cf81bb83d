/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The x86 branch filter of .xz: puts relative call and jump targets back in place. */
#ifndef BOOT_BCJ_X86_H
#define BOOT_BCJ_X86_H

#include <stddef.h>
#include <stdint.h>

/*
 * Undoes the filter over one whole block, in place. start is the filter's start offset (the
 * position that the first byte counts as, 0 unless the block header says otherwise).
 */
void bcj_x86_decode(uint8_t *data, size_t len, uint32_t start);

#endif
