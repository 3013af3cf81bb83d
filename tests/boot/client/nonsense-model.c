/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device model that is out of its mind, beside a guest's real one: it takes ports and memory
 * where the guest of hw_asks.c looks for devices, and answers.
 *
 *   nonsense-model DOMID ANSWERS
 *       makes ANSWERS answers of which nothing but the state is right, over which it writes as it
 *       likes, with calls of the same kind between them; then one whose state is wrong as well, and
 *       says "answered ANSWERS" */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xendevicemodel.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/ioreq.h>
#include <xen/memory.h>

/* As hw_asks.c has them. */
#define PORTS        0x5000
#define PORTS_END    0x50ff
#define MEMORY       0xd0000000UL
#define MEMORY_END   0xd0000fffUL
#define PAGE_SIZE    4096
#define FRAMES       2 /* the ring, and the slots */
#define WRONG_STATE  0xf
#define CALL_EVERY   16
#define LINES        256
#define GUEST_FRAMES 0x1000000

static xendevicemodel_handle *models;
static domid_t guest;
static ioservid_t server;
static uint8_t *pages;
static struct ioreq *slot;
static uint32_t seed = 12345;

static uint32_t dice(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

static void must(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

/* Takes the places where the guest asks, and maps the pages. */
static void set_up(void)
{
    xenforeignmemory_handle *memory = xenforeignmemory_open(NULL, 0);

    models = xendevicemodel_open(NULL, 0);
    must(memory && models, "the hypervisor");
    must(!xendevicemodel_create_ioreq_server(models, guest, HVM_IOREQSRV_BUFIOREQ_ATOMIC, &server),
         "a server");
    must(!xendevicemodel_map_io_range_to_ioreq_server(models, guest, server, 0, PORTS, PORTS_END),
         "its ports");
    must(!xendevicemodel_map_io_range_to_ioreq_server(models, guest, server, 1, MEMORY, MEMORY_END),
         "its memory");
    must(xenforeignmemory_map_resource(memory, guest, XENMEM_resource_ioreq_server, server, 0,
                                       FRAMES, (void **)&pages, PROT_READ | PROT_WRITE, 0),
         "its pages");
    slot = (struct ioreq *)(pages + PAGE_SIZE);
}

/* All of both pages but the first slot's state, which others look at. */
static void scribble(void)
{
    size_t state = PAGE_SIZE + offsetof(struct ioreq, type) - 1;

    for (size_t i = 0; i < FRAMES * PAGE_SIZE; i++)
        if (i != state)
            pages[i] = (uint8_t)dice();
}

/* Calls of a device model's, with what no machine has. */
static void call(void)
{
    (void)xendevicemodel_set_pci_intx_level(models, guest, (uint16_t)dice(), (uint8_t)dice(),
                                            (uint8_t)dice(), (uint8_t)dice(), dice() % 3);
    (void)xendevicemodel_set_isa_irq_level(models, guest, (uint8_t)dice(), dice() % 3);
    (void)xendevicemodel_set_pci_link_route(models, guest, (uint8_t)dice(), (uint8_t)dice());
    (void)xendevicemodel_inject_msi(models, guest, (uint64_t)dice() << 32 | dice(), dice());
    (void)xendevicemodel_modified_memory(models, guest, (uint64_t)dice() << 20, dice());
    (void)xendevicemodel_set_mem_type(models, guest, (hvmmem_type_t)(dice() % 8),
                                      GUEST_FRAMES + dice(), dice() % LINES);
    (void)xendevicemodel_inject_event(models, guest, (int)dice(), (uint8_t)dice(), (uint8_t)dice(),
                                      dice(), (uint8_t)dice(), dice());
    (void)xendevicemodel_map_io_range_to_ioreq_server(models, guest, (ioservid_t)dice(), dice() % 2,
                                                      dice(), dice());
}

/* The others who ask at once, or who are told without a question, are left alone. */
static bool is_asked(void)
{
    return slot->state == STATE_IOREQ_READY;
}

static void answer_all(unsigned int count)
{
    xenevtchn_handle *events = xenevtchn_open(NULL, 0);
    xenevtchn_port_or_error_t port;
    uint32_t theirs = slot->vp_eport;
    unsigned int answered = 0;

    must(events, "events");
    port = xenevtchn_bind_interdomain(events, guest, theirs);
    must(port >= 0, "the guest's port");
    must(!xendevicemodel_set_ioreq_server_state(models, guest, server, 1), "to begin");
    while (answered <= count) {
        xenevtchn_port_or_error_t pending = xenevtchn_pending(events);

        must(pending >= 0 && !xenevtchn_unmask(events, (evtchn_port_t)pending), "an event");
        if (!is_asked())
            continue;
        scribble();
        if (answered % CALL_EVERY == 0)
            call();
        slot->state = answered < count ? STATE_IORESP_READY : WRONG_STATE;
        answered++;
        must(!xenevtchn_notify(events, (evtchn_port_t)port), "to answer");
    }
}

int main(int argc, char **argv)
{
    unsigned int answers;

    if (argc != 3) {
        fputs("usage: nonsense-model DOMID ANSWERS\n", stderr);
        return EXIT_FAILURE;
    }
    guest = (domid_t)atoi(argv[1]);
    answers = (unsigned int)atoi(argv[2]);
    set_up();
    answer_all(answers);
    printf("answered %u\n", answers);
    return EXIT_SUCCESS;
}
