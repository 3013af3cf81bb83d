/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hardware guest's vCPUs and platform as a list of records (public arch-x86/hvm/save.h): what the
 * toolstack reads and writes to give a vCPU its first registers, and to save a guest.
 *
 *   descriptor {type, instance, length}, body; the first is HEADER, the last END */
#include "hvm/hvm.h"

#include <xen/hvm/save.h>

#include "domain/cpu_policy.h"
#include "hvm/platform/platform.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "machine/time.h"
#include "machine/traps.h"

_Static_assert(sizeof(struct hvm_hw_cpu) == 1032, "ABI");
_Static_assert(sizeof(struct hvm_save_descriptor) == 8, "ABI");

#define FXSAVE_SIZE 512
/* What is before a vCPU's own area in its record of register sets. */
#define XSAVE_AT offsetof(struct hvm_hw_cpu_xsave, save_area)

/* A list being read or written. */
struct cursor {
    uint8_t *at, *end;
};

/* Begins a record. Returns where its body goes. */
static void *put_record(struct cursor *c, uint16_t type, uint16_t instance, uint32_t length)
{
    struct hvm_save_descriptor d = {.typecode = type, .instance = instance, .length = length};
    void *body = c->at + sizeof(d);

    memcpy(c->at, &d, sizeof(d));
    c->at += sizeof(d) + length;
    return body;
}

static uint32_t signature(void)
{
    return cpuid(1, 0).a;
}

static void put_header(struct cursor *c, const struct domain *d)
{
    struct hvm_save_header header = {
        .magic = HVM_FILE_MAGIC,
        .version = HVM_FILE_VERSION,
        .changeset = ~0ULL,
        .cpuid = signature(),
        .gtsc_khz = guest_tsc_khz(d),
    };

    memcpy(put_record(c, HVM_SAVE_CODE(HEADER), 0, sizeof(header)), &header, sizeof(header));
}

/* The segments of the record and ours, in pairs. */
#define FOR_EACH_SEGMENT(apply)                                                         \
    apply(CS, cs) apply(DS, ds) apply(ES, es) apply(FS, fs) apply(GS, gs) apply(SS, ss) \
        apply(TR, tr) apply(LDTR, ldtr)

static void segments_put(const struct hvm_registers *r, struct hvm_hw_cpu *cpu)
{
#define PUT(ours, theirs)                                      \
    cpu->theirs##_sel = r->segment[HVM_##ours].selector;       \
    cpu->theirs##_arbytes = r->segment[HVM_##ours].attributes; \
    cpu->theirs##_limit = r->segment[HVM_##ours].limit;        \
    cpu->theirs##_base = r->segment[HVM_##ours].base;
    FOR_EACH_SEGMENT(PUT)
#undef PUT
    cpu->gdtr_limit = r->segment[HVM_GDTR].limit;
    cpu->gdtr_base = r->segment[HVM_GDTR].base;
    cpu->idtr_limit = r->segment[HVM_IDTR].limit;
    cpu->idtr_base = r->segment[HVM_IDTR].base;
}

static void segments_get(struct hvm_registers *r, const struct hvm_hw_cpu *cpu)
{
#define GET(ours, theirs)                                                                \
    r->segment[HVM_##ours] =                                                             \
        (struct hvm_segment){(uint16_t)cpu->theirs##_sel, cpu->theirs##_arbytes & 0xfff, \
                             cpu->theirs##_limit, cpu->theirs##_base};
    FOR_EACH_SEGMENT(GET)
#undef GET
    r->segment[HVM_GDTR] = (struct hvm_segment){0, 0, cpu->gdtr_limit, cpu->gdtr_base};
    r->segment[HVM_IDTR] = (struct hvm_segment){0, 0, cpu->idtr_limit, cpu->idtr_base};
}

/* Control registers and MSRs, by their names there and here. */
#define FOR_EACH_REGISTER(apply)                                                          \
    apply(cr0, cr0) apply(cr2, cr2) apply(cr3, cr3) apply(cr4, cr4) apply(dr6, dr6)       \
        apply(dr7, dr7) apply(sysenter_cs, sysenter_cs) apply(sysenter_esp, sysenter_esp) \
            apply(sysenter_eip, sysenter_eip) apply(shadow_gs, kernel_gs_base)            \
                apply(msr_lstar, lstar) apply(msr_star, star) apply(msr_cstar, cstar)     \
                    apply(msr_syscall_mask, sfmask) apply(msr_efer, efer)

/* General registers have the same names. */
#define FOR_EACH_GENERAL(apply)                                                               \
    apply(rax) apply(rbx) apply(rcx) apply(rdx) apply(rbp) apply(rsi) apply(rdi) apply(rsp)   \
        apply(r8) apply(r9) apply(r10) apply(r11) apply(r12) apply(r13) apply(r14) apply(r15) \
            apply(rip) apply(rflags)

/* Types of pending events: those of EVENTINJ (APM vol. 2, 15.20), and of VMX (SDM vol. 3, 24.8.3).
 * What an instruction raised by itself, it raises again. */
static const uint8_t event_types[] = {
    [HVM_EVENT_INTERRUPT] = 0, [HVM_EVENT_NMI] = 2, [HVM_EVENT_EXCEPTION] = 3};
#define EVENT_SOFTWARE_FIRST 4

#define PUSH_ERROR                                                                   \
    (1U << TRAP_DF | 1U << TRAP_TS | 1U << TRAP_NP | 1U << TRAP_SS | 1U << TRAP_GP | \
     1U << TRAP_PF | 1U << TRAP_AC)

/* The record has room for one event. An interrupt behind which an NMI waits goes back to the APIC,
 * whose record says that it is due. (An exception has nowhere to go: there the NMI is left out.) */
static void event_choose(struct vcpu *v)
{
    if (bit_test(&v->hvm->requests, HVM_REQUEST_NMI))
        hvm_interrupt_retract(v);
}

/* The APIC has let go of an interrupt that is to be delivered: nothing else says that it is. The
 * record has no room to say that an NMI's handler runs. */
static void event_put(const struct vcpu *v, struct hvm_hw_cpu *cpu)
{
    struct hvm_event event = v->hvm->event;

    if (!event.type && bit_test(&v->hvm->requests, HVM_REQUEST_NMI))
        event = (struct hvm_event){.type = HVM_EVENT_NMI, .vector = TRAP_NMI};
    if (!event.type || event.type >= ARRAY_SIZE(event_types))
        return;
    cpu->pending_valid = 1;
    cpu->pending_vector = event.vector;
    cpu->pending_type = event_types[event.type] & 7;
    cpu->pending_error_valid = event.has_error;
    cpu->error_code = event.has_error ? event.error : 0;
}

/* Reads it. False: no CPU would deliver that. */
static bool event_get(const struct hvm_hw_cpu *cpu, struct hvm_event *event)
{
    *event = (struct hvm_event){0};
    if (!cpu->pending_valid || cpu->pending_type >= EVENT_SOFTWARE_FIRST)
        return true;
    for (unsigned int type = HVM_EVENT_INTERRUPT; type < ARRAY_SIZE(event_types); type++)
        if (event_types[type] == cpu->pending_type)
            event->type = (enum hvm_event_type)type;
    event->vector = cpu->pending_vector;
    event->has_error = cpu->pending_error_valid;
    event->error = event->has_error ? cpu->error_code : 0;
    switch (event->type) {
    case HVM_EVENT_INTERRUPT:
        return !event->has_error;
    case HVM_EVENT_NMI:
        return !event->has_error && event->vector == TRAP_NMI;
    case HVM_EVENT_EXCEPTION:
        if (event->vector >= 32 || event->vector == TRAP_NMI || event->error >> 16)
            return false;
        return !event->has_error || (PUSH_ERROR >> event->vector & 1);
    default:
        return false;
    }
}

/* An NMI is asked for, so that no other one comes as long as its handler runs. */
static void event_set(struct vcpu *v, const struct hvm_event *event)
{
    bool nmi = event->type == HVM_EVENT_NMI;

    v->hvm->event = (struct hvm_event){0};
    if (!nmi)
        v->hvm->event = *event;
    v->hvm->nmi_blocked = false;
    WRITE_ONCE(v->hvm->requests, nmi ? BIT(HVM_REQUEST_NMI) : 0);
}

static void get_cpu(struct vcpu *v, void *body)
{
    struct hvm_hw_cpu cpu = {0};
    struct hvm_registers r;

    hvm_backend->registers_get(v, &r);
    segments_put(&r, &cpu);
#define PUT(theirs, ours) cpu.theirs = r.ours;
    FOR_EACH_REGISTER(PUT)
#undef PUT
#define PUT(name) cpu.name = v->regs.name;
    FOR_EACH_GENERAL(PUT)
#undef PUT
    memcpy(&cpu.dr0, v->hvm->dr, sizeof(v->hvm->dr));
    cpu.msr_tsc_aux = v->tsc_aux;
    cpu.tsc = guest_tsc_now(v->domain);
    event_put(v, &cpu);
    cpu.flags = XEN_X86_FPU_INITIALISED;
    memcpy(cpu.fpu_regs, v->fpu, MIN((uint32_t)sizeof(cpu.fpu_regs), fpu_area_size));
    memcpy(body, &cpu, sizeof(cpu));
}

static void get_mtrr(struct vcpu *v, void *body)
{
    const struct hvm_vcpu *hvm = v->hvm;
    struct hvm_hw_mtrr mtrr = {
        .msr_pat_cr = hvm_backend->pat_read(v),
        .msr_mtrr_cap = HVM_MTRR_VARIABLE | 1U << 8 | 1U << 10,
        .msr_mtrr_def_type = hvm->mtrr_default,
    };

    memcpy(mtrr.msr_mtrr_var, hvm->mtrr_variable, sizeof(hvm->mtrr_variable));
    memcpy(mtrr.msr_mtrr_fixed, hvm->mtrr_fixed, sizeof(hvm->mtrr_fixed));
    memcpy(body, &mtrr, sizeof(mtrr));
}

static void get_lapic(struct vcpu *v, void *body)
{
    lapic_save(&v->hvm->lapic, body);
}

static void get_lapic_registers(struct vcpu *v, void *body)
{
    lapic_save_registers(&v->hvm->lapic, body);
}

/* The area is as XSAVE wrote it, in the format that is not compacted. */
static void get_xsave(struct vcpu *v, void *body)
{
    struct hvm_hw_cpu_xsave xsave = {
        .xfeature_mask = fpu_features,
        .xcr0 = v->xcr0,
        .xcr0_accum = fpu_features,
    };

    memcpy(body, &xsave, XSAVE_AT);
    memcpy((uint8_t *)body + XSAVE_AT, v->fpu, fpu_area_size);
}

static int set_header(const struct hvm_save_header *header)
{
    return header->magic == HVM_FILE_MAGIC && header->version == HVM_FILE_VERSION ? 0 : -XEN_EINVAL;
}

/* Of the vCPUs in a list: the TSC is that one's, for all, so that they agree. (vCPU 0 may be one
 * that waits to be started, and not be there.) */
static bool is_first(const struct domain *d)
{
    const struct vcpu *v;

    for_each_vcpu(d, v)
    {
        if (!v->hvm->waits_for_startup)
            return false;
    }
    return true;
}

static int set_cpu(struct vcpu *v, const void *body)
{
    const struct hvm_hw_cpu *cpu = body;
    struct hvm_registers r;
    struct hvm_event event;
    int error;

    hvm_backend->registers_get(v, &r);
    segments_get(&r, cpu);
#define GET(theirs, ours) r.ours = cpu->theirs;
    FOR_EACH_REGISTER(GET)
#undef GET
    if (!hvm_cr4_valid(v, r.cr4) || !event_get(cpu, &event))
        return -XEN_EINVAL;
    error = hvm_backend->registers_set(v, &r);
    if (error)
        return error;
#define GET(name) v->regs.name = cpu->name;
    FOR_EACH_GENERAL(GET)
#undef GET
    memcpy(v->hvm->dr, &cpu->dr0, sizeof(v->hvm->dr));
    event_set(v, &event);
    v->tsc_aux = (uint32_t)cpu->msr_tsc_aux;
    if (is_first(v->domain))
        guest_tsc_move(v->domain, cpu->tsc);
    fpu_area_reset(v->fpu);
    if (cpu->flags & XEN_X86_FPU_INITIALISED)
        memcpy(v->fpu, cpu->fpu_regs, FXSAVE_SIZE);
    v->hvm->waits_for_startup = false;
    v->initialised = true;
    vcpu_wake(v, VCPU_DOWN);
    return 0;
}

static int set_mtrr(struct vcpu *v, const void *body)
{
    const struct hvm_hw_mtrr *mtrr = body;

    if (!hvm_pat_valid(mtrr->msr_pat_cr))
        return -XEN_EINVAL;
    hvm_backend->pat_write(v, mtrr->msr_pat_cr);
    v->hvm->mtrr_default = mtrr->msr_mtrr_def_type;
    memcpy(v->hvm->mtrr_variable, mtrr->msr_mtrr_var, sizeof(v->hvm->mtrr_variable));
    memcpy(v->hvm->mtrr_fixed, mtrr->msr_mtrr_fixed, sizeof(v->hvm->mtrr_fixed));
    return 0;
}

static int set_lapic(struct vcpu *v, const void *body)
{
    return lapic_load(&v->hvm->lapic, body) ? 0 : -XEN_EINVAL;
}

static int set_lapic_registers(struct vcpu *v, const void *body)
{
    return lapic_load_registers(&v->hvm->lapic, body) ? 0 : -XEN_EINVAL;
}

/* What else can be wrong with an area, XRSTOR finds: then the vCPU gets the state after reset. */
static int set_xsave(struct vcpu *v, const void *body)
{
    struct hvm_hw_cpu_xsave xsave;

    memcpy(&xsave, body, sizeof(xsave));
    if (!fpu_xcr0_valid(xsave.xcr0) || !cpu_policy_xcr0_valid(v->domain->cpu_policy, xsave.xcr0) ||
        (xsave.save_area.xsave_hdr.xstate_bv & ~fpu_features) || xsave.save_area.xsave_hdr.xcomp_bv)
        return -XEN_EINVAL;
    v->xcr0 = xsave.xcr0;
    memcpy(v->fpu, (const uint8_t *)body + XSAVE_AT, fpu_area_size);
    return 0;
}

/* The records that a vCPU has, in the order in which they are written: the mode of a local APIC
 * says what its registers mean; a CPU's own record has a part of what is in that of its register
 * sets. */
static const struct record {
    uint16_t typecode;
    uint32_t length;
    void (*get)(struct vcpu *v, void *body);
    int (*set)(struct vcpu *v, const void *body);
} records[] = {
    {HVM_SAVE_CODE(CPU), sizeof(struct hvm_hw_cpu), get_cpu, set_cpu},
    {HVM_SAVE_CODE(MTRR), sizeof(struct hvm_hw_mtrr), get_mtrr, set_mtrr},
    {HVM_SAVE_CODE(LAPIC), sizeof(struct hvm_hw_lapic), get_lapic, set_lapic},
    {HVM_SAVE_CODE(LAPIC_REGS), sizeof(struct hvm_hw_lapic_regs), get_lapic_registers,
     set_lapic_registers},
    {CPU_XSAVE_CODE, XSAVE_AT, get_xsave, set_xsave},
};

/* What a record takes here; 0: CPUs of this machine do not have that. */
static uint32_t length_of(const struct record *record)
{
    if (record->typecode != CPU_XSAVE_CODE)
        return record->length;
    return fpu_area_size > FXSAVE_SIZE ? record->length + fpu_area_size : 0;
}

/* A vCPU with no registers of its own is one that waits to be started. */
static bool has_record(const struct vcpu *v, const struct record *record)
{
    return record->typecode != HVM_SAVE_CODE(CPU) || !v->hvm->waits_for_startup;
}

static unsigned int platform_records(const struct domain *d)
{
    return d->hvm->platform ? HVM_PLATFORM_RECORDS : 0;
}

size_t hvm_context_size(const struct domain *d)
{
    size_t descriptor = sizeof(struct hvm_save_descriptor);
    size_t size = descriptor + sizeof(struct hvm_save_header) + descriptor, of_vcpu = 0;
    const struct vcpu *v;

    for (unsigned int i = 0; i < ARRAY_SIZE(records); i++)
        if (length_of(&records[i]))
            of_vcpu += descriptor + length_of(&records[i]);
    for_each_vcpu(d, v) size += of_vcpu;
    for (unsigned int i = 0; i < platform_records(d); i++)
        size += hvm_platform_records[i].instances * (descriptor + hvm_platform_records[i].length);
    return size;
}

static void put_platform(struct cursor *c, struct domain *d)
{
    for (unsigned int i = 0; i < platform_records(d); i++) {
        const struct hvm_platform_record *r = &hvm_platform_records[i];

        for (uint16_t instance = 0; instance < r->instances; instance++)
            hvm_platform_record_get(d, r, instance,
                                    put_record(c, r->typecode, instance, r->length));
    }
}

void hvm_context_get(struct domain *d, void *buffer)
{
    struct cursor c = {buffer, (uint8_t *)buffer + hvm_context_size(d)};
    struct vcpu *v;

    for_each_vcpu(d, v)
    {
        hvm_requests_handle(v);
        event_choose(v);
    }
    put_header(&c, d);
    for (unsigned int i = 0; i < ARRAY_SIZE(records); i++) {
        uint32_t length = length_of(&records[i]);

        if (!length)
            continue;
        for_each_vcpu(d, v)
        {
            if (has_record(v, &records[i]))
                records[i].get(v, put_record(&c, records[i].typecode, (uint16_t)v->id, length));
        }
    }
    put_platform(&c, d);
    put_record(&c, HVM_SAVE_CODE(END), 0, 0);
    memset(c.at, 0, (size_t)(c.end - c.at));
}

static int set_of_vcpu(struct domain *d, const struct record *record,
                       const struct hvm_save_descriptor *desc, const void *body)
{
    struct vcpu *v = desc->instance < d->max_vcpus ? d->vcpu[desc->instance] : NULL;

    return v && length_of(record) && desc->length == length_of(record) ? record->set(v, body)
                                                                       : -XEN_EINVAL;
}

static int set_of_platform(struct domain *d, const struct hvm_platform_record *record,
                           const struct hvm_save_descriptor *desc, const void *body)
{
    if (desc->instance >= record->instances || desc->length != record->length)
        return -XEN_EINVAL;
    return hvm_platform_record_set(d, record, desc->instance, body);
}

/* One that is not the first, whose body is all there. */
static int set_body(struct domain *d, const struct hvm_save_descriptor *desc, const void *body)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(records); i++)
        if (records[i].typecode == desc->typecode)
            return set_of_vcpu(d, &records[i], desc, body);
    for (unsigned int i = 0; i < platform_records(d); i++)
        if (hvm_platform_records[i].typecode == desc->typecode)
            return set_of_platform(d, &hvm_platform_records[i], desc, body);
    return -XEN_EINVAL;
}

/* Takes one record off the list. 0; 1 after the last; -XEN_EINVAL. */
static int set_record(struct domain *d, struct cursor *c, bool first)
{
    struct hvm_save_descriptor desc;
    const void *body;

    if ((size_t)(c->end - c->at) < sizeof(desc))
        return -XEN_EINVAL;
    memcpy(&desc, c->at, sizeof(desc));
    c->at += sizeof(desc);
    if (desc.typecode == HVM_SAVE_CODE(END))
        return 1;
    if ((size_t)(c->end - c->at) < desc.length)
        return -XEN_EINVAL;
    body = c->at;
    c->at += desc.length;
    if (!first)
        return set_body(d, &desc, body);
    if (desc.typecode != HVM_SAVE_CODE(HEADER) || desc.length != sizeof(struct hvm_save_header))
        return -XEN_EINVAL;
    return set_header(body);
}

int hvm_context_set(struct domain *d, const void *buffer, size_t size)
{
    struct cursor c = {(uint8_t *)(uintptr_t)buffer, (uint8_t *)(uintptr_t)buffer + size};
    struct vcpu *v;
    int error = 0;

    for_each_vcpu(d, v)
    {
        vcpu_sleep(v, VCPU_DOWN);
        v->hvm->waits_for_startup = true;
    }
    for (bool first = true; !error; first = false)
        error = set_record(d, &c, first);
    return error == 1 ? 0 : error;
}
