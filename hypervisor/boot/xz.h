/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The .xz container, as the kernel build makes it: decoded from memory to memory in one call. */
#ifndef BOOT_XZ_H
#define BOOT_XZ_H

#include <stddef.h>
#include <stdint.h>

#include "boot/crc32.h"
#include "boot/lzma_symbols.h"

/* Scratch memory of one decoding, about 36 KiB; the caller's, and needs no initialising. */
struct xz_work {
    /* After an error: what is wrong with the file, a constant phrase without a full stop. */
    const char *why;
    struct crc32_table crc;
    struct lzma_state lzma;
};

/*
 * Decodes one whole .xz stream (no padding behind it) of in_len bytes into out. Knows LZMA2, alone
 * or behind the x86 branch filter, and CRC32 checks or none. The dictionary is the output buffer,
 * so its size does not matter. Everything that the file says about itself is checked.
 *
 * Returns 0 with *written set, or with work->why set:
 *   -XEN_EINVAL      not an .xz stream, or cut off
 *   -XEN_EILSEQ      damaged: a checksum or a size is wrong, or the packed data makes no sense
 *   -XEN_EOPNOTSUPP  an .xz stream that uses something else than the above
 *   -XEN_ENOSPC      unpacks to more than out_len
 * On error the contents of out are undefined; nothing outside the buffers is ever touched.
 */
int xz_decode(const void *in, size_t in_len, void *out, size_t out_len, size_t *written,
              struct xz_work *work);

#endif
