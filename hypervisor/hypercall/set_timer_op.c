/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set_timer_op: the calling vCPU's single-shot timer; 0 stops it. */
#include "hypercall/hypercall.h"

HYPERCALL(set_timer_op)
{
    struct vcpu *v = current_vcpu();

    if (a1)
        vcpu_singleshot_set(v, a1);
    else
        vcpu_singleshot_stop(v);
    return 0;
}
