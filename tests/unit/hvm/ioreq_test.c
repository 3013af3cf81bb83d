/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Servers of I/O requests: their life, their ranges, the way of an access there and back, and what
 * device models do that break the rules. */
#include "check.h"

#include "ioreq_world.h"

#include <xen/hvm/hvm_op.h>

#define G           (&world_guest)
#define ME          WORLD_EMULATOR
#define STRANGER    3
#define PORT        XEN_DMOP_IO_RANGE_PORT
#define MEMORY      XEN_DMOP_IO_RANGE_MEMORY
#define PCI         XEN_DMOP_IO_RANGE_PCI
#define CHECK_END() CHECK_EQ(world_end(), 0)

static struct ioreq_access port_read(uint64_t port, uint8_t size)
{
    return (struct ioreq_access){.type = IOREQ_TYPE_PIO, .size = size, .address = port};
}

static struct ioreq_access memory_write(uint64_t address, uint8_t size, uint64_t data)
{
    return (struct ioreq_access){
        .type = IOREQ_TYPE_COPY, .write = true, .size = size, .address = address, .data = data};
}

static bool send(struct ioreq_access access)
{
    return ioreq_send(&world_vcpus[0], &access);
}

static bool send_buffered(struct ioreq_access access)
{
    return ioreq_send_buffered(&world_vcpus[0], &access);
}

static int receive(uint64_t *data)
{
    return ioreq_receive(&world_vcpus[0], data);
}

static void servers_come_and_go(void)
{
    ioservid_t id, ids[IOREQ_SERVERS];
    evtchn_port_t port = 0;
    uint64_t mfn;

    world_begin();
    for (unsigned int i = 0; i < IOREQ_SERVERS; i++)
        CHECK_EQ(ioreq_server_create(G, ME, HVM_IOREQSRV_BUFIOREQ_ATOMIC, &ids[i]), 0);
    CHECK_EQ(ids[3], 3);
    CHECK_EQ(ioreq_server_create(G, ME, HVM_IOREQSRV_BUFIOREQ_OFF, &id), -XEN_ENOSPC);
    CHECK_EQ(ioreq_server_destroy(G, ME, 3), 0);
    CHECK_EQ(ioreq_server_destroy(G, ME, 3), -XEN_ENOENT);
    CHECK_EQ(ioreq_server_create(G, ME, 3, &id), -XEN_EINVAL);
    CHECK_EQ(ioreq_server_create(G, ME, HVM_IOREQSRV_BUFIOREQ_OFF, &id), 0);
    CHECK_EQ(id, 3);
    CHECK_EQ(ioreq_server_ring_port(G, ME, 3, &port), 0);
    CHECK_EQ(port, 0);
    CHECK_EQ(ioreq_server_frame(G, ME, 3, 0, &mfn), -XEN_EINVAL); /* no ring */
    CHECK_EQ(ioreq_server_frame(G, ME, 3, 1, &mfn), 0);
    CHECK_EQ(ioreq_server_frame(G, ME, 3, 2, &mfn), -XEN_EINVAL);
    CHECK_EQ(ioreq_server_ring_port(G, ME, 2, &port), 0);
    CHECK(port != 0);
    CHECK_EQ(world_pages, 2 * IOREQ_SERVERS - 1);
    CHECK_END();
}

static void a_server_is_its_makers(void)
{
    ioservid_t id;
    evtchn_port_t port;
    uint64_t mfn;

    world_begin();
    id = world_server(PORT, 0x60, 0x64);
    CHECK_EQ(ioreq_server_destroy(G, STRANGER, id), -XEN_EPERM);
    CHECK_EQ(ioreq_server_enable(G, STRANGER, id, false), -XEN_EPERM);
    CHECK_EQ(ioreq_server_ring_port(G, STRANGER, id, &port), -XEN_EPERM);
    CHECK_EQ(ioreq_server_frame(G, STRANGER, id, 1, &mfn), -XEN_EPERM);
    CHECK_EQ(ioreq_range_map(G, STRANGER, id, PORT, 1, 1), -XEN_EPERM);
    CHECK_EQ(ioreq_range_unmap(G, STRANGER, id, PORT, 0x60, 0x64), -XEN_EPERM);
    CHECK_EQ(ioreq_server_enable(G, ME, IOREQ_SERVERS, true), -XEN_ENOENT);
    CHECK_EQ(ioreq_server_enable(G, ME, UINT16_MAX, true), -XEN_ENOENT);
    CHECK_EQ(ioreq_range_map(G, ME, 1, PORT, 1, 1), -XEN_ENOENT);
    CHECK_END();
}

static void no_memory_leaves_nothing(void)
{
    ioservid_t id;
    int error = -XEN_ENOMEM;

    for (long left = 0; error; left++) {
        world_begin();
        fake_memory_left = left;
        error = ioreq_server_create(G, ME, HVM_IOREQSRV_BUFIOREQ_ATOMIC, &id);
        CHECK(!error || error == -XEN_ENOMEM);
        if (error)
            CHECK_EQ(world_pages + world_ports, 0);
        CHECK_END();
    }
    for (int left = 0; left < WORLD_VCPUS + 1; left++) {
        world_begin();
        world_ports_left = left;
        CHECK_EQ(ioreq_server_create(G, ME, HVM_IOREQSRV_BUFIOREQ_ATOMIC, &id), -XEN_ENOSPC);
        CHECK_EQ(world_pages + world_ports, 0);
        CHECK_END();
    }
    world_begin();
    world_dying = true;
    CHECK_EQ(ioreq_server_create(G, ME, HVM_IOREQSRV_BUFIOREQ_ATOMIC, &id), -XEN_ENOMEM);
    world_dying = false;
    ioreq_domain_close(G);
    CHECK_EQ(ioreq_server_create(G, ME, HVM_IOREQSRV_BUFIOREQ_ATOMIC, &id), -XEN_EINVAL);
    CHECK_END();
}

static void ranges_have_bounds(void)
{
    ioservid_t id;

    world_begin();
    id = world_server(PORT, 0x100, 0x1ff);
    CHECK_EQ(ioreq_range_map(G, ME, id, PORT, 0x180, 0x280), -XEN_EEXIST);
    CHECK_EQ(ioreq_range_map(G, ME, id, PORT, 0xfff0, 0x10000), -XEN_EINVAL);
    CHECK_EQ(ioreq_range_map(G, ME, id, PORT, 0xffff, 0xffff), 0);
    CHECK_EQ(ioreq_range_map(G, ME, id, PORT, 5, 4), -XEN_EINVAL);
    CHECK_EQ(ioreq_range_map(G, ME, id, 3, 5, 5), -XEN_EINVAL);
    CHECK_EQ(ioreq_range_map(G, ME, id, PCI, 0, 1ULL << 32), -XEN_EINVAL);
    CHECK_EQ(ioreq_range_map(G, ME, id, MEMORY, 0, UINT64_MAX), -XEN_EINVAL);
    CHECK_EQ(ioreq_range_unmap(G, ME, id, PORT, 0x1f0, 0x200), -XEN_ENOENT);
    CHECK_EQ(ioreq_range_unmap(G, ME, id, PORT, 0x140, 0x14f), 0);
    CHECK(!send(port_read(0x13e, 4)));
    CHECK(send(port_read(0x13e, 2)));
    CHECK_END();
}

static void ranges_are_not_without_number(void)
{
    ioservid_t id;

    world_begin();
    id = world_server(MEMORY, 0, 0x800);
    for (uint64_t i = 1; i < IOREQ_RANGES_MAX; i++)
        CHECK_EQ(ioreq_range_unmap(G, ME, id, MEMORY, i * 2, i * 2), 0);
    CHECK_EQ(ioreq_range_unmap(G, ME, id, MEMORY, 0x700, 0x700), -XEN_ENOSPC);
    CHECK_EQ(ioreq_range_map(G, ME, id, MEMORY, 0x1000, 0x1000), -XEN_ENOSPC);
    CHECK_EQ(ioreq_range_unmap(G, ME, id, MEMORY, 3, 3), 0); /* a whole one */
    CHECK_EQ(ioreq_range_map(G, ME, id, MEMORY, 0x1000, 0x1000), 0);
    CHECK_END();
}

static void a_read_goes_there_and_back(void)
{
    struct ioreq *slot;
    uint64_t data = 0;
    ioservid_t id;

    world_begin();
    id = world_server(PORT, 0x3f8, 0x3ff);
    CHECK(send(port_read(0x3fd, 1)));
    CHECK(world_waits(0) && !world_waits(1));
    slot = world_slot(id, 0);
    CHECK_EQ(world_notified, slot->vp_eport);
    CHECK(slot->vp_eport && slot->vp_eport != world_slot(id, 1)->vp_eport);
    CHECK_EQ(slot->state, STATE_IOREQ_READY);
    CHECK(slot->type == IOREQ_TYPE_PIO && slot->dir == IOREQ_READ && !slot->data_is_ptr);
    CHECK(slot->addr == 0x3fd && slot->size == 1 && slot->count == 1 && !slot->df);
    CHECK_EQ(receive(&data), IOREQ_WAITS);
    slot->state = STATE_IOREQ_INPROCESS;
    evtchn_internal_event(G, 0); /* it cried wolf */
    CHECK(!world_waits(0));
    CHECK_EQ(receive(&data), IOREQ_WAITS);
    CHECK(world_waits(0));
    world_answer(id, 0, 0x1160); /* more than was asked for */
    CHECK(!world_waits(0));
    CHECK_EQ(receive(&data), IOREQ_ANSWERED);
    CHECK_EQ(data, 0x60);
    CHECK_EQ(slot->state, STATE_IOREQ_NONE);
    CHECK(!ioreq_is_outstanding(&world_vcpus[0].hvm->ioreq));
    CHECK_END();
}

static void a_write_carries_its_data(void)
{
    uint64_t data;
    ioservid_t id;

    world_begin();
    id = world_server(MEMORY, 0xf0000000, 0xf0000fff);
    CHECK(!send(memory_write(0xf0000ffc, 8, 1))); /* not the whole of it */
    CHECK(!world_waits(0));
    CHECK(send(memory_write(0xf0000ff8, 8, 0x1122334455667788)));
    CHECK_EQ(world_slot(id, 0)->data, 0x1122334455667788);
    CHECK(world_slot(id, 0)->dir == IOREQ_WRITE && world_slot(id, 0)->type == IOREQ_TYPE_COPY);
    world_answer(id, 0, 0);
    CHECK_EQ(receive(&data), IOREQ_ANSWERED);
    CHECK_END();
}

static void who_is_not_enabled_is_not_asked(void)
{
    ioservid_t id, other;

    world_begin();
    id = world_server(PORT, 0x60, 0x60);
    other = world_server(PORT, 0, 0xffff);
    CHECK_EQ(ioreq_server_enable(G, ME, id, false), 0);
    CHECK(send(port_read(0x60, 1)));
    CHECK_EQ(world_slot(other, 0)->state, STATE_IOREQ_READY);
    CHECK_EQ(world_slot(id, 0)->state, STATE_IOREQ_NONE);
    CHECK_END();
}

static void configuration_space_goes_by_device(void)
{
    ioservid_t id;
    uint64_t data;

    world_begin();
    id = world_server(PCI, XEN_DMOP_PCI_SBDF(0, 0, 2, 0), XEN_DMOP_PCI_SBDF(0, 0, 2, 0));
    CHECK(!send(port_read(0xcfc, 4))); /* nothing is latched */
    ioreq_config_address_set(G, 0x80001044);
    CHECK(send(port_read(0xcfe, 2)));
    CHECK_EQ(world_slot(id, 0)->type, IOREQ_TYPE_PCI_CONFIG);
    CHECK_EQ(world_slot(id, 0)->addr, 0x10ULL << 32 | 0x46);
    world_answer(id, 0, 0x1234);
    CHECK_EQ(receive(&data), IOREQ_ANSWERED);
    CHECK(!send(port_read(0xcfe, 4))); /* reaches beyond */
    CHECK(!send(port_read(0xcfb, 1)));
    ioreq_config_address_set(G, 0x80001844); /* another device */
    CHECK(!send(port_read(0xcfc, 4)));
    ioreq_config_address_set(G, 0x1044);
    CHECK(!send(port_read(0xcfc, 4)));
    CHECK_END();
}

static void a_device_model_that_breaks_the_rules_loses_its_guest(void)
{
    static const uint8_t states[] = {STATE_IOREQ_NONE, 4, 15};
    uint64_t data;
    ioservid_t id;

    for (unsigned int i = 0; i < sizeof(states); i++) {
        world_begin();
        id = world_server(PORT, 0x60, 0x60);
        CHECK(send(port_read(0x60, 1)));
        world_slot(id, 0)->state = states[i] & 15;
        CHECK_EQ(receive(&data), IOREQ_BROKEN);
        CHECK_EQ(world_crashes, 1);
        CHECK(!world_waits(0) && !ioreq_is_outstanding(&world_vcpus[0].hvm->ioreq));
        CHECK_END();
    }
    world_begin();
    id = world_server(PORT, 0x60, 0x60);
    world_slot(id, 0)->state = STATE_IORESP_READY;
    CHECK(!send(port_read(0x60, 1)));
    CHECK_EQ(world_crashes, 1);
    CHECK(!world_waits(0));
    CHECK_END();
}

static void ports_are_ours_whatever_the_page_says(void)
{
    ioservid_t id;

    world_begin();
    id = world_server(PORT, 0x60, 0x60);
    world_slot(id, 0)->vp_eport = 99;
    CHECK(send(port_read(0x60, 1)));
    CHECK_EQ(world_notified, world_slot(id, 0)->vp_eport);
    CHECK(world_notified != 99);
    CHECK_END();
}

static void who_waits_for_a_server_that_goes_reads_ones(void)
{
    ioservid_t id;
    uint64_t data;

    world_begin();
    id = world_server(PORT, 0x60, 0x67);
    CHECK(send(port_read(0x60, 2)));
    CHECK_EQ(ioreq_server_destroy(G, ME, id), 0);
    CHECK(!world_waits(0));
    CHECK_EQ(receive(&data), IOREQ_ANSWERED);
    CHECK_EQ(data, 0xffff);
    CHECK(!send(port_read(0x60, 2)));
    CHECK_END();
}

static void buffered_writes_fill_a_ring(void)
{
    struct buffered_iopage *ring;
    evtchn_port_t port = 0;
    ioservid_t id;

    world_begin();
    id = world_server(MEMORY, 0xa0000, 0xbffff);
    ring = world_ring(id);
    CHECK_EQ(ioreq_server_ring_port(G, ME, id, &port), 0);
    CHECK(send_buffered(memory_write(0xa1234, 4, 0xcafef00d)));
    CHECK(!world_waits(0));
    CHECK_EQ(world_notified, port);
    CHECK(send_buffered(memory_write(0xbfff8, 8, 0x1122334455667788)));
    CHECK_EQ(ring->write_pointer, 3);
    CHECK(ring->buf_ioreq[0].addr == 0xa1234 && ring->buf_ioreq[0].data == 0xcafef00d);
    CHECK(ring->buf_ioreq[0].size == 2 && ring->buf_ioreq[0].dir == IOREQ_WRITE);
    CHECK(ring->buf_ioreq[0].type == IOREQ_TYPE_COPY && ring->buf_ioreq[1].size == 3);
    CHECK_EQ(ring->buf_ioreq[1].data, 0x55667788);
    CHECK_EQ(ring->buf_ioreq[2].data, 0x11223344);
    CHECK(!send_buffered(memory_write(0xc0000, 1, 1)));
    CHECK(!send_buffered(port_read(0xa0000, 1)));
    while (send_buffered(memory_write(0xa0000, 1, 7)))
        ;
    CHECK_EQ(ring->write_pointer, IOREQ_BUFFER_SLOT_NUM);
    ring->read_pointer = 1;
    CHECK(!send_buffered(memory_write(0xa0000, 8, 7))); /* needs two */
    CHECK(send_buffered(memory_write(0xa0000, 1, 7)));
    CHECK_END();
}

static void the_rings_pointers_do_not_run_away(void)
{
    struct buffered_iopage *ring;
    ioservid_t id;

    world_begin();
    id = world_server(MEMORY, 0xa0000, 0xbffff);
    ring = world_ring(id);
    for (unsigned int i = 0; i < 3 * IOREQ_BUFFER_SLOT_NUM; i++) {
        uint32_t at = ring->write_pointer % IOREQ_BUFFER_SLOT_NUM;

        if (!send_buffered(memory_write(0xa0000 + i, 1, i & 0xff)))
            CHECK(false);
        if (ring->buf_ioreq[at].addr != 0xa0000 + i)
            CHECK(false);
        __atomic_fetch_add(&ring->read_pointer, 1, __ATOMIC_SEQ_CST);
    }
    CHECK(ring->write_pointer < 2 * IOREQ_BUFFER_SLOT_NUM);
    CHECK_EQ(ring->read_pointer, ring->write_pointer);
    /* Nonsense is a full ring. */
    ring->read_pointer = 0x80000000;
    CHECK(!send_buffered(memory_write(0xa0000, 1, 1)));
    ring->write_pointer = 0x80000000 + IOREQ_BUFFER_SLOT_NUM + 1;
    CHECK(!send_buffered(memory_write(0xa0000, 1, 1)));
    CHECK_END();
}

static void all_servers_learn_of_moved_memory(void)
{
    ioservid_t first, second, off;
    uint64_t data;

    world_begin();
    first = world_server(PORT, 1, 1);
    off = world_server(PORT, 2, 2);
    second = world_server(PORT, 3, 3);
    CHECK_EQ(ioreq_server_enable(G, ME, off, false), 0);
    CHECK(!ioreq_send_invalidate(&world_vcpus[0]));
    ioreq_invalidate(&world_vcpus[0]);
    CHECK(ioreq_send_invalidate(&world_vcpus[0]));
    CHECK(world_waits(0));
    CHECK_EQ(world_slot(first, 0)->type, IOREQ_TYPE_INVALIDATE);
    CHECK_EQ(world_slot(second, 0)->state, STATE_IOREQ_NONE);
    world_answer(first, 0, 0);
    CHECK_EQ(receive(&data), IOREQ_ANSWERED);
    CHECK(ioreq_send_invalidate(&world_vcpus[0]));
    CHECK_EQ(world_slot(second, 0)->state, STATE_IOREQ_READY);
    world_answer(second, 0, 0);
    CHECK_EQ(receive(&data), IOREQ_ANSWERED);
    CHECK(!ioreq_send_invalidate(&world_vcpus[0]));
    CHECK_END();
}

int main(void)
{
    RUN(servers_come_and_go);
    RUN(a_server_is_its_makers);
    RUN(no_memory_leaves_nothing);
    RUN(ranges_have_bounds);
    RUN(ranges_are_not_without_number);
    RUN(a_read_goes_there_and_back);
    RUN(a_write_carries_its_data);
    RUN(who_is_not_enabled_is_not_asked);
    RUN(configuration_space_goes_by_device);
    RUN(a_device_model_that_breaks_the_rules_loses_its_guest);
    RUN(ports_are_ours_whatever_the_page_says);
    RUN(who_waits_for_a_server_that_goes_reads_ones);
    RUN(buffered_writes_fill_a_ring);
    RUN(the_rings_pointers_do_not_run_away);
    RUN(all_servers_learn_of_moved_memory);
    return check_done();
}
