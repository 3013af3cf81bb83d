/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that C has no word for, one small function each, and the bits of the registers
 * they touch (Intel SDM volume 3, AMD APM volume 2). No other header holds assembly. */
#ifndef MACHINE_CPU_H
#define MACHINE_CPU_H

#include "lib/compiler.h"

#define CR0_PE         (1UL << 0)
#define CR0_MP         (1UL << 1)
#define CR0_EM         (1UL << 2)
#define CR0_TS         (1UL << 3)
#define CR0_ET         (1UL << 4)
#define CR0_NE         (1UL << 5)
#define CR0_WP         (1UL << 16)
#define CR0_AM         (1UL << 18)
#define CR0_NW         (1UL << 29)
#define CR0_CD         (1UL << 30)
#define CR0_PG         (1UL << 31)

#define CR4_TSD        (1UL << 2)
#define CR4_DE         (1UL << 3)
#define CR4_PSE        (1UL << 4)
#define CR4_PAE        (1UL << 5)
#define CR4_MCE        (1UL << 6)
#define CR4_PGE        (1UL << 7)
#define CR4_OSFXSR     (1UL << 9)
#define CR4_OSXMMEXCPT (1UL << 10)
#define CR4_UMIP       (1UL << 11)
#define CR4_VMXE       (1UL << 13)
#define CR4_FSGSBASE   (1UL << 16)
#define CR4_PCIDE      (1UL << 17)
#define CR4_OSXSAVE    (1UL << 18)
#define CR4_SMEP       (1UL << 20)
#define CR4_SMAP       (1UL << 21)

#define EFLAGS_CF      (1UL << 0)
#define EFLAGS_FIXED   (1UL << 1)
#define EFLAGS_TF      (1UL << 8)
#define EFLAGS_IF      (1UL << 9)
#define EFLAGS_DF      (1UL << 10)
#define EFLAGS_IOPL    (3UL << 12)
#define EFLAGS_NT      (1UL << 14)
#define EFLAGS_RF      (1UL << 16)
#define EFLAGS_VM      (1UL << 17)
#define EFLAGS_AC      (1UL << 18)

#define MSR_APIC_BASE       0x1b
#define MSR_TSC             0x10
#define MSR_FEATURE_CONTROL 0x3a
#define MSR_PRED_CMD        0x49
#define MSR_ARCH_CAPS       0x10a
#define MSR_SYSENTER_CS     0x174
#define MSR_SYSENTER_ESP    0x175
#define MSR_SYSENTER_EIP    0x176
#define MSR_PAT             0x277
#define MSR_VMX_BASIC       0x480
#define MSR_VMX_PIN         0x481 /* and three more; see hvm/vmx/controls.h */
#define MSR_VMX_CR0_FIXED0  0x486
#define MSR_VMX_CR4_FIXED0  0x488
#define MSR_VMX_SECONDARY   0x48b
#define MSR_VMX_EPT_VPID    0x48c
#define MSR_X2APIC_FIRST    0x800
#define MSR_EFER            0xc0000080
#define MSR_STAR            0xc0000081
#define MSR_LSTAR           0xc0000082
#define MSR_CSTAR           0xc0000083
#define MSR_SFMASK          0xc0000084
#define MSR_FS_BASE         0xc0000100
#define MSR_GS_BASE         0xc0000101
#define MSR_KERNEL_GS_BASE  0xc0000102
#define MSR_TSC_AUX         0xc0000103
#define MSR_TSC_RATIO       0xc0000104
#define MSR_VM_CR           0xc0010114
#define MSR_VM_HSAVE_PA     0xc0010117

#define EFER_SCE            (1UL << 0)
#define EFER_LME            (1UL << 8)
#define EFER_LMA            (1UL << 10)
#define EFER_NXE            (1UL << 11)
#define EFER_SVME           (1UL << 12)

/* The memory types of the PV ABI: WB WT UC- UC WC WP UC UC (xen.h has it as MSR 0x277's value). */
#define PAT_OF_THE_ABI      0x050100070406UL

static inline void cpu_relax(void)
{
    __asm__ volatile("pause" ::: "memory");
}

static inline void cpu_halt(void)
{
    __asm__ volatile("hlt" ::: "memory");
}

static inline void irq_disable(void)
{
    __asm__ volatile("cli" ::: "memory");
}

static inline void irq_enable(void)
{
    __asm__ volatile("sti" ::: "memory");
}

/* Lets interrupts in and sleeps until one came, with no gap between the two. */
static inline void irq_enable_and_halt(void)
{
    __asm__ volatile("sti; hlt" ::: "memory");
}

static inline uint64_t flags_read(void)
{
    uint64_t flags;

    __asm__ volatile("pushfq; popq %0" : "=r"(flags)::"memory");
    return flags;
}

static inline bool irq_enabled(void)
{
    return flags_read() & EFLAGS_IF;
}

/* Disables interrupts; returns what irq_restore needs to undo it. */
static inline uint64_t irq_save(void)
{
    uint64_t flags = flags_read();

    irq_disable();
    return flags;
}

static inline void irq_restore(uint64_t flags)
{
    if (flags & EFLAGS_IF)
        irq_enable();
}

#define DEFINE_CR(n)                                                           \
    static inline uint64_t cr##n##_read(void)                                  \
    {                                                                          \
        uint64_t v;                                                            \
        __asm__ volatile("mov %%cr" #n ", %0" : "=r"(v)::"memory");            \
        return v;                                                              \
    }                                                                          \
    static inline void cr##n##_write(uint64_t v)                               \
    {                                                                          \
        __asm__ volatile("mov %0, %%cr" #n ::"r"(v) : "memory");               \
    }

DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)

#define DEFINE_DR(n)                                                           \
    static inline uint64_t dr##n##_read(void)                                  \
    {                                                                          \
        uint64_t v;                                                            \
        __asm__ volatile("mov %%db" #n ", %0" : "=r"(v));                      \
        return v;                                                              \
    }                                                                          \
    static inline void dr##n##_write(uint64_t v)                               \
    {                                                                          \
        __asm__ volatile("mov %0, %%db" #n ::"r"(v));                          \
    }

DEFINE_DR(0)
DEFINE_DR(1)
DEFINE_DR(2)
DEFINE_DR(3)
DEFINE_DR(6)
DEFINE_DR(7)

/* For MSRs that are known to exist; see msr_read_safe for others. */
static inline uint64_t msr_read(uint32_t msr)
{
    uint32_t lo, hi;

    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return lo | (uint64_t)hi << 32;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline uint64_t tsc_read(void)
{
    uint32_t lo, hi;

    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
    return lo | (uint64_t)hi << 32;
}

struct cpuid_regs {
    uint32_t a, b, c, d;
};

static inline struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_regs r;

    __asm__ volatile("cpuid"
                     : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint8_t port_in8(uint16_t port)
{
    uint8_t v;

    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline uint16_t port_in16(uint16_t port)
{
    uint16_t v;

    __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline uint32_t port_in32(uint16_t port)
{
    uint32_t v;

    __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline void port_out8(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static inline void port_out16(uint16_t port, uint16_t v)
{
    __asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port));
}

static inline void port_out32(uint16_t port, uint32_t v)
{
    __asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}

static inline void invlpg(uint64_t va)
{
    __asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

static inline void wbinvd(void)
{
    __asm__ volatile("wbinvd" ::: "memory");
}

struct packed table_pointer {
    uint16_t limit;
    uint64_t base;
};

static inline void gdt_load(uint64_t base, uint16_t limit)
{
    struct table_pointer p = {limit, base};

    __asm__ volatile("lgdt %0" ::"m"(p));
}

static inline uint64_t gdt_base(void)
{
    struct table_pointer p;

    __asm__ volatile("sgdt %0" : "=m"(p));
    return p.base;
}

static inline uint64_t idt_base(void)
{
    struct table_pointer p;

    __asm__ volatile("sidt %0" : "=m"(p));
    return p.base;
}

static inline void idt_load(uint64_t base, uint16_t limit)
{
    struct table_pointer p = {limit, base};

    __asm__ volatile("lidt %0" ::"m"(p));
}

static inline void tr_load(uint16_t selector)
{
    __asm__ volatile("ltr %0" ::"r"(selector) : "memory");
}

static inline void ldt_load(uint16_t selector)
{
    __asm__ volatile("lldt %0" ::"r"(selector) : "memory");
}

static inline uint16_t ds_read(void)
{
    uint16_t s;

    __asm__ volatile("mov %%ds, %0" : "=r"(s));
    return s;
}

static inline uint16_t es_read(void)
{
    uint16_t s;

    __asm__ volatile("mov %%es, %0" : "=r"(s));
    return s;
}

static inline uint16_t fs_read(void)
{
    uint16_t s;

    __asm__ volatile("mov %%fs, %0" : "=r"(s));
    return s;
}

static inline uint16_t gs_read(void)
{
    uint16_t s;

    __asm__ volatile("mov %%gs, %0" : "=r"(s));
    return s;
}

static inline uint64_t fs_base_read_fast(void)
{
    uint64_t v;

    __asm__ volatile("rdfsbase %0" : "=r"(v));
    return v;
}

static inline uint64_t gs_base_read_fast(void)
{
    uint64_t v;

    __asm__ volatile("rdgsbase %0" : "=r"(v));
    return v;
}

static inline void fs_base_write_fast(uint64_t v)
{
    __asm__ volatile("wrfsbase %0" ::"r"(v));
}

static inline void gs_base_write_fast(uint64_t v)
{
    __asm__ volatile("wrgsbase %0" ::"r"(v));
}

static inline void swapgs(void)
{
    __asm__ volatile("swapgs" ::: "memory");
}

static inline void fpu_init(void)
{
    __asm__ volatile("fninit");
}

static inline uint64_t xcr_read(uint32_t index)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(index));
    return low | (uint64_t)high << 32;
}

static inline void xcr_write(uint32_t index, uint64_t value)
{
    __asm__ volatile("xsetbv" ::"c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static inline void fpu_save_fxsave(void *area)
{
    __asm__ volatile("fxsaveq (%0)" ::"r"(area) : "memory");
}

static inline void fpu_save_xsave(void *area, uint64_t mask)
{
    __asm__ volatile("xsaveq (%0)" ::"r"(area), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32))
                     : "memory");
}

/* Guest memory is reached with AC set on CPUs that have SMAP; harmless where patched out. */
static inline void ac_set(void)
{
    __asm__ volatile("stac" ::: "memory");
}

static inline void ac_clear(void)
{
    __asm__ volatile("clac" ::: "memory");
}

/* AMD's SVM (APM vol. 3): the rest of a CPU's state to and from a block at a machine address, and
 * the flag that holds all interrupts back. */
static inline void vmload(uint64_t maddr)
{
    __asm__ volatile("vmload %0" ::"a"(maddr) : "memory");
}

static inline void vmsave(uint64_t maddr)
{
    __asm__ volatile("vmsave %0" ::"a"(maddr) : "memory");
}

static inline void stgi(void)
{
    __asm__ volatile("stgi" ::: "memory");
}

/* Intel's VMX (SDM vol. 3, chapter 30). The blocks of memory that it wants begin with its revision. */
static inline bool vmxon(uint64_t maddr)
{
    bool good;

    __asm__ volatile("vmxon %1" : "=@cca"(good) : "m"(maddr) : "memory");
    return good;
}

/* A CPU in VMX operation takes no INIT, by which some machines restart. CR4.VMXE is set in it only. */
static inline void vmx_leave(void)
{
    uint64_t cr4 = cr4_read();

    if (!(cr4 & CR4_VMXE))
        return;
    __asm__ volatile("vmxoff" ::: "memory", "cc");
    cr4_write(cr4 & ~CR4_VMXE);
}

static inline void vmclear(uint64_t maddr)
{
    __asm__ volatile("vmclear %0" ::"m"(maddr) : "memory", "cc");
}

static inline void vmptrld(uint64_t maddr)
{
    __asm__ volatile("vmptrld %0" ::"m"(maddr) : "memory", "cc");
}

/* Their handlers are called. */
static inline void raise_nmi(void)
{
    __asm__ volatile("int $2" ::: "memory");
}

static inline void raise_machine_check(void)
{
    __asm__ volatile("int $18" ::: "memory");
}

/* A field of the VMCS that was loaded last. One that the CPU does not have reads as 0. */
static inline uint64_t vmread(uint64_t field)
{
    uint64_t value = 0;

    __asm__ volatile("vmread %1, %0" : "+r"(value) : "r"(field) : "cc");
    return value;
}

static inline void vmwrite(uint64_t field, uint64_t value)
{
    __asm__ volatile("vmwrite %1, %0" ::"r"(field), "r"(value) : "cc");
}

/* Drops what is known by the tables of one pointer (type 1), or by all (2). */
static inline void invept(uint64_t type, uint64_t eptp)
{
    struct {
        uint64_t eptp, reserved;
    } descriptor = {eptp, 0};

    __asm__ volatile("invept %0, %1" ::"m"(descriptor), "r"(type) : "memory", "cc");
}

/* Stops for good, quietly. */
static inline noreturn void cpu_stop(void)
{
    vmx_leave();
    for (;;) {
        irq_disable();
        cpu_halt();
    }
}

/* Faulting variants, resolved through the fixup table of machine/fixup.h (assembly in fixup.S).
 * 0, or -XEN_EFAULT when the instruction faulted. */
int msr_read_safe(uint32_t msr, uint64_t *value);
int msr_write_safe(uint32_t msr, uint64_t value);
int xcr_write_safe(uint32_t index, uint64_t value);
int xrstor_safe(const void *area, uint64_t mask);
int fxrstor_safe(const void *area);
/* Loads a guest's selector; on a fault loads 0 and returns -XEN_EFAULT. */
int ds_load_safe(uint16_t selector);
int es_load_safe(uint16_t selector);
int fs_load_safe(uint16_t selector);
int gs_load_safe(uint16_t selector);

#endif
