/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended page tables; see ept.h. */
#include "hvm/vmx/ept.h"

#define EPT_R     1ULL
#define EPT_W     2ULL
#define EPT_X     4ULL
#define EPT_WB    (6ULL << 3)
#define EPT_LARGE (1ULL << 7)
#define EPT_A     (1ULL << 8)
#define EPT_D     (1ULL << 9)

#define POINTER_WB     6ULL
#define POINTER_LEVELS (3ULL << 3) /* four */
#define POINTER_AD     (1ULL << 6)

#define CAP_LEVELS     (1ULL << 6)
#define CAP_WB         (1ULL << 14)
#define CAP_2M         (1ULL << 16)
#define CAP_1G         (1ULL << 17)
#define CAP_INVEPT     (1ULL << 20)
#define CAP_AD         (1ULL << 21)
#define CAP_INVEPT_ONE (1ULL << 25)
#define CAP_INVEPT_ALL (1ULL << 26)

/* Memory is cached, but where the guest's own tables say otherwise. */
static const struct p2m_format format = {
    .table = EPT_R | EPT_W | EPT_X,
    .leaf =
        {
            [P2M_RAM] = EPT_R | EPT_W | EPT_X | EPT_WB | EPT_A | EPT_D,
            [P2M_RAM_RO] = EPT_R | EPT_X | EPT_WB | EPT_A,
            [P2M_SHARED] = EPT_R | EPT_W | EPT_X | EPT_WB | EPT_A | EPT_D,
            [P2M_GRANT] = EPT_R | EPT_W | EPT_WB | EPT_A | EPT_D,
            [P2M_GRANT_RO] = EPT_R | EPT_WB | EPT_A,
            [P2M_FOREIGN] = EPT_R | EPT_W | EPT_WB | EPT_A | EPT_D,
        },
    .large = EPT_LARGE,
};

const char *vmx_ept_choose(uint64_t caps, struct vmx_ept *out)
{
    bool dirty = caps & CAP_AD;

    if (!(caps & CAP_LEVELS) || !(caps & CAP_WB))
        return "the CPU's extended page tables are not of four levels in cached memory";
    if (!(caps & CAP_2M))
        return "the CPU's extended page tables have no large pages";
    if (!(caps & CAP_INVEPT) || !(caps & CAP_INVEPT_ALL))
        return "the CPU can't forget what it knows by extended page tables";
    *out = (struct vmx_ept){
        .format = format,
        .pointer_flags = POINTER_WB | POINTER_LEVELS | (dirty ? POINTER_AD : 0),
        .invept_type = caps & CAP_INVEPT_ONE ? INVEPT_ONE : INVEPT_ALL,
    };
    out->format.no_1g = !(caps & CAP_1G);
    out->format.dirty_by_cpu = dirty;
    out->format.dirty = dirty ? EPT_D : EPT_W;
    return NULL;
}
