/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dom0 that is a toolstack in small: makes a PVH guest of its module (a micro-kernel that is a
 * hardware guest), shows what that writes to its console, each line behind "| ", and takes it down
 * in the end.
 *
 * Its command line is the guest's, too. With "ends=no" the guest is one that goes on for ever: it
 * is looked at for a while, and then ended. "mib=" is how much memory it has, "initrd=" where in
 * the module, behind the kernel, an initrd begins, "seconds=" how long it may take, "khz=" the rate
 * of the TSC that it is to have. With "start=v86" it begins in a state that is none. With
 * "then=restart" the machine restarts in the end. (xen/domctl.h; xen/arch-x86/hvm/start_info.h,
 * save.h; xen/elfnote.h) */
#include "micro.h"

#include <xen/domctl.h>
#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/hvm/save.h>
#include <xen/io/console.h>
#include <xen/memory.h>
#include <xen/sched.h>

#include "builder.h"

#define PAGES_LIMIT 65536UL
#define PAGES_USUAL 4096UL /* 16 MiB */
#define INITRD_AT   0x8000000UL
#define CONSOLE_GFN 0xfeff8UL
#define BOOT_GFN    0xe00UL
#define SECOND_NS   1000000000UL
#define PATIENCE    60
#define LOOK_NS     1000000000UL
#define POLL_NS     2000000UL

domid_t guest;
static uint64_t guest_pages = PAGES_USUAL;
static uint32_t entry;
static struct xencons_interface *console;

/* A number on the command line; 0: there is none. */
static uint64_t number(const char *word)
{
    uint64_t value = 0;

    for (const char *at = option(word); *at >= '0' && *at <= '9'; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    return value;
}

static long domctl(uint32_t cmd, struct xen_domctl *op)
{
    op->cmd = cmd;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return call1(__HYPERVISOR_domctl, op);
}

static long domctl_guest(uint32_t cmd, struct xen_domctl *op)
{
    op->domain = guest;
    return domctl(cmd, op);
}

static void create(void)
{
    struct xen_domctl op = {
        .domain = 0,
        .u.createdomain =
            {
                .flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
                .max_vcpus = 1,
                .max_evtchn_port = 1023,
                .max_grant_frames = -1,
                .max_maptrack_frames = -1,
                .grant_opts = XEN_DOMCTL_GRANT_version(1),
                .arch.emulation_flags = XEN_X86_EMU_LAPIC,
            },
    };

    if (domctl(XEN_DOMCTL_createdomain, &op)) {
        check(false, "a hardware guest is made");
        finish(SHUTDOWN_crash);
    }
    guest = op.domain;
    op = (struct xen_domctl){.u.max_mem.max_memkb = guest_pages * 4 + 64};
    expect(domctl_guest(XEN_DOMCTL_max_mem, &op), 0, "may have memory");
    op = (struct xen_domctl){.u.max_vcpus.max = 1};
    expect(domctl_guest(XEN_DOMCTL_max_vcpus, &op), 0, "has a vCPU");
}

static long populate(uint64_t gfn, uint64_t count)
{
    static xen_pfn_t frames[PAGES_LIMIT];
    struct xen_memory_reservation r = {.nr_extents = count, .domid = guest};

    for (uint64_t i = 0; i < count; i++)
        frames[i] = gfn + i;
    set_xen_guest_handle(r.extent_start, frames);
    return call2(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &r);
}

static void param_set(uint32_t index, uint64_t value)
{
    struct xen_hvm_param op = {.domid = guest, .index = index, .value = value};

    expect(call2(__HYPERVISOR_hvm_op, HVMOP_set_param, &op), 0, "parameter %u is set", index);
}

static void console_make(void)
{
    struct evtchn_alloc_unbound alloc = {.dom = guest, .remote_dom = 0};

    expect(call2(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0,
           "its console has a port");
    param_set(HVM_PARAM_CONSOLE_PFN, CONSOLE_GFN);
    param_set(HVM_PARAM_CONSOLE_EVTCHN, alloc.port);
    console = page_alloc();
    check(builder_map(console, CONSOLE_GFN), "its console's page is mapped here");
    memset(console, 0, PAGE_SIZE);
}

/* One page of the guest's. */
struct boot_page {
    struct hvm_start_info info;
    struct hvm_memmap_table_entry map[1];
    struct hvm_modlist_entry initrd;
    char words[1024];
};

static uint64_t in_boot_page(size_t offset)
{
    return (BOOT_GFN << PAGE_SHIFT) + offset;
}

static void initrd_load(struct boot_page *boot)
{
    uint64_t offset = number("initrd"), size = start_info->mod_len - offset;

    if (!offset)
        return;
    check(builder_copy_module(INITRD_AT, offset, size), "its initrd is loaded");
    boot->info.nr_modules = 1;
    boot->info.modlist_paddr = in_boot_page(offsetof(struct boot_page, initrd));
    boot->initrd = (struct hvm_modlist_entry){.paddr = INITRD_AT, .size = size};
}

static void boot_page_write(void)
{
    struct boot_page boot = {
        .info =
            {
                .magic = XEN_HVM_START_MAGIC_VALUE,
                .version = 1,
                .memmap_entries = 1,
                .memmap_paddr = in_boot_page(offsetof(struct boot_page, map)),
                .cmdline_paddr = in_boot_page(offsetof(struct boot_page, words)),
                .rsdp_paddr = in_boot_page(PAGE_SIZE), /* nothing is there */
            },
        .map = {{.addr = 0, .size = guest_pages << PAGE_SHIFT, .type = XEN_HVM_MEMMAP_TYPE_RAM}},
    };

    memcpy(boot.words, start_info->cmd_line, sizeof(boot.words) - 1);
    initrd_load(&boot);
    check(builder_copy(in_boot_page(0), &boot, sizeof(boot)), "its start info is written");
}

struct packed_context {
    struct hvm_save_descriptor header_is;
    struct hvm_save_header header;
    struct hvm_save_descriptor cpu_is;
    struct hvm_hw_cpu cpu;
    struct hvm_save_descriptor end_is;
} __attribute__((packed));

/* 32-bit protected mode without paging, EBX pointing at the start info (docs of the PVH boot
 * protocol). */
static void vcpu_start_at(uint32_t rip)
{
    static struct packed_context context;
    struct xen_domctl op = {.u.hvmcontext.size = sizeof(context)};
    struct hvm_hw_cpu cpu = {
        .rip = rip,
        .rbx = BOOT_GFN << PAGE_SHIFT,
        .rflags = option("start")[0] == 'v' ? FLAG_VM | 2 : 2,
        .cr0 = 0x11,
        .dr6 = 0xffff0ff0,
        .dr7 = 0x400,
        .cs_limit = ~0U,
        .ds_limit = ~0U,
        .es_limit = ~0U,
        .ss_limit = ~0U,
        .tr_limit = 0x67,
        .cs_arbytes = 0xc9b,
        .ds_arbytes = 0xc93,
        .es_arbytes = 0xc93,
        .ss_arbytes = 0xc93,
        .tr_arbytes = 0x8b,
    };

    context.header_is =
        (struct hvm_save_descriptor){HVM_SAVE_CODE(HEADER), 0, sizeof(context.header)};
    context.header.magic = HVM_FILE_MAGIC;
    context.header.version = HVM_FILE_VERSION;
    context.cpu_is = (struct hvm_save_descriptor){HVM_SAVE_CODE(CPU), 0, sizeof(cpu)};
    memcpy(&context.cpu, &cpu, sizeof(cpu));
    context.end_is = (struct hvm_save_descriptor){HVM_SAVE_CODE(END), 0, 0};
    set_xen_guest_handle(op.u.hvmcontext.buffer, (uint8_t *)&context);
    expect(domctl_guest(XEN_DOMCTL_sethvmcontext, &op), 0, "its vCPU has registers");
}

/* Registers that no CPU would take are refused. */
static void check_bad_registers(void)
{
    static struct packed_context context;
    struct xen_domctl op = {.u.hvmcontext.size = sizeof(context)};

    context.header_is =
        (struct hvm_save_descriptor){HVM_SAVE_CODE(HEADER), 0, sizeof(context.header)};
    context.header.magic = HVM_FILE_MAGIC;
    context.header.version = HVM_FILE_VERSION;
    context.cpu_is = (struct hvm_save_descriptor){HVM_SAVE_CODE(CPU), 0, sizeof(context.cpu)};
    context.cpu.cr0 = 0x80000010; /* paging without protection */
    context.end_is = (struct hvm_save_descriptor){HVM_SAVE_CODE(END), 0, 0};
    set_xen_guest_handle(op.u.hvmcontext.buffer, (uint8_t *)&context);
    expect(domctl_guest(XEN_DOMCTL_sethvmcontext, &op), -XEN_EINVAL, "registers can be refused");
}

/* A TSC of another rate than the machine's, as for a guest that was saved elsewhere. */
static void clock_set(void)
{
    struct xen_domctl op = {.u.tsc_info.gtsc_khz = (uint32_t)number("khz"),
                            .u.tsc_info.incarnation = 2};

    if (!op.u.tsc_info.gtsc_khz)
        return;
    op.u.tsc_info.tsc_mode = 7;
    expect(domctl_guest(XEN_DOMCTL_settscinfo, &op), -XEN_EOPNOTSUPP,
           "modes of its TSC that there are not");
    op.u.tsc_info.tsc_mode = 0;
    expect(domctl_guest(XEN_DOMCTL_settscinfo, &op), 0, "its TSC has another rate");
    op.u.tsc_info.gtsc_khz = 0;
    expect(domctl_guest(XEN_DOMCTL_gettscinfo, &op), 0, "which can be read");
    expect(op.u.tsc_info.gtsc_khz, (long)number("khz"), "as it was set");
    expect(op.u.tsc_info.incarnation, 2, "and how often it was restored");
}

/* A vCPU that does not run has them read from where the CPU keeps them. */
static void check_registers_back(void)
{
    static uint8_t buffer[65536];
    struct xen_domctl op = {.u.hvmcontext.size = sizeof(buffer)};
    const struct packed_context *context = (const void *)buffer;

    set_xen_guest_handle(op.u.hvmcontext.buffer, buffer);
    expect(domctl_guest(XEN_DOMCTL_gethvmcontext, &op), 0, "its registers can be read");
    expect(context->cpu_is.typecode, HVM_SAVE_CODE(CPU), "the vCPU's come first");
    expect((long)context->cpu.rip, entry, "it starts at its entry");
    expect((long)context->cpu.cr0, 0x11, "CR0 is as it was set");
    expect((long)context->cpu.cr4, 0, "CR4 is as it was set");
    expect((long)context->cpu.cs_arbytes, 0xc9b, "CS is as it was set");
}

/* Shows what the guest has written. */
static void console_show(void)
{
    static bool in_line;
    XENCONS_RING_IDX end = __atomic_load_n(&console->out_prod, __ATOMIC_ACQUIRE);
    char text[512];
    size_t count = 0;

    for (; console->out_cons != end; console->out_cons++) {
        char c = console->out[MASK_XENCONS_IDX(console->out_cons, console->out)];

        if (count + 3 > sizeof(text)) {
            console_write(text, count);
            count = 0;
        }
        if (!in_line) {
            text[count++] = '|';
            text[count++] = ' ';
        }
        text[count++] = c;
        in_line = c != '\n';
    }
    console_write(text, count);
}

/* The flags of XEN_DOMCTL_getdomaininfo; 0: there is no such domain. */
static uint32_t guest_flags(void)
{
    struct xen_domctl op = {0};

    if (domctl_guest(XEN_DOMCTL_getdomaininfo, &op) || op.domain != guest)
        return 0;
    return op.u.getdomaininfo.flags;
}

/* True: it has ended. */
static bool watch(uint64_t ns)
{
    uint64_t end = time_ns() + ns;

    while (time_ns() < end) {
        console_show();
        if (guest_flags() & XEN_DOMINF_shutdown) {
            console_show();
            return true;
        }
        nap(POLL_NS);
    }
    return false;
}

/* How many of its pages the guest has written to since it was last asked. */
static unsigned int written_pages(void)
{
    static uint8_t bits[PAGES_LIMIT / 8];
    struct xen_domctl op = {
        .u.shadow_op = {.op = XEN_DOMCTL_SHADOW_OP_CLEAN, .pages = guest_pages}};
    unsigned int count = 0;

    set_xen_guest_handle(op.u.shadow_op.dirty_bitmap, bits);
    if (domctl_guest(XEN_DOMCTL_shadow_op, &op))
        return 0;
    for (unsigned int i = 0; i < guest_pages; i++)
        count += bits[i / 8] >> i % 8 & 1U;
    return count;
}

/* Of a guest that runs on: what it writes to is seen, and seen again; or, with "writes=no", that it
 * never comes to write. */
static void check_log_dirty(void)
{
    struct xen_domctl op = {.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY};
    bool writes = option("writes")[0] != 'n';
    unsigned int count;

    expect(domctl_guest(XEN_DOMCTL_shadow_op, &op), 0, "its writes are noted");
    (void)written_pages();
    for (unsigned int i = 0; i < 2; i++) {
        nap(LOOK_NS / 10);
        count = written_pages();
        check(writes ? count > 0 && count < 100 : !count, "it has written to %u pages", count);
    }
    op = (struct xen_domctl){.u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_OFF};
    expect(domctl_guest(XEN_DOMCTL_shadow_op, &op), 0, "they are noted no more");
}

static void run(void)
{
    struct xen_domctl op = {0};
    bool lives = option("ends")[0] == 'n', ended;
    uint64_t seconds = number("seconds") ? number("seconds") : PATIENCE;

    expect(domctl_guest(XEN_DOMCTL_unpausedomain, &op), 0, "it starts");
    ended = watch(lives ? LOOK_NS : seconds * SECOND_NS);
    check(ended != lives, lives ? "it goes on for ever" : "it ends");
    if (lives)
        check_log_dirty();
    if (ended)
        print("builder: the guest ended for reason %u\n",
              guest_flags() >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask);
}

static void destroy(void)
{
    struct xen_domctl op = {0};

    expect(domctl_guest(XEN_DOMCTL_destroydomain, &op), 0, "it is destroyed");
}

void micro_main(void)
{
    if (number("mib") && number("mib") << 8 <= PAGES_LIMIT)
        guest_pages = number("mib") << 8;
    create();
    expect(populate(0, guest_pages), guest_pages, "it has memory");
    expect(populate(CONSOLE_GFN, 1), 1, "and a page for its console");
    check(builder_load(&entry), "its kernel is loaded");
    console_make();
    boot_page_write();
    check_bad_registers();
    clock_set();
    vcpu_start_at(entry);
    check_registers_back();
    run();
    destroy();
    if (option("then")[0] == 'r')
        finish(SHUTDOWN_reboot);
}
