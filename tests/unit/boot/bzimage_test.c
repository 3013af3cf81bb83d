/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bzImage containers made here, right ones and wrong ones. */
#include <xen/errno.h>

#include "boot/bzimage.h"
#include "check.h"
#include "xz_pack.h"

#define SECTORS 4
#define START   ((SECTORS + 1) * 512)
#define OFFSET  0x123

static struct bytes plain;
static struct bytes packed;

static void put16(struct bytes image, size_t at, unsigned int value)
{
    image.data[at] = (uint8_t)value;
    image.data[at + 1] = (uint8_t)(value >> 8);
}

static void put32(struct bytes image, size_t at, uint32_t value)
{
    put16(image, at, value & 0xffff);
    put16(image, at + 2, value >> 16);
}

/* A sound image around any payload; the end of the file is the end of the payload. */
static struct bytes make_image(const void *payload, size_t len)
{
    struct bytes image = new_bytes(START + OFFSET + len + 4);

    memset(image.data, 0x5a, image.len);
    image.data[0x1f1] = SECTORS;
    put16(image, 0x1fe, 0xaa55);
    memcpy(image.data + 0x202, "HdrS", 4);
    put16(image, 0x206, 0x20f);
    image.data[0x211] = 0x01;
    put32(image, 0x248, OFFSET);
    put32(image, 0x24c, (uint32_t)len + 4);
    memcpy(image.data + START + OFFSET, payload, len);
    put32(image, START + OFFSET + len, (uint32_t)plain.len);
    return image;
}

static int parse(struct bytes image, struct bzimage *bz, const char **why)
{
    /* A copy without a byte to spare. */
    struct bytes copy = copy_bytes(image.data, image.len);
    int error = bzimage_parse(copy.data, copy.len, bz, why);

    if (!error)
        bz->payload = image.data + (bz->payload - copy.data);
    free(copy.data);
    return error;
}

static void test_sound(void)
{
    struct bytes image = make_image(packed.data, packed.len);
    struct bytes out = new_bytes(plain.len);
    static struct xz_work work;
    struct bzimage bz;
    const char *why;

    CHECK_EQ(parse(image, &bz, &why), 0);
    CHECK(bz.payload == image.data + START + OFFSET);
    CHECK_EQ(bz.payload_len, packed.len);
    CHECK_EQ(bz.unpacked_len, plain.len);
    CHECK_EQ(bz.boot_version, 0x20f);
    CHECK_EQ(bzimage_unpack(&bz, out.data, &work), 0);
    CHECK(memcmp(out.data, plain.data, plain.len) == 0);

    /* Says less or more than there is. */
    bz.unpacked_len--;
    CHECK_EQ(bzimage_unpack(&bz, out.data, &work), -XEN_ENOSPC);
    CHECK(work.why != NULL);
    bz.unpacked_len += 2;
    free(out.data);
    out = new_bytes(bz.unpacked_len);
    CHECK_EQ(bzimage_unpack(&bz, out.data, &work), -XEN_EILSEQ);
    CHECK_STR(work.why, "it unpacks to less than it says");
    free(out.data);
    free(image.data);
}

/* No sectors given means four, which is what the image has. */
static void test_old_sector_count(void)
{
    struct bytes image = make_image(packed.data, packed.len);
    struct bzimage bz = {0};
    const char *why;

    image.data[0x1f1] = 0;
    CHECK_EQ(parse(image, &bz, &why), 0);
    CHECK(bz.payload == image.data + START + OFFSET);
    free(image.data);
}

static void test_packings(void)
{
    static const struct {
        const char *start;
        size_t len;
        const char *named;
    } cases[] = {
        {"\x1f\x8b\x08\x00", 4, "gzip"},
        {"BZh9", 4, "bzip2"},
        {"\x5d\x00\x00\x80", 4, "LZMA"},
        {"\x89LZO", 4, "LZO"},
        {"\x02\x21L\x18", 4, "LZ4"},
        {"\x28\xb5\x2f\xfd", 4, "Zstandard"},
        {"\177ELF", 4, "not packed"},
        {"what", 4, "unknown"},
        {"\xfd"
         "7zX",
         4, "unknown"}, /* cut short */
    };

    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        struct bytes image = make_image(cases[n].start, cases[n].len);
        struct bzimage bz;
        const char *why = NULL;

        CHECK_EQ(parse(image, &bz, &why), -XEN_EOPNOTSUPP);
        CHECK(why && strstr(why, cases[n].named));
        free(image.data);
    }
}

/* One field wrong at a time. */
static void test_wrong_headers(void)
{
    static const struct {
        size_t at;
        uint32_t value;
        int error;
    } cases[] = {
        {0x1fe, 0, -XEN_ENOEXEC},         {0x202, 0x12345678, -XEN_ENOEXEC},
        {0x206, 0x207, -XEN_ENOEXEC},     {0x20e, 0, -XEN_ENOEXEC}, /* covers the load flags */
        {0x248, 0xffffffff, -XEN_EINVAL}, {0x248, OFFSET + 1, -XEN_EINVAL},
        {0x24c, 0xffffffff, -XEN_EINVAL}, {0x24c, 4, -XEN_EINVAL},
        {0x24c, 0, -XEN_EINVAL},          {0x24c, 7, -XEN_EOPNOTSUPP}, /* three bytes of magic */
    };

    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        struct bytes image = make_image(packed.data, packed.len);
        struct bzimage bz;
        const char *why = NULL;

        put32(image, cases[n].at, cases[n].value);
        CHECK_EQ(parse(image, &bz, &why), cases[n].error);
        CHECK(why != NULL);
        free(image.data);
    }
}

static void test_cut_off(void)
{
    struct bytes image = make_image(packed.data, packed.len);

    for (size_t len = 0; len < image.len; len++) {
        struct bzimage bz;
        const char *why = NULL;

        CHECK_EQ(parse((struct bytes){image.data, len}, &bz, &why),
                 len < 0x250 ? -XEN_ENOEXEC : -XEN_EINVAL);
        CHECK(why != NULL);
    }
    free(image.data);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s XZ-PROGRAM\n", argv[0]);
        return EXIT_FAILURE;
    }
    xz_pack_init(argv[1]);
    plain = new_bytes(1000);
    memset(plain.data, 'k', plain.len);
    packed = xz_pack(plain, "--check=crc32 --x86 --lzma2");

    RUN(test_sound);
    RUN(test_old_sector_count);
    RUN(test_packings);
    RUN(test_wrong_headers);
    RUN(test_cut_off);

    free(plain.data);
    free(packed.data);
    return check_done();
}
