/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_xsm_op: there is no security module; tools take this answer for "not built in". */
#include "hypercall/hypercall.h"

HYPERCALL(xsm_op)
{
    return -XEN_ENOSYS;
}
