/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LZMA2 data without a container, and so without a checksum in the way. */
#include <string.h>

#include "boot/lzma2.h"
#include "fuzz.h"

#define OUT_LEN 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct lzma_state lzma;
    uint8_t *in = calloc(1, len + LZMA2_READ_SLACK), *out = malloc(OUT_LEN);
    struct lzma2_job job = {.in = in, .in_len = len, .out = out, .out_len = OUT_LEN};

    if (in && out) {
        memcpy(in, data, len);
        if (lzma2_decode(&lzma, &job) == 0) {
            FUZZ_ASSERT(job.in_used <= job.in_len);
            FUZZ_ASSERT(job.out_used <= OUT_LEN);
            FUZZ_ASSERT(job.why == NULL);
        } else {
            FUZZ_ASSERT(job.why != NULL);
        }
    }
    free(in);
    free(out);
    return 0;
}
