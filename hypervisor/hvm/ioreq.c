/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accesses on their way to a device model and back; see ioreq.h.
 *
 * A slot's state is in four bits of a byte that others share; so the byte is read and written as
 * one. A request is complete before its state says READY, and an answer is looked at after its
 * state was. */
#include "hvm/ioreq-private.h"

#include "domain/rangeset.h"
#include "lib/bits.h"

#define STATE_BYTE (offsetof(struct ioreq, type) - 1)
#define STATE_MASK 0xf

#define CONFIG_DATA    0xcfc /* four ports */
#define CONFIG_ENABLED (1U << 31)

_Static_assert(sizeof(struct ioreq) == 32 && STATE_BYTE == 30, "ABI");

static uint8_t *state_byte(struct ioreq *slot)
{
    return (uint8_t *)slot + STATE_BYTE;
}

static unsigned int state_read(struct ioreq *slot)
{
    return __atomic_load_n(state_byte(slot), __ATOMIC_ACQUIRE) & STATE_MASK;
}

void ioreq_config_address_set(struct domain *d, uint32_t value)
{
    WRITE_ONCE(d->hvm->ioreq.config_address, value);
}

/* What ports 0xcfc to 0xcff are is said by what was written to 0xcf8 (PCI local bus specification,
 * 3.2.2.3.2). The register's number is the low half of the address, the device's the high half. */
static bool is_config_access(const struct domain *d, const struct ioreq_access *access,
                             uint64_t *address)
{
    uint32_t latched = READ_ONCE(d->hvm->ioreq.config_address);
    uint32_t offset = (uint32_t)(access->address - CONFIG_DATA);

    if (access->type != IOREQ_TYPE_PIO || offset > 3 || offset + access->size > 4 ||
        !(latched & CONFIG_ENABLED))
        return false;
    *address = (uint64_t)(latched >> 8 & 0xffff) << 32 | (latched & 0xfc) | offset;
    return true;
}

/* Which numbers of which kind the server must have. */
static void wanted_range(const struct ioreq_access *access, const struct ioreq_target *target,
                         uint32_t *kind, uint64_t *first, uint64_t *last)
{
    if (target->type == IOREQ_TYPE_PCI_CONFIG) {
        *kind = XEN_DMOP_IO_RANGE_PCI;
        *first = *last = target->address >> 32;
        return;
    }
    *first = access->address;
    *last = access->address + access->size - 1;
    *kind = target->type == IOREQ_TYPE_PIO ? XEN_DMOP_IO_RANGE_PORT : XEN_DMOP_IO_RANGE_MEMORY;
    if (target->type != IOREQ_TYPE_PIO && access->count) {
        uint64_t rest = (access->count - 1ULL) * access->size;

        if (access->down)
            *first -= rest;
        else
            *last += rest;
    }
}

bool ioreq_select(struct domain *d, const struct ioreq_access *access, struct ioreq_target *target)
{
    struct ioreq_domain *io = &d->hvm->ioreq;
    uint64_t first, last;
    uint32_t kind;

    target->type = access->type;
    target->address = access->address;
    if (is_config_access(d, access, &target->address))
        target->type = IOREQ_TYPE_PCI_CONFIG;
    wanted_range(access, target, &kind, &first, &last);
    for (uint8_t id = 0; id < IOREQ_SERVERS; id++) {
        struct ioreq_server *server = &io->server[id];

        if (server->enabled && rangeset_contains(server->ranges[kind], first, last)) {
            target->server = server;
            target->id = id;
            return true;
        }
    }
    return false;
}

/* Is the vCPU's slot free, as it is when the device model keeps to the rules? */
static bool slot_is_free(const struct vcpu *v, const struct ioreq_target *target)
{
    return state_read(&target->server->slots[v->id]) == STATE_IOREQ_NONE;
}

/* Puts a request into the vCPU's slot. The vCPU sleeps before anybody can answer. Lock held. */
static void ask(struct vcpu *v, const struct ioreq_target *target, const struct ioreq *request)
{
    struct ioreq *slot = &target->server->slots[v->id];
    struct ioreq_vcpu *io = &v->hvm->ioreq;
    uint8_t byte = STATE_IOREQ_READY;

    io->state = IOREQ_ASKED;
    io->server = target->id;
    io->size = (uint8_t)request->size;
    vcpu_sleep(v, VCPU_IOREQ);
    slot->addr = request->addr;
    slot->data = request->data;
    slot->count = request->count;
    slot->size = request->size;
    slot->vp_eport = target->server->ports[v->id];
    slot->type = request->type;
    /* beside the state: data_is_ptr, dir, df */
    byte |= (uint8_t)(request->data_is_ptr << 4 | request->dir << 5 | request->df << 6);
    __atomic_store_n(state_byte(slot), byte, __ATOMIC_RELEASE);
    evtchn_send_internal(v->domain, target->server->ports[v->id]);
}

static void complain(struct vcpu *v)
{
    domain_crash(v->domain, "its device model left vCPU %u's I/O request in a wrong state", v->id);
}

bool ioreq_send(struct vcpu *v, const struct ioreq_access *access)
{
    struct ioreq_domain *io = &v->domain->hvm->ioreq;
    struct ioreq_target target;
    bool found, free = true;

    spin_lock(&io->lock);
    found = ioreq_select(v->domain, access, &target);
    if (found) {
        struct ioreq request = {
            .addr = target.address,
            .data = access->write || access->count ? access->data : 0,
            .count = MAX(access->count, 1U),
            .size = access->size,
            .data_is_ptr = access->count != 0,
            .df = access->down,
            .dir = access->write ? IOREQ_WRITE : IOREQ_READ,
            .type = target.type,
        };

        free = slot_is_free(v, &target);
        if (free)
            ask(v, &target, &request);
    }
    spin_unlock(&io->lock);
    if (!free)
        complain(v);
    return found && free;
}

static uint64_t cut_to(uint64_t value, unsigned int size)
{
    return size < 8 ? value & ((1ULL << size * 8) - 1) : value;
}

/* Looks at the slot, and takes the answer if it is there. Lock held. */
static enum ioreq_answer look(struct vcpu *v, uint64_t *data)
{
    struct ioreq_vcpu *io = &v->hvm->ioreq;
    struct ioreq *slot;

    *data = cut_to(~0ULL, io->size);
    if (io->state != IOREQ_ASKED) {
        io->state = IOREQ_IDLE;
        return IOREQ_ANSWERED;
    }
    slot = &v->domain->hvm->ioreq.server[io->server].slots[v->id];
    switch (state_read(slot)) {
    case STATE_IOREQ_READY:
    case STATE_IOREQ_INPROCESS:
        return IOREQ_WAITS;
    case STATE_IORESP_READY:
        *data = cut_to(READ_ONCE(slot->data), io->size);
        __atomic_store_n(state_byte(slot), STATE_IOREQ_NONE, __ATOMIC_RELEASE);
        io->state = IOREQ_IDLE;
        return IOREQ_ANSWERED;
    default:
        io->state = IOREQ_IDLE;
        return IOREQ_BROKEN;
    }
}

/* Who sleeps on, looks once more: the answer may have come before it slept. */
enum ioreq_answer ioreq_receive(struct vcpu *v, uint64_t *data)
{
    struct ioreq_domain *io = &v->domain->hvm->ioreq;
    enum ioreq_answer answer;

    spin_lock(&io->lock);
    answer = look(v, data);
    if (answer == IOREQ_WAITS) {
        vcpu_sleep(v, VCPU_IOREQ);
        answer = look(v, data);
    }
    if (answer != IOREQ_WAITS)
        vcpu_wake(v, VCPU_IOREQ);
    spin_unlock(&io->lock);
    if (answer == IOREQ_BROKEN)
        complain(v);
    return answer;
}

void ioreq_invalidate(struct vcpu *v)
{
    struct ioreq_domain *io = &v->domain->hvm->ioreq;
    uint8_t servers = 0;

    for (unsigned int id = 0; id < IOREQ_SERVERS; id++)
        if (READ_ONCE(io->server[id].enabled))
            servers |= (uint8_t)(1U << id);
    v->hvm->ioreq.invalidate |= servers;
}

/* Sends to one server, if it is still there. */
static bool invalidate_one(struct vcpu *v, uint8_t id, bool *free)
{
    struct ioreq_target target = {.server = &v->domain->hvm->ioreq.server[id], .id = id};
    /* Size 4, though there is nothing to it: the ABI's device models refuse others. */
    const struct ioreq request = {
        .data = ~0U, .count = 1, .size = 4, .dir = IOREQ_WRITE, .type = IOREQ_TYPE_INVALIDATE};

    *free = true;
    if (!target.server->enabled)
        return false;
    *free = slot_is_free(v, &target);
    if (*free)
        ask(v, &target, &request);
    return *free;
}

bool ioreq_send_invalidate(struct vcpu *v)
{
    struct ioreq_domain *io = &v->domain->hvm->ioreq;
    bool sent = false, free = true;

    spin_lock(&io->lock);
    while (!sent && free && v->hvm->ioreq.invalidate) {
        uint8_t id = (uint8_t)__builtin_ctz(v->hvm->ioreq.invalidate);

        v->hvm->ioreq.invalidate &= (uint8_t) ~(1U << id);
        sent = invalidate_one(v, id, &free);
    }
    spin_unlock(&io->lock);
    if (!free)
        complain(v);
    return sent;
}

/* The device model has sent to the port of a vCPU, or of a ring. */
static void notified(struct domain *d, unsigned int vcpu)
{
    if (vcpu < d->max_vcpus && d->vcpu[vcpu])
        vcpu_wake(d->vcpu[vcpu], VCPU_IOREQ);
}

void ioreq_init(void)
{
    evtchn_internal_event = notified;
}
