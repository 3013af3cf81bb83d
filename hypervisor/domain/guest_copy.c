/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest memory by the guest's virtual addresses; see guest_copy.h. A PV guest's own page tables are
 * loaded, so the CPU does the walk; only the hypervisor's part is out of bounds. For the others the
 * walk is theirs to know (struct guest_ops). */
#include "domain/guest_copy.h"
#include "domain/guest_ops.h"
#include "machine/cpu.h"
#include "machine/fixup.h"
#include "machine/layout.h"

bool guest_range_ok(uint64_t address, size_t len)
{
    uint64_t end = address + len;

    if (end < address)
        return false;
    return end <= HV_START || address >= HV_END;
}

static const struct guest_ops *current_ops(void)
{
    return current_domain()->ops;
}

size_t copy_from_guest_partial(void *dst, uint64_t src, size_t len)
{
    const struct guest_ops *ops = current_ops();

    if (ops->copy_from)
        return ops->copy_from(dst, src, len);
    return guest_range_ok(src, len) ? copy_faultable(dst, (const void *)src, len) : len;
}

int copy_from_guest(void *dst, uint64_t src, size_t len)
{
    return copy_from_guest_partial(dst, src, len) ? -XEN_EFAULT : 0;
}

/* A write that may have been cut short. */
static int written(uint64_t dst, size_t len, size_t left)
{
    if (unlikely(READ_ONCE(current_domain()->log_dirty)))
        current_ops()->written_at(dst, len - left);
    return left ? -XEN_EFAULT : 0;
}

int copy_to_guest(uint64_t dst, const void *src, size_t len)
{
    const struct guest_ops *ops = current_ops();

    if (ops->copy_to)
        return ops->copy_to(dst, src, len) ? -XEN_EFAULT : 0;
    if (!guest_range_ok(dst, len))
        return -XEN_EFAULT;
    return written(dst, len, copy_faultable((void *)dst, src, len));
}

int clear_guest(uint64_t dst, size_t len)
{
    const struct guest_ops *ops = current_ops();

    if (ops->copy_to)
        return ops->copy_to(dst, NULL, len) ? -XEN_EFAULT : 0;
    if (!guest_range_ok(dst, len))
        return -XEN_EFAULT;
    return written(dst, len, clear_faultable((void *)dst, len));
}
