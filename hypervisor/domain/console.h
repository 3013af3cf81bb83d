/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console: who may write what to the serial line, a ring that remembers what was logged, and
 * the queue of characters that were typed for dom0.
 *
 * Three voices share the line. The hypervisor's lines begin with "(vitrine) ". dom0 has the line
 * as its terminal: what it writes passes as it is. Any other domain's text is cut into lines that
 * begin with "(dN) ", without control characters, and at a bounded rate. The ring keeps the
 * hypervisor's and the other domains' lines, for `xl dmesg`. */
#ifndef DOMAIN_CONSOLE_H
#define DOMAIN_CONSOLE_H

#include "lib/compiler.h"

struct domain;

/* Becomes the sink of log text and the receiver of serial input. Once, before the first line. */
void console_init(void);

/* Writes a piece of log text, which may hold several lines or a part of one. Any context. */
void console_log(const char *text, size_t len);
/* Writes a piece of text that a domain wrote. */
void console_write_guest(struct domain *d, const char *text, size_t len);
/* A domain goes: writes the unfinished line that it leaves behind. */
void console_flush_guest(struct domain *d);

/* A character was typed on the serial line: it waits for dom0. Any context. */
void console_input(char c);
/* Takes up to `size` of the characters that wait. Returns how many. */
size_t console_read_input(char *buf, size_t size);

/* Copies from the ring into buf, at most `size` bytes. *index is a count of all bytes ever logged:
 * where to begin, or, when that is no longer there, the oldest byte is taken; it comes back as
 * where to go on. Returns how many bytes were copied. */
size_t console_ring_read(char *buf, size_t size, uint32_t *index);
/* The index of the oldest byte that is still there (and was not cleared). */
uint32_t console_ring_start(void);
/* Forgets what has been logged up to now. */
void console_ring_clear(void);

#endif
