/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device model that calls and writes as it likes, and a guest that sends accesses meanwhile. The
 * input is a list of steps of 40 bytes: what, and what with. */
#include <string.h>

#include "fuzz.h"
#include "ioreq_world.h"
#include "dm_op_world.h"

#define STEP      40
#define STEPS_MAX 60

static struct ioreq_access access_of(const uint8_t *step)
{
    struct ioreq_access access = {
        .type = step[1] & 1 ? IOREQ_TYPE_PIO : IOREQ_TYPE_COPY,
        .write = step[1] & 2,
        .size = (uint8_t)(1U << (step[1] >> 2 & 3)),
    };

    memcpy(&access.address, step + 8, sizeof(access.address));
    memcpy(&access.data, step + 16, sizeof(access.data));
    access.address &= access.type == IOREQ_TYPE_PIO ? 0xffff : 0xfffffffffffffULL;
    return access;
}

static void call(const uint8_t *step)
{
    struct xen_dm_op op;
    long result;

    memcpy(&op, step + 8, sizeof(op));
    op.op %= 24;
    if (step[1] & 1)
        op.pad = 0;
    result = dm_call(&op, step[2] & 0xf0 ? sizeof(op) : step[3], step[4] * 16U);
    FUZZ_ASSERT(result == 0 || result == 4711 || (result < 0 && result > -200));
}

/* The device model writes to one of its pages. */
static void scribble(const uint8_t *step)
{
    struct ioreq_server *server = &world_guest.hvm->ioreq.server[step[1] % IOREQ_SERVERS];
    uint8_t *page = step[2] & 1 ? (uint8_t *)server->slots : (uint8_t *)server->ring;
    size_t at = (step[3] | (size_t)step[4] << 8) % (PAGE_SIZE - 16);

    if (page)
        memcpy(page + (step[2] & 2 ? at : at % 64), step + 8, 16);
}

static void answer(const uint8_t *step)
{
    struct ioreq_vcpu *io = &world_vcpus[0].hvm->ioreq;

    if (io->state == IOREQ_ASKED)
        world_guest.hvm->ioreq.server[io->server].slots[0].state = step[1] & 15;
    evtchn_internal_event(&world_guest, step[2]);
}

/* As a vCPU goes on: one outstanding access at a time. */
static void run_guest(const uint8_t *step)
{
    struct vcpu *v = &world_vcpus[0];
    struct ioreq_access access = access_of(step);
    uint64_t data;

    if (!ioreq_is_outstanding(&v->hvm->ioreq)) {
        if (step[2] & 1)
            ioreq_invalidate(v);
        if (ioreq_send_invalidate(v) || (access.write && ioreq_send_buffered(v, &access)))
            return;
        if (ioreq_send(v, &access))
            FUZZ_ASSERT(world_waits(0));
        return;
    }
    if (ioreq_receive(v, &data) == IOREQ_WAITS)
        FUZZ_ASSERT(world_waits(0));
    else
        FUZZ_ASSERT(!world_waits(0) && !ioreq_is_outstanding(&v->hvm->ioreq));
}

static void latch(const uint8_t *step)
{
    uint32_t value;

    memcpy(&value, step + 8, sizeof(value));
    ioreq_config_address_set(&world_guest, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static void (*const steps[])(const uint8_t *step) = {call,      call,      scribble, answer,
                                                         run_guest, run_guest, latch};

    dm_world_begin();
    for (unsigned int i = 0; len >= STEP && i < STEPS_MAX; i++, data += STEP, len -= STEP)
        steps[data[0] % 7](data);
    FUZZ_ASSERT(dm_world_end() == 0);
    return 0;
}

static void seed_call(uint8_t *step, const struct xen_dm_op *op)
{
    step[1] = 1;
    step[2] = 0xf0;
    memcpy(step + 8, op, sizeof(*op));
}

/* A server with a range of each kind, that is asked and answers. */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const struct xen_dm_op ops[] = {
        {.op = XEN_DMOP_create_ioreq_server, .u.create_ioreq_server.handle_bufioreq = 2},
        {.op = XEN_DMOP_set_ioreq_server_state, .u.set_ioreq_server_state.enabled = 1},
        {.op = XEN_DMOP_map_io_range_to_ioreq_server,
         .u.map_io_range_to_ioreq_server = {.type = 0, .start = 0, .end = 0xffff}},
        {.op = XEN_DMOP_map_io_range_to_ioreq_server,
         .u.map_io_range_to_ioreq_server = {.type = 1, .start = 0, .end = 0xfffffffff}},
        {.op = XEN_DMOP_relocate_memory,
         .u.relocate_memory = {.size = 20, .src_gfn = FIRST_PAGE, .dst_gfn = 0x300}},
    };
    uint8_t *at = data;

    if (n > 2)
        return 0;
    memset(data, 0, 40 * STEP);
    for (unsigned int i = 0; i < sizeof(ops) / sizeof(ops[0]); i++, at += STEP)
        seed_call(at, &ops[i]);
    for (unsigned int i = 0; i < 8; i++, at += STEP) {
        at[0] = (uint8_t[]){4, 3, 4, 2}[i % 4];
        at[1] = (uint8_t[]){1, 3, 2, 9}[(i + n) % 4];
        at[8] = 0x60;
    }
    return (size_t)(at - data);
}
