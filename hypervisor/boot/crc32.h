/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC32 (IEEE 802.3, reflected), the checksum of the .xz container. */
#ifndef BOOT_CRC32_H
#define BOOT_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Eight tables, so that eight bytes are folded in one step. Caller's memory: 8 KiB. */
struct crc32_table {
    uint32_t of[8][256];
};

/* Fills in the tables; needed once before crc32(). */
void crc32_table_init(struct crc32_table *table);

/* The checksum of len bytes. */
uint32_t crc32(const struct crc32_table *table, const void *data, size_t len);

#endif
