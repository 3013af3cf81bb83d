/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_dm_op: what is refused, and what the rest does. */
#include "check.h"

#include "dm_op_world.h"

#include "hypercall/hvm.h"

#include <xen/hvm/hvm_op.h>

#define CHECK_END() CHECK_EQ(dm_world_end(), 0)
#define CALL(op)    dm_call(op, sizeof(struct xen_dm_op), 0)

static void the_call_itself_is_checked(void)
{
    struct xen_dm_op op = {.op = XEN_DMOP_nr_vcpus};

    dm_world_begin();
    CHECK_EQ(CALL(&op), 0);
    CHECK_EQ(op.u.nr_vcpus.vcpus, WORLD_VCPUS);
    CHECK_EQ(hypercall_dm_op(5, 0, CALLER_ADDRESS, 0, 0), -XEN_EINVAL);
    CHECK_EQ(hypercall_dm_op(5, 3, CALLER_ADDRESS, 0, 0), -XEN_E2BIG);
    CHECK_EQ(hypercall_dm_op(5, 1, 0x100, 0, 0), -XEN_EFAULT);
    CHECK_EQ(hypercall_dm_op(0, 1, CALLER_ADDRESS, 0, 0), -XEN_EPERM);
    CHECK_EQ(hypercall_dm_op(DOMID_SELF, 1, CALLER_ADDRESS, 0, 0), -XEN_EPERM);
    CHECK_EQ(hypercall_dm_op(6, 1, CALLER_ADDRESS, 0, 0), -XEN_ESRCH);
    caller_privileged = false;
    CHECK_EQ(hypercall_dm_op(5, 1, CALLER_ADDRESS, 0, 0), -XEN_EPERM);
    caller_privileged = true;
    world_guest.life = DOMAIN_DYING;
    CHECK_EQ(CALL(&op), -XEN_ESRCH);
    world_guest.life = DOMAIN_ALIVE;
    op.pad = 1;
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op = (struct xen_dm_op){.op = 99};
    CHECK_EQ(CALL(&op), -XEN_EOPNOTSUPP);
    op.op = 0;
    CHECK_EQ(CALL(&op), -XEN_EOPNOTSUPP);
    op.op = XEN_DMOP_set_irq_level;
    CHECK_EQ(CALL(&op), -XEN_EOPNOTSUPP);
    CHECK_END();
}

/* Callers built with an older header bring less. */
static void as_much_as_it_needs_is_enough(void)
{
    struct xen_dm_op op = {.op = XEN_DMOP_set_isa_irq_level, .u.set_isa_irq_level = {5, 1}};

    dm_world_begin();
    CHECK_EQ(dm_call(&op, 10, 0), 0);
    CHECK(line.a == 5 && line.level);
    CHECK_EQ(dm_call(&op, 9, 0), -XEN_EFAULT);
    CHECK_EQ(dm_call(&op, 7, 0), -XEN_EFAULT);
    CHECK_EQ(dm_call(&op, 100, 0), 0);
    CHECK_EQ(line.calls, 2);
    CHECK_END();
}

static void servers_are_made_by_it(void)
{
    struct xen_dm_op op = {.op = XEN_DMOP_create_ioreq_server,
                           .u.create_ioreq_server.handle_bufioreq = 2};
    ioservid_t id;

    dm_world_begin();
    op.u.create_ioreq_server.pad[1] = 1;
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op.u.create_ioreq_server.pad[1] = 0;
    CHECK_EQ(CALL(&op), 0);
    id = op.u.create_ioreq_server.id;
    op = (struct xen_dm_op){.op = XEN_DMOP_get_ioreq_server_info,
                            .u.get_ioreq_server_info = {.id = id, .flags = XEN_DMOP_no_gfns}};
    CHECK_EQ(CALL(&op), 0);
    CHECK(op.u.get_ioreq_server_info.bufioreq_port != 0);
    op.u.get_ioreq_server_info.flags = 0;
    CHECK_EQ(CALL(&op), -XEN_EOPNOTSUPP);
    op.u.get_ioreq_server_info.flags = 2;
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op = (struct xen_dm_op){
        .op = XEN_DMOP_map_io_range_to_ioreq_server,
        .u.map_io_range_to_ioreq_server = {.id = id, .type = 0, .start = 0x60, .end = 0x60}};
    CHECK_EQ(CALL(&op), 0);
    CHECK_EQ(CALL(&op), -XEN_EEXIST);
    op.op = XEN_DMOP_unmap_io_range_from_ioreq_server;
    CHECK_EQ(CALL(&op), 0);
    op.u.map_io_range_to_ioreq_server.pad = 1;
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op = (struct xen_dm_op){.op = XEN_DMOP_set_ioreq_server_state,
                            .u.set_ioreq_server_state = {.id = id, .enabled = 1}};
    CHECK_EQ(CALL(&op), 0);
    CHECK(world_guest.hvm->ioreq.server[id].enabled);
    op = (struct xen_dm_op){.op = XEN_DMOP_destroy_ioreq_server,
                            .u.destroy_ioreq_server = {.id = id, .pad = 1}};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op.u.destroy_ioreq_server.pad = 0;
    CHECK_EQ(CALL(&op), 0);
    CHECK_EQ(CALL(&op), -XEN_ENOENT);
    CHECK_END();
}

static void lines_have_their_numbers(void)
{
    struct xen_dm_op op = {.op = XEN_DMOP_set_pci_intx_level,
                           .u.set_pci_intx_level = {.device = 31, .intx = 3, .level = 1}};

    dm_world_begin();
    CHECK_EQ(CALL(&op), 0);
    CHECK(line.a == 31 && line.b == 3 && line.level);
    op.u.set_pci_intx_level.device = 32;
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op.u.set_pci_intx_level = (struct xen_dm_op_set_pci_intx_level){.intx = 4};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op.u.set_pci_intx_level = (struct xen_dm_op_set_pci_intx_level){.bus = 1};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op.u.set_pci_intx_level = (struct xen_dm_op_set_pci_intx_level){.level = 2};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op = (struct xen_dm_op){.op = XEN_DMOP_set_isa_irq_level, .u.set_isa_irq_level = {16, 1}};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op = (struct xen_dm_op){.op = XEN_DMOP_set_pci_link_route, .u.set_pci_link_route = {3, 11}};
    CHECK_EQ(CALL(&op), 0);
    CHECK(line.a == 3 && line.b == 11);
    op.u.set_pci_link_route.link = 4;
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op.u.set_pci_link_route = (struct xen_dm_op_set_pci_link_route){0, 16};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op = (struct xen_dm_op){.op = XEN_DMOP_inject_msi,
                            .u.inject_msi = {.addr = 0xfee01000, .data = 0x4031}};
    CHECK_EQ(CALL(&op), 0);
    CHECK(line.address == 0xfee01000 && line.a == 0x4031);
    op.u.inject_msi.pad = 1;
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    CHECK_END();
}

static enum p2m_type type_at(uint64_t gfn)
{
    uint64_t mfn;

    return p2m_lookup(&world_guest.hvm->p2m, gfn, &mfn);
}

static void memory_moves_a_part_at_a_time(void)
{
    struct xen_dm_op op = {
        .op = XEN_DMOP_relocate_memory,
        .u.relocate_memory = {.size = 200, .src_gfn = FIRST_PAGE, .dst_gfn = 0x4000}};
    uint64_t mfn = 0;

    dm_world_begin();
    yields_after = 2;
    CHECK_EQ(CALL(&op), 4711);
    CHECK_EQ(calls_again, 1);
    CHECK_EQ(op.u.relocate_memory.size, 72);
    CHECK_EQ(op.u.relocate_memory.src_gfn, FIRST_PAGE + 128);
    CHECK_EQ(type_at(FIRST_PAGE + 128), P2M_RAM);
    CHECK_EQ(CALL(&op), 0);
    CHECK_EQ(type_at(FIRST_PAGE + 199), P2M_HOLE);
    CHECK_EQ(p2m_lookup(&world_guest.hvm->p2m, 0x4000 + 199, &mfn), P2M_RAM);
    CHECK_EQ(mfn, 0x200 + 199);
    CHECK(flushes >= 2);
    op.u.relocate_memory = (struct xen_dm_op_relocate_memory){.size = 2, .dst_gfn = UINT64_MAX};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op.u.relocate_memory = (struct xen_dm_op_relocate_memory){.size = 1, .src_gfn = 0x9999};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op.u.relocate_memory = (struct xen_dm_op_relocate_memory){
        .size = 2, .src_gfn = FIRST_PAGE + 230, .dst_gfn = P2M_GFN_LIMIT - 1};
    CHECK_EQ(CALL(&op), -XEN_EINVAL); /* and nothing has moved */
    CHECK_EQ(type_at(FIRST_PAGE + 230), P2M_RAM);
    CHECK_END();
}

static void memory_has_types(void)
{
    struct xen_dm_op op = {
        .op = XEN_DMOP_set_mem_type,
        .u.set_mem_type = {.nr = 2, .mem_type = HVMMEM_ram_ro, .first_pfn = FIRST_PAGE + 1}};
    struct xen_dm_op_set_mem_type *set = &op.u.set_mem_type;

    dm_world_begin();
    CHECK_EQ(CALL(&op), 0);
    CHECK_EQ(type_at(FIRST_PAGE), P2M_RAM);
    CHECK_EQ(type_at(FIRST_PAGE + 1), P2M_RAM_RO);
    CHECK_EQ(type_at(FIRST_PAGE + 2), P2M_RAM_RO);
    CHECK_EQ(type_at(FIRST_PAGE + 3), P2M_RAM);
    *set = (struct xen_dm_op_set_mem_type){.nr = 1, .first_pfn = FIRST_PAGE + 1};
    CHECK_EQ(CALL(&op), 0);
    CHECK_EQ(type_at(FIRST_PAGE + 1), P2M_RAM);
    *set = (struct xen_dm_op_set_mem_type){
        .nr = 1, .mem_type = HVMMEM_mmio_dm, .first_pfn = FIRST_PAGE + 1};
    CHECK_EQ(CALL(&op), 0);
    CHECK_EQ(type_at(FIRST_PAGE + 1), P2M_HOLE);
    *set = (struct xen_dm_op_set_mem_type){
        .nr = 1, .mem_type = HVMMEM_mmio_dm, .first_pfn = FIRST_PAGE + 1};
    CHECK_EQ(CALL(&op), 0); /* still one */
    *set = (struct xen_dm_op_set_mem_type){.nr = 1, .first_pfn = FIRST_PAGE + 1};
    CHECK_EQ(CALL(&op), -XEN_EINVAL); /* no memory to make writable */
    *set = (struct xen_dm_op_set_mem_type){.nr = 1, .mem_type = 3, .first_pfn = FIRST_PAGE};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    *set = (struct xen_dm_op_set_mem_type){.nr = 2, .first_pfn = UINT64_MAX};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    CHECK_END();
}

/* The CPU's bit, as it sets it. */
static void write_to(uint64_t gfn)
{
    pte_t *table = world_guest.hvm->p2m.root;

    for (unsigned int level = 4; level > 1; level--) {
        pte_t entry = table[gfn >> (9 * (level - 1)) & 511];

        table = mfn_to_virt((entry & 0xffffffffff000) >> 12);
    }
    table[gfn & 511] |= 0x40;
}

static void a_screen_is_watched(void)
{
    struct xen_dm_op op = {.op = XEN_DMOP_track_dirty_vram,
                           .u.track_dirty_vram = {.nr = 100, .first_pfn = FIRST_PAGE}};
    unsigned int flushed;

    dm_world_begin();
    CHECK_EQ(dm_call(&op, sizeof(op), 12), -XEN_EINVAL); /* too short */
    CHECK_EQ(dm_call(&op, sizeof(op), 13), 0);
    CHECK_EQ(dm_data()[0], 0xff); /* all of it is new */
    CHECK_EQ(dm_data()[12], 0x0f);
    CHECK_EQ(dm_call(&op, sizeof(op), 13), 0);
    CHECK_EQ(dm_data()[0] | dm_data()[12], 0);
    write_to(FIRST_PAGE + 70);
    flushed = flushes;
    CHECK_EQ(dm_call(&op, sizeof(op), 13), 0);
    CHECK_EQ(dm_data()[8], 1 << 6);
    CHECK_EQ(flushes, flushed + 1);
    op.u.track_dirty_vram.nr = 0; /* not any more */
    CHECK_EQ(CALL(&op), 0);
    op.u.track_dirty_vram.nr = 1 << 20;
    CHECK_EQ(dm_call(&op, sizeof(op), 4096), -XEN_EINVAL);
    op.u.track_dirty_vram = (struct xen_dm_op_track_dirty_vram){.nr = 8, .first_pfn = 0x9000};
    CHECK_EQ(dm_call(&op, sizeof(op), 1), 0); /* nothing there */
    CHECK_EQ(dm_data()[0], 0);
    CHECK_END();
}

static void the_rest_is_checked_too(void)
{
    struct xen_dm_op op = {.op = XEN_DMOP_modified_memory, .u.modified_memory.nr_extents = 3};

    dm_world_begin();
    CHECK_EQ(dm_call(&op, sizeof(op), 47), -XEN_EINVAL);
    CHECK_EQ(dm_call(&op, sizeof(op), 48), 0);
    op.u.modified_memory.opaque = 4;
    CHECK_EQ(dm_call(&op, sizeof(op), 48), -XEN_EINVAL);
    op = (struct xen_dm_op){.op = XEN_DMOP_inject_event,
                            .u.inject_event = {.vcpuid = 1, .type = XEN_DMOP_EVENT_nmi}};
    CHECK_EQ(CALL(&op), 0);
    CHECK_EQ(nmis, 1);
    op.u.inject_event.vcpuid = WORLD_VCPUS;
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op.u.inject_event = (struct xen_dm_op_inject_event){.type = XEN_DMOP_EVENT_hw_exc};
    CHECK_EQ(CALL(&op), -XEN_EOPNOTSUPP);
    op = (struct xen_dm_op){.op = XEN_DMOP_remote_shutdown,
                            .u.remote_shutdown.reason = SHUTDOWN_reboot};
    CHECK_EQ(CALL(&op), 0);
    op.u.remote_shutdown.reason = SHUTDOWN_MAX + 1;
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    CHECK_EQ(shutdowns, 1);
    op = (struct xen_dm_op){.op = XEN_DMOP_pin_memory_cacheattr,
                            .u.pin_memory_cacheattr = {.start = 1, .end = 2, .type = 1}};
    CHECK_EQ(CALL(&op), 0);
    op.u.pin_memory_cacheattr.type = 2;
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    op.u.pin_memory_cacheattr =
        (struct xen_dm_op_pin_memory_cacheattr){.start = 2, .end = 1, .type = 1};
    CHECK_EQ(CALL(&op), -XEN_EINVAL);
    CHECK_END();
}

int main(void)
{
    RUN(the_call_itself_is_checked);
    RUN(as_much_as_it_needs_is_enough);
    RUN(servers_are_made_by_it);
    RUN(lines_have_their_numbers);
    RUN(memory_moves_a_part_at_a_time);
    RUN(memory_has_types);
    RUN(a_screen_is_watched);
    RUN(the_rest_is_checked_too);
    return check_done();
}
