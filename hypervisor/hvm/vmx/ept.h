/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended page tables (SDM vol. 3, 28.2): the format that they want of a guest's map, and the
 * pointer to them. */
#ifndef HVM_VMX_EPT_H
#define HVM_VMX_EPT_H

#include "hvm/p2m.h"

#define INVEPT_ONE 1
#define INVEPT_ALL 2

struct vmx_ept {
    struct p2m_format format;
    uint64_t pointer_flags;
    uint64_t invept_type; /* INVEPT_ONE, where there is that */
};

/* Chooses by what IA32_VMX_EPT_VPID_CAP says (SDM vol. 3, A.10). NULL; or why it is not enough, as
 * the end of a sentence. */
const char *vmx_ept_choose(uint64_t caps, struct vmx_ept *out);

#endif
