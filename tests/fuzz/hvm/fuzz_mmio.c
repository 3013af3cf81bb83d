/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arbitrary bytes as instructions on device memory, and as intercepted ones. */
#include <string.h>

#include "fuzz.h"
#include "hvm/mmio_insn.h"
#include "hvm/svm/insn.h"

#define INSN_MAX 15
#define GPA      0xfee00020ULL

static unsigned int accesses;

static void check_access(uint64_t gpa, unsigned int size)
{
    accesses++;
    FUZZ_ASSERT(gpa == GPA);
    FUZZ_ASSERT(size == 1 || size == 2 || size == 4 || size == 8);
}

static uint64_t device_read(void *ctx, uint64_t gpa, unsigned int size)
{
    check_access(gpa, size);
    return 0x8899aabbccddeeff;
}

static void device_write(void *ctx, uint64_t gpa, unsigned int size, uint64_t value)
{
    check_access(gpa, size);
    FUZZ_ASSERT(size == 8 || !(value >> size * 8));
}

static const struct mmio_device device = {device_read, device_write, NULL};

static void check_execution(const struct mmio_insn *insn)
{
    struct cpu_user_regs regs;

    memset(&regs, 0x5a, sizeof(regs));
    regs.rip = 0x1000;
    accesses = 0;
    mmio_execute(insn, &regs, GPA, &device);
    FUZZ_ASSERT(regs.rip == 0x1000ULL + insn->length);
    FUZZ_ASSERT(accesses == 1 || accesses == 2);
}

static void try_mmio(const uint8_t *data, size_t len, enum mmio_mode mode)
{
    struct mmio_insn insn, again;

    if (!mmio_decode(&insn, data, len, mode))
        return;
    FUZZ_ASSERT(insn.length >= 1 && insn.length <= INSN_MAX && insn.length <= len);
    FUZZ_ASSERT(insn.op > MMIO_NONE && insn.op <= MMIO_TEST && insn.reg < 16);
    FUZZ_ASSERT(!insn.high || (insn.reg >= 4 && insn.reg < 8));
    /* Fewer bytes are too few, and exactly enough are enough. */
    FUZZ_ASSERT(!mmio_decode(&again, data, insn.length - 1U, mode));
    FUZZ_ASSERT(mmio_decode(&again, data, insn.length, mode));
    FUZZ_ASSERT(again.op == insn.op && again.immediate == insn.immediate);
    check_execution(&insn);
}

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
    try_mmio(data + 1, len - 1, (enum mmio_mode)(data[0] % 3));
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
