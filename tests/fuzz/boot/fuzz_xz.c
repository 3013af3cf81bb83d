/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .xz files. A wrong checksum would end every run at the first header, so those of the headers are
 * put right first, wherever the (mutated) file says that they are.
 */
#include <string.h>

#include "boot/xz.h"
#include "fuzz.h"
#include "xz_repair.h"

#define OUT_LEN 20000

static struct xz_work work;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1), *out = malloc(OUT_LEN);
    size_t written;

    if (copy && out) {
        memcpy(copy, data, len);
        xz_repair(copy, len);
        if (xz_decode(copy, len, out, OUT_LEN, &written, &work) == 0)
            FUZZ_ASSERT(written <= OUT_LEN);
        else
            FUZZ_ASSERT(work.why != NULL);
    }
    free(copy);
    free(out);
    return 0;
}
