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

static bool present;
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

static void put(char c)
{
    /* A port that never empties must not hang the machine. */
    for (int tries = 0; !(port_in8(PORT + LSR) & LSR_THR_EMPTY) && tries < 100000; tries++)
        cpu_relax();
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
