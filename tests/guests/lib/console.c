/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's console: the ring that dom0's xenconsoled reads (xen/io/console.h); a dom0 writes to
 * the hypervisor's own. */
#include "micro.h"

#include <xen/event_channel.h>
#include <xen/io/console.h>
#include <xen/sched.h>

#include "text.h"

#define PATIENCE_NS 20000000000UL
#define OUT_SIZE    ((XENCONS_RING_IDX)sizeof(((struct xencons_interface *)0)->out))

static struct xencons_interface *ring;
static evtchn_port_t port;

void console_init(void *page, uint32_t its_port)
{
    ring = page;
    port = its_port;
}

static void notify(void)
{
    struct evtchn_send send = {.port = port};

    (void)call2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
}

static XENCONS_RING_IDX waiting(void)
{
    return ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE);
}

/* Waits until at most that much is in the ring. False when dom0 does not come. */
static bool wait_for_room(XENCONS_RING_IDX most)
{
    uint64_t deadline = time_ns() + PATIENCE_NS;

    while (waiting() > most) {
        notify();
        nap(1000000);
        if (time_ns() > deadline)
            return false;
    }
    return true;
}

void console_write(const char *text, size_t length)
{
    if (!ring) {
        (void)call3(__HYPERVISOR_console_io, CONSOLEIO_write, length, text);
        return;
    }
    for (; length; length--, text++) {
        if (waiting() >= OUT_SIZE && !wait_for_room(OUT_SIZE / 2))
            return;
        ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = *text;
        __atomic_store_n(&ring->out_prod, ring->out_prod + 1, __ATOMIC_RELEASE);
        if (*text == '\n') /* so that a kernel that comes no further has said how far it came */
            notify();
    }
}

void console_flush(void)
{
    if (ring)
        (void)wait_for_room(0);
}

void print(const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    console_write(text, format_text(text, sizeof(text), format, &args));
    va_end(args);
}

_Noreturn void finish(unsigned int reason)
{
    struct sched_shutdown shutdown = {.reason = reason};

    console_flush();
    for (;;)
        (void)call2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &shutdown);
}
