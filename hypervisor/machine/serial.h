/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serial port COM1 (16550), 115200 baud: the console of last resort. */
#ifndef MACHINE_SERIAL_H
#define MACHINE_SERIAL_H

#include "lib/compiler.h"

/* Called for each character that arrives, from the port's interrupt; NULL: dropped. */
extern void (*serial_input)(char c);

/* Programs the port, for output. False when there is none. */
bool serial_init(void);
/* Lets its interrupt in; after the IO-APIC is set up. */
void serial_start_input(void);
/* Writes text; a newline gets its carriage return. Any context; waits for the port. */
void serial_write(const char *text, size_t len);

#endif
