/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a paravirtual guest adds to a domain and to a vCPU.
 *
 * Guest kernel and guest user both run in ring 3, told apart by vcpu->pv->kernel_mode: each has a
 * page-table root and a GS base; going from one to the other is pv_toggle_mode(). */
#ifndef PV_PV_H
#define PV_PV_H

#include "domain/guest_ops.h"
#include "machine/paging.h"
#include "pv/leftover.h"

/* The domain's windows in slot 260: for each vCPU 16 pages of GDT, then 16 pages of LDT. */
#define WINDOW_PAGES        32
#define WINDOW_SIZE         (WINDOW_PAGES * PAGE_SIZE)
#define WINDOWS_PER_TABLE   (PTES_PER_TABLE / WINDOW_PAGES)
#define LDT_WINDOW_OFFSET   (16 * PAGE_SIZE)
#define PV_MAX_VCPUS        128

struct pv_domain {
    pte_t *area_l3;               /* what slot 260 of its roots points to */
    pte_t *area_l2;
    pte_t *area_l1[PV_MAX_VCPUS / WINDOWS_PER_TABLE];

    bool logged;                  /* user bits may be missing: see log_dirty.h */
    struct pv_log {               /* [domctl lock] work on it that stopped half-way */
        enum { LOG_RESTS, LOG_BEGINS, LOG_TAKES, LOG_PROTECTS } stage;
        uint64_t next;            /* the frame that is next */
        uint32_t found;
    } log;
};

/* An entry point that the guest registered. */
struct pv_callback {
    uint64_t address;             /* 0: none */
    bool mask_events;
};

struct pv_vcpu {
    bool kernel_mode;
    uint64_t kernel_root, user_root; /* L4 frames, each holding a type reference; 0: none */
    struct pv_leftovers leftovers;
    uint16_t kernel_ss;
    uint64_t kernel_sp;           /* stack for entries from user mode */

    struct trap_info traps[256];  /* the virtual IDT; address 0: none */
    struct pv_callback event, failsafe, syscall, syscall32, sysenter;

    uint64_t gdt_frames[GDT_RESERVED_PAGE]; /* typed as descriptors; 0: zero page */
    unsigned int gdt_entries;
    uint64_t ldt_base;            /* guest virtual */
    unsigned int ldt_entries;
    uint16_t ldt_mapped;          /* [mm_lock] pages of the LDT window that are filled */

    uint32_t iopl;                /* 0 to 3 */
    uint64_t io_bitmap;           /* guest virtual address, 0: none */
    uint32_t io_bitmap_ports;

    bool task_switched;           /* virtual CR0.TS */
    uint64_t cr4;                 /* as the guest sees it */
    uint64_t dr[8];

    /* While it does not run. */
    uint64_t fs_base, gs_base_kernel, gs_base_user;
    bool selectors_due;           /* its DS ES FS GS are not loaded yet */
    uint16_t bad_selectors;       /* of DS ES FS GS, bits 0-3: could not be loaded */

    unsigned int last_hypercall;  /* for crash reports */
};

/* Bits of bad_selectors. */
enum { BAD_DS = 1, BAD_ES = 2, BAD_FS = 4, BAD_GS = 8 };

static inline uint64_t pv_window(const struct vcpu *v)
{
    return DOMAIN_AREA_START + (uint64_t)v->id * WINDOW_SIZE;
}

/* The window's L1 entries: [0..15] GDT, [16..31] LDT. */
static inline pte_t *pv_window_entries(const struct vcpu *v)
{
    return v->domain->pv->area_l1[v->id / WINDOWS_PER_TABLE] +
           (v->id % WINDOWS_PER_TABLE) * WINDOW_PAGES;
}

/* Goes to the other mode of the current vCPU: root and GS base. Interrupts off or on. */
void pv_toggle_mode(struct vcpu *v);
/* Loads the root of the mode that the current vCPU is in. */
void pv_load_root(struct vcpu *v);

/* Has the current guest enter its kernel at a callback or trap handler, as if interrupted where
 * its registers stand (bounce.c). A stack that can't be written to crashes the domain. */
void pv_enter_kernel(struct vcpu *v, uint64_t handler, bool mask_events, bool with_error,
                     uint32_t error);
/* Delivers an exception through the virtual IDT. A missing handler crashes the domain. */
void pv_deliver_trap(struct vcpu *v, unsigned int vector, uint32_t error);
void pv_deliver_page_fault(struct vcpu *v, uint64_t address, uint32_t error);
/* Has the guest look at selectors that could not be loaded. */
void pv_deliver_failsafe(struct vcpu *v);

/* trap_hooks of PV guests; see machine/traps.h. */
void pv_exception(struct cpu_user_regs *regs, unsigned int vector);
int pv_exit_work(void);
void pv_bad_iret(struct cpu_user_regs *regs, unsigned int vector, uint32_t error, uint64_t address);
void pv_syscall(struct cpu_user_regs *regs);
void pv_syscall_compat(struct cpu_user_regs *regs);
void pv_sysenter(struct cpu_user_regs *regs);
bool pv_window_fault(uint64_t address);
/* Registers all of pv/ with the rooms below. Boot. */
void pv_init(void);

/* Privileged instructions (emulate.c): true when done, false: the guest gets its fault. */
bool pv_emulate_gp(struct vcpu *v, struct cpu_user_regs *regs);
bool pv_emulate_ud(struct vcpu *v, struct cpu_user_regs *regs);
/* The virtual CR0.TS: the next FPU instruction raises #NM. Current vCPU. */
void pv_task_switched_set(struct vcpu *v, bool set);
/* A write fault on a page table of the guest's own (pte_emulate.c). */
bool pv_emulate_pte_write(struct vcpu *v, struct cpu_user_regs *regs, uint64_t address);

/* Segments, descriptors and debug registers (segments.c, descriptor.c). */
void pv_segments_save(struct vcpu *v);
/* All but the selectors, which may make the CPU read an LDT that is not there yet: they are due. */
void pv_segments_load(struct vcpu *v);
/* Loads the selectors of the current vCPU. Interrupts on, no lock held. */
void pv_selectors_load(struct vcpu *v);
int pv_gdt_set(struct vcpu *v, const uint64_t *frames, unsigned int entries);
void pv_gdt_clear(struct vcpu *v);
void pv_ldt_set(struct vcpu *v, uint64_t base, unsigned int entries);
/* Empties the LDT window; the pages' types are given back. mm_lock not held. */
void pv_ldt_unmap(struct vcpu *v);
/* Maps page `index` of the LDT into the window. */
bool pv_ldt_fault(struct vcpu *v, unsigned int index);
/* Makes a selector one of ring 3. */
static inline uint16_t pv_fix_selector(uint16_t selector)
{
    return (selector & ~3U) ? selector | 3 : selector;
}
/* Checks a descriptor and restricts it to ring 3 where it has to be; false: refused. */
bool pv_descriptor_check(uint64_t *descriptor);
int pv_debug_register_write(struct vcpu *v, unsigned int nr, uint64_t value);
uint64_t pv_debug_register_read(struct vcpu *v, unsigned int nr);

/* Has a vCPU use that root (0: none), whose two references it takes over; those of its old root are
 * given back (leftover.h). Owner's mm_lock. */
void pv_set_kernel_root(struct vcpu *v, uint64_t mfn);
void pv_set_user_root(struct vcpu *v, uint64_t mfn);
/* Gives a root's references back; 0: none. Owner's mm_lock. */
void pv_root_put(uint64_t mfn);

/* The whole context of a vCPU that does not run (context.c): see struct guest_ops. -XEN_EINVAL when it
 * holds what the vCPU may not have, -XEN_ERESTART: again. */
int pv_context_set(struct vcpu *v, const struct vcpu_guest_context *context);
void pv_context_get(struct vcpu *v, struct vcpu_guest_context *context);
/* Makes its CR4 that, as far as the bits are the guest's to choose. */
void pv_cr4_set(struct vcpu *v, uint64_t value);

/* Makes the hypercall that the registers ask for; set once by hypercall/. */
extern long (*pv_hypercall)(struct cpu_user_regs *regs);

#endif
