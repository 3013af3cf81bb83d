/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The container of a Linux x86 kernel, by its boot protocol: a boot sector and setup code that we
 * don't need, then the protected-mode part, in which the setup header says where the payload lies.
 * The last four bytes of the payload are its unpacked length.
 */
#include <stdbool.h>
#include <xen/errno.h>

#include "boot/bzimage.h"
#include "lib/string.h"

#define SECTOR_LEN 512

/* Offsets in the setup header. */
#define SETUP_SECTORS        0x1f1
#define SETUP_BOOT_FLAG      0x1fe
#define SETUP_MAGIC          0x202
#define SETUP_VERSION        0x206
#define SETUP_LOAD_FLAGS     0x211
#define SETUP_PAYLOAD_OFFSET 0x248
#define SETUP_PAYLOAD_LENGTH 0x24c
#define SETUP_END            0x250

#define BOOT_FLAG           0xaa55
#define LOADED_HIGH         0x01
#define VERSION_WITH_LAYOUT 0x0208
#define SECTORS_IF_ZERO     4
#define TRAILER_LEN         4

/* What a payload may start with, and what to say of it; NULL is what we want. */
static const struct packing {
    uint8_t magic[6];
    uint8_t magic_len;
    const char *why;
} packings[] = {
    {{0xfd, '7', 'z', 'X', 'Z', 0}, 6, NULL},
    {{0x1f, 0x8b}, 2, "it is packed with gzip; only XZ kernels can be started"},
    {{0x1f, 0x9e}, 2, "it is packed with gzip; only XZ kernels can be started"},
    {{'B', 'Z', 'h'}, 3, "it is packed with bzip2; only XZ kernels can be started"},
    {{0x5d, 0, 0}, 3, "it is packed with LZMA; only XZ kernels can be started"},
    {{0x89, 'L', 'Z', 'O'}, 4, "it is packed with LZO; only XZ kernels can be started"},
    {{0x02, 0x21, 'L', 0x18}, 4, "it is packed with LZ4; only XZ kernels can be started"},
    {{0x28, 0xb5, 0x2f, 0xfd}, 4, "it is packed with Zstandard; only XZ kernels can be started"},
    {{0x7f, 'E', 'L', 'F'}, 4, "it is not packed at all; only XZ kernels can be started"},
};

static uint16_t read_le16(const uint8_t *at)
{
    uint16_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static uint32_t read_le32(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static const char *packing_problem(const uint8_t *payload, size_t len)
{
    for (size_t n = 0; n < sizeof(packings) / sizeof(packings[0]); n++) {
        const struct packing *packing = &packings[n];

        if (len >= packing->magic_len && memcmp(payload, packing->magic, packing->magic_len) == 0)
            return packing->why;
    }
    return "it is packed in an unknown way; only XZ kernels can be started";
}

/* Why these bytes are not a bzImage that says where its payload is; NULL if they are. */
static const char *header_problem(const uint8_t *image, size_t size)
{
    if (size < SETUP_END || read_le16(image + SETUP_BOOT_FLAG) != BOOT_FLAG ||
        memcmp(image + SETUP_MAGIC, "HdrS", 4) != 0)
        return "it is not a Linux bzImage";
    if (read_le16(image + SETUP_VERSION) < VERSION_WITH_LAYOUT)
        return "its boot protocol is older than 2.08";
    if (!(image[SETUP_LOAD_FLAGS] & LOADED_HIGH))
        return "it is a zImage, for loading in low memory";
    return NULL;
}

int bzimage_parse(const void *image, size_t size, struct bzimage *bz, const char **why)
{
    const uint8_t *bytes = image;
    uint64_t start, len;
    unsigned int sectors;

    *why = header_problem(bytes, size);
    if (*why)
        return -XEN_ENOEXEC;

    sectors = bytes[SETUP_SECTORS] ? bytes[SETUP_SECTORS] : SECTORS_IF_ZERO;
    start = (sectors + 1) * SECTOR_LEN + (uint64_t)read_le32(bytes + SETUP_PAYLOAD_OFFSET);
    len = read_le32(bytes + SETUP_PAYLOAD_LENGTH);
    if (start > size || len > size - start) {
        *why = "its payload reaches beyond the end of the file; it may be cut off";
        return -XEN_EINVAL;
    }
    if (len <= TRAILER_LEN) {
        *why = "its payload is empty";
        return -XEN_EINVAL;
    }
    len -= TRAILER_LEN;

    *why = packing_problem(bytes + start, len);
    if (*why)
        return -XEN_EOPNOTSUPP;

    *bz = (struct bzimage){
        .payload = bytes + start,
        .payload_len = len,
        .unpacked_len = read_le32(bytes + start + len),
        .boot_version = read_le16(bytes + SETUP_VERSION),
    };
    return 0;
}

int bzimage_unpack(const struct bzimage *bz, void *out, struct xz_work *work)
{
    size_t written;
    int error;

    error = xz_decode(bz->payload, bz->payload_len, out, bz->unpacked_len, &written, work);
    if (!error && written != bz->unpacked_len) {
        work->why = "it unpacks to less than it says";
        error = -XEN_EILSEQ;
    }
    return error;
}
