/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports and device memory: which device an access is for, and instructions that wait for a device
 * model and go on. The guest's linear addresses are its physical ones; below RAM_END there is RAM,
 * ROM_PAGE is read-only, and so is GRANT_PAGE, which is another domain's. */
#include "check.h"

#include "domain/console.h"
#include "hvm/io.h"
#include "hvm/platform/platform.h"
#include "ioreq_world.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "machine/traps.h"

#define RAM_END      0x10000ULL
#define ROM_PAGE     0x8000ULL
#define GRANT_PAGE   0x9000ULL
#define NOT_MAPPED   0x700000ULL /* the guest's own tables have nothing there */
#define CODE         0x1000ULL
#define TSS          0x4000ULL
#define APIC         0xfee00000ULL
#define PLATFORM     0xfed00000ULL
#define DEVICE       0xf0000000ULL
#define TSS_SIZE     104U
#define TSS_MAP_SIZE 0x41U /* ports to 0x1ff, and the byte behind */
#define CHECK_END()  CHECK_EQ(world_end(), 0)
#define V            (&world_vcpus[0])

static uint8_t ram[RAM_END];
static struct cpu_user_regs *const regs = &fake_regs[0];
static char console[64];
static unsigned int retirements, exceptions, vector, platform_reads;
static uint32_t error_code;
static uint64_t fault_address, platform_written, apic_written;
static unsigned int level; /* of privilege */
static struct hvm_segment task;

void console_write_guest(struct domain *d, const char *text, size_t len)
{
    strncat(console, text, len);
}

enum p2m_type p2m_lookup(const struct p2m *p2m, uint64_t gfn, uint64_t *mfn)
{
    if (gfn >= RAM_END >> PAGE_SHIFT)
        return P2M_HOLE;
    if (gfn == GRANT_PAGE >> PAGE_SHIFT)
        return P2M_GRANT_RO;
    return gfn == ROM_PAGE >> PAGE_SHIFT ? P2M_RAM_RO : P2M_RAM;
}

size_t hvm_copy_from(void *dst, uint64_t src, size_t len)
{
    if (src + len > RAM_END)
        return len;
    memcpy(dst, ram + src, len);
    return 0;
}

bool hvm_copy_physical(struct domain *d, uint64_t gpa, void *buffer, size_t len, bool write)
{
    if (gpa + len > RAM_END)
        return false;
    memcpy(write ? ram + gpa : buffer, write ? buffer : ram + gpa, len);
    return true;
}

bool hvm_translate(struct vcpu *v, uint64_t linear, bool write, bool user, uint64_t *gpa,
                   bool *present)
{
    *present = false;
    *gpa = linear;
    return linear >> PAGE_SHIFT != NOT_MAPPED >> PAGE_SHIFT;
}

void hvm_exception(struct vcpu *v, unsigned int number, bool has_error, uint32_t error)
{
    exceptions++;
    vector = number;
    error_code = error;
}

uint32_t lapic_mmio_read(struct lapic *apic, uint32_t offset)
{
    return offset == 0x20 ? 0x11223344 : 0;
}

void lapic_mmio_write(struct lapic *apic, uint32_t offset, uint32_t value)
{
    apic_written = (uint64_t)offset << 32 | value;
}

bool hvm_platform_mmio_read(struct domain *d, uint64_t gpa, unsigned int size, uint64_t *value)
{
    if (gpa >> 12 != PLATFORM >> 12)
        return false;
    *value = ++platform_reads;
    return true;
}

bool hvm_platform_mmio_write(struct domain *d, uint64_t gpa, unsigned int size, uint64_t value)
{
    platform_written = value;
    return gpa >> 12 == PLATFORM >> 12;
}

bool hvm_platform_port_read(struct domain *d, uint16_t port, unsigned int size, uint32_t *value)
{
    *value = 0x20;
    return port == 0x40;
}

bool hvm_platform_port_write(struct domain *d, uint16_t port, unsigned int size, uint32_t value)
{
    platform_written = value;
    return port == 0x40;
}

bool hvm_platform_has_port(const struct domain *d, uint16_t port)
{
    return port == 0x40;
}

bool hvm_platform_has_memory(const struct domain *d, uint64_t first, uint64_t last)
{
    return first <= PLATFORM + 0xfff && last >= PLATFORM;
}

static uint8_t xmm[16][16];

void fpu_xmm_read(unsigned int number, uint8_t value[16])
{
    memcpy(value, xmm[number], 16);
}

void fpu_xmm_write(unsigned int number, const uint8_t value[16])
{
    memcpy(xmm[number], value, 16);
}

static void registers_get(const struct vcpu *v, struct hvm_registers *out)
{
    memset(out, 0, sizeof(*out));
    out->cr0 = CR0_PE;
    for (unsigned int i = HVM_ES; i <= HVM_GS; i++)
        out->segment[i] = (struct hvm_segment){8, 0xc93, UINT32_MAX, 0};
    out->segment[HVM_CS].attributes = 0xc9b;
    out->segment[HVM_TR] = task;
}

static unsigned int privilege(const struct vcpu *v)
{
    return level;
}

static bool is_64bit(const struct vcpu *v)
{
    return false;
}

static uint64_t linear_rip(const struct vcpu *v)
{
    return regs->rip;
}

static uint8_t in_cpu[HVM_INSN_MAX];
static size_t in_cpu_count;

static size_t fetched(const struct vcpu *v, uint8_t bytes[HVM_INSN_MAX])
{
    memcpy(bytes, in_cpu, in_cpu_count);
    return in_cpu_count;
}

static void retired(struct vcpu *v)
{
    retirements++;
}

static void page_fault(struct vcpu *v, uint64_t linear)
{
    fault_address = linear;
}

static const struct hvm_backend backend = {
    .registers_get = registers_get,
    .privilege = privilege,
    .is_64bit = is_64bit,
    .linear_rip = linear_rip,
    .fetched = fetched,
    .retired = retired,
    .page_fault = page_fault,
};
const struct hvm_backend *hvm_backend = &backend;

static void begin(void)
{
    world_begin();
    memset(regs, 0, sizeof(*regs));
    memset(ram, 0, sizeof(ram));
    memset(xmm, 0, sizeof(xmm));
    memset(console, 0, sizeof(console));
    retirements = exceptions = platform_reads = 0;
    fault_address = platform_written = apic_written = 0;
    in_cpu_count = 0;
    level = 0;
    task = (struct hvm_segment){0x28, 0x8b, TSS_SIZE + TSS_MAP_SIZE - 1, TSS};
    V->hvm->lapic.base = LAPIC_BASE_DEFAULT | LAPIC_BASE_ENABLED;
}

static void code(const char *bytes, size_t count)
{
    memcpy(ram + CODE, bytes, count);
    regs->rip = CODE;
}

/* As the loop before entry: until the guest could run, or sleeps. */
static void go_on(void)
{
    while (!world_waits(0) && hvm_io_is_due(&V->hvm->ioreq))
        hvm_io_resume(V);
}

static void ports_reach_their_devices(void)
{
    begin();
    regs->rax = 0xaaaaaaaaaaaaaa55;
    hvm_io_port(V, 0x40, 1, false, 7);
    CHECK_EQ(regs->rax, 0xaaaaaaaaaaaaaa20);
    CHECK(regs->rip == 7 && retirements == 1);
    hvm_io_port(V, 0x40, 1, true, 8);
    CHECK_EQ(platform_written, 0x20);
    hvm_io_port(V, 0x1234, 2, false, 9); /* nobody's */
    CHECK_EQ(regs->rax, 0xaaaaaaaaaaaaffff);
    hvm_io_port(V, 0x1234, 4, false, 9);
    CHECK_EQ(regs->rax, 0xffffffff);
    regs->rax = 'x';
    hvm_io_port(V, 0xe9, 1, true, 10);
    CHECK_STR(console, "x");
    regs->rax = 0x80001000;
    hvm_io_port(V, 0xcf8, 4, true, 10);
    CHECK_EQ(world_guest.hvm->ioreq.config_address, 0x80001000);
    CHECK_EQ(retirements, 6);
    CHECK_END();
}

static void a_port_waits_for_its_device_model(void)
{
    ioservid_t id;

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_PORT, 0x3f0, 0x3ff);
    regs->rip = 3;
    hvm_io_port(V, 0x3f6, 1, false, 5);
    CHECK(world_waits(0) && regs->rip == 3 && !retirements);
    evtchn_internal_event(&world_guest, 0); /* for nothing */
    go_on();
    CHECK(world_waits(0) && regs->rip == 3);
    world_answer(id, 0, 0x50);
    go_on();
    CHECK(!world_waits(0) && regs->rip == 5 && regs->rax == 0x50 && retirements == 1);
    CHECK_END();
}

static void instructions_reach_their_devices(void)
{
    begin();
    code("\xa1\x20\x00\xe0\xfe", 5); /* mov 0xfee00020, %eax */
    hvm_memory_fault(V, APIC + 0x20, HVM_ACCESS_READ);
    CHECK(regs->rax == 0x11223344 && regs->rip == CODE + 5 && retirements == 1);
    code("\xa3\xb0\x00\xe0\xfe", 5);
    hvm_memory_fault(V, APIC + 0xb0, HVM_ACCESS_WRITE);
    CHECK_EQ(apic_written, 0xb011223344);
    code("\xa1\xf0\x00\xd0\xfe", 5);
    hvm_memory_fault(V, PLATFORM + 0xf0, HVM_ACCESS_READ);
    CHECK_EQ(regs->rax, 1);
    code("\xa1\x00\x00\x00\xe0", 5); /* nobody's */
    hvm_memory_fault(V, 0xe0000000, HVM_ACCESS_READ);
    CHECK_EQ(regs->rax, 0xffffffff);
    CHECK_END();
}

/* A turn reads one device and writes another; each sees it once. */
static void no_device_sees_an_access_twice(void)
{
    ioservid_t id;

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_MEMORY, DEVICE, DEVICE + 0xfff);
    code("\xf3\xa5", 2); /* rep movsl */
    regs->rsi = PLATFORM;
    regs->rdi = DEVICE;
    regs->rcx = 2;
    hvm_memory_fault(V, PLATFORM, HVM_ACCESS_READ);
    CHECK(world_waits(0) && regs->rcx == 2 && platform_reads == 1);
    CHECK(world_slot(id, 0)->data == 1 && world_slot(id, 0)->addr == DEVICE);
    world_answer(id, 0, 0);
    go_on();
    CHECK(world_waits(0) && regs->rcx == 1 && platform_reads == 2);
    CHECK(world_slot(id, 0)->data == 2 && world_slot(id, 0)->addr == DEVICE + 4);
    world_answer(id, 0, 0);
    go_on();
    CHECK(!world_waits(0) && regs->rcx == 0 && platform_reads == 2);
    CHECK(regs->rip == CODE + 2 && regs->rsi == PLATFORM + 8 && regs->rdi == DEVICE + 8);
    CHECK_EQ(retirements, 1);
    CHECK_END();
}

static void operands_come_in_pieces(void)
{
    static const unsigned int sizes[] = {1, 2, 1}, offsets[] = {5, 6, 8};
    static const uint64_t answers[] = {0x11, 0x3322, 0x44};
    ioservid_t id;

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_MEMORY, DEVICE, DEVICE + 0xfff);
    code("\x8b\x06", 2); /* mov (%esi), %eax */
    regs->rsi = DEVICE + 5;
    hvm_memory_fault(V, DEVICE + 5, HVM_ACCESS_READ);
    for (unsigned int i = 0; i < 3; i++) {
        CHECK_EQ(world_slot(id, 0)->size, sizes[i]);
        CHECK_EQ(world_slot(id, 0)->addr, DEVICE + offsets[i]);
        CHECK(world_waits(0));
        world_answer(id, 0, answers[i]);
        go_on();
    }
    CHECK(!world_waits(0) && regs->rax == 0x44332211);
    CHECK_END();
}

static void strings_go_to_ports(void)
{
    struct ioreq *slot;
    ioservid_t id;

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_PORT, 0x1f0, 0x1f7);
    code("\xf3\x66\x6d", 3); /* rep insw */
    regs->rdx = 0x1f0;
    regs->rdi = 0x2000;
    regs->rcx = 256;
    hvm_io_instruction(V);
    CHECK(world_waits(0));
    slot = world_slot(id, 0);
    CHECK(slot->count == 256 && slot->size == 2 && slot->data_is_ptr && slot->dir && !slot->df);
    CHECK(slot->addr == 0x1f0 && slot->data == 0x2000 && slot->type == IOREQ_TYPE_PIO);
    world_answer(id, 0, 0x2000);
    go_on();
    CHECK(!world_waits(0) && regs->rcx == 0 && regs->rdi == 0x2200 && regs->rip == CODE + 3);
    CHECK_EQ(world_notifications, 1);
    /* Into memory that takes none, one by one. */
    code("\xf3\x66\x6d", 3);
    regs->rdi = ROM_PAGE;
    regs->rcx = 2;
    hvm_io_instruction(V);
    for (unsigned int i = 0; i < 2; i++) {
        CHECK(world_waits(0) && slot->count == 1 && !slot->data_is_ptr);
        world_answer(id, 0, 0x4141);
        go_on();
    }
    CHECK(!world_waits(0) && regs->rcx == 0 && ram[ROM_PAGE] == 0);
    CHECK_END();
}

static void strings_go_to_device_memory(void)
{
    struct ioreq *slot;
    ioservid_t id;

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_MEMORY, DEVICE, DEVICE + 0xff);
    slot = world_slot(id, 0);
    code("\xf3\xa5", 2); /* rep movsl, downwards */
    regs->rflags = 1U << 10;
    regs->rsi = 0x20fc;
    regs->rdi = DEVICE + 0xfc;
    regs->rcx = 64;
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_WRITE);
    CHECK(slot->count == 64 && slot->data_is_ptr && slot->df && slot->dir == IOREQ_WRITE);
    CHECK(slot->addr == DEVICE + 0xfc && slot->data == 0x20fc);
    world_answer(id, 0, 0);
    go_on();
    CHECK(!world_waits(0) && regs->rcx == 0 && regs->rdi == DEVICE - 4);
    code("\xf3\xa5", 2);
    regs->rflags = 0;
    regs->rsi = DEVICE + 0x80;
    regs->rdi = 0x3000;
    regs->rcx = 64; /* more than the device has: not in one go */
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    for (uint64_t i = 0; i < 32; i++) {
        CHECK(world_waits(0) && slot->count == 1 && slot->dir == IOREQ_READ);
        CHECK_EQ(slot->addr, DEVICE + 0x80 + i * 4);
        world_answer(id, 0, i);
        go_on();
    }
    /* The others are nobody's. */
    CHECK(!world_waits(0) && regs->rcx == 0 && ram[0x307c] == 31 && ram[0x3080] == 0xff);
    CHECK_END();
}

/* Whatever ranges a device model has. */
static void strings_reach_the_hypervisors_devices(void)
{
    ioservid_t id;

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_PORT, 0, 0xffff);
    CHECK_EQ(ioreq_range_map(&world_guest, WORLD_EMULATOR, id, XEN_DMOP_IO_RANGE_MEMORY, 0xf0000000,
                             0xffffffff),
             0);
    memcpy(ram + 0x2000, "\x11\x22\x33\x80\x44\x55\x66\x80", 8);
    regs->rsi = 0x2000;
    regs->rcx = 2;
    regs->rdx = 0x40;
    code("\xf3\x6e", 2); /* rep outsb */
    hvm_io_instruction(V);
    CHECK(!world_waits(0) && regs->rcx == 0 && platform_written == 0x22);
    regs->rdi = 0x3000;
    regs->rcx = 2;
    code("\xf3\x6c", 2); /* rep insb */
    hvm_io_instruction(V);
    CHECK(!world_waits(0) && regs->rcx == 0 && ram[0x3000] == 0x20 && ram[0x3001] == 0x20);
    regs->rsi = 0x2000;
    regs->rcx = 2;
    regs->rdx = 0xe9;
    code("\xf3\x6e", 2);
    hvm_io_instruction(V);
    CHECK(!world_waits(0) && regs->rcx == 0);
    CHECK_STR(console, "\x11\"");
    /* Written to 0xcf8, which the device model is told one by one. */
    regs->rsi = 0x2000;
    regs->rcx = 2;
    regs->rdx = 0xcf8;
    code("\xf3\x6f", 2);
    hvm_io_instruction(V);
    for (unsigned int i = 0; i < 2; i++) {
        CHECK(world_waits(0) && world_slot(id, 0)->count == 1);
        world_answer(id, 0, 0);
        go_on();
    }
    CHECK(!world_waits(0) && regs->rcx == 0);
    CHECK_EQ(world_guest.hvm->ioreq.config_address, 0x80665544);
    /* Memory: the platform's, and a local APIC's. */
    regs->rsi = PLATFORM + 0xff8;
    regs->rdi = 0x3000;
    regs->rcx = 2;
    code("\xf3\xa5", 2);
    hvm_memory_fault(V, PLATFORM, HVM_ACCESS_READ);
    CHECK(!world_waits(0) && regs->rcx == 0 && platform_reads == 2);
    regs->rflags = EFLAGS_DF;
    regs->rsi = APIC + 0x20;
    regs->rdi = 0x3010;
    regs->rcx = 2;
    code("\xf3\xa5", 2);
    hvm_memory_fault(V, APIC, HVM_ACCESS_READ);
    CHECK(!world_waits(0) && regs->rcx == 0 && ram[0x3010] == 0x44);
    CHECK_END();
}

static void what_is_drawn_is_not_waited_for(void)
{
    ioservid_t id;

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_MEMORY, 0xa0000, 0xbffff);
    code("\xa3\x00\x80\x0b\x00", 5);
    regs->rax = 0x07410741;
    hvm_memory_fault(V, 0xb8000, HVM_ACCESS_WRITE);
    CHECK(!world_waits(0) && regs->rip == CODE + 5);
    CHECK_EQ(world_ring(id)->buf_ioreq[0].data, 0x07410741);
    code("\xa1\x00\x80\x0b\x00", 5);
    hvm_memory_fault(V, 0xb8000, HVM_ACCESS_READ);
    CHECK(world_waits(0));
    CHECK_END();
}

static void read_only_memory_takes_no_writes(void)
{
    begin();
    memset(ram + ROM_PAGE, 0x5a, 16);
    code("\xa3\x00\x80\x00\x00", 5);
    hvm_memory_fault(V, ROM_PAGE, HVM_ACCESS_WRITE);
    CHECK(ram[ROM_PAGE] == 0x5a && regs->rip == CODE + 5);
    code("\x00\x05\x00\x80\x00\x00", 6); /* add %al, 0x8000 */
    regs->rax = 1;
    hvm_memory_fault(V, ROM_PAGE, HVM_ACCESS_WRITE);
    CHECK(ram[ROM_PAGE] == 0x5a && regs->rip == CODE + 6);
    code("\xa3\x00\x80\x00\x00", 5);
    hvm_memory_fault(V, ROM_PAGE, HVM_ACCESS_READ); /* reading is allowed: a stale entry */
    hvm_memory_fault(V, 0x2000, HVM_ACCESS_WRITE);
    CHECK_EQ(regs->rip, CODE);
    CHECK_END();
}

/* Instructions of another domain's page are not run, not even for want of a fault. */
static void a_page_that_is_granted_for_reading(void)
{
    begin();
    memset(ram + GRANT_PAGE, 0x5a, 16);
    code("\xa3\x00\x90\x00\x00", 5);
    hvm_memory_fault(V, GRANT_PAGE, HVM_ACCESS_WRITE);
    CHECK(ram[GRANT_PAGE] == 0x5a && regs->rip == CODE + 5 && !world_crashes);
    hvm_memory_fault(V, GRANT_PAGE, HVM_ACCESS_READ); /* a stale entry */
    CHECK_EQ(world_crashes, 0);
    hvm_memory_fault(V, GRANT_PAGE, HVM_ACCESS_WALK);
    CHECK_EQ(world_crashes, 1);
    hvm_memory_fault(V, GRANT_PAGE, HVM_ACCESS_FETCH);
    CHECK_EQ(world_crashes, 2);
    hvm_memory_fault(V, ROM_PAGE, HVM_ACCESS_FETCH); /* which may be run */
    CHECK_EQ(world_crashes, 2);
    CHECK_END();
}

static void faults_are_the_guests(void)
{
    begin();
    code("\xa4", 1); /* movsb */
    regs->rsi = DEVICE;
    regs->rdi = NOT_MAPPED;
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    CHECK(exceptions == 1 && vector == TRAP_PF && error_code == 2);
    CHECK(fault_address == NOT_MAPPED && regs->rip == CODE && !retirements);
    code("\x0f\x0b", 2);
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    CHECK_EQ(world_crashes, 1);
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_FETCH);
    CHECK_EQ(world_crashes, 2);
    code("\xa1\x00\x00\x00\xf0", 5);
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_WALK); /* whatever it is that it runs */
    CHECK_EQ(world_crashes, 3);
    hvm_memory_fault(V, ROM_PAGE, HVM_ACCESS_WALK);
    CHECK_EQ(world_crashes, 4);
    hvm_memory_fault(V, 0x2000, HVM_ACCESS_WALK);
    CHECK_EQ(world_crashes, 4);
    CHECK_END();
}

/* A breakpoint has come into an instruction's place: the guest gets to it. */
static void what_is_not_known_is_left_to_the_cpu_once(void)
{
    begin();
    code("\xcc", 1);
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    CHECK(!world_crashes && !exceptions && regs->rip == CODE && !retirements);
    code("\xf4", 1); /* and yet another one */
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    CHECK_EQ(world_crashes, 0);
    memcpy(ram + CODE + 0x40, ram + CODE, 0x20); /* the same, elsewhere */
    regs->rip = CODE + 0x40;
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    CHECK_EQ(world_crashes, 0);
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    CHECK_EQ(world_crashes, 1);
    CHECK_END();

    /* Once each time, if it gets on with others in between. */
    begin();
    for (unsigned int i = 0; i < 6; i++) {
        code("\xed", 1);
        hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
        code("\xa1\x20\x00\xe0\xfe", 5);
        if (i < 3)
            hvm_memory_fault(V, APIC + 0x20, HVM_ACCESS_READ);
        else
            hvm_io_port(V, 0x1234, 2, false, 7);
        CHECK_EQ(world_crashes, 0);
    }
    CHECK_END();
}

static void cpu_has(const char *bytes, size_t count)
{
    memcpy(in_cpu, bytes, count);
    in_cpu_count = count;
}

/* mov 0xfee00020, %eax; the APIC says 0x11223344. */
static void what_the_cpu_has_fetched_counts(void)
{
    begin();
    code("\x90", 1); /* memory has another one by now */
    cpu_has("\xa1\x20\x00\xe0\xfe", 5);
    hvm_memory_fault(V, APIC + 0x20, HVM_ACCESS_READ);
    CHECK(regs->rax == 0x11223344 && regs->rip == CODE + 5);
    CHECK_END();
    /* In a page that is not mapped any more. */
    begin();
    regs->rip = NOT_MAPPED;
    cpu_has("\xa1\x20\x00\xe0\xfe", 5);
    hvm_memory_fault(V, APIC + 0x20, HVM_ACCESS_READ);
    CHECK(regs->rax == 0x11223344 && regs->rip == NOT_MAPPED + 5);
    CHECK_END();
    /* It has less than the whole, nothing, or what is none here. */
    for (unsigned int i = 0; i < 3; i++) {
        begin();
        code("\xa1\x20\x00\xe0\xfe", 5);
        cpu_has(i < 2 ? "\xa1\x20\x00\xe0" : "\x90\x90\x90\x90", i == 1 ? 0 : 4);
        hvm_memory_fault(V, APIC + 0x20, HVM_ACCESS_READ);
        CHECK(regs->rax == 0x11223344 && regs->rip == CODE + 5);
        CHECK_END();
    }
}

static void an_instruction_that_waits_stays_the_one_it_was(void)
{
    ioservid_t id;

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_MEMORY, DEVICE, DEVICE + 0xfff);
    code("\xa1\x00\x00\x00\xf0", 5);
    cpu_has("\xa1\x00\x00\x00\xf0", 5);
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    code("\xf4", 1);
    world_answer(id, 0, 0x11);
    go_on();
    CHECK(!world_waits(0) && regs->rax == 0x11 && regs->rip == CODE + 5);
    CHECK_END();
}

static void code_that_changes_meanwhile_is_run_as_it_is(void)
{
    ioservid_t id;

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_MEMORY, DEVICE, DEVICE + 0xfff);
    code("\xa1\x00\x00\x00\xf0", 5);
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    code("\xa1\x04\x00\x00\xf0", 5);
    world_answer(id, 0, 0x11);
    go_on();
    CHECK(world_waits(0) && world_slot(id, 0)->addr == DEVICE + 4);
    world_answer(id, 0, 0x12);
    go_on();
    CHECK(!world_waits(0) && regs->rax == 0x12);
    CHECK_END();

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_MEMORY, DEVICE, DEVICE + 0xfff);
    code("\xa1\x00\x00\x00\xf0", 5);
    hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
    hvm_io_forget(V); /* an INIT */
    world_answer(id, 0, 0x22);
    go_on();
    CHECK(!world_waits(0) && regs->rax == 0 && regs->rip == CODE);
    CHECK_END();
}

/* A task's TSS whose map allows all ports that it has. */
static void map_make(void)
{
    ram[TSS + 102] = TSS_SIZE;
    ram[TSS + TSS_SIZE + TSS_MAP_SIZE - 1] = 0xff;
}

/* Does the string instruction get through to the port (0x40, the platform's), or is #GP due? */
static bool reaches(uint16_t port, const char *bytes)
{
    unsigned int before = exceptions;

    code(bytes, 2);
    regs->rdx = port;
    regs->rsi = regs->rdi = 0x2000;
    hvm_io_instruction(V);
    if (exceptions == before)
        return CHECK(regs->rip == CODE + strlen(bytes));
    CHECK(vector == TRAP_GP && error_code == 0 && regs->rip == CODE);
    return false;
}

#define INSB  "\x6c"
#define INSW  "\x66\x6d"
#define INSL  "\x6d"
#define OUTSB "\x6e"

static void ports_are_for_whom_the_guest_lets(void)
{
    begin();
    level = 3;
    map_make();
    CHECK(reaches(0x40, INSB) && reaches(0x40, OUTSB) && reaches(0x1fc, INSL));
    ram[TSS + TSS_SIZE + 0x40 / 8] = 1;
    CHECK(!reaches(0x40, INSB) && !reaches(0x40, OUTSB) && reaches(0x41, INSB));
    CHECK(!reaches(0x40, INSL) && !reaches(0x3f, INSW) && reaches(0x3e, INSW));
    CHECK(!reaches(0x1fd, INSL)); /* the byte behind is all ones */
    CHECK(!reaches(0x200, INSB)); /* not in the map with the byte that follows */
    CHECK(!reaches(0xffff, INSB));
    ram[TSS + TSS_SIZE + 0x40 / 8] = 0;
    /* A TSS that has no map. */
    task.limit = TSS_SIZE - 2;
    CHECK(!reaches(0x40, INSB));
    task.limit = TSS_SIZE + TSS_MAP_SIZE - 1;
    ram[TSS + 103] = 0x10;
    CHECK(!reaches(0x40, INSB));
    ram[TSS + 103] = 0;
    task.attributes = 0x83; /* of 16 bits */
    CHECK(!reaches(0x40, INSB));
    task.attributes = 0x8b;
    CHECK(reaches(0x40, INSB));
    CHECK_END();
}

static void privilege_goes_before_the_map(void)
{
    begin();
    map_make();
    ram[TSS + TSS_SIZE + 0x40 / 8] = 1;
    CHECK(reaches(0x40, INSB)); /* ring 0 */
    level = 3;
    regs->rflags = 2UL << 12; /* IOPL */
    CHECK(!reaches(0x40, INSB));
    level = 2;
    CHECK(reaches(0x40, INSB));
    level = 3;
    regs->rflags = EFLAGS_IOPL;
    CHECK(reaches(0x40, INSB));
    regs->rflags |= EFLAGS_VM; /* there IOPL says nothing of ports */
    CHECK(!reaches(0x40, INSB));
    CHECK(reaches(0x41, INSB));
    /* The map itself may be missing. */
    task.base = NOT_MAPPED;
    exceptions = 0;
    code(INSB, 1);
    hvm_io_instruction(V);
    CHECK(exceptions == 1 && vector == TRAP_PF && error_code == 0);
    CHECK(fault_address == NOT_MAPPED + 102 && regs->rip == CODE);
    CHECK_END();
}

/* Between an access to a device and its being looked at, another vCPU has put a string instruction
 * there, for a port that the CPU was never asked about. */
static void a_port_is_not_had_by_changing_the_code(void)
{
    ioservid_t id;

    begin();
    id = world_server(XEN_DMOP_IO_RANGE_PORT, 0x1f0, 0x1f7);
    level = 3;
    regs->rdx = 0x1f0;
    regs->rsi = regs->rdi = 0x2000;
    regs->rcx = 4;
    map_make();
    task.limit = TSS_SIZE - 1; /* without its map */
    for (const char *op = "\x6c\x6e"; *op; op++) {
        const char bytes[] = {'\xf3', *op};

        code(bytes, 2);
        exceptions = 0;
        hvm_memory_fault(V, DEVICE, HVM_ACCESS_READ);
        CHECK(exceptions == 1 && vector == TRAP_GP && error_code == 0);
        CHECK(!world_waits(0) && regs->rip == CODE && regs->rcx == 4);
    }
    CHECK(!world_slot(id, 0)->count);
    CHECK_END();
}

int main(void)
{
    RUN(ports_reach_their_devices);
    RUN(a_port_waits_for_its_device_model);
    RUN(instructions_reach_their_devices);
    RUN(no_device_sees_an_access_twice);
    RUN(operands_come_in_pieces);
    RUN(strings_go_to_ports);
    RUN(strings_go_to_device_memory);
    RUN(strings_reach_the_hypervisors_devices);
    RUN(what_is_drawn_is_not_waited_for);
    RUN(read_only_memory_takes_no_writes);
    RUN(a_page_that_is_granted_for_reading);
    RUN(faults_are_the_guests);
    RUN(what_is_not_known_is_left_to_the_cpu_once);
    RUN(what_the_cpu_has_fetched_counts);
    RUN(an_instruction_that_waits_stays_the_one_it_was);
    RUN(code_that_changes_meanwhile_is_run_as_it_is);
    RUN(ports_are_for_whom_the_guest_lets);
    RUN(privilege_goes_before_the_map);
    RUN(a_port_is_not_had_by_changing_the_code);
    return check_done();
}
