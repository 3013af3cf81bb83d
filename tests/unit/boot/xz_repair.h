/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the checksums of an altered .xz file right again. */
#ifndef TESTS_UNIT_BOOT_XZ_REPAIR_H
#define TESTS_UNIT_BOOT_XZ_REPAIR_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sums up the stream header, the first block header, the index and the footer, wherever the file
 * says that they are, as far as that is inside of it.
 */
void xz_repair(uint8_t *data, size_t len);

#endif
