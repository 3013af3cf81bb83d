/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes that the guest does not wait for: a ring of them in a page that a server shares.
 *
 * We write at write_pointer, the device model reads from read_pointer; both only grow, and a slot's
 * number is a pointer modulo the number of slots. That number is no power of two, so the pointers
 * must not wrap around: both are taken down together while the device model, which adds to its own
 * atomically, allows for it. */
#include "hvm/ioreq-private.h"

#include <xen/hvm/hvm_op.h>

#define RING_ADDRESS_BITS 20
#define REBASE_TRIES      4

/* How the ring tells sizes: 8 bytes are two entries, the upper half in the second. */
static unsigned int size_code(unsigned int size)
{
    return (unsigned int)__builtin_ctz(size);
}

/* Room for that many? Pointers that a device model has spoilt look like a full ring. */
static bool has_room(const struct buffered_iopage *ring, uint32_t write, unsigned int count)
{
    uint32_t used = write - READ_ONCE(ring->read_pointer);

    return used <= IOREQ_BUFFER_SLOT_NUM && IOREQ_BUFFER_SLOT_NUM - used >= count;
}

static void put(struct buffered_iopage *ring, uint32_t at, const struct ioreq_target *target,
                const struct ioreq_access *access, uint32_t data)
{
    ring->buf_ioreq[at % IOREQ_BUFFER_SLOT_NUM] = (struct buf_ioreq){
        .type = target->type,
        .dir = IOREQ_WRITE,
        .size = size_code(access->size) & 3,
        .addr = (uint32_t)target->address & ((1U << RING_ADDRESS_BITS) - 1),
        .data = data,
    };
}

static void rebase(struct buffered_iopage *ring)
{
    uint64_t *both = (uint64_t *)ring; /* the read pointer is the low half */

    for (unsigned int i = 0; i < REBASE_TRIES; i++) {
        uint64_t old = READ_ONCE(*both), by = (uint32_t)old;

        if (by < IOREQ_BUFFER_SLOT_NUM)
            return;
        by -= by % IOREQ_BUFFER_SLOT_NUM;
        if ((uint32_t)(old >> 32) < by)
            return;
        if (__atomic_compare_exchange_n(both, &old, old - (by << 32 | by), false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return;
    }
}

/* What the ring has words for: writes below 1 MiB that are no configuration space. */
static bool fits(const struct ioreq_access *access, const struct ioreq_target *target)
{
    return target->server->ring && access->write && target->type == access->type &&
           !(access->address >> RING_ADDRESS_BITS);
}

static bool push(struct ioreq_server *server, const struct ioreq_target *target,
                 const struct ioreq_access *access)
{
    struct buffered_iopage *ring = server->ring;
    unsigned int count = access->size == 8 ? 2 : 1;
    uint32_t write = READ_ONCE(ring->write_pointer);

    if (!has_room(ring, write, count))
        return false;
    for (unsigned int i = 0; i < count; i++)
        put(ring, write + i, target, access, (uint32_t)(access->data >> i * 32));
    __atomic_fetch_add(&ring->write_pointer, count, __ATOMIC_RELEASE);
    if (server->buffering == HVM_IOREQSRV_BUFIOREQ_ATOMIC)
        rebase(ring);
    return true;
}

bool ioreq_send_buffered(struct vcpu *v, const struct ioreq_access *access)
{
    struct ioreq_domain *io = &v->domain->hvm->ioreq;
    struct ioreq_target target;
    bool sent;

    spin_lock(&io->lock);
    sent = ioreq_select(v->domain, access, &target) && fits(access, &target) &&
           push(target.server, &target, access);
    if (sent)
        evtchn_send_internal(v->domain, target.server->ring_port);
    spin_unlock(&io->lock);
    return sent;
}
