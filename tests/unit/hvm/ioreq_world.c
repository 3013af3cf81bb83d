/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See ioreq_world.h. */
#include "ioreq_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/hvm/hvm_op.h>

#define PORTS 64

struct domain world_guest;
struct vcpu world_vcpus[WORLD_VCPUS];
unsigned int world_crashes, world_pages, world_ports, world_notifications;
bool world_dying;
int world_ports_left;
evtchn_port_t world_notified;
void (*evtchn_internal_event)(struct domain *d, unsigned int vcpu);

static struct hvm_domain hvm_domain;
static struct hvm_vcpu hvm_vcpus[WORLD_VCPUS];
static struct vcpu *vcpu_table[WORLD_VCPUS];
static bool port_used[PORTS];

static void give_up(const char *why)
{
    fprintf(stderr, "fake rooms: %s\n", why);
    abort();
}

void vcpu_sleep(struct vcpu *v, enum vcpu_pause why)
{
    v->pause_flags |= BIT(why);
}

void vcpu_wake(struct vcpu *v, enum vcpu_pause why)
{
    v->pause_flags &= ~BIT(why);
}

void domain_crash(struct domain *d, const char *why, ...)
{
    if (fake_locks_held)
        give_up("a crash under a lock");
    world_crashes++;
}

void *domain_hv_page_alloc(struct domain *d)
{
    void *page = world_dying ? NULL : pages_alloc(0);

    world_pages += page != NULL;
    return page;
}

void domain_hv_page_give_up(void *page)
{
    world_pages--;
    pages_free(page, 0);
}

int evtchn_alloc_internal(struct domain *d, domid_t remote, unsigned int vcpu, evtchn_port_t *port)
{
    if (remote != WORLD_EMULATOR || vcpu >= WORLD_VCPUS)
        give_up("a port for nobody");
    if (!world_ports_left)
        return -XEN_ENOSPC;
    world_ports_left -= world_ports_left > 0;
    for (*port = 1; *port < PORTS && port_used[*port]; ++*port)
        ;
    if (*port == PORTS)
        return -XEN_ENOSPC;
    port_used[*port] = true;
    world_ports++;
    return 0;
}

void evtchn_close_internal(struct domain *d, evtchn_port_t port)
{
    if (port >= PORTS || !port_used[port])
        give_up("a port is closed twice");
    port_used[port] = false;
    world_ports--;
}

/* Nobody may be told before the vCPU sleeps, or the request is whole. */
void evtchn_send_internal(struct domain *d, evtchn_port_t port)
{
    if (port >= PORTS || !port_used[port])
        give_up("a port is sent to that is closed");
    world_notified = port;
    world_notifications++;
}

void world_begin(void)
{
    fake_machine_init(1);
    fake_memory_init();
    memset(hvm_vcpus, 0, sizeof(hvm_vcpus));
    memset(port_used, 0, sizeof(port_used));
    hvm_domain = (struct hvm_domain){0};
    world_guest = (struct domain){
        .domid = 5, .refs = 1, .hvm = &hvm_domain, .max_vcpus = WORLD_VCPUS, .vcpu = vcpu_table};
    for (unsigned int i = 0; i < WORLD_VCPUS; i++) {
        world_vcpus[i] = (struct vcpu){.id = i, .domain = &world_guest, .hvm = &hvm_vcpus[i]};
        vcpu_table[i] = &world_vcpus[i];
    }
    fake_current[0] = &world_vcpus[0];
    world_crashes = world_pages = world_ports = world_notifications = 0;
    world_notified = 0;
    world_ports_left = -1;
    world_dying = false;
    ioreq_domain_init(&world_guest);
    ioreq_init();
}

unsigned long world_end(void)
{
    ioreq_domain_close(&world_guest);
    if (fake_locks_held)
        give_up("a lock is still held");
    return world_pages + world_ports + fake_memory_leaks();
}

bool world_waits(unsigned int vcpu)
{
    return world_vcpus[vcpu].pause_flags & BIT(VCPU_IOREQ);
}

ioservid_t world_server(uint32_t kind, uint64_t first, uint64_t last)
{
    ioservid_t id = UINT16_MAX;

    if (ioreq_server_create(&world_guest, WORLD_EMULATOR, HVM_IOREQSRV_BUFIOREQ_ATOMIC, &id) ||
        ioreq_server_enable(&world_guest, WORLD_EMULATOR, id, true) ||
        ioreq_range_map(&world_guest, WORLD_EMULATOR, id, kind, first, last))
        give_up("no server");
    return id;
}

static void *frame(ioservid_t id, uint32_t index)
{
    uint64_t mfn;

    if (ioreq_server_frame(&world_guest, WORLD_EMULATOR, id, index, &mfn))
        give_up("no frame");
    return mfn_to_virt(mfn);
}

struct ioreq *world_slot(ioservid_t id, unsigned int vcpu)
{
    return (struct ioreq *)frame(id, 1) + vcpu;
}

struct buffered_iopage *world_ring(ioservid_t id)
{
    return frame(id, 0);
}

void world_answer(ioservid_t id, unsigned int vcpu, uint64_t data)
{
    struct ioreq *slot = world_slot(id, vcpu);

    slot->data = data;
    slot->state = STATE_IORESP_READY;
    evtchn_internal_event(&world_guest, vcpu);
}
