/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the checksums of an altered .xz file right again; see xz_repair.h. */
#include <string.h>

#include "boot/crc32.h"
#include "xz_repair.h"

static struct crc32_table table;

static void sum_up(uint8_t *data, size_t start, size_t len, size_t at, size_t size)
{
    uint32_t sum;

    if (start > size || len > size - start || at > size - 4)
        return;
    sum = crc32(&table, data + start, len);
    memcpy(data + at, &sum, sizeof(sum));
}

void xz_repair(uint8_t *data, size_t len)
{
    uint32_t index_words;
    uint64_t index_len;

    if (len < 32)
        return;
    crc32_table_init(&table);
    sum_up(data, 6, 2, 8, len);
    sum_up(data, len - 8, 6, len - 12, len);
    sum_up(data, 12, data[12] * 4u, 12 + data[12] * 4u, len);
    memcpy(&index_words, data + len - 8, sizeof(index_words));
    index_len = ((uint64_t)index_words + 1) * 4;
    if (index_len <= len - 24)
        sum_up(data, len - 12 - index_len, index_len - 4, len - 16, len);
}
