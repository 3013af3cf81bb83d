/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lengths of intercepted instructions; see insn.h. */
#include "hvm/svm/insn.h"

#define INSN_MAX 15

static const struct pattern {
    uint8_t length;
    uint8_t bytes[3];
    bool has_modrm; /* of a register: one more byte */
} patterns[] = {
    [SVM_INSN_CPUID] = {2, {0x0f, 0xa2}, false},
    [SVM_INSN_HLT] = {1, {0xf4}, false},
    [SVM_INSN_RDMSR] = {2, {0x0f, 0x32}, false},
    [SVM_INSN_WRMSR] = {2, {0x0f, 0x30}, false},
    [SVM_INSN_INVD] = {2, {0x0f, 0x08}, false},
    [SVM_INSN_RDTSC] = {2, {0x0f, 0x31}, false},
    [SVM_INSN_RDTSCP] = {3, {0x0f, 0x01, 0xf9}, false},
    [SVM_INSN_WBINVD] = {2, {0x0f, 0x09}, false},
    [SVM_INSN_VMMCALL] = {3, {0x0f, 0x01, 0xd9}, false},
    [SVM_INSN_XSETBV] = {3, {0x0f, 0x01, 0xd1}, false},
    [SVM_INSN_ICEBP] = {1, {0xf1}, false},
    [SVM_INSN_MOV_TO_CR] = {2, {0x0f, 0x22}, true},
    [SVM_INSN_MOV_FROM_DR] = {2, {0x0f, 0x21}, true},
    [SVM_INSN_MOV_TO_DR] = {2, {0x0f, 0x23}, true},
};

static bool is_prefix(uint8_t byte)
{
    switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0x66:
    case 0x67:
    case 0xf0:
    case 0xf2:
    case 0xf3:
        return true;
    default:
        return false;
    }
}

bool svm_decode(enum svm_insn insn, const uint8_t *bytes, size_t count, bool is_64bit,
                struct svm_decoded *out)
{
    const struct pattern *p = &patterns[insn];
    size_t at = 0;
    uint8_t rex = 0;

    count = MIN(count, (size_t)INSN_MAX);
    while (at < count && is_prefix(bytes[at]))
        at++;
    if (is_64bit && at < count && (bytes[at] & 0xf0) == 0x40)
        rex = bytes[at++];
    if (count - at < p->length + (p->has_modrm ? 1U : 0U))
        return false;
    for (size_t i = 0; i < p->length; i++)
        if (bytes[at++] != p->bytes[i])
            return false;
    *out = (struct svm_decoded){0};
    if (p->has_modrm)
        out->reg = (uint8_t)((bytes[at++] & 7) | (rex & 1) << 3);
    out->length = (uint8_t)at;
    return true;
}
