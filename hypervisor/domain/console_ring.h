/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes that were logged last. Plain data: console.c, the only user, holds its lock around
 * every call. Positions count all bytes ever logged, modulo 2^32. */
#ifndef DOMAIN_CONSOLE_RING_H
#define DOMAIN_CONSOLE_RING_H

#include "lib/compiler.h"

#define CONSOLE_RING_SIZE 131072u /* a power of two */

void console_ring_append(const char *text, size_t len);
/* See console_ring_read. */
size_t console_ring_copy(char *buf, size_t size, uint32_t *index);
uint32_t console_ring_oldest(void);
void console_ring_forget(void);

#endif
