/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arbitrary bytes as instructions, and those that write memory as page-table writes. */
#include <string.h>

#include "fuzz.h"
#include "pv/insn.h"
#include "pv/pte_write.h"

#define REGISTERS_SIZE offsetof(struct cpu_user_regs, error_code)

/* An input: the mode, the bytes of the instruction, then (if there are enough) registers. */
struct input {
    enum insn_mode mode;
    uint8_t bytes[INSN_MAX_LENGTH + 3];
    size_t count;
    struct cpu_user_regs regs;
};

static void take_input(struct input *input, const uint8_t *data, size_t len)
{
    memset(input, 0, sizeof(*input));
    if (len == 0)
        return;
    input->mode = data[0] & 1 ? INSN_MODE_32 : INSN_MODE_64;
    data++;
    len--;
    input->count = len < sizeof(input->bytes) ? len : sizeof(input->bytes);
    memcpy(input->bytes, data, input->count);
    data += input->count;
    len -= input->count;
    memcpy(&input->regs, data, len < REGISTERS_SIZE ? len : REGISTERS_SIZE);
    input->regs.rip = 0x7fff0000;
    input->regs.rflags = 0x202;
}

static void check_decoded(const struct insn *insn, const struct input *input)
{
    struct insn again;

    FUZZ_ASSERT(insn->kind > INSN_NONE && insn->kind < INSN_KINDS);
    FUZZ_ASSERT(insn->length >= 1 && insn->length <= INSN_MAX_LENGTH);
    FUZZ_ASSERT(insn->length <= input->count);
    FUZZ_ASSERT(insn->reg < 16 && insn->special <= 255);
    FUZZ_ASSERT(insn->address_size == 2 || insn->address_size == 4 || insn->address_size == 8);
    FUZZ_ASSERT(insn->operand_size && !(insn->operand_size & (insn->operand_size - 1)));
    FUZZ_ASSERT(insn->operand_size <= 8 || insn->kind == INSN_CMPXCHG16B);
    FUZZ_ASSERT(!insn_writes_memory(insn) || input->mode == INSN_MODE_64);

    /* Fewer bytes are too few, and exactly enough are enough. */
    for (size_t cut = 0; cut < insn->length; cut++)
        FUZZ_ASSERT(insn_decode(&again, input->bytes, cut, input->mode) == INSN_TRUNCATED);
    FUZZ_ASSERT(insn_decode(&again, input->bytes, insn->length, input->mode) == INSN_DECODED);
    FUZZ_ASSERT(again.kind == insn->kind && again.length == insn->length);
    FUZZ_ASSERT(again.immediate == insn->immediate && again.reg == insn->reg);
    FUZZ_ASSERT(again.memory.displacement == insn->memory.displacement);
}

/* Whatever is written, it is within one entry, and only the bytes of the operand change. */
static void check_write(const struct insn *insn, const struct input *input)
{
    static const uint64_t entries[] = {0, ~0ULL, 0x8000000012345067, 0x67};
    const struct insn_bases bases = {.fs = 0x1000, .gs = 0xffff888000000000};
    uint64_t address = insn_effective_address(insn, &input->regs, &bases);
    struct cpu_user_regs regs = input->regs;
    struct pte_write write;

    if (pte_write_prepare(&write, insn, &regs, &bases, address) != 0)
        return;
    FUZZ_ASSERT(insn_writes_memory(insn));
    FUZZ_ASSERT(write.entry % 8 == 0 && write.shift + 8 * insn->operand_size <= 64);

    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        uint64_t mask = insn_size_mask(insn->operand_size) << write.shift;
        uint64_t new;
        bool stores = pte_write_apply(&write, entries[i], &new);

        FUZZ_ASSERT(((new ^ entries[i]) & ~mask) == 0);
        FUZZ_ASSERT(stores || new == entries[i]);
        regs = input->regs;
        pte_write_commit(&write, entries[i], &regs);
        FUZZ_ASSERT(regs.rip == input->regs.rip + insn->length);
        FUZZ_ASSERT((regs.rflags & ~0x8d5ULL) == (input->regs.rflags & ~0x8d5ULL));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct input input;
    struct insn insn;
    enum insn_status status;

    take_input(&input, data, len);
    status = insn_decode(&insn, input.bytes, input.count, input.mode);
    if (status == INSN_TRUNCATED)
        FUZZ_ASSERT(input.count < INSN_MAX_LENGTH);
    if (status != INSN_DECODED)
        return 0;
    check_decoded(&insn, &input);
    if (input.mode == INSN_MODE_64 && insn.kind != INSN_FORCED_CPUID)
        check_write(&insn, &input);
    return 0;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const char *const seeds[] = {
        "\x00\x66\x48\x89\x07",
        "\x00\xf0\x80\x67\x06\xfd",
        "\x00\xf0\x48\x0f\xba\x37\x05",
        "\x00\x48\x87\x04\xcd\x12\x34\x56\x78",
        "\x00\xf0\x4c\x0f\xb1\x05\x12\x34\x56\x78",
        "\x00\x65\x48\xc7\x84\x88\x12\x34\x56\x78\x67\x45\x23\x81",
        "\x00\xf0\x0f\xc7\x4f\x08",
        "\x00\x48\xa3\x12\x34\x56\x78\x9a\x81\x88\xff",
        "\x00\x0f\x0b\x78\x65\x6e\x0f\xa2",
        "\x00\x44\x0f\x22\xe0",
        "\x00\x0f\x01\xd1",
        "\x01\xf3\x66\x6f",
        "\x01\xe5\x80",
        "\x00\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\xed",
    };

    if (n >= sizeof(seeds) / sizeof(seeds[0]))
        return 0;
    /* some seeds have registers behind them, others just enough for the instruction */
    memset(data, (int)n, 160);
    data[0] = (uint8_t)seeds[n][0];
    memcpy(data + 1, seeds[n] + 1, strlen(seeds[n] + 1));
    return n % 3 == 0 ? 1 + strlen(seeds[n] + 1) : 160;
}
