/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the first C instruction to dom0: boot_main reads like a table of contents. */
#include "boot/boot_info.h"
#include "boot/cmdline.h"
#include "boot/dom0.h"
#include "boot/symbols.h"
#include "domain/console.h"
#include "domain/context.h"
#include "domain/cpu_policy.h"
#include "domain/pirq.h"
#include "hvm/hvm.h"
#include "hypercall/hypercall.h"
#include "hypercall/xen_version.h"
#include "lib/bits.h"
#include "lib/print.h"
#include "lib/string.h"
#include "machine/acpi.h"
#include "machine/apic.h"
#include "machine/cpu.h"
#include "machine/cpu_features.h"
#include "machine/descriptors.h"
#include "machine/efi.h"
#include "machine/fpu.h"
#include "machine/ioapic.h"
#include "machine/nmi.h"
#include "machine/serial.h"
#include "machine/shutdown.h"
#include "machine/smp.h"
#include "machine/stack.h"
#include "machine/time.h"
#include "machine/traps.h"
#include "memory/allocator.h"
#include "memory/boot_memory.h"
#include "memory/dirty_frames.h"
#include "memory/e820.h"
#include "memory/flush.h"
#include "memory/map.h"
#include "pv/pv.h"

#define FIRST_MIB 0x100000UL

noreturn void boot_main(uint32_t magic, uint64_t info);

extern char boot_stack[], boot_l4[], image_start[], image_end[];

static struct {
    struct cmdline_memory dom0_memory;
    uint64_t dom0_vcpus, max_cpus;
    bool no_reboot, debug;
    char console[16], com1[32], nmi[8];
} options = {.max_cpus = MAX_CPUS};

static const struct cmdline_option known_options[] = {
    {.name = "dom0_mem", .type = CMDLINE_MEMORY, .value = &options.dom0_memory},
    {.name = "dom0_max_vcpus", .type = CMDLINE_UNSIGNED, .value = &options.dom0_vcpus,
     .min = 1, .max = 32},
    {.name = "maxcpus", .type = CMDLINE_UNSIGNED, .value = &options.max_cpus,
     .min = 1, .max = MAX_CPUS},
    {.name = "noreboot", .type = CMDLINE_BOOL, .value = &options.no_reboot},
    {.name = "debug", .type = CMDLINE_BOOL, .value = &options.debug},
    {.name = "console", .type = CMDLINE_TEXT, .value = options.console,
     .size = sizeof(options.console)},
    {.name = "com1", .type = CMDLINE_TEXT, .value = options.com1, .size = sizeof(options.com1)},
    {.name = "nmi", .type = CMDLINE_TEXT, .value = options.nmi, .size = sizeof(options.nmi)},
};

static void complain(void *unused, const char *word, const char *why)
{
    log_at(LOG_WARNING, "Command line: \"%s\": %s. It is ignored; docs/boot.md has the options.\n",
           word, why);
}

static void set_nmi(void)
{
    nmi_is_fatal = strcmp(options.nmi, "fatal") == 0;
    if (*options.nmi && !nmi_is_fatal && strcmp(options.nmi, "report") != 0)
        complain(NULL, "nmi", "its value is neither fatal nor report");
}

static void read_command_line(void)
{
    const struct cmdline cmdline = {
        .options = known_options,
        .option_count = ARRAY_SIZE(known_options),
        .complain = complain,
    };

    log_at(LOG_INFO, "Command line: %s\n", cmdline_skip_file(boot_info.command_line));
    cmdline_parse(&cmdline, boot_info.command_line);
    xen_version_set_commandline(cmdline_skip_file(boot_info.command_line));
    machine_no_reboot = options.no_reboot;
    set_nmi();
    if (options.debug)
        log_threshold = LOG_DEBUG;
}

static void reserve_memory(void)
{
    boot_memory_reserve(0, FIRST_MIB);
    boot_memory_reserve(virt_to_maddr(image_start), virt_to_maddr(image_end));
    for (unsigned int i = 0; i < boot_info.nr_modules; i++)
        boot_memory_reserve(boot_info.module[i].start, boot_info.module[i].end);
}

static void memory_init(void)
{
    reserve_memory();
    map_init();
    boot_memory_finish();
    map_allocator_ready();
    if (!dirty_frames_init())
        panic("no memory for a bit for each frame");
    domain_pages_init();
    log_at(LOG_INFO, "Memory: %lu MiB free of %lu MiB\n", frames_free_count() * PAGE_SIZE >> 20,
           e820_ram_frames(&machine_e820) * PAGE_SIZE >> 20);
}

static void hardware_init(void)
{
    if (!acpi_init(boot_info.rsdp))
        panic("no usable ACPI tables: the CPUs and interrupt controllers can't be found. "
              "Turn ACPI on in the firmware's setup");
    efi_init(boot_info.efi_system_table);
    pic_disable();
    apic_init();
    apic_init_cpu();
    ioapic_init();
    smp_init();
    time_init();
    serial_start_input();
}

static void *stack_alloc(void)
{
    struct page_info *page = frames_alloc(STACK_ORDER, 32);

    return page ? page_to_virt(page) : NULL;
}

static void guard_stack(unsigned int cpu)
{
    map_guard((uint64_t)cpu_stack(cpu) + 3 * PAGE_SIZE);
}

static void cpu_init(unsigned int cpu)
{
    cpu_features_init_cpu();
    fpu_init_cpu();
    guard_stack(cpu);
}

/* Where another CPU arrives: on its own stack, with the boot page tables. */
static void second_cpu_main(void)
{
    unsigned int cpu = this_cpu();

    cr3_write(hv_cr3);
    descriptors_init_cpu(cpu);
    cpu_init(cpu);
    hvm_init_cpu(cpu);
    apic_init_cpu();
    timers_init_cpu(cpu);
    idle_vcpu_create(cpu);
    tlb_set_idle(true);
    smp_cpu_ready();
    idle_loop();
}

static void start_other_cpus(void)
{
    smp_stack_alloc = stack_alloc;
    smp_trampoline_l4 = virt_to_maddr(boot_l4);
    smp_trampoline_frame = (unsigned int)(boot_memory_low_page() >> PAGE_SHIFT);
    if (!smp_trampoline_frame)
        log_at(LOG_WARNING, "no RAM below 640 KiB: the other CPUs can't be started\n");
    smp_start_all(smp_trampoline_frame ? (unsigned int)options.max_cpus : 1, second_cpu_main);
    log_at(LOG_INFO, "%u CPU%s\n", cpu_count, cpu_count == 1 ? "" : "s");
}

static void read_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_leaf *out)
{
    struct cpuid_regs r = cpuid(leaf, subleaf);

    *out = (struct cpuid_leaf){r.a, r.b, r.c, r.d};
}

/* The pseudo-domains own frames that are nobody's RAM; they never run. */
static struct domain *pseudo_domain(domid_t domid)
{
    struct domain *d = pages_alloc(order_of(DIV_ROUND_UP(sizeof(*d), PAGE_SIZE)));

    if (!d)
        panic("no memory for the first domains");
    d->domid = domid;
    d->refs = 1;
    list_init(&d->link);
    return d;
}

static void domains_init(void)
{
    sched_init(&vcpu_sched_hooks);
    timers_init_cpu(0);
    idle_vcpu_create(0);
    dom_io = pseudo_domain(DOMID_IO);
    dom_xen = pseudo_domain(DOMID_XEN);
    frames_mark_foreign(dom_io);
    map_share_m2p(dom_xen);
    pirqs_init();
    pv_init();
    hvm_init();
    hvm_init_cpu(0);
    hypercalls_init();
    wallclock_init();
    cpu_policy_system_init(read_cpuid, fpu_features, guest_ops_hvm);
}

noreturn void boot_main(uint32_t magic, uint64_t info)
{
    cpu_stack_set(0, boot_stack);
    serial_init();
    console_init();
    printk("Vitrine 0.1.0, a desktop hypervisor\n");
    symbols_init();
    descriptors_init_cpu(0); /* from here on, a fault has a report */
    if (!boot_info_read(magic, info))
        panic("no Multiboot loader that tells the memory map (magic %#x). "
              "Use GRUB's multiboot2, or QEMU's -kernel", magic);
    read_command_line();
    log_at(LOG_INFO, "Loaded by %s; memory map:\n", boot_info.loader);
    e820_show(&machine_e820);

    memory_init();
    cpu_init(0);
    hardware_init();
    domains_init();
    start_other_cpus();
    irq_enable();
    dom0_build(&(struct dom0_options){
        .memory = options.dom0_memory.size ? options.dom0_memory.size : options.dom0_memory.max,
        .memory_max = options.dom0_memory.max,
        .vcpus = (unsigned int)options.dom0_vcpus,
    });
    domain_unpause_by_controller(dom0);
    stack_reset_and_call(this_cpu_info(), idle_loop);
}
