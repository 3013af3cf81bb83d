/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC32, eight bytes a step: the unpacked kernel is tens of megabytes and every one is summed. */
#include "boot/crc32.h"

#define CRC32_POLYNOMIAL 0xedb88320u

void crc32_table_init(struct crc32_table *table)
{
    for (unsigned int byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;

        for (unsigned int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (-(crc & 1) & CRC32_POLYNOMIAL);
        table->of[0][byte] = crc;
    }

    /* Table n is table 0 moved on by n zero bytes. */
    for (unsigned int n = 1; n < 8; n++)
        for (unsigned int byte = 0; byte < 256; byte++) {
            uint32_t crc = table->of[n - 1][byte];

            table->of[n][byte] = (crc >> 8) ^ table->of[0][crc & 0xff];
        }
}

static uint32_t fold_eight(const struct crc32_table *table, uint32_t crc, const uint8_t *data)
{
    uint32_t low, high;

    __builtin_memcpy(&low, data, 4);
    __builtin_memcpy(&high, data + 4, 4);
    low ^= crc;

    return table->of[7][low & 0xff] ^ table->of[6][(low >> 8) & 0xff] ^
           table->of[5][(low >> 16) & 0xff] ^ table->of[4][low >> 24] ^ table->of[3][high & 0xff] ^
           table->of[2][(high >> 8) & 0xff] ^ table->of[1][(high >> 16) & 0xff] ^
           table->of[0][high >> 24];
}

uint32_t crc32(const struct crc32_table *table, const void *data, size_t len)
{
    const uint8_t *byte = data;
    uint32_t crc = ~0u;

    for (; len >= 8; len -= 8, byte += 8)
        crc = fold_eight(table, crc, byte);
    for (; len; len--, byte++)
        crc = (crc >> 8) ^ table->of[0][(crc ^ *byte) & 0xff];
    return ~crc;
}
