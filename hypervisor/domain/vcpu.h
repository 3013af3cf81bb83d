/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's CPU: its place in the scheduler, its event state, its timers, its registers while
 * it does not run. */
#ifndef DOMAIN_VCPU_H
#define DOMAIN_VCPU_H

#include "lib/compiler.h"

#include <xen/vcpu.h>
#include <xen/sched.h>

#include "domain/domain.h"
#include "schedule/schedule.h"
#include "schedule/timer.h"

#define NR_VIRQS_ 24

/* Why a vCPU does not run, each reason on its own (struct vcpu, pause_flags). */
enum vcpu_pause {
    VCPU_BLOCKED,  /* waits for an event */
    VCPU_DOWN,     /* not up, or taken down */
    VCPU_POLLING,  /* SCHEDOP_poll: also BLOCKED; ports in poll_ports */
    VCPU_PARKED,   /* domain shut down */
};

struct pv_vcpu;

struct vcpu {
    unsigned int id;
    struct domain *domain;
    struct sched_unit sched;

    uint64_t pause_flags;          /* [atomic] bits of enum vcpu_pause */
    uint32_t pause_count;          /* [atomic] */
    bool initialised;              /* [domain lock] has a context */
    bool is_idle;

    vcpu_info_t *info;             /* in shared_info, in a page the guest registered, or spare */
    struct page_info *info_page;   /* the registered page, held as writable; or NULL */

    uint16_t virq_port[NR_VIRQS_]; /* [event_lock] 0: not bound */
    uint16_t *poll_ports;          /* [event_lock]: while POLLING */
    unsigned int poll_count;
    struct timer poll_timer;

    struct timer singleshot_timer, periodic_timer;
    uint64_t periodic_ns;          /* 0: no periodic tick */

    struct vcpu_runstate_info runstate;   /* [queue lock of its CPU] */
    uint64_t runstate_address;     /* guest virtual address of its copy, 0: none */
    uint64_t time_address;         /* of the second copy of vcpu_time_info, 0: none */
    uint64_t steal_seq;

    struct cpu_user_regs regs;     /* while it does not run */
    void *fpu;                     /* XSAVE area */
    uint64_t xcr0;
    uint32_t tsc_aux;
    struct pv_vcpu *pv;            /* NULL for hardware guests */
};

#define for_each_vcpu(d, v)                                                    \
    for (unsigned int i_ = 0; i_ < (d)->max_vcpus; i_++)                       \
        if (((v) = (d)->vcpu[i_]) == NULL) {} else

static inline struct vcpu *sched_unit_vcpu(const struct sched_unit *unit)
{
    return container_of(unit, struct vcpu, sched);
}

/* The domain of the guest that entered the hypervisor on this CPU. */
static inline struct domain *current_domain(void)
{
    return current_vcpu()->domain;
}

/* May it run: no pause count, no pause flag, domain not paused? */
bool vcpu_runnable(const struct vcpu *v);
/* Sets / clears one reason not to run, and tells the scheduler. */
void vcpu_sleep(struct vcpu *v, enum vcpu_pause why);
void vcpu_wake(struct vcpu *v, enum vcpu_pause why);
void vcpu_pause(struct vcpu *v);
void vcpu_pause_nosync(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);

/* An event is pending for it: wakes it if it is blocked, interrupts it if it runs elsewhere.
 * Called after upcall_pending was set. Any context. */
void vcpu_kick(struct vcpu *v);
/* Is an event due to be delivered to it (pending and not masked)? */
static inline bool vcpu_event_due(const struct vcpu *v)
{
    return READ_ONCE(v->info->evtchn_upcall_pending) && !READ_ONCE(v->info->evtchn_upcall_mask);
}

/* VCPUOP_register_vcpu_info. -XEN_EINVAL, -XEN_EBUSY... as the ABI has it. */
int vcpu_info_register(struct vcpu *v, uint64_t gfn, uint32_t offset);
/* Gives a registered page back; for domains that die. */
void vcpu_info_unregister(struct vcpu *v);

/* Guest-visible time (domain/time.c): rewrites vcpu_time_info and the second copy. For the vCPU
 * that runs on this CPU, or one that is being prepared. */
void vcpu_time_update(struct vcpu *v);
/* Copies runstate to where the guest asked for it. Current vCPU only. */
void vcpu_runstate_publish(struct vcpu *v);
/* Changes the runstate at `now`. Queue lock held. */
void vcpu_runstate_change(struct vcpu *v, int state, uint64_t now);
/* Writes the wall clock to shared_info. */
void domain_wallclock_update(struct domain *d);
/* Sets the wall clock from dom0: seconds and ns of the epoch at that system time. */
void wallclock_set(uint64_t sec, uint32_t nsec, uint64_t system_time);
/* Reads the CMOS clock once at boot. */
void wallclock_init(void);
/* Prepares and ends a vCPU's timers. */
void vcpu_timers_init(struct vcpu *v);
void vcpu_timers_kill(struct vcpu *v);
/* Moves them to the CPU it will run on next. */
void vcpu_timers_migrate(struct vcpu *v, unsigned int cpu);

#endif
