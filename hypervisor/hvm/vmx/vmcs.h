/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual machine control structure (Intel SDM vol. 3, chapter 24 and appendix B): the fields
 * that are used, and what goes into them. What is here touches no CPU. */
#ifndef HVM_VMX_VMCS_H
#define HVM_VMX_VMCS_H

#include "hvm/hvm.h"
#include "hvm/task.h"

/* A field's number says what it is:
 *
 *   | 0 | width 14..13: 16, 64, 32 bits, natural | 0 | type 11..10: control, exit, guest, host |
 *   | number 9..1 | 1: the upper half of one with 64 bits |
 */
enum vmcs_field {
    VMCS_VPID = 0x0000,
    VMCS_GUEST_SELECTOR = 0x0800, /* two apart, in the order of vmcs_segments */
    VMCS_HOST_ES = 0x0c00,
    VMCS_HOST_CS = 0x0c02,
    VMCS_HOST_SS = 0x0c04,
    VMCS_HOST_DS = 0x0c06,
    VMCS_HOST_FS = 0x0c08,
    VMCS_HOST_GS = 0x0c0a,
    VMCS_HOST_TR = 0x0c0c,
    VMCS_MSR_BITMAP = 0x2004,
    VMCS_TSC_OFFSET = 0x2010,
    VMCS_TSC_MULTIPLIER = 0x2032, /* there with SECONDARY_TSC_SCALING */
    VMCS_EPT_POINTER = 0x201a,
    VMCS_GUEST_PHYSICAL = 0x2400,
    VMCS_LINK = 0x2800,
    VMCS_GUEST_DEBUGCTL = 0x2802,
    VMCS_GUEST_PAT = 0x2804,
    VMCS_GUEST_EFER = 0x2806,
    VMCS_GUEST_PDPTE = 0x280a, /* four, two apart */
    VMCS_HOST_PAT = 0x2c00,
    VMCS_HOST_EFER = 0x2c02,
    VMCS_PIN = 0x4000,
    VMCS_PRIMARY = 0x4002,
    VMCS_EXCEPTIONS = 0x4004,
    VMCS_CR3_TARGETS = 0x400a,
    VMCS_EXIT_CONTROLS = 0x400c,
    VMCS_EXIT_STORE_COUNT = 0x400e,
    VMCS_EXIT_LOAD_COUNT = 0x4010,
    VMCS_ENTRY_CONTROLS = 0x4012,
    VMCS_ENTRY_LOAD_COUNT = 0x4014,
    VMCS_ENTRY_EVENT = 0x4016,
    VMCS_ENTRY_ERROR = 0x4018,
    VMCS_SECONDARY = 0x401e,
    VMCS_INSTRUCTION_ERROR = 0x4400,
    VMCS_EXIT_REASON = 0x4402,
    VMCS_EXIT_EVENT = 0x4404,
    VMCS_EXIT_EVENT_ERROR = 0x4406,
    VMCS_VECTORING = 0x4408,
    VMCS_VECTORING_ERROR = 0x440a,
    VMCS_EXIT_LENGTH = 0x440c,
    VMCS_GUEST_LIMIT = 0x4800, /* two apart */
    VMCS_GUEST_GDTR_LIMIT = 0x4810,
    VMCS_GUEST_IDTR_LIMIT = 0x4812,
    VMCS_GUEST_RIGHTS = 0x4814, /* two apart */
    VMCS_GUEST_BLOCKING = 0x4824,
    VMCS_GUEST_ACTIVITY = 0x4826,
    VMCS_GUEST_SYSENTER_CS = 0x482a,
    VMCS_HOST_SYSENTER_CS = 0x4c00,
    VMCS_CR0_MASK = 0x6000,
    VMCS_CR4_MASK = 0x6002,
    VMCS_CR0_SHADOW = 0x6004,
    VMCS_CR4_SHADOW = 0x6006,
    VMCS_QUALIFICATION = 0x6400,
    VMCS_GUEST_CR0 = 0x6800,
    VMCS_GUEST_CR3 = 0x6802,
    VMCS_GUEST_CR4 = 0x6804,
    VMCS_GUEST_BASE = 0x6806, /* two apart */
    VMCS_GUEST_GDTR_BASE = 0x6816,
    VMCS_GUEST_IDTR_BASE = 0x6818,
    VMCS_GUEST_DR7 = 0x681a,
    VMCS_GUEST_RSP = 0x681c,
    VMCS_GUEST_RIP = 0x681e,
    VMCS_GUEST_RFLAGS = 0x6820,
    VMCS_GUEST_PENDING = 0x6822, /* debug exceptions */
    VMCS_GUEST_SYSENTER_ESP = 0x6824,
    VMCS_GUEST_SYSENTER_EIP = 0x6826,
    VMCS_HOST_CR0 = 0x6c00,
    VMCS_HOST_CR3 = 0x6c02,
    VMCS_HOST_CR4 = 0x6c04,
    VMCS_HOST_FS_BASE = 0x6c06,
    VMCS_HOST_GS_BASE = 0x6c08,
    VMCS_HOST_TR_BASE = 0x6c0a,
    VMCS_HOST_GDTR_BASE = 0x6c0c,
    VMCS_HOST_IDTR_BASE = 0x6c0e,
    VMCS_HOST_SYSENTER_ESP = 0x6c10,
    VMCS_HOST_SYSENTER_EIP = 0x6c12,
    VMCS_HOST_RSP = 0x6c14,
    VMCS_HOST_RIP = 0x6c16,
};

/* The segments with selectors, limits, rights and bases, by the order of these. */
#define VMCS_SEGMENTS 8
extern const uint8_t vmcs_segments[VMCS_SEGMENTS];

/* Bits of VMCS_GUEST_BLOCKING and VMCS_GUEST_PENDING. */
#define BLOCKING_STI    (1U << 0)
#define BLOCKING_MOV_SS (1U << 1)
#define BLOCKING_NMI    (1U << 3)
#define PENDING_STEP    (1U << 14)

/* Words for events. */
#define EVENT_VECTOR     0xffU
#define EVENT_TYPE_SHIFT 8
#define EVENT_TYPE       (7U << EVENT_TYPE_SHIFT)
#define EVENT_HAS_ERROR  (1U << 11)
#define EVENT_NMI_OPEN   (1U << 12) /* an IRET has just let NMIs in */
#define EVENT_VALID      (1U << 31)
#define EVENT_TYPE_SOFT  4 /* INT n */
#define EVENT_TYPE_ICEBP 5
#define EVENT_TYPE_TRAP  6 /* INT3, INTO */

/* VMCS_TSC_MULTIPLIER: its bits before and behind the point, and a rate that is the machine's. */
#define VMX_TSC_WHOLE    16
#define VMX_TSC_FRACTION 48
#define VMX_TSC_ONE      (1ULL << VMX_TSC_FRACTION)

/* The lower half of VMCS_EXIT_REASON; its top bit: the guest was not entered. */
#define EXIT_NOT_ENTERED (1U << 31)
enum vmx_exit {
    EXIT_EXCEPTION = 0,
    EXIT_INTERRUPT = 1,
    EXIT_TRIPLE_FAULT = 2,
    EXIT_INIT = 3,
    EXIT_STARTUP = 4,
    EXIT_INTERRUPT_WINDOW = 7,
    EXIT_NMI_WINDOW = 8,
    EXIT_TASK_SWITCH = 9,
    EXIT_CPUID = 10,
    EXIT_GETSEC = 11,
    EXIT_HLT = 12,
    EXIT_INVD = 13,
    EXIT_RDPMC = 15,
    EXIT_RDTSC = 16,
    EXIT_RSM = 17,
    EXIT_VMCALL = 18,
    EXIT_VMCLEAR = 19,
    EXIT_VMXON = 27,
    EXIT_CR = 28,
    EXIT_DR = 29,
    EXIT_IO = 30,
    EXIT_RDMSR = 31,
    EXIT_WRMSR = 32,
    EXIT_BAD_STATE = 33,
    EXIT_MWAIT = 36,
    EXIT_MONITOR = 39,
    EXIT_PAUSE = 40,
    EXIT_MACHINE_CHECK = 41, /* with EXIT_NOT_ENTERED: while the guest was being entered */
    EXIT_EPT_VIOLATION = 48,
    EXIT_EPT_MISCONFIGURATION = 49,
    EXIT_INVEPT = 50,
    EXIT_RDTSCP = 51,
    EXIT_INVVPID = 53,
    EXIT_WBINVD = 54,
    EXIT_XSETBV = 55,
    EXIT_VMFUNC = 59,
};

/* What an exit's qualification says (SDM vol. 3, 27.2.1). */
struct vmx_cr_access {
    enum { CR_WRITE, CR_READ, CR_CLTS, CR_LMSW } kind;
    unsigned int cr, reg;
};
struct vmx_cr_access vmcs_cr_access(uint64_t qualification);
struct vmx_dr_access {
    bool read;
    unsigned int dr, reg;
};
struct vmx_dr_access vmcs_dr_access(uint64_t qualification);
struct vmx_io_access {
    bool read, string;
    unsigned int size;
    uint16_t port;
};
struct vmx_io_access vmcs_io_access(uint64_t qualification);
enum hvm_access vmcs_ept_access(uint64_t qualification);

/* A segment's attributes, as hvm_segment and as the VMCS have them. A segment that is not present
 * can't be used; what the CPU has left of it is kept. */
uint32_t vmcs_rights(uint16_t attributes);
uint16_t vmcs_attributes(uint32_t rights);

/* Events as the CPU has them, and ours. In real mode (`protected` false) none has an error code; in
 * protected mode some exceptions must. */
uint32_t vmcs_event_encode(const struct hvm_event *event, bool protected);
/* What the guest was to get when it stopped, to be delivered again; nothing, if it was an
 * instruction's own doing: that raises it again. */
struct hvm_event vmcs_undelivered(uint32_t vectoring, uint32_t error);

/* The task switch that stopped the guest, by the qualification and what was being delivered;
 * without registers. It is for an instruction to be behind, unless it is `external`. */
struct task_switch vmcs_task_switch(uint64_t qualification, uint32_t vectoring, uint32_t error);

/* Would the CPU enter a guest with these registers (SDM vol. 3, 26.3.1), with the flags that go
 * with them? */
bool vmcs_registers_valid(const struct hvm_registers *r, unsigned int address_bits);

/* The map of MSRs, of one page: a set bit exits. All but those that are switched. */
void vmcs_msr_map_fill(uint8_t *map);
/* For tests. */
bool vmcs_msr_intercepted(const uint8_t *map, uint32_t msr, bool write);

#endif
