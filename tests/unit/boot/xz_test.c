/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The .xz decoder against what xz(1) packs, whole, damaged and cut off. */
#include <stdint.h>
#include <xen/errno.h>

#include "boot/xz.h"
#include "check.h"
#include "xz_pack.h"
#include "xz_repair.h"

static struct xz_work work;

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void check_unpacks(struct bytes packed, struct bytes plain)
{
    struct bytes out = new_bytes(plain.len);
    size_t written = 0;
    int error = xz_decode(packed.data, packed.len, out.data, out.len, &written, &work);

    if (!CHECK_EQ(error, 0))
        fprintf(stderr, "    %s\n", work.why);
    CHECK_EQ(written, plain.len);
    CHECK(memcmp(out.data, plain.data, plain.len) == 0);
    free(out.data);
}

static void fill_random(uint8_t *data, size_t len)
{
    for (size_t n = 0; n < len; n++)
        data[n] = (uint8_t)next_random();
}

static void fill_zeros(uint8_t *data, size_t len)
{
    memset(data, 0, len);
}

static void fill_text(uint8_t *data, size_t len)
{
    static const char *const words[] = {"frame ", "guest ", "page ", "the ", "of ", "a ", "port\n"};

    for (size_t n = 0; n < len;) {
        const char *word = words[next_random() % 7];

        for (; *word && n < len; word++)
            data[n++] = (uint8_t)*word;
    }
}

/* Short periods, which overlapping copies make, of every length up to 20. */
static void fill_periods(uint8_t *data, size_t len)
{
    for (size_t n = 0; n < len;) {
        size_t period = 1 + next_random() % 20, times = 1 + next_random() % 60;

        for (size_t i = 0; i < period * times && n < len; i++, n++)
            data[n] = i < period ? (uint8_t)next_random() : data[n - period];
    }
}

/* Dense in branch opcodes and in near-looking top bytes, some of them inside each other. */
static void fill_branches(uint8_t *data, size_t len)
{
    static const uint8_t bytes[] = {0xe8, 0xe9, 0x00, 0xff, 0x00, 0xff, 0x01, 0x90};

    for (size_t n = 0; n < len; n++)
        data[n] = next_random() % 3 ? bytes[next_random() % 8] : (uint8_t)next_random();
}

/* By turns what packs and what does not: xz stores the latter as it is and then starts anew. */
static void fill_mixed(uint8_t *data, size_t len)
{
    const size_t stretch = 70000;

    for (size_t n = 0; n < len; n += stretch) {
        void (*fill)(uint8_t * data, size_t len) = n / stretch % 2 ? fill_random : fill_text;

        fill(data + n, len - n < stretch ? len - n : stretch);
    }
}

static const struct {
    const char *name;
    void (*fill)(uint8_t *data, size_t len);
} kinds[] = {
    {"random", fill_random},   {"zeros", fill_zeros},       {"text", fill_text},
    {"periods", fill_periods}, {"branches", fill_branches}, {"mixed", fill_mixed},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct bytes make(unsigned int kind, size_t len)
{
    struct bytes plain = new_bytes(len);

    random_state = 12345 + kind;
    kinds[kind].fill(plain.data, len);
    return plain;
}

static void round_trip(unsigned int kind, size_t len, const char *options)
{
    struct bytes plain = make(kind, len);
    struct bytes packed = xz_pack(plain, options);
    unsigned long failed = check_failed;

    check_unpacks(packed, plain);
    if (check_failed != failed)
        fprintf(stderr, "    %zu bytes of %s, xz %s\n", len, kinds[kind].name, options);
    free(plain.data);
    free(packed.data);
}

static void test_sizes(void)
{
    static const size_t sizes[] = {0,  1,  2,  3,    4,     5,     6,       7,      8,
                                   63, 64, 65, 4095, 65536, 65537, 2097152, 2097153};

    for (unsigned int kind = 0; kind < KINDS; kind++)
        for (unsigned int n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++)
            round_trip(kind, sizes[n], "--check=crc32 --x86 --lzma2=preset=0");
}

static void test_options(void)
{
    static const char *const options[] = {
        "--check=crc32 -0",
        "--check=crc32 -6",
        "--check=crc32 -6e",
        "--check=crc32 --x86 --lzma2=preset=1,dict=32MiB",
        "--check=none -6",
        "--check=none --x86 --lzma2=preset=6",
        "--check=crc32 --x86 --lzma2=preset=6,dict=4KiB",
        "--check=crc32 --x86=start=12345 --lzma2=preset=6",
        "--check=crc32 --lzma2=preset=6,lc=0,lp=4,pb=0",
        "--check=crc32 --lzma2=preset=6,lc=4,lp=0,pb=4",
        "--check=crc32 --lzma2=preset=6,lc=1,lp=3,pb=1",
        "--check=crc32 --lzma2=preset=6,lc=0,lp=0,pb=2",
        /* Many blocks, with both sizes in their headers. */
        "--check=crc32 -6 --block-size=50000 -T2",
        "--check=none -6 --block-size=50001",
        "--check=crc32 --x86 --lzma2=preset=6 --block-size=77777",
    };

    for (unsigned int kind = 0; kind < KINDS; kind++)
        for (unsigned int n = 0; n < sizeof(options) / sizeof(options[0]); n++)
            round_trip(kind, 150000, options[n]);
}

/* Expects the decoder to refuse, and to say why. */
static void check_refused(struct bytes packed, size_t out_len)
{
    struct bytes out = new_bytes(out_len);
    size_t written;
    int error = xz_decode(packed.data, packed.len, out.data, out.len, &written, &work);

    CHECK(error < 0);
    CHECK(work.why != NULL);
    free(out.data);
}

static void damage(unsigned int kind, size_t len, const char *options, size_t step)
{
    static const uint8_t flips[] = {0x01, 0x80, 0xff};
    struct bytes plain = make(kind, len);
    struct bytes packed = xz_pack(plain, options);
    unsigned long failed = check_failed;

    for (size_t at = 0; at < packed.len; at += step) {
        for (unsigned int n = 0; n < sizeof(flips); n++) {
            packed.data[at] ^= flips[n];
            check_refused(packed, plain.len);
            packed.data[at] ^= flips[n];
        }
        if (check_failed != failed) {
            fprintf(stderr, "    %s, xz %s, damaged at %zu\n", kinds[kind].name, options, at);
            break;
        }
    }
    free(plain.data);
    free(packed.data);
}

static void test_damaged(void)
{
    damage(2, 6000, "--check=crc32 --x86 --lzma2=preset=6", 1);
    damage(3, 20000, "--check=crc32 -6", 7);
    damage(4, 9000, "--check=crc32 --x86 --lzma2=preset=6", 7);
    damage(0, 2000, "--check=crc32 -6 --block-size=301", 1);
}

/* The footer is what is missing then, whatever else is. */
static void test_cut_off(void)
{
    struct bytes plain = make(2, 6000);
    struct bytes packed = xz_pack(plain, "--check=crc32 --x86 --lzma2=preset=6");

    for (size_t len = 0; len < packed.len; len++) {
        struct bytes cut = copy_bytes(packed.data, len);

        check_refused(cut, plain.len);
        CHECK_EQ(xz_decode(cut.data, cut.len, NULL, 0, NULL, &work), -XEN_EINVAL);
        free(cut.data);
    }
    free(plain.data);
    free(packed.data);
}

static int decode_error(struct bytes packed, size_t out_len)
{
    struct bytes out = new_bytes(out_len);
    size_t written;
    int error = xz_decode(packed.data, packed.len, out.data, out.len, &written, &work);

    free(out.data);
    return error;
}

static void test_refusals(void)
{
    static const struct {
        const char *options;
        size_t room_less;
        int error;
    } cases[] = {
        {"--check=crc64 -6", 0, -XEN_EOPNOTSUPP},
        {"--check=sha256 -6", 0, -XEN_EOPNOTSUPP},
        {"--check=crc32 --arm --lzma2", 0, -XEN_EOPNOTSUPP},
        {"--check=crc32 --delta=dist=4 --lzma2", 0, -XEN_EOPNOTSUPP},
        {"--check=crc32 --x86 --delta=dist=4 --lzma2", 0, -XEN_EOPNOTSUPP},
        {"--check=crc32 -6", 1, -XEN_ENOSPC},
        {"--check=crc32 -6 --block-size=1000", 1, -XEN_ENOSPC},
    };
    struct bytes plain = make(2, 20000);

    for (unsigned int n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        struct bytes packed = xz_pack(plain, cases[n].options);

        CHECK_EQ(decode_error(packed, plain.len - cases[n].room_less), cases[n].error);
        CHECK(work.why != NULL);
        free(packed.data);
    }
    free(plain.data);
}

/* Headers that are sound by themselves and do not agree with each other. */
static void test_disagreements(void)
{
    struct bytes plain = make(2, 1000);
    struct bytes packed = xz_pack(plain, "--check=crc32 --block-size=600 --x86 --lzma2");
    /* From the end: footer (12), checksum of the index (4), its padding and records. */
    const struct {
        const char *what;
        size_t at;
        int error;
    } cases[] = {
        {"stream flags", packed.len - 3, -XEN_EILSEQ},
        {"reserved stream flag", 6, -XEN_EOPNOTSUPP},
        {"size of the index", packed.len - 8, -XEN_EILSEQ},
        {"reserved block flag", 13, -XEN_EOPNOTSUPP},
        {"number of records", packed.len - 16 - 10 + 1, -XEN_EILSEQ},
        {"packed size in the index", packed.len - 16 - 10 + 2, -XEN_EILSEQ},
        {"unpacked size in the index", packed.len - 16 - 10 + 4, -XEN_EILSEQ},
    };

    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        struct bytes altered = copy_bytes(packed.data, packed.len);

        altered.data[cases[n].at] ^= 4;
        xz_repair(altered.data, altered.len);
        if (!CHECK_EQ(decode_error(altered, 2 * plain.len), cases[n].error))
            fprintf(stderr, "    %s\n", cases[n].what);
        free(altered.data);
    }
    CHECK_EQ(decode_error(packed, plain.len), 0);
    free(plain.data);
    free(packed.data);
}

/* Bytes behind the stream: padding is allowed in a file, but nothing of the kind in a payload. */
static void test_trailing_bytes(void)
{
    struct bytes plain = make(2, 1000);
    struct bytes packed = xz_pack(plain, "--check=crc32 -6");
    struct bytes longer = new_bytes(packed.len + 4);

    memset(longer.data, 0, longer.len);
    memcpy(longer.data, packed.data, packed.len);
    check_refused(longer, plain.len);
    free(plain.data);
    free(packed.data);
    free(longer.data);
}

/* A bigger buffer than needed is fine, and the rest of it is none of our business. */
static void test_room_to_spare(void)
{
    struct bytes plain = make(3, 100000);
    struct bytes packed = xz_pack(plain, "--check=crc32 -6");
    struct bytes out = new_bytes(plain.len + 100);
    size_t written = 0;

    memset(out.data, 0xaa, out.len);
    CHECK_EQ(xz_decode(packed.data, packed.len, out.data, out.len, &written, &work), 0);
    CHECK_EQ(written, plain.len);
    CHECK(memcmp(out.data, plain.data, plain.len) == 0);
    for (size_t n = plain.len; n < out.len; n++)
        CHECK_EQ(out.data[n], 0xaa);
    free(plain.data);
    free(packed.data);
    free(out.data);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s XZ-PROGRAM\n", argv[0]);
        return EXIT_FAILURE;
    }
    xz_pack_init(argv[1]);

    RUN(test_sizes);
    RUN(test_options);
    RUN(test_damaged);
    RUN(test_cut_off);
    RUN(test_refusals);
    RUN(test_disagreements);
    RUN(test_trailing_bytes);
    RUN(test_room_to_spare);
    return check_done();
}
