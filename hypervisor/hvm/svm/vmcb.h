/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual machine control block (AMD APM vol. 2, appendix B): what VMRUN is told, and what it
 * leaves behind. */
#ifndef HVM_SVM_VMCB_H
#define HVM_SVM_VMCB_H

#include "hvm/hvm.h"

struct vmcb {
    /* Control area. */
    uint16_t intercept_cr_read, intercept_cr_write;
    uint16_t intercept_dr_read, intercept_dr_write;
    uint32_t intercept_exceptions;
    uint32_t intercept1, intercept2, intercept3;
    uint8_t reserved1[0x3c - 0x18];
    uint16_t pause_threshold, pause_count;
    uint64_t io_map, msr_map; /* machine addresses */
    uint64_t tsc_offset;
    uint32_t asid;
    uint8_t tlb_control;
    uint8_t reserved2[3];
    uint64_t virtual_interrupt; /* VINTR_* */
    uint64_t shadow;            /* VMCB_SHADOW */
    uint64_t exit_code, exit_info1, exit_info2, exit_event;
    uint64_t nested; /* bit 0: nested paging */
    uint8_t reserved3[0xa8 - 0x98];
    uint64_t inject; /* EVENT_* */
    uint64_t nested_cr3;
    uint64_t last_branch;
    uint32_t clean;
    uint32_t reserved4;
    uint64_t next_rip;
    uint8_t fetched; /* how many bytes of the instruction there are in: */
    uint8_t bytes[HVM_INSN_MAX];
    uint8_t reserved5[0x400 - 0xe0];
    /* State save area. */
    struct hvm_segment segment[HVM_SEGMENTS];
    uint8_t reserved6[0x4cb - 0x4a0];
    uint8_t cpl;
    uint32_t reserved7;
    uint64_t efer;
    uint8_t reserved8[0x548 - 0x4d8];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
    uint8_t reserved9[0x5d8 - 0x580];
    uint64_t rsp;
    uint8_t reserved10[0x5f8 - 0x5e0];
    uint64_t rax, star, lstar, cstar, sfmask, kernel_gs_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint64_t cr2;
    uint8_t reserved11[0x668 - 0x648];
    uint64_t pat;
    uint8_t reserved12[0x1000 - 0x670];
};

_Static_assert(offsetof(struct vmcb, io_map) == 0x40, "APM");
_Static_assert(offsetof(struct vmcb, virtual_interrupt) == 0x60, "APM");
_Static_assert(offsetof(struct vmcb, inject) == 0xa8, "APM");
_Static_assert(offsetof(struct vmcb, next_rip) == 0xc8, "APM");
_Static_assert(offsetof(struct vmcb, fetched) == 0xd0, "APM");
_Static_assert(offsetof(struct vmcb, segment) == 0x400, "APM");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0, "APM");
_Static_assert(offsetof(struct vmcb, rip) == 0x578, "APM");
_Static_assert(offsetof(struct vmcb, rax) == 0x5f8, "APM");
_Static_assert(offsetof(struct vmcb, cr2) == 0x640, "APM");
_Static_assert(sizeof(struct vmcb) == 0x1000, "APM");

/* Bits of intercept1, by exit code less EXIT_INTERRUPT; of intercept2, by exit code less
 * EXIT_VMRUN. */
#define INTERCEPT1(exit) (1U << ((exit)-0x60))
#define INTERCEPT2(exit) (1U << ((exit)-0x80))

enum svm_exit {
    EXIT_CR0_WRITE = 0x10,
    EXIT_CR4_WRITE = 0x14,
    EXIT_DR_READ = 0x20,
    EXIT_DR_WRITE = 0x30,
    EXIT_EXCEPTION = 0x40,
    EXIT_INTERRUPT = 0x60,
    EXIT_NMI = 0x61,
    EXIT_SMI = 0x62,
    EXIT_INIT = 0x63,
    EXIT_VINTR = 0x64,
    EXIT_RDTSC = 0x6e,
    EXIT_RDPMC = 0x6f,
    EXIT_CPUID = 0x72,
    EXIT_IRET = 0x74,
    EXIT_INVD = 0x76,
    EXIT_HLT = 0x78,
    EXIT_INVLPGA = 0x7a,
    EXIT_IO = 0x7b,
    EXIT_MSR = 0x7c,
    EXIT_FERR = 0x7e,
    EXIT_SHUTDOWN = 0x7f,
    EXIT_VMRUN = 0x80,
    EXIT_VMMCALL = 0x81,
    EXIT_VMLOAD = 0x82,
    EXIT_VMSAVE = 0x83,
    EXIT_STGI = 0x84,
    EXIT_CLGI = 0x85,
    EXIT_SKINIT = 0x86,
    EXIT_RDTSCP = 0x87,
    EXIT_ICEBP = 0x88,
    EXIT_WBINVD = 0x89,
    EXIT_MONITOR = 0x8a,
    EXIT_MWAIT = 0x8b,
    EXIT_XSETBV = 0x8d,
    EXIT_NESTED_FAULT = 0x400,
};

#define EXIT_INVALID (~0ULL)

#define TLB_FLUSH_ALL  1
#define TLB_FLUSH_ASID 3 /* CPUs with svm_features.flush_by_asid */

#define CR_INFO_MOV  (1ULL << 63) /* exit_info1 of an access to a control register: it is a MOV */
#define MOV_REGISTER 0xfU         /* and the general register; likewise of debug registers */

/* The next instruction is carried out before any interrupt. */
#define VMCB_SHADOW (1ULL << 0)

#define VINTR_TPR          0xffULL
#define VINTR_REQUEST      (1ULL << 8)
#define VINTR_IGNORE_TPR   (1ULL << 20)
#define VINTR_MASKING      (1ULL << 24)
#define VINTR_VECTOR_SHIFT 32
#define VINTR_VECTOR       (0xffULL << VINTR_VECTOR_SHIFT)

#define EVENT_TYPE_SHIFT 8
#define EVENT_TYPE       (7ULL << EVENT_TYPE_SHIFT)
#define EVENT_HAS_ERROR  (1ULL << 11)
#define EVENT_VALID      (1ULL << 31)

/* Fills in what is the same for every vCPU of a hardware guest, with the registers of one that
 * begins. `io_map` and `msr_map`: machine addresses of the permission maps. */
void vmcb_init(struct vmcb *vmcb, uint64_t io_map, uint64_t msr_map, uint64_t nested_cr3);

void vmcb_registers_get(const struct vmcb *vmcb, struct hvm_registers *out);
/* -XEN_EINVAL when VMRUN would refuse them. */
int vmcb_registers_set(struct vmcb *vmcb, const struct hvm_registers *in);

/* Events as the CPU writes them, and ours. */
uint64_t vmcb_event_encode(const struct hvm_event *event);
struct hvm_event vmcb_event_decode(uint64_t word);
/* For the coming entry: the event is to be delivered; or, with no interrupt among them, an exit is
 * wanted (or not) as soon as the guest can take one. */
void vmcb_deliver(struct vmcb *vmcb, const struct hvm_event *event);
void vmcb_want_window(struct vmcb *vmcb, bool want);
/* Has RDTSC and RDTSCP intercepted, or not. */
void vmcb_want_rdtsc(struct vmcb *vmcb, bool want);
/* After an exit: what the guest was to get and has not got, to be delivered again. */
struct hvm_event vmcb_undelivered_event(const struct vmcb *vmcb);

/* The maps of I/O ports and MSRs: a set bit intercepts. The MSRs that the CPU switches with the
 * guest are let through. */
#define SVM_IO_MAP_PAGES  3
#define SVM_MSR_MAP_PAGES 2
void vmcb_io_map_fill(uint8_t *map);
void vmcb_msr_map_fill(uint8_t *map);
/* For tests: does the map intercept that access? */
bool vmcb_msr_intercepted(const uint8_t *map, uint32_t msr, bool write);

#endif
