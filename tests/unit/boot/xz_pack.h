/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files as byte strings, and xz(1) as a function from one to another. Any failure ends the test. */
#ifndef TESTS_UNIT_BOOT_XZ_PACK_H
#define TESTS_UNIT_BOOT_XZ_PACK_H

#include <stddef.h>
#include <stdint.h>

/* Memory exactly as large as its contents, so that the sanitizer sees one byte too many. */
struct bytes {
    uint8_t *data;
    size_t len;
};

struct bytes new_bytes(size_t len);
struct bytes copy_bytes(const uint8_t *data, size_t len);
struct bytes read_file(const char *path);

/* The xz program to use; before the first xz_pack(). */
void xz_pack_init(const char *program);

/* Packs with these xz options, or unpacks with "--decompress". */
struct bytes xz_pack(struct bytes plain, const char *options);

#endif
