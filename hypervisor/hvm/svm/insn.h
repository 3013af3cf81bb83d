/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long an intercepted instruction is, on CPUs that do not tell where the next one is; and the
 * register that it names. Pure. */
#ifndef HVM_SVM_INSN_H
#define HVM_SVM_INSN_H

#include "lib/compiler.h"

enum svm_insn {
    SVM_INSN_CPUID,
    SVM_INSN_HLT,
    SVM_INSN_RDMSR,
    SVM_INSN_WRMSR,
    SVM_INSN_INVD,
    SVM_INSN_RDTSC,
    SVM_INSN_RDTSCP,
    SVM_INSN_WBINVD,
    SVM_INSN_VMMCALL,
    SVM_INSN_XSETBV,
    SVM_INSN_ICEBP,
    SVM_INSN_MOV_TO_CR,
    SVM_INSN_MOV_FROM_DR,
    SVM_INSN_MOV_TO_DR,
    SVM_INSNS
};

struct svm_decoded {
    uint8_t length;
    uint8_t reg; /* general register of a MOV, 0 to 15 */
};

/* False: those bytes do not begin that instruction. */
bool svm_decode(enum svm_insn insn, const uint8_t *bytes, size_t count, bool is_64bit,
                struct svm_decoded *out);

#endif
