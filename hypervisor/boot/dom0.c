/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building dom0; see dom0.h. What a PV kernel finds at its entry is laid down in public xen.h ("the
 * domain builder"), by ELF notes, and in this order of pseudo-physical frames:
 *
 *   0 .. kernel .. kernel's end | start_info | page tables | stack | room | .. initrd | P2M pages
 *
 * All up to the room's end is mapped at VIRT_BASE; the P2M array is mapped at INIT_P2M; the
 * initrd is not mapped (MOD_START_PFN). */
#include "boot/dom0.h"

#include <xen/sysctl.h>

#include "boot/bzimage.h"
#include "boot/cmdline.h"
#include "boot/dom0_private.h"
#include "boot/elf_notes.h"
#include "domain/cpu_policy.h"
#include "domain/guest_ops.h"
#include "domain/rangeset.h"
#include "lib/bits.h"
#include "lib/print.h"
#include "lib/string.h"
#include "machine/acpi.h"
#include "machine/cpu.h"
#include "machine/ioapic.h"
#include "machine/traps.h"
#include "memory/allocator.h"
#include "memory/boot_memory.h"

#define MIB            0x100000UL
#define HV_KEEPS       (64 * MIB)   /* for domains' own structures, when dom0_mem= is not given */
#define DOM0_MINIMUM   (256 * MIB)
#define BOOT_ROOM      (512 * 1024UL)
#define LARGE_ALIGN    (4 * MIB)
#define MAX_EVTCHNS    4095
/* dom0 draws the desktop and serves everybody's disks and networks: busy guests don't hold it up. */
#define DOM0_WEIGHT    (8 * SCHED_DEFAULT_WEIGHT)

static noreturn void give_up(const char *what, const char *why, const char *remedy)
{
    panic("%s: %s. %s", what, why, remedy);
}

static struct elf_image unpack_kernel(const struct boot_module *module, void **unpacked,
                                      unsigned int *order)
{
    static struct xz_work work;
    const char *why = "";
    struct elf_image elf;
    struct bzimage bz;

    if (bzimage_parse(maddr_to_virt(module->start), module->end - module->start, &bz, &why))
        give_up("dom0's kernel can't be used", why,
                "Give a bzImage of a PV-capable Linux as the first module");
    *order = order_of(DIV_ROUND_UP(bz.unpacked_len, PAGE_SIZE));
    *unpacked = pages_alloc(*order);
    if (!*unpacked)
        give_up("dom0's kernel can't be unpacked", "too little memory", "Give the machine more");
    log_at(LOG_INFO, "Unpacking dom0's kernel: %lu KiB to %lu KiB\n", bz.payload_len / 1024,
           bz.unpacked_len / 1024);
    if (bzimage_unpack(&bz, *unpacked, &work))
        give_up("dom0's kernel is damaged", work.why, "Replace the file");
    if (elf_parse(*unpacked, bz.unpacked_len, &elf, &why))
        give_up("dom0's kernel is damaged", why, "Replace the file");
    return elf;
}

static void read_notes(struct dom0_build *b)
{
    const char *why = "";

    if (elf_notes_parse(&b->elf, &b->notes, &why) ||
        elf_notes_pv_dom0(&b->elf, &b->notes, &b->layout, &why))
        give_up("dom0's kernel can't run as a PV dom0", why,
                "Take a kernel built with CONFIG_XEN_PV and CONFIG_XEN_DOM0");
    if (!elf_notes_have(&b->notes, XEN_ELFNOTE_INIT_P2M) || !b->notes.mod_start_pfn)
        give_up("dom0's kernel can't run as a PV dom0",
                "it lacks the notes INIT_P2M and MOD_START_PFN", "Take a kernel of version 3 or later");
}

/* How much it gets: what was asked for, or all but what the hypervisor and its tools need. */
static uint64_t memory_size(const struct dom0_options *options)
{
    uint64_t most = frames_free_count() * PAGE_SIZE - HV_KEEPS;
    uint64_t size = options->memory ? options->memory : most;

    if (frames_free_count() * PAGE_SIZE < HV_KEEPS + DOM0_MINIMUM)
        give_up("dom0 can't be started", "the machine has too little memory",
                "At least 512 MiB are needed");
    if (size > most) {
        log_at(LOG_WARNING, "dom0_mem=%luM is more than there is: dom0 gets %lu MiB\n",
               size / MIB, most / MIB);
        size = most;
    }
    if (size < DOM0_MINIMUM)
        give_up("dom0 can't be started", "dom0_mem= is too small", "Give at least dom0_mem=256M");
    return ROUND_DOWN(size, PAGE_SIZE);
}

/* Allocates dom0's frames in blocks as big as they come. The numbers are in b->p2m. */
static void allocate_frames(struct dom0_build *b)
{
    unsigned int order = 9;
    uint64_t pfn = 0;

    b->p2m_order = order_of(DIV_ROUND_UP(b->nr_pages * sizeof(uint64_t), PAGE_SIZE));
    b->p2m = pages_alloc(b->p2m_order);
    if (!b->p2m)
        give_up("dom0 can't be started", "too little memory", "Give the machine more");
    while (pfn < b->nr_pages) {
        struct page_info *page;

        order = MIN(order, bit_highest(b->nr_pages - pfn));
        page = domain_page_alloc(b->d, order, ALLOC_ANY);
        if (!page && order == 0)
            give_up("dom0 can't be started", "too little memory", "Lower dom0_mem=");
        if (!page) {
            order--;
            continue;
        }
        for (uint64_t i = 0; i < 1ULL << order; i++, pfn++) {
            b->p2m[pfn] = page_to_mfn(page) + i;
            m2p_set(b->p2m[pfn], pfn);
        }
    }
}

void dom0_copy(struct dom0_build *b, uint64_t paddr, const void *data, uint64_t len)
{
    const char *from = data;

    while (len) {
        uint64_t offset = paddr % PAGE_SIZE, n = MIN(len, PAGE_SIZE - offset);

        memcpy((char *)dom0_frame(b, paddr >> PAGE_SHIFT) + offset, from, n);
        from += n;
        paddr += n;
        len -= n;
    }
}

/* Frames were zeroed when they were allocated, so that bss needs no more. */
static void load_kernel(struct dom0_build *b)
{
    struct elf_segment segment;
    unsigned int cursor = 0;

    while (elf_next_segment(&b->elf, &cursor, &segment))
        dom0_copy(b, segment.paddr - b->notes.paddr_offset, segment.data, segment.file_len);
}

/* Decides where everything lies. Frame numbers are dom0's own. */
static void plan(struct dom0_build *b)
{
    uint64_t tables = 1, end;

    b->start_info_pfn = DIV_ROUND_UP(b->layout.physical_end, PAGE_SIZE);
    b->tables_pfn = b->start_info_pfn + 1;
    /* More tables make the mapped part bigger, which may take more tables. */
    do {
        b->nr_tables = tables;
        end = (b->tables_pfn + tables + 1) * PAGE_SIZE + BOOT_ROOM;
        b->mapped_end = ROUND_UP(end, LARGE_ALIGN);
        tables = 1 + dom0_tables_for(b->layout.virt_base, b->mapped_end);
    } while (tables != b->nr_tables);
    b->stack_pfn = b->tables_pfn + b->nr_tables;

    b->initrd_pfn = b->mapped_end >> PAGE_SHIFT;
    b->p2m_pfn = b->initrd_pfn + DIV_ROUND_UP(b->initrd_size, PAGE_SIZE);
    b->nr_p2m_pages = DIV_ROUND_UP(b->nr_pages * sizeof(uint64_t), PAGE_SIZE);
    b->nr_p2m_frames = b->nr_p2m_pages +
                       dom0_tables_for(b->notes.init_p2m, b->nr_p2m_pages * PAGE_SIZE);
    if (b->p2m_pfn + b->nr_p2m_frames > b->nr_pages)
        give_up("dom0 can't be started", "its kernel and initrd don't fit into its memory",
                "Raise dom0_mem=");
}

/* The loader's frame buffer, directly behind start_info (public xen.h, dom0_vga_console_info). */
static void fill_screen(struct start_info *si)
{
    const struct boot_screen *screen = &boot_info.screen;
    struct dom0_vga_console_info *info = (struct dom0_vga_console_info *)(si + 1);

    if (!screen->address)
        return;
    info->video_type = boot_info.efi_system_table ? XEN_VGATYPE_EFI_LFB : XEN_VGATYPE_VESA_LFB;
    info->u.vesa_lfb.width = (uint16_t)screen->width;
    info->u.vesa_lfb.height = (uint16_t)screen->height;
    info->u.vesa_lfb.bytes_per_line = (uint16_t)screen->pitch;
    info->u.vesa_lfb.bits_per_pixel = screen->bits;
    info->u.vesa_lfb.lfb_base = (uint32_t)screen->address;
    info->u.vesa_lfb.ext_lfb_base = (uint32_t)(screen->address >> 32);
    info->u.vesa_lfb.lfb_size = DIV_ROUND_UP(screen->pitch * screen->height, 64 * 1024U);
    info->u.vesa_lfb.red_pos = screen->red_pos;
    info->u.vesa_lfb.red_size = screen->red_size;
    info->u.vesa_lfb.green_pos = screen->green_pos;
    info->u.vesa_lfb.green_size = screen->green_size;
    info->u.vesa_lfb.blue_pos = screen->blue_pos;
    info->u.vesa_lfb.blue_size = screen->blue_size;
    si->console.dom0.info_off = sizeof(*si);
    si->console.dom0.info_size = sizeof(*info);
}

static void fill_start_info(struct dom0_build *b, const char *command_line)
{
    struct start_info *si = dom0_frame(b, b->start_info_pfn);

    string_copy(si->magic, "xen-3.0-x86_64p", sizeof(si->magic));
    si->nr_pages = b->nr_pages;
    si->shared_info = virt_to_maddr(b->d->shared_info);
    si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
    si->pt_base = dom0_va(b, b->tables_pfn);
    si->nr_pt_frames = b->nr_tables;
    si->mfn_list = b->notes.init_p2m;
    if (b->initrd_size) {
        si->flags |= SIF_MOD_START_PFN;
        si->mod_start = b->initrd_pfn;
        si->mod_len = b->initrd_size;
    }
    string_copy((char *)si->cmd_line, command_line, sizeof(si->cmd_line));
    fill_screen(si);
    si->first_p2m_pfn = b->p2m_pfn;
    si->nr_p2m_frames = b->nr_p2m_frames;
}

static void must(int error, const char *what)
{
    if (error)
        panic("dom0 can't be started: %s (error %d)", what, error);
}

static void deny(struct rangeset *set, uint64_t first, uint64_t last)
{
    must(rangeset_remove(set, first, last), "its rights can't be set");
}

/* dom0 has the hardware, but for what the hypervisor drives itself. */
static void grant_rights(struct domain *d)
{
    must(rangeset_add(d->io_ports, 0, 0xffff), "its rights can't be set");
    deny(d->io_ports, 0x20, 0x21);   /* interrupt controllers */
    deny(d->io_ports, 0xa0, 0xa1);
    deny(d->io_ports, 0x40, 0x43);   /* timer */
    deny(d->io_ports, 0x61, 0x61);
    deny(d->io_ports, 0x3f8, 0x3ff); /* our console */
    deny(d->io_ports, 0xcf8, 0xcff); /* PCI configuration goes through io_ports.c */
    if (acpi.pm_timer_port)
        deny(d->io_ports, acpi.pm_timer_port, acpi.pm_timer_port + 3UL);

    must(rangeset_add(d->io_frames, 0, (1ULL << 40) - 1), "its rights can't be set");
    deny(d->io_frames, acpi.lapic_address >> PAGE_SHIFT, acpi.lapic_address >> PAGE_SHIFT);
    deny(d->io_frames, 0xfee00, 0xfeeff); /* where messages become interrupts */
    for (unsigned int i = 0; i < acpi.nr_ioapics; i++)
        deny(d->io_frames, acpi.ioapic[i].address >> PAGE_SHIFT,
             acpi.ioapic[i].address >> PAGE_SHIFT);
    /* The HPET is only read once at boot here, and firmware methods read it: it stays. */

    must(rangeset_add(d->irqs, 1, ioapic_gsi_end() - 1), "its rights can't be set");
    deny(d->irqs, 4, 4); /* our console's */
}

static struct domain *create_domain(unsigned int vcpus)
{
    struct xen_domctl_createdomain config = {
        .max_vcpus = vcpus,
        .max_evtchn_port = MAX_EVTCHNS,
        .max_grant_frames = -1,
        .max_maptrack_frames = -1,
    };
    struct domain *d;

    must(domain_create(0, &config, true, &d), "no memory for its structures");
    cpu_policy_derive_dom0(d->cpu_policy, cpu_policy_system(XEN_SYSCTL_cpu_policy_pv_default),
                           cpu_policy_system(XEN_SYSCTL_cpu_policy_pv_max));
    d->max_pages = UINT32_MAX;
    grant_rights(d);
    d->sched_weight = DOM0_WEIGHT;
    for (unsigned int id = 0; id < vcpus; id++) {
        must(vcpu_create(d, id), "no memory for its vCPUs");
        sched_set_share(&d->vcpu[id]->sched, DOM0_WEIGHT, 0);
    }
    return d;
}

static void start_vcpu(struct dom0_build *b)
{
    struct vcpu_guest_context *c = hv_alloc(sizeof(*c));
    struct vcpu *v = b->d->vcpu[0];

    must(c ? 0 : -XEN_ENOMEM, "no memory for its context");
    c->flags = VGCF_in_kernel | VGCF_online;
    c->user_regs.rip = b->layout.entry;
    c->user_regs.rsp = dom0_va(b, b->stack_pfn + 1);
    c->user_regs.rsi = dom0_va(b, b->start_info_pfn);
    c->user_regs.rflags = EFLAGS_IF;
    c->user_regs.cs = FLAT_KERNEL_CS;
    c->user_regs.ss = FLAT_KERNEL_SS;
    c->kernel_ss = FLAT_KERNEL_SS;
    c->kernel_sp = c->user_regs.rsp;
    c->ctrlreg[3] = dom0_mfn(b, b->tables_pfn) << PAGE_SHIFT;
    must(b->d->ops->set_context(v, c), "its page tables were refused");
    hv_free(c, sizeof(*c));
    vcpu_wake(v, VCPU_DOWN);
}

void dom0_build(const struct dom0_options *options)
{
    const struct boot_module *kernel = &boot_info.module[0], *initrd = &boot_info.module[1];
    unsigned int vcpus = options->vcpus ? options->vcpus : cpu_count, order;
    struct dom0_build b = {0};
    void *unpacked;

    if (!boot_info.nr_modules)
        give_up("dom0 can't be started", "the boot loader gave no kernel",
                "Name dom0's kernel as the first module, its initrd as the second");
    b.elf = unpack_kernel(kernel, &unpacked, &order);
    read_notes(&b);
    if (boot_info.nr_modules > 1)
        b.initrd_size = initrd->end - initrd->start;
    else
        log_at(LOG_WARNING, "dom0 gets no initrd: name it as the second module, unless its kernel finds its "
                            "disk without\n");

    b.d = dom0 = create_domain(vcpus);
    b.nr_pages = memory_size(options) >> PAGE_SHIFT;
    if (options->memory_max)
        b.d->max_pages = (uint32_t)MAX(options->memory_max >> PAGE_SHIFT, b.nr_pages);
    plan(&b);
    allocate_frames(&b);
    load_kernel(&b);
    pages_free(unpacked, order);
    dom0_copy(&b, b.initrd_pfn << PAGE_SHIFT, maddr_to_virt(initrd->start), b.initrd_size);
    fill_start_info(&b, cmdline_skip_file(kernel->string));
    dom0_build_tables(&b);
    for (unsigned int i = 0; i < boot_info.nr_modules; i++)
        boot_memory_release(boot_info.module[i].start, boot_info.module[i].end);

    log_at(LOG_INFO, "dom0: %lu MiB, %u vCPUs, kernel at %#lx-%#lx, entry %#lx\n",
           b.nr_pages * PAGE_SIZE / MIB, vcpus, b.layout.kernel_start, b.layout.kernel_end,
           b.layout.entry);
    start_vcpu(&b);
    pages_free(b.p2m, b.p2m_order);
}
