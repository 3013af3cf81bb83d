/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which device an access is for, and how what waits for a device model goes on; see io.h. */
#include "hvm/io.h"

#include "domain/console.h"
#include "hvm/hvm.h"
#include "hvm/platform/platform.h"
#include "machine/cpu.h"

#define PORT_DEBUG          0xe9 /* firmware writes there what it has to say */
#define PORT_CONFIG_ADDRESS 0xcf8
#define SCREEN_FIRST        0xa0000ULL
#define SCREEN_LAST         0xbffffULL

static uint64_t ones(unsigned int size)
{
    return size < 8 ? (1ULL << size * 8) - 1 : ~0ULL;
}

static bool is_apic(const struct vcpu *v, uint64_t gpa)
{
    const struct lapic *apic = &v->hvm->lapic;

    return lapic_enabled(apic) && !lapic_is_x2apic(apic) &&
           gpa >> PAGE_SHIFT == (apic->base & ~(PAGE_SIZE - 1ULL)) >> PAGE_SHIFT;
}

/* Only the first four bytes of each 16 are there. */
static uint64_t apic_read(struct vcpu *v, uint32_t offset)
{
    uint32_t value = lapic_mmio_read(&v->hvm->lapic, offset & ~15U);

    return (offset & 15) < 4 ? value >> (offset & 3) * 8 : 0;
}

static void apic_write(struct vcpu *v, uint32_t offset, unsigned int size, uint64_t value)
{
    if (!(offset & 15) && size == 4)
        lapic_mmio_write(&v->hvm->lapic, offset, (uint32_t)value);
}

static bool memory_device(struct vcpu *v, const struct ioreq_access *access, uint64_t *answer)
{
    uint64_t gpa = access->address;

    if (is_apic(v, gpa)) {
        if (access->write)
            apic_write(v, gpa & (PAGE_SIZE - 1), access->size, access->data);
        else
            *answer = apic_read(v, gpa & (PAGE_SIZE - 1)) & ones(access->size);
        return true;
    }
    if (access->write)
        return hvm_platform_mmio_write(v->domain, gpa, access->size, access->data);
    return hvm_platform_mmio_read(v->domain, gpa, access->size, answer);
}

static bool port_device(struct vcpu *v, const struct ioreq_access *access, uint64_t *answer)
{
    uint16_t port = (uint16_t)access->address;
    uint32_t value = (uint32_t)ones(access->size);
    char c = (char)access->data;

    if (!access->write) {
        if (!hvm_platform_port_read(v->domain, port, access->size, &value))
            return false;
        *answer = value;
        return true;
    }
    if (port == PORT_DEBUG && access->size == 1) {
        console_write_guest(v->domain, &c, 1);
        return true;
    }
    /* The device model has this one too, and is told. */
    if (port == PORT_CONFIG_ADDRESS && access->size == 4)
        ioreq_config_address_set(v->domain, (uint32_t)access->data);
    return hvm_platform_port_write(v->domain, port, access->size, (uint32_t)access->data);
}

/* Is some of it the hypervisor's own, or has the hypervisor to see it? */
static bool is_own_port(struct vcpu *v, const struct ioreq_access *access)
{
    uint16_t port = (uint16_t)access->address;

    if (access->write && (port == PORT_DEBUG || port == PORT_CONFIG_ADDRESS))
        return true;
    return hvm_platform_has_port(v->domain, port);
}

/* A row is on one page. */
static bool is_own_memory(struct vcpu *v, const struct ioreq_access *access)
{
    uint64_t rest = (access->count - 1ULL) * access->size;
    uint64_t first = access->down ? access->address - rest : access->address;

    return is_apic(v, first) ||
           hvm_platform_has_memory(v->domain, first, first + rest + access->size - 1);
}

/* Nobody waits for what is drawn. */
static bool may_be_buffered(const struct ioreq_access *access)
{
    return access->write && access->type == IOREQ_TYPE_COPY && access->address >= SCREEN_FIRST &&
           access->address + access->size - 1 <= SCREEN_LAST;
}

/* Makes one access. False: the answer is outstanding, and the vCPU sleeps. */
static bool access_now(struct vcpu *v, const struct ioreq_access *access, uint64_t *answer)
{
    *answer = ones(access->size);
    if (access->type == IOREQ_TYPE_PIO ? port_device(v, access, answer)
                                       : memory_device(v, access, answer))
        return true;
    if (may_be_buffered(access) && ioreq_send_buffered(v, access))
        return true;
    return !ioreq_send(v, access);
}

static bool same_access(const struct ioreq_access *a, const struct ioreq_access *b)
{
    return a->type == b->type && a->write == b->write && a->size == b->size &&
           a->address == b->address && a->count == b->count && a->down == b->down &&
           (!a->count || a->data == b->data);
}

static void log_add(struct hvm_io *io, const struct ioreq_access *access, uint64_t answer)
{
    if (io->count < HVM_IO_LOG) {
        io->log[io->count].access = *access;
        io->log[io->count].answer = answer;
        io->count++;
    }
}

/* What does not come again as it was made (another vCPU has changed the code) is forgotten. */
static bool log_find(struct hvm_io *io, const struct ioreq_access *access, uint64_t *answer)
{
    if (io->at < io->count && same_access(&io->log[io->at].access, access)) {
        *answer = io->log[io->at++].answer;
        return true;
    }
    io->count = io->at;
    return false;
}

enum emulate_result hvm_io_access(struct vcpu *v, const struct ioreq_access *access,
                                  uint64_t *answer)
{
    struct hvm_io *io = &v->hvm->io;

    if (log_find(io, access, answer))
        return EMULATE_OK;
    if (!access_now(v, access, answer)) {
        io->waits = HVM_IO_INSTRUCTION;
        io->access = *access;
        return EMULATE_RETRY;
    }
    log_add(io, access, *answer);
    io->at = io->count;
    return EMULATE_OK;
}

enum emulate_result hvm_io_row(struct vcpu *v, const struct ioreq_access *access)
{
    struct hvm_io *io = &v->hvm->io;
    uint64_t answer;

    /* What was begun one by one goes on so. */
    if (io->at < io->count && !same_access(&io->log[io->at].access, access))
        return EMULATE_UNKNOWN;
    if (log_find(io, access, &answer))
        return EMULATE_OK;
    if (access->type == IOREQ_TYPE_PIO ? is_own_port(v, access) : is_own_memory(v, access))
        return EMULATE_UNKNOWN;
    if (!ioreq_send(v, access))
        return EMULATE_UNKNOWN;
    io->waits = HVM_IO_INSTRUCTION;
    io->access = *access;
    return EMULATE_RETRY;
}

void hvm_io_committed(struct vcpu *v)
{
    v->hvm->io.count = v->hvm->io.at = 0;
}

static void port_done(struct vcpu *v, const struct ioreq_access *access, uint64_t answer)
{
    struct cpu_user_regs *regs = guest_regs();

    if (!access->write && access->size == 4)
        regs->rax = (uint32_t)answer;
    else if (!access->write)
        regs->rax = (regs->rax & ~ones(access->size)) | (answer & ones(access->size));
    v->hvm->io.unknown.met = false;
    regs->rip = v->hvm->io.next_rip;
    regs->rflags &= ~EFLAGS_RF;
    hvm_backend->retired(v);
}

void hvm_io_port(struct vcpu *v, uint16_t port, unsigned int size, bool write, uint64_t next_rip)
{
    struct hvm_io *io = &v->hvm->io;
    uint64_t answer;

    io->next_rip = next_rip;
    io->access = (struct ioreq_access){
        .type = IOREQ_TYPE_PIO,
        .write = write,
        .size = (uint8_t)size,
        .address = port,
        .data = guest_regs()->rax & ones(size),
    };
    if (access_now(v, &io->access, &answer))
        port_done(v, &io->access, answer);
    else
        io->waits = HVM_IO_PORT;
}

void hvm_io_forget(struct vcpu *v)
{
    v->hvm->io.waits = HVM_IO_NOTHING;
    hvm_io_committed(v);
}

static void answered(struct vcpu *v, uint64_t answer)
{
    struct hvm_io *io = &v->hvm->io;
    struct ioreq_access access = io->access;
    unsigned int waited = io->waits;

    io->waits = HVM_IO_NOTHING;
    if (waited == HVM_IO_PORT) {
        port_done(v, &access, answer);
    } else if (waited == HVM_IO_INSTRUCTION) {
        log_add(io, &access, answer);
        hvm_io_instruction(v);
    }
}

void hvm_io_resume(struct vcpu *v)
{
    uint64_t answer;

    if (!ioreq_is_outstanding(&v->hvm->ioreq)) {
        (void)ioreq_send_invalidate(v);
        return;
    }
    switch (ioreq_receive(v, &answer)) {
    case IOREQ_ANSWERED:
        answered(v, answer);
        break;
    case IOREQ_BROKEN:
        hvm_io_forget(v);
        break;
    default:
        break;
    }
}
