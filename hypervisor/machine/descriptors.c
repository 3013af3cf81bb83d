/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptor tables; see descriptors.h. (SDM vol. 3, chapters 3, 6 and 7.) */
#include "machine/cpu.h"
#include "machine/descriptors.h"
#include "machine/percpu.h"
#include "machine/stack.h"
#include "machine/syscall.h"

#define GDT_FIRST      (GDT_RESERVED_PAGE * PAGE_SIZE)
#define GDT_INDEX(sel) (((sel) - GDT_FIRST) / 8)

#define DESC_CODE64_DPL0 0x00af9b000000ffffUL
#define DESC_DATA_DPL0   0x00cf93000000ffffUL
#define DESC_CODE32_DPL3 0x00cffb000000ffffUL
#define DESC_DATA_DPL3   0x00cff3000000ffffUL
#define DESC_CODE64_DPL3 0x00affb000000ffffUL

#define TYPE_TSS_AVAILABLE 0x89UL
#define TYPE_LDT           0x82UL

struct packed tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
};

struct gate {
    uint64_t lo, hi;
};

static uint64_t gdt_pages[MAX_CPUS][PAGE_SIZE / 8] aligned(PAGE_SIZE);
static struct tss tss[MAX_CPUS] aligned(128);
static struct gate idt[256] aligned(16);

extern const char trap_stubs[];

enum {
    VECTOR_DB = 1,
    VECTOR_NMI = 2,
    VECTOR_BP = 3,
    VECTOR_OF = 4,
    VECTOR_DF = 8,
    VECTOR_MC = 18,
    VECTOR_INT80 = 0x80,
};

/* An interrupt gate: entered with interrupts off, on stack `ist` (0: the TSS's rsp0). */
static void gate_set(unsigned int vector, unsigned int dpl, unsigned int ist)
{
    uint64_t address = (uint64_t)trap_stubs + vector * 16;

    idt[vector].lo = (address & 0xffff) | (uint64_t)HV_CS << 16 | (uint64_t)ist << 32 |
                     (uint64_t)(0x8e00 | dpl << 13) << 32 | (address >> 16 & 0xffff) << 48;
    idt[vector].hi = address >> 32;
}

static void idt_fill(void)
{
    for (unsigned int vector = 0; vector < ARRAY_SIZE(idt); vector++)
        gate_set(vector, 0, 0);
    gate_set(VECTOR_NMI, 0, 1);
    gate_set(VECTOR_MC, 0, 2);
    gate_set(VECTOR_DF, 0, 3);
    gate_set(VECTOR_DB, 0, 3); /* it never comes back from a double fault, so they may share */
    gate_set(VECTOR_BP, 3, 0);
    gate_set(VECTOR_OF, 3, 0);
    gate_set(VECTOR_INT80, 3, 0);
}

static void system_descriptor_set(uint64_t *entry, uint64_t base, uint32_t limit, uint64_t type)
{
    entry[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | type << 40 |
               (uint64_t)(limit >> 16 & 0xf) << 48 | (base >> 24 & 0xff) << 56;
    entry[1] = base >> 32;
}

static void gdt_fill(unsigned int cpu)
{
    uint64_t *gdt = gdt_pages[cpu];

    gdt[GDT_INDEX(HV_CS)] = DESC_CODE64_DPL0;
    gdt[GDT_INDEX(HV_DS)] = DESC_DATA_DPL0;
    gdt[GDT_INDEX(RING3_CS32)] = DESC_CODE32_DPL3;
    gdt[GDT_INDEX(RING3_SS)] = DESC_DATA_DPL3;
    gdt[GDT_INDEX(RING3_CS64)] = DESC_CODE64_DPL3;
    system_descriptor_set(&gdt[GDT_INDEX(HV_TSS)], (uint64_t)&tss[cpu], sizeof(tss[cpu]) - 1,
                          TYPE_TSS_AVAILABLE);
}

static void tss_fill(unsigned int cpu)
{
    char *stack = cpu_stack(cpu);

    tss[cpu].rsp[0] = (uint64_t)cpu_stack_entry(cpu);
    tss[cpu].ist[0] = (uint64_t)stack + PAGE_SIZE;
    tss[cpu].ist[1] = (uint64_t)stack + 2 * PAGE_SIZE;
    tss[cpu].ist[2] = (uint64_t)stack + 3 * PAGE_SIZE;
    tss[cpu].io_map = sizeof(tss[cpu]);
}

uint64_t gdt_page_mfn(unsigned int cpu)
{
    return virt_to_mfn(gdt_pages[cpu]);
}

uint64_t tss_address(unsigned int cpu)
{
    return (uint64_t)&tss[cpu];
}

void gdt_use_window(unsigned int cpu, uint64_t window)
{
    uint64_t base = window ? window : (uint64_t)gdt_pages[cpu] - GDT_FIRST;

    /* Nothing is mapped behind the hypervisor's page. */
    gdt_load(base, (GDT_RESERVED_PAGE + 1) * PAGE_SIZE - 1);
}

void ldt_use(unsigned int cpu, uint64_t base, unsigned int entries)
{
    if (!entries) {
        ldt_load(0);
        return;
    }
    system_descriptor_set(&gdt_pages[cpu][GDT_INDEX(HV_LDT)], base, entries * 8 - 1, TYPE_LDT);
    ldt_load(HV_LDT);
}

static void segments_reload(void)
{
    __asm__ volatile("pushq %0\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "movl %1, %%ss" ::"i"(HV_CS), "r"(0) : "rax", "memory");
    ds_load_safe(0);
    es_load_safe(0);
    fs_load_safe(0);
    gs_load_safe(0);
}

void descriptors_init_cpu(unsigned int cpu)
{
    if (cpu == 0)
        idt_fill();
    gdt_fill(cpu);
    tss_fill(cpu);
    gdt_use_window(cpu, 0);
    segments_reload();
    tr_load(HV_TSS);
    ldt_load(0);
    idt_load((uint64_t)idt, sizeof(idt) - 1);
    syscall_init_cpu(cpu);
}
