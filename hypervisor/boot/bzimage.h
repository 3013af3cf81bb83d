/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container of a Linux x86 kernel: finds the packed ELF image inside and unpacks it. */
#ifndef BOOT_BZIMAGE_H
#define BOOT_BZIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "boot/xz.h"

struct bzimage {
    const uint8_t *payload; /* one .xz stream, inside the image */
    size_t payload_len;
    size_t unpacked_len;   /* as the image says; bzimage_unpack() holds it to that */
    uint16_t boot_version; /* of the boot protocol: 0x020f is 2.15 */
};

/*
 * Looks over a bzImage of size bytes. Returns 0, or with *why set to a constant phrase:
 *   -XEN_ENOEXEC     not a bzImage, or one from before boot protocol 2.08
 *   -XEN_EINVAL      its sizes and offsets do not fit together, or it is cut off
 *   -XEN_EOPNOTSUPP  packed with something else than XZ
 */
int bzimage_parse(const void *image, size_t size, struct bzimage *bz, const char **why);

/*
 * Unpacks to out, which has room for bz->unpacked_len bytes. Returns 0, or an error of xz_decode()
 * or -XEN_EILSEQ if the length turns out another, with work->why set.
 */
int bzimage_unpack(const struct bzimage *bz, void *out, struct xz_work *work);

#endif
