/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes to a guest's memory that its CPUs do not make, while they are noted. */
#include "hvm/hvm.h"

#include "memory/frame.h"

void hvm_gfn_written(struct domain *d, uint64_t gfn)
{
    if (READ_ONCE(d->hvm->log_dirty.on) && gfn < P2M_GFN_LIMIT)
        p2m_dirty_set(&d->hvm->p2m, gfn);
}

void hvm_frame_written(struct domain *d, uint64_t mfn)
{
    if (READ_ONCE(d->hvm->log_dirty.on))
        hvm_gfn_written(d, m2p_table[mfn]);
}
