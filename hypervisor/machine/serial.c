/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serial port; see serial.h. (16550 data sheet: register numbers and bits.) */
#include "lib/print.h"
#include "machine/apic.h"
#include "machine/cpu.h"
#include "machine/ioapic.h"
#include "machine/serial.h"
#include "machine/spinlock.h"
#include "machine/traps.h"

enum { PORT = 0x3f8, IRQ = 4 };
enum { DATA = 0, IER = 1, FCR = 2, LCR = 3, MCR = 4, LSR = 5, SCRATCH = 7 };
#define LSR_DATA_READY 0x01
#define LSR_THR_EMPTY  0x20

/* How often a busy port is looked at before it counts as stuck: longer than a real one takes for a
 * letter. */
enum { LOOKS = 100000 };

static bool present;
static bool stuck;
static struct spinlock lock = SPINLOCK_INIT;
void (*serial_input)(char c);

bool serial_init(void)
{
    port_out8(PORT + SCRATCH, 0x5a);
    present = port_in8(PORT + SCRATCH) == 0x5a;
    if (!present)
        return false;
    port_out8(PORT + IER, 0);
    port_out8(PORT + LCR, 0x80); /* divisor latch */
    port_out8(PORT + DATA, 1);   /* 115200 */
    port_out8(PORT + IER, 0);
    port_out8(PORT + LCR, 0x03); /* 8 bits, no parity, 1 stop bit */
    port_out8(PORT + FCR, 0x07); /* FIFOs on and empty, interrupt at each byte */
    port_out8(PORT + MCR, 0x0b); /* DTR, RTS, interrupt line on */
    return true;
}

static void receive(void *unused)
{
    while (port_in8(PORT + LSR) & LSR_DATA_READY) {
        char c = (char)port_in8(PORT + DATA);

        if (serial_input)
            serial_input(c);
    }
}

void serial_start_input(void)
{
    unsigned int vector;

    if (!present)
        return;
    vector = vector_alloc(receive, NULL);
    if (!vector)
        return;
    ioapic_route(IRQ, vector, 0, false, false);
    ioapic_unmask(IRQ);
    port_out8(PORT + IER, 0x01); /* received data */
    receive(NULL);
}

/* Waits until the port takes a letter. One that does not (an emulated one that nobody reads) must
 * not hang the machine: once found stuck it is looked at only once a letter until it moves again,
 * but for last words. */
static bool wait_empty(void)
{
    bool patient = !stuck || READ_ONCE(print_emergency);

    for (int looks = patient ? LOOKS : 1; looks; looks--) {
        stuck = !(port_in8(PORT + LSR) & LSR_THR_EMPTY);
        if (!stuck)
            return true;
        cpu_relax();
    }
    return false;
}

static void put(char c)
{
    if (wait_empty())
        port_out8(PORT + DATA, (uint8_t)c);
}

void serial_write(const char *text, size_t len)
{
    uint64_t flags = irq_save();
    bool locked = true;

    if (READ_ONCE(print_emergency))
        locked = spin_trylock(&lock);
    else
        spin_lock(&lock);
    for (; present && len; len--, text++) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
    if (locked)
        spin_unlock(&lock);
    irq_restore(flags);
}
