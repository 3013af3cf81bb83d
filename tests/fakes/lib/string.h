/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's memory and string functions in place of the hypervisor's own. */
#ifndef FAKES_LIB_STRING_H
#define FAKES_LIB_STRING_H

#include <string.h>

/* Not in the C library: what hypervisor/lib/string.h promises. */
static inline size_t string_copy(char *dst, const char *src, size_t size)
{
    size_t len = strlen(src);

    if (size) {
        size_t n = len < size ? len : size - 1;

        memcpy(dst, src, n);
        dst[n] = '\0';
    }
    return len;
}

#endif
