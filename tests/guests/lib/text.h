/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MICRO_TEXT_H
#define MICRO_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/* Formats at most `size` characters, with no 0 at the end; returns how many. See print(). */
size_t format_text(char *text, size_t size, const char *format, va_list *args);

#endif
