/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .xz files. A wrong checksum would end every run at the first header, so those of the headers are
 * put right first, wherever the (mutated) file says that they are.
 */
#include <string.h>

#include "boot/xz.h"
#include "fuzz.h"

#define OUT_LEN 20000

static struct xz_work work;

static void sum_up(uint8_t *data, size_t start, size_t len, size_t at, size_t size)
{
    uint32_t sum;

    if (start > size || len > size - start || at > size - 4)
        return;
    sum = crc32(&work.crc, data + start, len);
    memcpy(data + at, &sum, sizeof(sum));
}

static void repair(uint8_t *data, size_t len)
{
    uint32_t index_words;
    uint64_t index_len;

    if (len < 32)
        return;
    sum_up(data, 6, 2, 8, len);
    sum_up(data, len - 8, 6, len - 12, len);
    sum_up(data, 12, data[12] * 4u, 12 + data[12] * 4u, len);
    memcpy(&index_words, data + len - 8, sizeof(index_words));
    index_len = ((uint64_t)index_words + 1) * 4;
    if (index_len <= len - 24)
        sum_up(data, len - 12 - index_len, index_len - 4, len - 16, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1), *out = malloc(OUT_LEN);
    size_t written;

    if (copy && out) {
        memcpy(copy, data, len);
        crc32_table_init(&work.crc);
        repair(copy, len);
        if (xz_decode(copy, len, out, OUT_LEN, &written, &work) == 0)
            FUZZ_ASSERT(written <= OUT_LEN);
        else
            FUZZ_ASSERT(work.why != NULL);
    }
    free(copy);
    free(out);
    return 0;
}
