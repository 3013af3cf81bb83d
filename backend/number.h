/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that a guest wrote into xenstore. */
#ifndef BACKEND_NUMBER_H
#define BACKEND_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only, from 0 to @max; false, and *@ret untouched, if @text is anything else. */
bool number_parse(const char *text, uint64_t max, uint64_t *ret);

#endif
