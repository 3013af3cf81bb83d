/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a vCPU ran, waited, was blocked or offline, and telling its guest. */
#include "domain/vcpu.h"

#include "domain/guest_copy.h"
#include "lib/bits.h"
#include "machine/time.h"

void vcpu_runstate_init(struct vcpu *v)
{
    v->runstate = (struct vcpu_runstate_info){
        .state = RUNSTATE_offline,
        .state_entry_time = system_time(),
    };
}

void vcpu_runstate_change(struct vcpu *v, int state, uint64_t now)
{
    struct vcpu_runstate_info *r = &v->runstate;

    if (r->state == state)
        return;
    r->time[r->state] += now - MIN(now, r->state_entry_time);
    r->state_entry_time = now;
    r->state = state;
}

void vcpu_runstate_get(const struct vcpu *v, struct vcpu_runstate_info *out)
{
    uint64_t flags = sched_unit_lock(&v->sched), now;

    *out = v->runstate;
    sched_unit_unlock(&v->sched, flags);
    now = system_time();
    out->time[out->state] += now - MIN(now, out->state_entry_time);
}

/* With the guest's update flag: entry time with the flag, then the content, then without it, so
 * that a reader on another vCPU sees that it must read again. */
static int publish_flagged(uint64_t address, struct vcpu_runstate_info *copy)
{
    uint64_t entry_address = address + offsetof(struct vcpu_runstate_info, state_entry_time);
    uint64_t entry = copy->state_entry_time;
    int rc;

    copy->state_entry_time = entry | XEN_RUNSTATE_UPDATE;
    rc = put_to_guest(entry_address, &copy->state_entry_time);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!rc)
        rc = put_to_guest(address, copy);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!rc)
        rc = put_to_guest(entry_address, &entry);
    return rc;
}

int vcpu_runstate_publish(struct vcpu *v)
{
    struct vcpu_runstate_info copy;
    uint64_t flags;
    int rc;

    if (!v->runstate_address)
        return 0;
    /* As it was entered: the guest adds the time since itself. */
    flags = sched_unit_lock(&v->sched);
    copy = v->runstate;
    sched_unit_unlock(&v->sched, flags);

    if (READ_ONCE(v->domain->vm_assist) & BIT(VMASST_TYPE_runstate_update_flag))
        rc = publish_flagged(v->runstate_address, &copy);
    else
        rc = put_to_guest(v->runstate_address, &copy);
    if (rc)
        v->publish_again = true;
    return rc;
}
