/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest is: the domain, its frames, its life from creation to the last frame.
 *
 * Life:  domain_create -> ALIVE -> domain_kill -> DYING (resources go, a part at a time) -> DEAD
 *        -> last reference dropped -> gone. A shut-down domain is ALIVE with shutdown set.
 *
 * Who guards what: [c] set at creation, then constant; [l] lock; [p] page_lock; [m] mm_lock;
 * [e] event_lock; [a] atomic.
 */
#ifndef DOMAIN_DOMAIN_H
#define DOMAIN_DOMAIN_H

#include "lib/compiler.h"

#include <xen/xen.h>
#include <xen/domctl.h>

#include "domain/evtchn.h"
#include "domain/guest_tsc.h"
#include "lib/errno.h"
#include "lib/list.h"
#include "machine/percpu.h"
#include "machine/spinlock.h"
#include "memory/frame.h"
#include "schedule/timer.h"

struct vcpu;
struct cpu_policy;
struct grant_table;
struct pv_domain;
struct hvm_domain;
struct rangeset;
struct guest_ops;

enum domain_life { DOMAIN_ALIVE, DOMAIN_DYING, DOMAIN_DEAD };

#define SHUTDOWN_CODE_NONE 0xff

/* What a PV guest may ask for by vm_assist. The two of 32-bit segments and the two of page tables are how
 * things are anyway: kernels ask for them out of habit. The flag of runstate updates is read where
 * runstate is published. */
#define DOMAIN_VM_ASSISTS                                                           \
    (1U << VMASST_TYPE_4gb_segments | 1U << VMASST_TYPE_4gb_segments_notify |       \
     1U << VMASST_TYPE_writable_pagetables | 1U << VMASST_TYPE_pae_extended_cr3 | \
     1U << VMASST_TYPE_runstate_update_flag)

struct domain {
    domid_t domid;                  /* [c] */
    uint32_t refs;                  /* [a] the life itself is one */
    struct list link;               /* in the list of all domains, by domid [domain list lock] */
    const struct guest_ops *ops;    /* [c] what differs between PV and hardware guests */
    uint32_t create_flags;          /* [c] XEN_DOMCTL_CDF_* */
    bool privileged;                /* [c] the control domain */
    bool hardware;                  /* [c] owns the hardware */
    bool is_idle;                   /* [c] */
    uint32_t ssidref;               /* [c] */
    xen_domain_handle_t handle;     /* [l] */

    struct spinlock lock;
    enum domain_life life;          /* [l]; ends under [p] too; read freely */
    bool shutting_down, shut_down;  /* [l] */
    uint8_t shutdown_code;          /* [l] */
    uint32_t pause_count;           /* [a] how many want it paused */
    uint32_t controller_pause_count;/* [l] how many of those are the toolstack's */

    struct vcpu **vcpu;             /* [c] max_vcpus entries */
    unsigned int max_vcpus;         /* [c] */

    struct spinlock page_lock;
    uint32_t pages_first, pages_last; /* [p] frames that are assigned to it, linked by mfn */
    uint32_t pages_listed;          /* [p] how many they are; read freely */
    uint32_t tot_pages, max_pages;  /* [p] */
    uint32_t hv_pages;              /* [p] assigned pages that the hypervisor writes to */
    uint32_t claimed_pages;         /* [p] still to be had of its claim */

    struct spinlock mm_lock;        /* types of its page-table and descriptor frames */
    cpumask_t dirty_cpus;           /* [a] CPUs that may hold TLB entries of it */
    bool log_dirty;                 /* [a] PV: which frames are written to is noted */

    shared_info_t *shared_info;     /* [c] see shared_page.h */
    bool short_words;               /* [l] its kernel's are of 32 bits; read freely */
    struct evtchn_table events;
    struct grant_table *grants;     /* [c] */
    uint16_t *pirq_to_port;         /* [e] one entry a pirq; 0: not bound */
    unsigned int nr_pirqs;          /* [c] */

    struct rangeset *io_ports, *io_frames, *irqs; /* what hardware it may touch */
    struct cpu_policy *cpu_policy;  /* [c] while it runs */
    struct pv_domain *pv;           /* [c] NULL for hardware guests */
    struct hvm_domain *hvm;         /* [c] NULL for PV guests */

    uint32_t emulation_flags;       /* [c] XEN_X86_EMU_*, as it was created */
    int64_t time_offset;            /* [l] seconds added to the wall clock */
    uint32_t vm_assist;             /* [a] VMASST_TYPE_* bits */
    struct guest_tsc tsc;           /* [l]; does not change while it runs */
    uint16_t sched_weight, sched_cap; /* [domctl lock] the toolstack's words; 0: the default */
    uint16_t address_size;          /* [l] 64 for PV */
    struct e820_map *e820;          /* [l] what XENMEM_memory_map tells */

    char console_line[160];         /* [console lock] what it wrote since the last newline */
    unsigned int console_len;

    struct timer watchdog[2];
    uint32_t watchdogs_taken;       /* [l] bits */

    int relinquish_stage;           /* [l] where tearing it down goes on */
    uint32_t relinquish_idle;       /* [p] frames in a row that had nothing left to drop */
};

/* The domain that the hypervisor starts, and pseudo-domains that own special frames. */
extern struct domain *dom0;
extern struct domain *dom_io;   /* DOMID_IO: device memory */
extern struct domain *dom_xen;  /* DOMID_XEN: frames of the hypervisor that tools may read */

/* Makes a domain with no vCPUs, paused once by its creator. *out is held by the caller.
 * -XEN_EEXIST, -XEN_ENOMEM, -XEN_EINVAL. */
int domain_create(domid_t domid, const struct xen_domctl_createdomain *config, bool privileged,
                  struct domain **out);
/* Makes one of its vCPUs, down and uninitialised. */
int vcpu_create(struct domain *d, unsigned int id);

/* The living or dying domain of that number, held; NULL when there is none. */
struct domain *domain_get_by_id(domid_t domid);
/* As domain_get_by_id, but the first one with that number or a higher one. */
struct domain *domain_get_from_id(domid_t domid);
/* Takes another reference of a domain that the caller is sure of. */
void domain_get(struct domain *d);
/* Drops one; the last one frees the structure. */
void domain_put(struct domain *d);
/* A domid that is not in use, or DOMID_INVALID. */
domid_t domid_alloc(void);

/* Stops all its vCPUs and records why; tells the toolstack. Safe from its own vCPU. */
void domain_shutdown(struct domain *d, uint8_t reason);
/* Undoes a shutdown that the toolstack wants to have been a suspend. */
void domain_resume(struct domain *d);
/* Something it did can't be gone on from: logs where, and shuts it down as crashed. `why` is one
 * line without a newline. Any context that may log. */
void domain_crash(struct domain *d, const char *why, ...) printf_like(2, 3);
/* Takes everything from it. 0 when it is dead; -XEN_ERESTART: call again. */
int domain_kill(struct domain *d);

/* Nests. pause waits until no vCPU of it runs; the _nosync one does not. */
void domain_pause(struct domain *d);
void domain_pause_nosync(struct domain *d);
void domain_unpause(struct domain *d);
/* The toolstack's own pauses, counted apart so that it can't undo the hypervisor's. */
int domain_pause_by_controller(struct domain *d);
int domain_unpause_by_controller(struct domain *d);

/* Frames. Allocates and assigns; NULL when there is no memory, the limit is reached, or the domain
 * is dying. */
struct page_info *domain_page_alloc(struct domain *d, unsigned int order,
                                    unsigned int address_bits);
/* Assigns a block that was allocated with frames_alloc; the domain gave up as many frames for it,
 * so neither limit nor claim is asked. False: the domain is dying; the block is the caller's. */
bool domain_page_assign(struct domain *d, struct page_info *page, unsigned int order);
/* A frame that the hypervisor writes to and the guest may map: zeroed, assigned, fixed as
 * writable; not counted in tot_pages. */
void *domain_hv_page_alloc(struct domain *d);
/* Frees such a page, which nobody else refers to any more. */
void domain_hv_page_free(void *page);
/* The hypervisor is done with such a page: it goes, scrubbed, when nobody has it mapped any more. */
void domain_hv_page_give_up(void *page);
/* A dying domain gives up all such pages: what others have mapped of them keeps the domain, but
 * the pages themselves no longer do. Their memory is there until domain_hv_page_free. */
void domain_hv_pages_release(struct domain *d);
/* For going through them: the frame that has its turn, now the list's last; NULL: there is none.
 * page_lock held. */
struct page_info *domain_pages_rotate(struct domain *d);
/* Drops the domain's own reference; true if it was still there (the caller held its own). */
bool domain_page_release(struct page_info *page);

/* Registers with the frame table. Boot. */
void domain_pages_init(void);

/* All domains by number. The list is stable while the lock is held. */
extern struct list domain_list;
extern struct spinlock domain_list_lock;

/* May `caller` do that to `target`? The control domain may do everything. */
static inline bool domain_may_control(const struct domain *caller, const struct domain *target)
{
    return caller->privileged;
}

#endif
