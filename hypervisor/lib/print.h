/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formatted text: into a buffer, and as the hypervisor's log lines. */
#ifndef LIB_PRINT_H
#define LIB_PRINT_H

#include <stdarg.h>

#include "lib/compiler.h"

/* Formats into buf, at most size bytes with the closing NUL. Knows the flags - 0 #, a width and
 * a precision (numbers or *), the lengths h l ll z, and the conversions d i u x X p c s %.
 * Beyond C: %pS prints a code address with the name of its function.
 * Returns the length the whole text would have had, as snprintf(3) does. */
int format_text(char *buf, size_t size, const char *fmt, ...) printf_like(3, 4);
int format_text_va(char *buf, size_t size, const char *fmt, va_list args) printf_like(3, 0);

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Writes one log line (or a part of one, when fmt does not end with a newline). Any context. */
void printk(const char *fmt, ...) printf_like(1, 2);
/* As printk, but only when the log level asks for it. */
void log_at(enum log_level level, const char *fmt, ...) printf_like(2, 3);

/* Lines of a level above this are not printed. */
extern enum log_level log_threshold;

/* The hypervisor can't go on: from now on text has to come out even where a lock can't be had. */
extern bool print_emergency;

/* Where finished text goes; set once by the console at boot. */
extern void (*print_sink)(const char *text, size_t len);
/* Turns a code address into text for %pS; NULL until there is a symbol table. */
extern int (*print_symbol)(char *buf, size_t size, uint64_t address);

#endif
