/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arbitrary bytes as instructions that were intercepted. */
#include <string.h>

#include "fuzz.h"
#include "hvm/svm/insn.h"

#define INSN_MAX 15

static void try_intercepted(const uint8_t *data, size_t len, bool is_64bit)
{
    for (unsigned int kind = 0; kind < SVM_INSNS; kind++) {
        struct svm_decoded out, again;

        if (!svm_decode((enum svm_insn)kind, data, len, is_64bit, &out))
            continue;
        FUZZ_ASSERT(out.length >= 1 && out.length <= INSN_MAX && out.length <= len);
        FUZZ_ASSERT(out.reg < 16);
        FUZZ_ASSERT(!svm_decode((enum svm_insn)kind, data, out.length - 1U, is_64bit, &again));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (!len)
        return 0;
    try_intercepted(data + 1, len - 1, data[0] & 1);
    return 0;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const char *const seeds[] = {
        "\2\x8b\x04\x25\x20\x00\xe0\xfe",
        "\2\xc7\x87\xb0\0\0\0\0\0\0",
        "\1\xf0\x83\x0f\x10",
        "\2\x48\x81\x84\x88\x08\0\0\0\1\2\3\4",
        "\2\x66\x0f\xb6\x07",
        "\1\x41\x0f\x22\xe4",
        "\1\x66\x0f\xa2\x90",
        "\2\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x8b\x47\x08", /* a byte too long */
    };
    static const uint8_t lengths[] = {8, 11, 5, 14, 5, 5, 5, 17};

    if (n >= sizeof(lengths))
        return 0;
    memcpy(data, seeds[n], lengths[n]);
    return lengths[n];
}
