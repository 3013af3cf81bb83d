/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hardware guests: what they add to a domain and to a vCPU, and what a kind of CPU (svm/,
 * vmx/) does for them behind one table.
 *
 * General registers, RIP, RSP and RFLAGS of a hardware guest are where those of any guest are:
 * guest_regs() while it runs, vcpu->regs while it does not. All else that the CPU switches by
 * itself is the back end's. */
#ifndef HVM_HVM_H
#define HVM_HVM_H

#include "domain/guest_ops.h"
#include "hvm/io.h"
#include "hvm/ioreq.h"
#include "hvm/lapic.h"
#include "hvm/p2m.h"
#include "hvm/walk.h"

#include <xen/hvm/params.h>

#define HVM_MAX_VCPUS     128
#define HVM_MTRR_VARIABLE 8
#define HVM_MTRR_FIXED    11
#define HVM_INSN_MAX      15
#define DR7_GD            (1ULL << 13) /* the next access to a debug register is a #DB */

/* APIC ids are even, as the toolstack's ACPI tables have them. */
static inline uint32_t hvm_apic_id(const struct vcpu *v)
{
    return v->id * 2;
}

/* Pages that are written to are noted, for who copies the guest away (hypercall/domctl_log_dirty.c). */
struct hvm_log_dirty {
    bool on;
    uint64_t next, found; /* [domctl lock] of a look at all pages that is not at its end */
    bool joining;         /* [domctl lock] it was turned off: pages are joined, from `next` on */
};

struct hvm_domain {
    struct p2m p2m;
    struct spinlock share_lock; /* where in it pages of the hypervisor's are */
    uint64_t params[HVM_NR_PARAMS]; /* [domain lock]; those that are read often, freely */
    uint64_t paging_pool;           /* bytes, as the toolstack set it; its p2m has the limit */
    struct hvm_log_dirty log_dirty;
    uint64_t borrowed_next; /* where hvm_borrowed_release goes on */
    struct ioreq_domain ioreq;
    struct hvm_platform *platform;  /* [c] its devices; NULL: only local APICs */
};

/* An event that the CPU is to deliver as it enters the guest. */
enum hvm_event_type {
    HVM_EVENT_NONE,
    HVM_EVENT_INTERRUPT,
    HVM_EVENT_NMI,
    HVM_EVENT_EXCEPTION,
    HVM_EVENT_SOFTWARE, /* INT n: a trap, not a fault */
};

struct hvm_event {
    enum hvm_event_type type;
    uint8_t vector;
    bool has_error;
    uint32_t error;
};

/* What others ask of a vCPU; it sees to it on its way to the guest. Bits of `requests`. */
enum hvm_request {
    HVM_REQUEST_INIT,    /* an INIT came */
    HVM_REQUEST_STARTUP, /* a start-up interrupt came, with startup_vector */
    HVM_REQUEST_TIMER,   /* its APIC's timer has expired */
    HVM_REQUEST_NMI,
};

struct hvm_vcpu {
    void *state; /* the back end's */
    struct lapic lapic;
    struct timer timer;     /* the APIC's */
    struct hvm_event event; /* to be delivered at the next entry */
    uint64_t requests;      /* [atomic] */
    uint8_t startup_vector;
    bool waits_for_startup;
    bool nmi_blocked;      /* between an NMI and its IRET */
    uint8_t upcall_vector; /* HVMOP_set_evtchn_upcall_vector; 0: none */
    uint64_t dr[4];        /* breakpoint addresses */
    uint64_t mtrr_default, mtrr_fixed[HVM_MTRR_FIXED], mtrr_variable[HVM_MTRR_VARIABLE * 2];
    struct ioreq_vcpu ioreq;
    struct hvm_io io;
    uint8_t *window;  /* HVM_WINDOW_SIZE bytes, once there was a need */
    bool window_open; /* hvm_copy_from and hvm_copy_to reach it at HVM_WINDOW */
    unsigned int last_hypercall; /* for crash reports */
};

struct hvm_segment {
    uint16_t selector;
    uint16_t attributes; /* bits 0-7: descriptor bits 40-47; bits 8-11: descriptor bits 52-55 */
    uint32_t limit;      /* in bytes */
    uint64_t base;
};

enum {
    HVM_ES,
    HVM_CS,
    HVM_SS,
    HVM_DS,
    HVM_FS,
    HVM_GS,
    HVM_GDTR,
    HVM_LDTR,
    HVM_IDTR,
    HVM_TR,
    HVM_SEGMENTS
};

/* Everything that the back end keeps of a vCPU's registers. */
struct hvm_registers {
    struct hvm_segment segment[HVM_SEGMENTS];
    uint64_t cr0, cr2, cr3, cr4, efer, dr6, dr7, pat;
    uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
};

/* What a kind of CPU does. `v` is current or does not run, but where it says otherwise. */
struct hvm_backend {
    const char *name;
    const struct p2m_format *p2m_format;
    /* The CPUs that can run guests. */
    cpumask_t (*cpus)(void);
    /* Turns this CPU's extension on. Each CPU, at boot. */
    void (*cpu_init)(unsigned int cpu);
    int (*vcpu_init)(struct vcpu *v);
    void (*vcpu_free)(struct vcpu *v);
    /* Context switch: away from it (left out where there is nothing to do), and to it. */
    void (*save)(struct vcpu *v);
    void (*load)(struct vcpu *v);
    /* Drops the stack and enters the guest that is loaded. */
    noreturn void (*resume)(void);
    void (*registers_get)(const struct vcpu *v, struct hvm_registers *out);
    /* Registers that the CPU would refuse: -XEN_EINVAL, and nothing is changed. */
    int (*registers_set)(struct vcpu *v, const struct hvm_registers *in);
    /* The part of them that a page walk needs. */
    void (*walk_mode)(const struct vcpu *v, struct walk_mode *out);
    /* Privilege level, and whether it runs 64-bit code. */
    unsigned int (*privilege)(const struct vcpu *v);
    bool (*is_64bit)(const struct vcpu *v);
    /* The instruction pointer as a linear address. */
    uint64_t (*linear_rip)(const struct vcpu *v);
    /* Bytes of the instruction at which an access to memory has stopped it, as the CPU had fetched
     * them. How many; 0: the CPU hands none over. (Left out: never.) */
    size_t (*fetched)(const struct vcpu *v, uint8_t bytes[HVM_INSN_MAX]);
    /* Can it take an interrupt now? If not, `want_window` has it exit when it can. */
    bool (*can_interrupt)(const struct vcpu *v);
    void (*want_window)(struct vcpu *v, bool want);
    /* Can it take an NMI, but for the one that it is handling? If not, it exits when it can, or, on CPUs
     * that have no such exit, when it can take an interrupt. */
    bool (*can_nmi)(struct vcpu *v);
    /* For NMIs: have it exit when the one that it is handling is over, or at the IRET that ends it. */
    void (*want_iret)(struct vcpu *v, bool want);
    /* Hands the event over to the CPU for the coming entry. An interrupt takes the window's place. */
    void (*deliver)(struct vcpu *v, const struct hvm_event *event);
    /* An instruction was carried out for the guest, whose RIP and flags are as after it: interrupts are
     * not held back any more, and a trap that follows each instruction (TF) is due. */
    void (*retired)(struct vcpu *v);
    /* The address of a page fault that is to be delivered. */
    void (*page_fault)(struct vcpu *v, uint64_t linear);
    /* Registers that the back end keeps. False: #GP. What is written to CR4 is consistent and allowed by
     * the policy. */
    bool (*cr4_write)(struct vcpu *v, uint64_t value);
    bool (*efer_write)(struct vcpu *v, uint64_t value);
    uint64_t (*pat_read)(const struct vcpu *v);
    void (*pat_write)(struct vcpu *v, uint64_t value);
    /* DR7, or DR6. */
    uint64_t (*debug_read)(const struct vcpu *v, bool dr7);
    void (*debug_write)(struct vcpu *v, bool dr7, uint64_t value);
    /* Bytes of the instruction that calls the hypervisor, for the hypercall page. */
    uint8_t call_insn[3];
};

/* The one of this machine; NULL: it has none. */
extern const struct hvm_backend *hvm_backend;

/* svm/, vmx/: sets *found if this machine can use it; otherwise returns why not, as the end of a
 * sentence. NULL: its CPU is of another kind. */
const char *svm_find(const struct hvm_backend **found);
const char *vmx_find(const struct hvm_backend **found);

/* Finds the back end (boot CPU, after cpu_features), tells the log, and registers with domain/. */
void hvm_init(void);
/* Turns it on on this CPU. */
void hvm_init_cpu(unsigned int cpu);

/* Makes the hypercall that the current guest's registers ask for; set once by hypercall/. */
extern long (*hvm_hypercall)(struct cpu_user_regs *regs);
/* The same for code that is not 64-bit. */
extern long (*hvm_hypercall_compat)(struct cpu_user_regs *regs);

/* exception.c */
/* Has an exception delivered to the current guest at the next entry (a #DB clears DR7.GD). Another event that was to be
 * delivered there has not been: the two may make a double fault, or a third fault. */
void hvm_exception(struct vcpu *v, unsigned int vector, bool has_error, uint32_t error);

/* An interrupt that was to be delivered there (if one was) is not: it comes again later, by who had
 * it. Also of a vCPU that does not run. */
void hvm_interrupt_retract(struct vcpu *v);

/* domain.c: the current guest's registers, in sight of the back end. */
/* What is due before the guest runs on: deferred work, requests, the event to be delivered. Returns
 * with interrupts off. */
void hvm_prepare_entry(struct vcpu *v);
/* HLT: sleeps until an interrupt is due; for good when interrupts are off. */
void hvm_halt(struct vcpu *v);
/* Three faults deep: the machine that the guest takes itself for restarts. */
void hvm_triple_fault(struct vcpu *v);

/* requests.c: of a vCPU that is current, or does not run. */
/* Is there a request that is to be seen to before it runs on? */
bool hvm_requests_due(const struct vcpu *v);
void hvm_requests_handle(struct vcpu *v);

/* interrupt.c */
/* The vCPU gets an NMI. Any context. */
void hvm_nmi(struct vcpu *v);
/* Chooses what is to be delivered next and hands it over. Interrupts off. */
void hvm_deliver_pending(struct vcpu *v);
/* Is there an interrupt that the current guest takes as soon as it runs on? */
bool hvm_interrupt_due(const struct vcpu *v);
/* Carries a message out to all vCPUs of the sender's domain whom it is for. */
extern const struct lapic_owner hvm_lapic_owner;
/* The same for a message of a device's. False: nobody has taken it. */
bool hvm_message_send(struct domain *d, const struct lapic_message *message);

/* copy.c: guest memory of the current vCPU; see struct guest_ops.
 *
 * The window: addresses that no guest has (no CPU takes them), behind which handlers of hypercalls
 * find arguments that were made over for them. */
#define HVM_WINDOW      0x8000000000000000ULL
#define HVM_WINDOW_SIZE (4 * PAGE_SIZE)
/* Gives the vCPU its window. False: no memory. */
bool hvm_window_make(struct vcpu *v);
size_t hvm_copy_from(void *dst, uint64_t src, size_t len);
size_t hvm_copy_to(uint64_t dst, const void *src, size_t len);
/* In one page of guest-physical memory. False: there is none, or none that may be written to. */
bool hvm_copy_physical(struct domain *d, uint64_t gpa, void *buffer, size_t len, bool write);
/* Where the current vCPU's own paging has a linear address. False: nowhere, or it may not: *present
 * says which. */
bool hvm_translate(struct vcpu *v, uint64_t linear, bool write, bool user, uint64_t *gpa,
                   bool *present);
/* Where paging with these registers has it. */
bool hvm_translate_as(struct vcpu *v, const struct walk_mode *mode, uint64_t linear, bool write,
                      bool user, uint64_t *gpa, bool *present);

/* memory.c: guest frames; see struct guest_ops. */
/* What is there, of any domain, be it the current one or not: p2m_lookup. */
enum p2m_type hvm_gfn_lookup(struct domain *d, uint64_t gfn, uint64_t *mfn);
/* The page of the domain's (or its part of the hypervisor's) that an entry maps, held; NULL when
 * the entry is not as it was found. */
struct page_info *hvm_gfn_hold(struct domain *d, uint64_t gfn, enum p2m_type type, uint64_t mfn);
/* Drops what is there, if there is something. A granted page stays: -XEN_EPERM. */
int hvm_gfn_make_way(struct domain *d, uint64_t gfn);
struct page_info *hvm_gfn_get(struct domain *d, uint64_t gfn);
int hvm_gfn_fill(struct domain *d, uint64_t gfn, uint64_t mfn, unsigned int order);
int hvm_gfn_drop(struct domain *d, uint64_t gfn);
int hvm_gfn_share(struct domain *d, uint64_t gfn, uint64_t mfn);
int hvm_gfn_move(struct domain *d, uint64_t from, uint64_t to);
uint64_t hvm_gfn_highest(const struct domain *d);
/* Has to be called after a guest frame was written to by anybody but the guest. Any context. */
void hvm_gfn_written(struct domain *d, uint64_t gfn);
void hvm_frame_written(struct domain *d, uint64_t mfn);

/* join.c */
/* One entry for the 2 MiB that a guest frame is in, if they can be one, and then for the 1 GiB. */
void hvm_gfn_join(struct domain *d, uint64_t gfn);
/* The same for all, from frame *gfn on. 0, or -XEN_ERESTART: call again with what *gfn is now. */
int hvm_join_all(struct domain *d, uint64_t *gfn);

/* borrow.c: pages of other domains' in a guest's map; see struct guest_ops. */
int hvm_grant_map(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn);
int hvm_grant_unmap(struct vcpu *v, uint64_t where, uint32_t flags, uint64_t mfn);
int hvm_grant_replace(struct vcpu *v, uint64_t where, uint64_t new_va, uint32_t flags,
                      uint64_t mfn);
void hvm_grant_flush(struct domain *d);
int hvm_gfn_foreign(struct domain *d, uint64_t gfn, uint64_t mfn);
/* Drops the references that go with an entry of that type. No lock is held, and no CPU knows the
 * entry any more. */
void hvm_borrowed_put(uint64_t mfn, enum p2m_type type);
/* A dying domain, whose vCPUs run no more, lets go of all that it has borrowed, and borrows nothing
 * any more. 0, or -XEN_ERESTART: call again. */
int hvm_borrowed_release(struct domain *d);

/* cpuid.c, msr.c: what the current guest is told. False: #GP. */
void hvm_cpuid(struct vcpu *v, struct cpu_user_regs *regs);
bool hvm_msr_read(struct vcpu *v, uint32_t msr, uint64_t *value);
bool hvm_msr_write(struct vcpu *v, uint32_t msr, uint64_t value);
/* The current guest's XCR0 may have been changed without our being asked: finds out. */
void hvm_xcr_update(struct vcpu *v);
/* XSETBV. */
bool hvm_xcr_write(struct vcpu *v, uint32_t index, uint64_t value);
/* May a guest with its policy set these bits in CR4? */
bool hvm_cr4_valid(const struct vcpu *v, uint64_t cr4);

/* The current guest's kernel shows whether its words have 32 or 64 bits. */
void hvm_words_latch(struct vcpu *v);

/* params.c: HVMOP_set_param, HVMOP_get_param. */
int hvm_param_set(struct domain *d, uint32_t index, uint64_t value, bool by_guest);
int hvm_param_get(struct domain *d, uint32_t index, uint64_t *value, bool by_guest);
int hvm_upcall_vector_set(struct vcpu *v, unsigned int vector);
/* The vector of HVM_PARAM_CALLBACK_IRQ; 0: there is none. */
unsigned int hvm_callback_vector(const struct domain *d);

/* context.c: vCPUs as lists of records (XEN_DOMCTL_gethvmcontext). The domain is paused. */
size_t hvm_context_size(const struct domain *d);
/* Writes hvm_context_size() bytes: the list, and zeros behind it. What is asked of vCPUs is seen to
 * first, since a list has no place for that. */
void hvm_context_get(struct domain *d, void *buffer);
/* Reads such a list, or a part of one. 0 or -XEN_EINVAL. */
int hvm_context_set(struct domain *d, const void *buffer, size_t size);

/* registers.c: would any CPU take these registers (APM vol. 2, 15.5.1: canonicalization and
 * consistency)? */
bool hvm_registers_valid(const struct hvm_registers *r);
/* Is that a value for the register of memory types? */
bool hvm_pat_valid(uint64_t value);
/* MSRs that are the guest's own while it runs, without our being asked. */
#define HVM_SWITCHED_MSRS 10
extern const uint32_t hvm_switched_msrs[HVM_SWITCHED_MSRS];

/* start.c: registers of a vCPU that begins. */
/* Real mode at `vector` << 12, as after a start-up interrupt. */
void hvm_registers_startup(struct hvm_registers *r, uint8_t vector);
/* The state after power-up, with which a vCPU begins whom nobody gave another. */
void hvm_registers_reset(struct hvm_registers *r);

#endif
