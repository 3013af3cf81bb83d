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
#define POLL_PORTS_MAX 128
/* The shortest period of a periodic timer that a guest gets. */
#define PERIODIC_MIN_NS 1000000ULL

/* Why a vCPU does not run, each reason on its own (struct vcpu, pause_flags). */
enum vcpu_pause {
    VCPU_BLOCKED,  /* waits for an event */
    VCPU_DOWN,     /* not up, or taken down */
    VCPU_POLLING,  /* SCHEDOP_poll: goes with BLOCKED; ports in poll_ports */
    VCPU_PARKED,   /* domain shut down */
    VCPU_IOREQ,    /* waits for a device model's answer */
};

struct pv_vcpu;
struct hvm_vcpu;

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
    uint16_t poll_ports[POLL_PORTS_MAX]; /* see vcpu_poll; read while POLLING */
    unsigned int poll_count;
    struct timer poll_timer;

    struct timer singleshot_timer, periodic_timer;
    uint64_t periodic_ns;          /* 0: no periodic tick */

    struct vcpu_runstate_info runstate;   /* [queue lock of its CPU] */
    uint64_t runstate_address;     /* guest virtual address of its copy, 0: none */
    uint64_t time_address;         /* of the second copy of vcpu_time_info, 0: none */
    bool publish_again;            /* a copy failed in user mode: see vcpu_publish_late */

    struct cpu_user_regs regs;     /* while it does not run */
    void *fpu;                     /* XSAVE area */
    uint64_t xcr0;
    uint32_t tsc_aux;
    struct pv_vcpu *pv;            /* NULL for hardware guests */
    struct hvm_vcpu *hvm;          /* NULL for PV guests */
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
/* Is an event due to be delivered to it (pending and not masked)? For PV: hardware guests have an
 * interrupt flag of their own. */
static inline bool vcpu_event_due(const struct vcpu *v)
{
    return READ_ONCE(v->info->evtchn_upcall_pending) && !READ_ONCE(v->info->evtchn_upcall_mask);
}

/* Is there something that the current vCPU would turn to at once, if it were in its guest? */
bool vcpu_attention_due(const struct vcpu *v);

/* SCHEDOP_block for the current vCPU: lets events in, and sleeps unless one is due. It leaves its
 * CPU on the way back to the guest. */
void vcpu_block(struct vcpu *v);
/* SCHEDOP_poll for the current vCPU: sleeps until one of the ports is pending, an event is due, or
 * system time `timeout` has come (0: no limit). The ports are copied. -XEN_EINVAL when there are
 * more than POLL_PORTS_MAX or one does not exist. */
int vcpu_poll(struct vcpu *v, const evtchn_port_t *ports, unsigned int count, uint64_t timeout);
/* The port has become pending: wakes the vCPU if it polls that one. Any context. */
void vcpu_poll_event(struct vcpu *v, evtchn_port_t port);

/* Points v->info at its slot in the shared page or, for vCPUs that have none there, at a spare one
 * that all of those share until they register their own. */
void vcpu_info_init(struct vcpu *v);
/* Is v->info that spare one? Such a vCPU can't be initialised. */
bool vcpu_info_is_spare(const struct vcpu *v);
/* VCPUOP_register_vcpu_info, once a vCPU: -XEN_EINVAL when it has been done, the place does not
 * fit or another vCPU runs; what frame_get_and_type says of a frame it can't have. */
int vcpu_info_register(struct vcpu *v, uint64_t gfn, uint32_t offset);
/* Gives a registered page back; for domains that die, after evtchn_table_destroy. */
void vcpu_info_unregister(struct vcpu *v);

/* VCPUOP_up, VCPUOP_down; -XEN_EINVAL when it has no context yet. True in *last: there is no other
 * vCPU up, and it was not taken down. */
int vcpu_up(struct vcpu *v);
void vcpu_down(struct vcpu *v, bool *last);

/* What the scheduler asks and tells of vCPUs, for sched_init. */
extern const struct sched_hooks vcpu_sched_hooks;
/* The hook switch_to (domain/context.c): see struct sched_hooks. */
void context_switch(struct sched_unit *prev, struct sched_unit *next);

/* Guest-visible time (domain/time.c): brings vcpu_time_info up to date. For the vCPU that runs on
 * this CPU, or one that is being prepared. */
void vcpu_time_update(struct vcpu *v);
/* Writes the second copy of it where the guest asked for it. Current vCPU only. -XEN_EFAULT. */
int vcpu_time_publish(struct vcpu *v);

/* Runstate (domain/runstate.c). Copies it to where the guest asked for it; after each switch to
 * the vCPU, and if it can be had before each switch away. Current vCPU only. -XEN_EFAULT when the address can't be written to now; a failure that came
 * in the guest's user mode is made up for by vcpu_publish_late. */
int vcpu_runstate_publish(struct vcpu *v);
/* On the way to guest kernel mode: copies once more what could not be copied in user mode. */
static inline void vcpu_publish_late(struct vcpu *v)
{
    if (unlikely(v->publish_again)) {
        v->publish_again = false;
        if (vcpu_runstate_publish(v))
            v->publish_again = false; /* no second time: the address is just bad */
    }
}
/* Begins with the state a fresh vCPU has: offline since now. */
void vcpu_runstate_init(struct vcpu *v);
/* Changes the runstate at `now`. Queue lock held. */
void vcpu_runstate_change(struct vcpu *v, int state, uint64_t now);
/* A consistent copy, with the time in the present state up to now. No lock held. */
void vcpu_runstate_get(const struct vcpu *v, struct vcpu_runstate_info *out);

/* Writes the wall clock to shared_info. */
void domain_wallclock_update(struct domain *d);
/* Its time of day now: ns since 1970. */
uint64_t domain_wallclock(const struct domain *d);
/* Sets the wall clock from dom0: seconds and ns of the epoch at that system time. */
void wallclock_set(uint64_t sec, uint32_t nsec, uint64_t system_time);
/* Reads the CMOS clock once at boot. */
void wallclock_init(void);
/* Sets and stops them. A period below PERIODIC_MIN_NS is the caller's to refuse; 0 stops. A
 * deadline that has passed fires at once. */
void vcpu_periodic_set(struct vcpu *v, uint64_t period);
void vcpu_singleshot_set(struct vcpu *v, uint64_t deadline);
void vcpu_singleshot_stop(struct vcpu *v);
/* Prepares a vCPU's timers and its runstate; ends the timers. */
void vcpu_timers_init(struct vcpu *v);
void vcpu_timers_kill(struct vcpu *v);
/* Moves them to the CPU it will run on next. */
void vcpu_timers_migrate(struct vcpu *v, unsigned int cpu);

#endif
