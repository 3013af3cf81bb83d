/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions on device memory, and strings to and from ports: the emulator's view of a vCPU. */
#include "hvm/io.h"

#include "hvm/hvm.h"
#include "lib/print.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "machine/traps.h"

#define PF_PRESENT (1U << 0)
#define PF_WRITE   (1U << 1)
#define PF_USER    (1U << 2)

#define CS_LARGE (1U << 10) /* attribute D of a code segment */

/* A piece of an operand: in one page. */
struct piece {
    uint64_t gpa;
    unsigned int size;
};

/* A device of the ABI takes 1, 2, 4 or 8 bytes that are aligned. */
static unsigned int device_size(uint64_t gpa, unsigned int left)
{
    unsigned int size = 8;

    while (size > left || (gpa & (size - 1)))
        size /= 2;
    return size;
}

static enum emulate_result device_piece(struct vcpu *v, const struct piece *piece, uint8_t *buffer,
                                        bool write)
{
    for (unsigned int done = 0; done < piece->size;) {
        struct ioreq_access access = {
            .type = IOREQ_TYPE_COPY,
            .write = write,
            .size = (uint8_t)device_size(piece->gpa + done, piece->size - done),
            .address = piece->gpa + done,
        };
        enum emulate_result result;
        uint64_t answer;

        if (write)
            memcpy(&access.data, buffer + done, access.size);
        result = hvm_io_access(v, &access, &answer);
        if (result != EMULATE_OK)
            return result;
        if (!write)
            memcpy(buffer + done, &answer, access.size);
        done += access.size;
    }
    return EMULATE_OK;
}

/* Memory that the guest can't write to takes no writes and says nothing. */
static enum emulate_result access_piece(struct vcpu *v, const struct piece *piece, uint8_t *buffer,
                                        bool write)
{
    uint64_t mfn;
    enum p2m_type type = p2m_lookup(&v->domain->hvm->p2m, piece->gpa >> PAGE_SHIFT, &mfn);

    if (type == P2M_HOLE)
        return device_piece(v, piece, buffer, write);
    if (write && p2m_is(type, P2M_FORGETS))
        return EMULATE_OK;
    if (!hvm_copy_physical(v->domain, piece->gpa, buffer, piece->size, write) && !write)
        memset(buffer, 0xff, piece->size);
    return EMULATE_OK;
}

/* Notes a page fault, as the CPU would have raised it. */
static enum emulate_result page_fault(struct vcpu *v, uint64_t linear, uint32_t error)
{
    hvm_backend->page_fault(v, linear);
    hvm_exception(v, TRAP_PF, true, error);
    return EMULATE_FAULT;
}

/* One page, or two; where neither may fault any more. Returns how many, 0: it was noted. */
static unsigned int translate(struct vcpu *v, uint64_t linear, unsigned int size, bool write,
                              struct piece pieces[2])
{
    bool user = hvm_backend->privilege(v) == 3, is_64bit = hvm_backend->is_64bit(v);
    unsigned int count = 0;

    while (size) {
        unsigned int part = (unsigned int)MIN(size, PAGE_SIZE - (linear & (PAGE_SIZE - 1)));
        bool present;

        if (!is_64bit)
            linear = (uint32_t)linear;
        if (!hvm_translate(v, linear, write, user, &pieces[count].gpa, &present)) {
            (void)page_fault(v, linear,
                             (present ? PF_PRESENT : 0) | (write ? PF_WRITE : 0) |
                                 (user ? PF_USER : 0));
            return 0;
        }
        pieces[count++].size = part;
        linear += part;
        size -= part;
    }
    return count;
}

static enum emulate_result access_linear(struct vcpu *v, uint64_t linear, unsigned int size,
                                         uint8_t *buffer, bool write)
{
    struct piece pieces[2];
    unsigned int count = translate(v, linear, size, write, pieces);
    enum emulate_result result = count ? EMULATE_OK : EMULATE_FAULT;

    for (unsigned int i = 0; i < count && result == EMULATE_OK; i++) {
        result = access_piece(v, &pieces[i], buffer, write);
        buffer += pieces[i].size;
    }
    return result;
}

static enum p2m_type type_at(const struct vcpu *v, uint64_t gpa)
{
    uint64_t mfn;

    return p2m_lookup(&v->domain->hvm->p2m, gpa >> PAGE_SHIFT, &mfn);
}

/* Where a row's memory of the guest's begins, and where the device's. False: these are no such. */
static bool row_ends(const struct vcpu *v, uint64_t source, uint64_t target,
                     struct ioreq_access *access)
{
    access->type = IOREQ_TYPE_COPY;
    access->write = type_at(v, target) == P2M_HOLE;
    access->address = access->write ? target : source;
    access->data = access->write ? source : target;
    if (access->write)
        return p2m_is(type_at(v, source), P2M_OWN);
    return type_at(v, source) == P2M_HOLE && type_at(v, target) == P2M_RAM;
}

/* Of a string between a port and memory. */
static bool port_row_ends(const struct vcpu *v, const struct emulate_string *string, uint64_t gpa,
                          struct ioreq_access *access)
{
    access->type = IOREQ_TYPE_PIO;
    access->write = string->kind == EMULATE_OUTS;
    access->address = string->port;
    access->data = gpa;
    return type_at(v, gpa) == P2M_RAM;
}

/* Turns of a string instruction that a device model makes by itself, in one go. */
static enum emulate_result op_string(void *ctx, const struct emulate_string *string,
                                     unsigned int *done)
{
    struct ioreq_access access = {
        .size = string->size, .count = string->count, .down = string->down};
    bool reads = string->kind == EMULATE_MOVS || string->kind == EMULATE_OUTS;
    bool writes = string->kind == EMULATE_MOVS || string->kind == EMULATE_INS;
    struct piece source[2] = {0}, target[2] = {0};
    bool of_port = string->kind == EMULATE_INS || string->kind == EMULATE_OUTS;
    bool possible;

    if (string->kind == EMULATE_STOS)
        return EMULATE_UNKNOWN;
    if (of_port && hvm_io_permission(ctx, string->port, string->size) != EMULATE_OK)
        return EMULATE_FAULT;
    if (reads && !translate(ctx, string->source, string->size, false, source))
        return EMULATE_FAULT;
    if (writes && !translate(ctx, string->target, string->size, true, target))
        return EMULATE_FAULT;
    if (string->kind == EMULATE_MOVS)
        possible = row_ends(ctx, source[0].gpa, target[0].gpa, &access);
    else
        possible = port_row_ends(ctx, string, reads ? source[0].gpa : target[0].gpa, &access);
    *done = string->count;
    return possible ? hvm_io_row(ctx, &access) : EMULATE_UNKNOWN;
}

static enum emulate_result op_probe(void *ctx, uint64_t linear, unsigned int size)
{
    struct piece pieces[2];

    return translate(ctx, linear, size, true, pieces) ? EMULATE_OK : EMULATE_FAULT;
}

static enum emulate_result op_read(void *ctx, uint64_t linear, unsigned int size, void *to,
                                   unsigned int how)
{
    if ((how & EMULATE_WILL_WRITE) && op_probe(ctx, linear, size) != EMULATE_OK)
        return EMULATE_FAULT;
    return access_linear(ctx, linear, size, to, false);
}

static enum emulate_result op_write(void *ctx, uint64_t linear, unsigned int size, const void *from,
                                    unsigned int how)
{
    uint8_t buffer[EMULATE_XMM_SIZE];

    memcpy(buffer, from, size);
    return access_linear(ctx, linear, size, buffer, true);
}

static struct ioreq_access port_access(uint16_t port, unsigned int size)
{
    return (struct ioreq_access){.type = IOREQ_TYPE_PIO, .size = (uint8_t)size, .address = port};
}

/* The CPU has not always checked it: what is at RIP now may be another instruction than the one
 * that it has stopped at. */
static enum emulate_result op_in(void *ctx, uint16_t port, unsigned int size, uint32_t *value)
{
    struct ioreq_access access = port_access(port, size);
    uint64_t answer = 0;
    enum emulate_result result = hvm_io_permission(ctx, port, size);

    if (result == EMULATE_OK)
        result = hvm_io_access(ctx, &access, &answer);
    *value = (uint32_t)answer;
    return result;
}

static enum emulate_result op_out(void *ctx, uint16_t port, unsigned int size, uint32_t value)
{
    struct ioreq_access access = port_access(port, size);
    enum emulate_result result = hvm_io_permission(ctx, port, size);
    uint64_t answer;

    if (result != EMULATE_OK)
        return result;
    access.write = true;
    access.data = size < 4 ? value & ((1U << size * 8) - 1) : value;
    return hvm_io_access(ctx, &access, &answer);
}

/* The guest's own are in the CPU. */
static void op_xmm_get(void *ctx, unsigned int number, uint8_t value[EMULATE_XMM_SIZE])
{
    fpu_xmm_read(number, value);
}

static void op_xmm_set(void *ctx, unsigned int number, const uint8_t value[EMULATE_XMM_SIZE])
{
    fpu_xmm_write(number, value);
}

static void op_committed(void *ctx)
{
    hvm_io_committed(ctx);
}

static const struct emulate_ops ops = {
    .read = op_read,
    .write = op_write,
    .probe = op_probe,
    .in = op_in,
    .out = op_out,
    .string = op_string,
    .xmm_get = op_xmm_get,
    .xmm_set = op_xmm_set,
    .committed = op_committed,
};

_Static_assert((int)EMULATE_ES == HVM_ES && (int)EMULATE_CS == HVM_CS &&
                   (int)EMULATE_SS == HVM_SS && (int)EMULATE_DS == HVM_DS &&
                   (int)EMULATE_FS == HVM_FS && (int)EMULATE_GS == HVM_GS,
               "the same order");

static void describe(struct vcpu *v, struct emulate_cpu *cpu)
{
    struct hvm_registers r;

    hvm_backend->registers_get(v, &r);
    *cpu = (struct emulate_cpu){.regs = guest_regs(), .cr0 = r.cr0, .cr4 = r.cr4};
    if (hvm_backend->is_64bit(v))
        cpu->mode = EMULATE_MODE_64;
    else
        cpu->mode = r.segment[HVM_CS].attributes & CS_LARGE ? EMULATE_MODE_32 : EMULATE_MODE_16;
    for (unsigned int i = 0; i < EMULATE_SEGMENTS; i++)
        cpu->segment[i] = (struct emulate_segment){r.segment[i].base, r.segment[i].limit,
                                                   r.segment[i].attributes};
}

static void complain(struct vcpu *v, const uint8_t *bytes, size_t count)
{
    char text[HVM_INSN_MAX * 3 + 1] = "";

    for (size_t i = 0; i < count; i++)
        format_text(text + i * 3, 4, " %02x", bytes[i]);
    domain_crash(v->domain, "access to a device by an instruction not known:%s", text);
}

/* What is not known may have come into the place of the instruction that the CPU has stopped at
 * since (a breakpoint that another vCPU has set): then the CPU is to have its way with that. If it
 * stops there again, that is what it stops at. */
static bool is_met_again(struct vcpu *v, const uint8_t *bytes, size_t count)
{
    struct hvm_io *io = &v->hvm->io;
    uint64_t rip = guest_regs()->rip;

    if (io->unknown.met && io->unknown.rip == rip && io->unknown.count == count &&
        !memcmp(io->unknown.bytes, bytes, count))
        return true;
    io->unknown.met = true;
    io->unknown.rip = rip;
    io->unknown.count = count;
    memcpy(io->unknown.bytes, bytes, count);
    return false;
}

/* What the CPU has fetched is what it has stopped at, whatever is in its place by now: if it is a
 * whole instruction, that counts. Otherwise what memory has; the rest of a page may be missing
 * behind a short instruction. */
static size_t instruction_read(struct vcpu *v, enum emulate_mode mode, uint8_t bytes[HVM_INSN_MAX])
{
    size_t count = hvm_backend->fetched ? hvm_backend->fetched(v, bytes) : 0;

    if (count && emulate_length(bytes, count, mode))
        return count;
    return HVM_INSN_MAX - hvm_copy_from(bytes, hvm_backend->linear_rip(v), HVM_INSN_MAX);
}

void hvm_io_instruction(struct vcpu *v)
{
    struct emulate_exception exception = {0};
    uint8_t bytes[HVM_INSN_MAX];
    struct emulate_cpu cpu;
    size_t count;

    v->hvm->io.at = 0;
    describe(v, &cpu);
    count = instruction_read(v, cpu.mode, bytes);
    switch (emulate(&cpu, &ops, v, bytes, count, &exception)) {
    case EMULATE_OK:
        hvm_io_committed(v);
        v->hvm->io.unknown.met = false;
        hvm_backend->retired(v);
        break;
    case EMULATE_FAULT:
        hvm_io_committed(v);
        if (exception.raised)
            hvm_exception(v, exception.vector, exception.has_error, exception.error);
        break;
    case EMULATE_RETRY:
        break;
    case EMULATE_UNKNOWN:
        hvm_io_committed(v);
        if (is_met_again(v, bytes, count))
            complain(v, bytes, count);
        break;
    }
}

/* Is there memory that allows it after all? A CPU may have known the entry as it was. */
static bool is_allowed(const struct vcpu *v, uint64_t gpa, enum hvm_access access)
{
    switch (access) {
    case HVM_ACCESS_WRITE:
    case HVM_ACCESS_WALK:
        return p2m_is(type_at(v, gpa), P2M_WRITABLE);
    case HVM_ACCESS_FETCH:
        return p2m_is(type_at(v, gpa), P2M_RUNNABLE);
    default:
        return type_at(v, gpa) != P2M_HOLE;
    }
}

void hvm_memory_fault(struct vcpu *v, uint64_t gpa, enum hvm_access access)
{
    if (is_allowed(v, gpa, access))
        return;
    if (access == HVM_ACCESS_WALK)
        domain_crash(v->domain, "its page tables lead to %#lx, where there is no memory", gpa);
    else if (access == HVM_ACCESS_FETCH)
        domain_crash(v->domain, "it runs at %#lx, where there is no memory", gpa);
    else if (v->hvm->event.type)
        domain_crash(v->domain, "an event could not be delivered, for lack of memory at %#lx", gpa);
    else
        hvm_io_instruction(v);
}
