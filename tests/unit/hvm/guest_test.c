/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the toolstack and the guest itself may set: parameters, and vCPUs as lists of records. */
#include "check.h"

#include "hvm/hvm.h"
#include "hvm/platform/platform.h"

#include <xen/hvm/save.h>

#include "domain/cpu_policy.h"
#include "hypercall/domctl-private.h"
#include "lib/bits.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "machine/machine.h"
#include "machine/time.h"
#include "machine/traps.h"
#include "memory/memory.h"
#include "schedule/time.h"

uint32_t fpu_area_size = 512;
uint64_t fpu_features = 3;

static struct hvm_registers registers[2];
static struct hvm_vcpu hvm_vcpus[2];
static struct vcpu vcpus[2];
static struct vcpu *vcpu_table[2];
static struct hvm_domain hvm_domain;
static struct domain domain;
static uint8_t fpus[2][1024];
static int pauses;

void vcpu_sleep(struct vcpu *v, enum vcpu_pause why)
{
    v->pause_flags |= BIT(why);
}

void vcpu_wake(struct vcpu *v, enum vcpu_pause why)
{
    v->pause_flags &= ~BIT(why);
}

/* Pointers of the toolstack's are plain ones. */
int copy_from_guest(void *dst, uint64_t src, size_t len)
{
    memcpy(dst, (const void *)(uintptr_t)src, len);
    return 0;
}

int copy_to_guest(uint64_t dst, const void *src, size_t len)
{
    memcpy((void *)(uintptr_t)dst, src, len);
    return 0;
}

void domain_pause(struct domain *d)
{
    pauses++;
}

void domain_unpause(struct domain *d)
{
    pauses--;
}

void hvm_io_forget(struct vcpu *v)
{
}

void hvm_triple_fault(struct vcpu *v)
{
    abort(); /* there are no exceptions here */
}

void p2m_limit(struct p2m *p2m, uint64_t tables)
{
}

void vcpu_kick(struct vcpu *v)
{
}

/* log_dirty_test.c has its own. */
long domctl_log_dirty_pv(struct domain *d, struct xen_domctl_shadow_op *shadow)
{
    return -XEN_EOPNOTSUPP;
}

long domctl_log_dirty(struct domain *d, struct xen_domctl_shadow_op *shadow)
{
    return -XEN_EOPNOTSUPP;
}

void fpu_area_reset(void *area)
{
    memset(area, 0, fpu_area_size);
}

bool fpu_xcr0_valid(uint64_t xcr0)
{
    return (xcr0 & 1) && !(xcr0 & ~fpu_features);
}

bool cpu_policy_xcr0_valid(const struct cpu_policy *policy, uint64_t xcr0)
{
    return xcr0 != 5;
}

bool hvm_cr4_valid(const struct vcpu *v, uint64_t cr4)
{
    return !(cr4 >> 30);
}

bool hvm_pat_valid(uint64_t value)
{
    return value != 2;
}

static void registers_get(const struct vcpu *v, struct hvm_registers *out)
{
    *out = registers[v->id];
}

static int registers_set(struct vcpu *v, const struct hvm_registers *in)
{
    if (in->cr0 >> 32)
        return -XEN_EINVAL;
    registers[v->id] = *in;
    return 0;
}

static uint64_t pat_read(const struct vcpu *v)
{
    return registers[v->id].pat;
}

static void pat_write(struct vcpu *v, uint64_t value)
{
    registers[v->id].pat = value;
}

static const struct hvm_backend backend = {
    .registers_get = registers_get,
    .registers_set = registers_set,
    .pat_read = pat_read,
    .pat_write = pat_write,
};
const struct hvm_backend *hvm_backend = &backend;

static void begin(void)
{
    fake_machine_init(1);
    fake_timers_init();
    memset(registers, 0, sizeof(registers));
    memset(hvm_vcpus, 0, sizeof(hvm_vcpus));
    hvm_domain = (struct hvm_domain){0};
    domain = (struct domain){.hvm = &hvm_domain, .max_vcpus = 2, .vcpu = vcpu_table};
    for (unsigned int i = 0; i < 2; i++) {
        vcpus[i] = (struct vcpu){.id = i,
                                 .domain = &domain,
                                 .hvm = &hvm_vcpus[i],
                                 .fpu = fpus[i],
                                 .pause_flags = BIT(VCPU_DOWN)};
        vcpu_table[i] = &vcpus[i];
        hvm_vcpus[i].lapic.owner = &hvm_lapic_owner;
        hvm_vcpus[i].lapic.ctx = &vcpus[i];
        lapic_reset(&hvm_vcpus[i].lapic, i * 2, i == 0);
    }
}

static void parameters_have_their_owners(void)
{
    uint64_t value;

    begin();
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_STORE_PFN, 0xfeffc, false), 0);
    CHECK_EQ(hvm_param_get(&domain, HVM_PARAM_STORE_PFN, &value, true), 0);
    CHECK_EQ(value, 0xfeffc);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_STORE_PFN, 1, true), -XEN_EPERM);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_TIMER_MODE, 1, true), -XEN_EPERM);
    CHECK_EQ(hvm_param_get(&domain, HVM_PARAM_IDENT_PT, &value, true), -XEN_EPERM);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_TIMER_MODE, 4, false), -XEN_EINVAL);
    CHECK_EQ(hvm_param_set(&domain, HVM_NR_PARAMS, 0, false), -XEN_EINVAL);
    CHECK_EQ(hvm_param_get(&domain, ~0U, &value, false), -XEN_EINVAL);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_NESTEDHVM, 0, false), -XEN_EINVAL);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_ALTP2M, 0, false), 0);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_ALTP2M, 1, false), -XEN_EOPNOTSUPP);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_IOREQ_PFN, 5, false), 0);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_IOREQ_PFN, 5, false), 0);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_IOREQ_PFN, 6, false), -XEN_EEXIST);
}

static void the_callback_is_a_vector(void)
{
    begin();
    CHECK_EQ(hvm_callback_vector(&domain), 0);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_CALLBACK_IRQ, 2ULL << 56 | 0xf3, true), 0);
    CHECK_EQ(hvm_callback_vector(&domain), 0xf3);
    CHECK_EQ(hvm_param_set(&domain, HVM_PARAM_CALLBACK_IRQ, 9, true), 0); /* a GSI: there is none */
    CHECK_EQ(hvm_callback_vector(&domain), 0);
    CHECK_EQ(hvm_upcall_vector_set(&vcpus[0], 0x0f), -XEN_EINVAL);
    CHECK_EQ(hvm_upcall_vector_set(&vcpus[0], 0x100), -XEN_EINVAL);
    CHECK_EQ(hvm_upcall_vector_set(&vcpus[0], 0xf3), 0);
    CHECK_EQ(hvm_vcpus[0].upcall_vector, 0xf3);
}

/* As the toolstack makes one: a header, one record, an end. */
static struct {
    struct hvm_save_descriptor header_d;
    struct hvm_save_header header;
    struct hvm_save_descriptor body_d;
    union {
        struct hvm_hw_cpu cpu;
        struct hvm_hw_mtrr mtrr;
        uint8_t bytes[2048];
    } body;
} list;

static size_t list_make(uint16_t typecode, uint16_t instance, uint32_t length)
{
    struct hvm_save_descriptor end = {.typecode = HVM_SAVE_CODE(END)};

    list.header_d = (struct hvm_save_descriptor){HVM_SAVE_CODE(HEADER), 0, sizeof(list.header)};
    list.header = (struct hvm_save_header){.magic = HVM_FILE_MAGIC, .version = HVM_FILE_VERSION};
    list.body_d = (struct hvm_save_descriptor){typecode, instance, length};
    memcpy(list.body.bytes + length, &end, sizeof(end));
    return offsetof(__typeof__(list), body) + length + sizeof(end);
}

static void a_cpu_record_starts_a_vcpu(void)
{
    size_t size;

    begin();
    memset(&list, 0, sizeof(list));
    list.body.cpu = (struct hvm_hw_cpu){.rip = 0x1000370,
                                        .rbx = 0x5000,
                                        .rflags = 2,
                                        .cr0 = 0x11,
                                        .cs_arbytes = 0xc9b,
                                        .cs_limit = 0xffffffff,
                                        .tr_arbytes = 0x8b,
                                        .tr_limit = 0x67};
    size = list_make(HVM_SAVE_CODE(CPU), 1, sizeof(list.body.cpu));
    CHECK_EQ(hvm_context_set(&domain, &list, size), 0);
    CHECK_EQ(vcpus[1].regs.rip, 0x1000370);
    CHECK_EQ(vcpus[1].regs.rbx, 0x5000);
    CHECK_EQ(registers[1].segment[HVM_CS].attributes, 0xc9b);
    CHECK_EQ(registers[1].segment[HVM_TR].limit, 0x67);
    CHECK(vcpus[1].initialised && !(vcpus[1].pause_flags & BIT(VCPU_DOWN)));
    CHECK(!vcpus[0].initialised && (vcpus[0].pause_flags & BIT(VCPU_DOWN)));

    /* Another list takes all down that it does not bring up. */
    list.body.mtrr = (struct hvm_hw_mtrr){.msr_mtrr_def_type = 0x806, .msr_pat_cr = 6};
    size = list_make(HVM_SAVE_CODE(MTRR), 0, sizeof(list.body.mtrr));
    CHECK_EQ(hvm_context_set(&domain, &list, size), 0);
    CHECK_EQ(hvm_vcpus[0].mtrr_default, 0x806);
    CHECK(vcpus[1].pause_flags & BIT(VCPU_DOWN));
}

static uint64_t guest_tsc(void)
{
    return guest_tsc_now(&domain);
}

static void set_tsc(uint16_t vcpu, uint64_t tsc)
{
    memset(&list, 0, sizeof(list));
    list.body.cpu = (struct hvm_hw_cpu){.rflags = 2, .cr0 = 0x11, .tsc = tsc};
    CHECK_EQ(
        hvm_context_set(&domain, &list, list_make(HVM_SAVE_CODE(CPU), vcpu, sizeof(list.body.cpu))),
        0);
}

/* What passes while a test looks: ticks of a few seconds. */
#define SOON (1ULL << 34)

static void the_tsc_goes_on(void)
{
    static uint8_t buffer[16384];
    struct hvm_hw_cpu cpu;
    uint64_t now;

    begin();
    set_tsc(0, 0);
    CHECK(guest_tsc() < SOON);
    set_tsc(0, 1ULL << 60);
    CHECK(guest_tsc() - (1ULL << 60) < SOON);
    hvm_context_get(&domain, buffer);
    memcpy(&cpu, buffer + 2 * sizeof(struct hvm_save_descriptor) + sizeof(struct hvm_save_header),
           sizeof(cpu));
    CHECK(cpu.tsc - (1ULL << 60) < SOON);

    now = guest_tsc();
    CHECK_EQ(hvm_lapic_owner.tsc_to_ns(&vcpus[0], now - 1), 0);
    CHECK_EQ(hvm_lapic_owner.tsc_to_ns(&vcpus[0], 1), 0);
    CHECK(hvm_lapic_owner.tsc_to_ns(&vcpus[0], now + SOON) > system_time());
    set_tsc(0, 5);
    now = guest_tsc();
    CHECK(hvm_lapic_owner.tsc_to_ns(&vcpus[0], ~0ULL) >
          hvm_lapic_owner.tsc_to_ns(&vcpus[0], now + 64 * SOON));
}

static void bad_lists_are_refused(void)
{
    size_t size;

    begin();
    memset(&list, 0, sizeof(list));
    size = list_make(HVM_SAVE_CODE(CPU), 0, sizeof(list.body.cpu));
    for (size_t cut = 0; cut < size; cut += 3)
        CHECK_EQ(hvm_context_set(&domain, &list, cut), -XEN_EINVAL);
    CHECK_EQ(hvm_context_set(&domain, &list, size), 0);
    list.body_d.instance = 2;
    CHECK_EQ(hvm_context_set(&domain, &list, size), -XEN_EINVAL);
    list.body_d.instance = 0;
    list.body_d.length--;
    CHECK_EQ(hvm_context_set(&domain, &list, size), -XEN_EINVAL);
    list.body_d.length++;
    list.body_d.typecode = 100;
    CHECK_EQ(hvm_context_set(&domain, &list, size), -XEN_EINVAL);
    list.body_d.typecode = HVM_SAVE_CODE(CPU);
    list.header.magic++;
    CHECK_EQ(hvm_context_set(&domain, &list, size), -XEN_EINVAL);
    list.header.magic--;
    list.header_d.typecode = HVM_SAVE_CODE(CPU); /* the header has to be first */
    CHECK_EQ(hvm_context_set(&domain, &list, size), -XEN_EINVAL);
    list.header_d.typecode = HVM_SAVE_CODE(HEADER);
    list.body.cpu.cr4 = 1ULL << 40;
    CHECK_EQ(hvm_context_set(&domain, &list, size), -XEN_EINVAL);
    list.body.cpu.cr4 = 0;
    list.body.cpu.cr0 = 1ULL << 40;
    CHECK_EQ(hvm_context_set(&domain, &list, size), -XEN_EINVAL);
    list.body.cpu.cr0 = 0;
    CHECK_EQ(hvm_context_set(&domain, &list, size), 0);
}

static void what_is_read_can_be_written(void)
{
    static uint8_t buffer[16384];
    struct hvm_registers before;
    size_t size;

    begin();
    registers[0].cr3 = 0x1234000;
    registers[0].lstar = 0xffffffff81000000;
    registers[0].segment[HVM_GS] = (struct hvm_segment){0, 0xc93, 0xffffffff, 0xffff888000000000};
    vcpus[0].regs.r15 = 15;
    hvm_vcpus[0].dr[2] = 0x5555;
    hvm_vcpus[1].mtrr_variable[3] = 0x77;
    lapic_mmio_write(&hvm_vcpus[1].lapic, LAPIC_TPR, 0x50);
    size = hvm_context_size(&domain);
    CHECK(size < sizeof(buffer));
    memset(buffer, 0xa5, sizeof(buffer));
    hvm_context_get(&domain, buffer);
    CHECK(buffer[size] == 0xa5 && buffer[size - 1] != 0xa5);
    before = registers[0];
    memset(registers, 0, sizeof(registers));
    vcpus[0].regs.r15 = hvm_vcpus[0].dr[2] = hvm_vcpus[1].mtrr_variable[3] = 0;
    lapic_reset(&hvm_vcpus[1].lapic, 2, false);
    CHECK_EQ(hvm_context_set(&domain, buffer, size), 0);
    CHECK(!memcmp(&before, &registers[0], sizeof(before)));
    CHECK_EQ(vcpus[0].regs.r15, 15);
    CHECK_EQ(hvm_vcpus[0].dr[2], 0x5555);
    CHECK_EQ(hvm_vcpus[1].mtrr_variable[3], 0x77);
    CHECK_EQ(hvm_vcpus[1].lapic.tpr, 0x50);
}

/* A list's record of that type and instance; NULL: it has none. */
static uint8_t *record_in(uint8_t *at, const uint8_t *end, uint16_t typecode, uint16_t instance)
{
    struct hvm_save_descriptor d;

    for (; at < end; at += sizeof(d) + d.length) {
        memcpy(&d, at, sizeof(d));
        if (d.typecode == typecode && d.instance == instance)
            return at;
    }
    return NULL;
}

static uint8_t saved[16384];

static struct hvm_hw_cpu *saved_cpu(uint16_t instance)
{
    uint8_t *at = record_in(saved, saved + hvm_context_size(&domain), HVM_SAVE_CODE(CPU), instance);

    return at ? (void *)(at + sizeof(struct hvm_save_descriptor)) : NULL;
}

/* Saves the guest; and restores it, as one that was just made. */
static void save(void)
{
    memset(saved, 0xa5, sizeof(saved));
    hvm_context_get(&domain, saved);
}

static int restore(void)
{
    begin();
    hvm_vcpus[1].waits_for_startup = true;
    return hvm_context_set(&domain, saved, hvm_context_size(&domain));
}

static void an_event_is_delivered_after_the_move(void)
{
    struct lapic *apic = &hvm_vcpus[1].lapic;

    begin();
    lapic_mmio_write(apic, LAPIC_SVR, 0x1ff);
    lapic_request(apic, 0x51);
    lapic_accept(apic, 0x51);
    hvm_vcpus[1].event = (struct hvm_event){HVM_EVENT_INTERRUPT, 0x51, false, 0};
    hvm_vcpus[0].event = (struct hvm_event){HVM_EVENT_EXCEPTION, TRAP_PF, true, 2};
    save();
    CHECK(saved_cpu(1)->pending_event == (1U << 31 | 0x51));
    CHECK(saved_cpu(0)->pending_event == (1U << 31 | 1U << 11 | 3U << 8 | TRAP_PF));
    CHECK_EQ(saved_cpu(0)->error_code, 2);
    CHECK_EQ(restore(), 0);
    CHECK(hvm_vcpus[1].event.type == HVM_EVENT_INTERRUPT && hvm_vcpus[1].event.vector == 0x51);
    CHECK_EQ(lapic_pending(apic), -1); /* it is being served */
    CHECK(hvm_vcpus[0].event.type == HVM_EVENT_EXCEPTION && hvm_vcpus[0].event.vector == TRAP_PF);
    CHECK(hvm_vcpus[0].event.has_error && hvm_vcpus[0].event.error == 2);
    /* What is restored has nothing left of what was there. */
    hvm_vcpus[0].event = (struct hvm_event){0};
    save();
    CHECK(!saved_cpu(0)->pending_event);
    hvm_vcpus[0].event = (struct hvm_event){HVM_EVENT_NMI, TRAP_NMI, false, 0};
    hvm_vcpus[0].requests = BIT(HVM_REQUEST_INIT) | BIT(HVM_REQUEST_TIMER);
    CHECK_EQ(hvm_context_set(&domain, saved, hvm_context_size(&domain)), 0);
    CHECK(!hvm_vcpus[0].event.type && !hvm_vcpus[0].requests);
}

/* All vCPUs have that of the first that is there. */
static void the_tsc_is_one_for_all(void)
{
    for (unsigned int waiting = 0; waiting < 2; waiting++) {
        begin();
        hvm_vcpus[0].waits_for_startup = waiting;
        save();
        saved_cpu(1)->tsc = waiting ? 1ULL << 60 : 1ULL << 50;
        if (!waiting)
            saved_cpu(0)->tsc = 1ULL << 60;
        CHECK_EQ(restore(), 0);
        CHECK(guest_tsc() - (1ULL << 60) < SOON);
    }
}

/* The interrupt before it comes later, by the APIC; an exception is not let go of. */
static void an_nmi_goes_before_an_interrupt(void)
{
    struct lapic *apic = &hvm_vcpus[0].lapic;

    begin();
    lapic_mmio_write(apic, LAPIC_SVR, 0x1ff);
    lapic_request(apic, 0x51);
    lapic_accept(apic, 0x51);
    hvm_vcpus[0].event = (struct hvm_event){HVM_EVENT_INTERRUPT, 0x51, false, 0};
    hvm_vcpus[0].requests = BIT(HVM_REQUEST_NMI);
    hvm_vcpus[1].event = (struct hvm_event){HVM_EVENT_EXCEPTION, TRAP_UD, false, 0};
    hvm_vcpus[1].requests = BIT(HVM_REQUEST_NMI);
    save();
    CHECK(saved_cpu(0)->pending_event == (1U << 31 | 2U << 8 | TRAP_NMI));
    CHECK(saved_cpu(1)->pending_event == (1U << 31 | 3U << 8 | TRAP_UD));
    /* It goes on here, too. */
    CHECK(!hvm_vcpus[0].event.type && lapic_pending(apic) == 0x51);
    CHECK_EQ(hvm_vcpus[0].requests, BIT(HVM_REQUEST_NMI));
    CHECK_EQ(restore(), 0);
    CHECK_EQ(hvm_vcpus[0].requests, BIT(HVM_REQUEST_NMI));
    CHECK_EQ(lapic_pending(apic), 0x51);
}

/* On its way, or only asked for: it comes once, and none other until its IRET. */
static void an_nmi_is_asked_for_again(void)
{
    begin();
    hvm_vcpus[0].event = (struct hvm_event){HVM_EVENT_NMI, TRAP_NMI, false, 0};
    hvm_vcpus[0].nmi_blocked = true;
    hvm_vcpus[1].requests = BIT(HVM_REQUEST_NMI);
    save();
    CHECK_EQ(hvm_vcpus[1].requests, BIT(HVM_REQUEST_NMI)); /* if it goes on here */
    CHECK_EQ(restore(), 0);
    for (unsigned int i = 0; i < 2; i++) {
        CHECK(saved_cpu((uint16_t)i)->pending_event == (1U << 31 | 2U << 8 | TRAP_NMI));
        CHECK(!hvm_vcpus[i].event.type && !hvm_vcpus[i].nmi_blocked);
        CHECK_EQ(hvm_vcpus[i].requests, BIT(HVM_REQUEST_NMI));
    }
}

static void events_that_no_cpu_delivers_are_refused(void)
{
    static const struct {
        uint32_t event, error;
        bool fine;
    } events[] = {
        {1U << 31 | 0x08, 0, true},             /* of an 8259, as PCs have it */
        {1U << 31 | 1U << 11 | 0x51, 0, false}, /* an interrupt has no error code */
        {1U << 31 | 1U << 8 | 0x51, 0, false},  /* no such type */
        {1U << 31 | 2U << 8 | 2, 0, true},      /* an NMI */
        {1U << 31 | 2U << 8 | 3, 0, false},     /* which has a vector of its own */
        {1U << 31 | 1U << 11 | 2U << 8 | 2, 0, false},
        {1U << 31 | 3U << 8 | 6, 0, true}, /* #UD */
        {1U << 31 | 1U << 11 | 3U << 8 | 6, 0, false},
        {1U << 31 | 3U << 8 | 13, 0, true}, /* #GP in real mode */
        {1U << 31 | 1U << 11 | 3U << 8 | 13, 0xffff, true},
        {1U << 31 | 1U << 11 | 3U << 8 | 13, 0x10000, false},
        {1U << 31 | 3U << 8 | 2, 0, false},
        {1U << 31 | 3U << 8 | 32, 0, false},
        {1U << 31 | 1U << 11 | 3U << 8 | 40, 0, false},
        {1U << 31 | 4U << 8 | 0x80, 0, true}, /* INT n: raised again */
        {0x7fffffff, ~0U, true},              /* none */
    };

    begin();
    save();
    for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
        saved_cpu(1)->pending_event = events[i].event;
        saved_cpu(1)->error_code = events[i].error;
        CHECK_EQ(restore(), events[i].fine ? 0 : -XEN_EINVAL);
        CHECK(events[i].fine == vcpus[1].initialised);
    }
    CHECK(!hvm_vcpus[1].event.type);
}

static void what_was_asked_of_a_vcpu_is_in_its_state(void)
{
    struct lapic *apic = &hvm_vcpus[0].lapic;

    begin();
    lapic_mmio_write(apic, LAPIC_SVR, 0x1ff);
    lapic_mmio_write(apic, LAPIC_LVT_TIMER, 0x40); /* once */
    hvm_vcpus[0].requests = BIT(HVM_REQUEST_TIMER);
    hvm_vcpus[1].requests = BIT(HVM_REQUEST_INIT);
    hvm_vcpus[1].event = (struct hvm_event){HVM_EVENT_INTERRUPT, 0x51, false, 0};
    save();
    CHECK(saved_cpu(0) && !saved_cpu(1));
    CHECK_EQ(restore(), 0);
    CHECK_EQ(lapic_pending(apic), 0x40);
    CHECK(vcpus[0].initialised && !hvm_vcpus[0].waits_for_startup);
    CHECK(vcpus[1].pause_flags & BIT(VCPU_DOWN) && hvm_vcpus[1].waits_for_startup);
    CHECK(!vcpus[1].initialised && !hvm_vcpus[1].event.type);
    /* A start-up interrupt, too. */
    hvm_vcpus[1].requests = BIT(HVM_REQUEST_STARTUP);
    hvm_vcpus[1].startup_vector = 0x9a;
    vcpus[1].regs.rip = 0x1234;
    save();
    CHECK(saved_cpu(1) && saved_cpu(1)->cs_sel == 0x9a00 && saved_cpu(1)->rip == 0);
    CHECK_EQ(restore(), 0);
    CHECK(vcpus[1].initialised && !(vcpus[1].pause_flags & BIT(VCPU_DOWN)));
    CHECK(!hvm_vcpus[1].waits_for_startup);
    CHECK_EQ(registers[1].segment[HVM_CS].base, 0x9a000);
}

/* Any of them, also the first. */
static void who_waits_to_be_started_waits_on(void)
{
    begin();
    hvm_vcpus[0].waits_for_startup = true;
    save();
    CHECK(!saved_cpu(0) && saved_cpu(1));
    CHECK_EQ(restore(), 0);
    CHECK(hvm_vcpus[0].waits_for_startup && !hvm_vcpus[1].waits_for_startup);
    /* Nothing of ours is behind the list. */
    CHECK(saved[hvm_context_size(&domain) - 1] == 0 && saved[hvm_context_size(&domain)] == 0xa5);
}

static void register_sets_are_in_the_list(void)
{
    static uint8_t buffer[16384];
    struct hvm_hw_cpu_xsave xsave;
    size_t size, without, descriptor = sizeof(struct hvm_save_descriptor);
    uint8_t *at;

    begin();
    without = hvm_context_size(&domain);
    fpu_area_size = 832;
    fpu_features = 7;
    vcpus[1].xcr0 = 7;
    memset(fpus, 0, sizeof(fpus));
    fpus[1][512] = 7; /* XSTATE_BV */
    fpus[1][600] = 0x5a;
    fpus[1][831] = 0xa5;
    fpus[1][832] = 0x77;
    vcpus[0].xcr0 = 1;
    size = hvm_context_size(&domain);
    CHECK_EQ(size - without, 2 * (descriptor + 24 + 832));
    hvm_context_get(&domain, buffer);
    vcpus[1].xcr0 = 1;
    memset(fpus, 0, sizeof(fpus));
    CHECK_EQ(hvm_context_set(&domain, buffer, size), 0);
    CHECK(vcpus[0].xcr0 == 1 && vcpus[1].xcr0 == 7);
    CHECK(fpus[1][512] == 7 && fpus[1][600] == 0x5a && fpus[1][831] == 0xa5 && !fpus[1][832]);

    at = record_in(buffer, buffer + size, CPU_XSAVE_CODE, 1) + descriptor;
    memcpy(&xsave, at, sizeof(xsave));
    for (uint64_t bad = 0; bad < 16; bad += 5) { /* 0, 5, 10 and 15 */
        xsave.xcr0 = bad;
        memcpy(at, &xsave, sizeof(xsave));
        CHECK_EQ(hvm_context_set(&domain, buffer, size), -XEN_EINVAL);
    }
    xsave.xcr0 = 3;
    xsave.save_area.xsave_hdr.xstate_bv = 8;
    memcpy(at, &xsave, sizeof(xsave));
    CHECK_EQ(hvm_context_set(&domain, buffer, size), -XEN_EINVAL);
    xsave.save_area.xsave_hdr.xstate_bv = 7;
    xsave.save_area.xsave_hdr.xcomp_bv = 1ULL << 63;
    memcpy(at, &xsave, sizeof(xsave));
    CHECK_EQ(hvm_context_set(&domain, buffer, size), -XEN_EINVAL);
    xsave.save_area.xsave_hdr.xcomp_bv = 0;
    memcpy(at, &xsave, sizeof(xsave));
    CHECK_EQ(hvm_context_set(&domain, buffer, size), 0);
    CHECK_EQ(vcpus[1].xcr0, 3);
    fpu_area_size = 512; /* a CPU that has no XSAVE */
    CHECK_EQ(hvm_context_set(&domain, buffer, size), -XEN_EINVAL);
    fpu_features = 3;
}

static void a_platform_is_in_the_list(void)
{
    static uint8_t buffer[16384], again[16384];
    struct hvm_save_descriptor *d;
    size_t size, without;
    uint8_t *at;

    begin();
    fake_memory_init();
    without = hvm_context_size(&domain);
    CHECK_EQ(hvm_platform_create(&domain), 0);
    hvm_platform_port_write(&domain, 0x21, 1, 0x5a);
    hvm_pci_link_route(&domain, 2, 10);
    size = hvm_context_size(&domain);
    CHECK(size > without && size < sizeof(buffer));
    memset(buffer, 0xa5, sizeof(buffer));
    hvm_context_get(&domain, buffer);
    CHECK(buffer[size] == 0xa5 && buffer[size - 1] != 0xa5);
    for (uint16_t type = HVM_SAVE_CODE(PIC); type <= HVM_SAVE_CODE(MTRR); type++)
        CHECK(record_in(buffer, buffer + size, type, 0));
    CHECK(record_in(buffer, buffer + size, HVM_SAVE_CODE(PIC), 1));
    hvm_platform_port_write(&domain, 0x21, 1, 0);
    hvm_pci_link_route(&domain, 2, 0);
    CHECK_EQ(hvm_context_set(&domain, buffer, size), 0);
    hvm_context_get(&domain, again);
    /* Records of registers come first, and have the TSC in them. */
    at = record_in(buffer, buffer + size, HVM_SAVE_CODE(MTRR), 0);
    CHECK(!memcmp(at, again + (at - buffer), size - (size_t)(at - buffer)));
    d = (void *)record_in(buffer, buffer + size, HVM_SAVE_CODE(PIC), 1);
    d->instance = 2;
    CHECK_EQ(hvm_context_set(&domain, buffer, size), -XEN_EINVAL);
    d->instance = 0; /* the record of the other one */
    CHECK_EQ(hvm_context_set(&domain, buffer, size), -XEN_EINVAL);
    d->instance = 1;
    CHECK_EQ(hvm_context_set(&domain, buffer, size), 0);
    hvm_platform_free(&domain);
    CHECK_EQ(hvm_context_set(&domain, buffer, size), -XEN_EINVAL); /* it has none to set */
    CHECK_EQ(fake_memory_leaks(), 0);
}

static void the_toolstack_reads_and_writes_it(void)
{
    static uint8_t buffer[16384];
    struct xen_domctl op = {0};
    struct xen_domctl_hvmcontext *context = &op.u.hvmcontext;

    begin();
    fake_memory_init();
    CHECK_EQ(domctl_gethvmcontext(&domain, &op), 0); /* how large? */
    CHECK_EQ(context->size, hvm_context_size(&domain));
    context->buffer.p = buffer;
    context->size--;
    CHECK_EQ(domctl_gethvmcontext(&domain, &op), -XEN_ENOSPC);
    context->size = sizeof(buffer);
    CHECK_EQ(domctl_gethvmcontext(&domain, &op), 0);
    CHECK_EQ(context->size, hvm_context_size(&domain));
    CHECK_EQ(domctl_sethvmcontext(&domain, &op), 0);
    context->size--;
    CHECK_EQ(domctl_sethvmcontext(&domain, &op), -XEN_EINVAL);
    context->size = 1 << 21;
    CHECK_EQ(domctl_sethvmcontext(&domain, &op), -XEN_E2BIG);
    CHECK(pauses == 0 && fake_memory_leaks() == 0);
}

static long trigger(uint32_t what)
{
    struct xen_domctl op = {.u.sendtrigger.trigger = what};

    return domctl_sendtrigger(&domain, &op);
}

static void the_toolstack_presses_buttons(void)
{
    begin();
    fake_memory_init();
    CHECK_EQ(trigger(XEN_DOMCTL_SENDTRIGGER_POWER), -XEN_EINVAL); /* it has none */
    CHECK_EQ(hvm_platform_create(&domain), 0);
    CHECK_EQ(trigger(XEN_DOMCTL_SENDTRIGGER_POWER), 0);
    CHECK_EQ(hvm_domain.platform->pm.status, ACPI_PM_POWER_BUTTON);
    CHECK_EQ(trigger(XEN_DOMCTL_SENDTRIGGER_SLEEP), 0);
    CHECK_EQ(hvm_domain.platform->pm.status, ACPI_PM_POWER_BUTTON | ACPI_PM_SLEEP_BUTTON);
    CHECK_EQ(trigger(XEN_DOMCTL_SENDTRIGGER_NMI), -XEN_EOPNOTSUPP);
    CHECK_EQ(trigger(~0U), -XEN_EOPNOTSUPP);
    hvm_platform_free(&domain);
    domain.hvm = NULL;
    CHECK_EQ(trigger(XEN_DOMCTL_SENDTRIGGER_POWER), -XEN_EINVAL);
    CHECK_EQ(fake_memory_leaks(), 0);
}

int main(void)
{
    RUN(parameters_have_their_owners);
    RUN(the_callback_is_a_vector);
    RUN(a_cpu_record_starts_a_vcpu);
    RUN(the_tsc_goes_on);
    RUN(bad_lists_are_refused);
    RUN(what_is_read_can_be_written);
    RUN(an_event_is_delivered_after_the_move);
    RUN(the_tsc_is_one_for_all);
    RUN(an_nmi_goes_before_an_interrupt);
    RUN(an_nmi_is_asked_for_again);
    RUN(events_that_no_cpu_delivers_are_refused);
    RUN(what_was_asked_of_a_vcpu_is_in_its_state);
    RUN(who_waits_to_be_started_waits_on);
    RUN(register_sets_are_in_the_list);
    RUN(a_platform_is_in_the_list);
    RUN(the_toolstack_reads_and_writes_it);
    RUN(the_toolstack_presses_buttons);
    return check_done();
}
