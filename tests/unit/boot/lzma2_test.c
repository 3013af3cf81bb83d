/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LZMA2 chunks put together by hand: what no packer writes, and what a damaged file may hold. */
#include <xen/errno.h>

#include "boot/lzma2.h"
#include "check.h"

static struct lzma_state lzma;
static uint8_t *out;
static struct lzma2_job job;

/* Decodes from and to memory that is exactly as large as it may be. */
static int decode(const void *data, size_t len, size_t out_len)
{
    uint8_t *in = calloc(1, len + LZMA2_READ_SLACK);
    int error;

    memcpy(in, data, len);
    free(out);
    out = malloc(out_len ? out_len : 1);
    job = (struct lzma2_job){.in = in, .in_len = len, .out = out, .out_len = out_len};
    error = lzma2_decode(&lzma, &job);
    CHECK((error == 0) == (job.why == NULL));
    free(in);
    return error;
}

#define DECODE(data, out_len) decode(data, sizeof(data) - 1, out_len)

static void test_plain(void)
{
    CHECK_EQ(DECODE("\0", 0), 0);
    CHECK_EQ(job.in_used, 1);
    CHECK_EQ(job.out_used, 0);

    CHECK_EQ(DECODE("\1\0\2abc\2\0\1de\0 and more", 5), 0);
    CHECK_EQ(job.in_used, 12);
    CHECK_EQ(job.out_used, 5);
    CHECK(memcmp(out, "abcde", 5) == 0);
}

static void test_plain_refused(void)
{
    static const char short_chunk[] = "\1\0\2ab";

    for (size_t len = 0; len < sizeof(short_chunk); len++)
        CHECK_EQ(decode(short_chunk, len, 100), -XEN_EILSEQ);
    CHECK_EQ(DECODE("\1\0\2abc\0", 2), -XEN_EILSEQ);
    CHECK_STR(job.why, "the packed data holds more than its headers say");
    CHECK_EQ(DECODE("\1\0\2abc\1\0\0d\0", 3), -XEN_EILSEQ);
    /* Goes on from nothing; a kind that does not exist. */
    CHECK_EQ(DECODE("\2\0\2abc\0", 3), -XEN_EILSEQ);
    CHECK_EQ(DECODE("\3\0\2abc\0", 3), -XEN_EILSEQ);
    CHECK_EQ(DECODE("\x7f\0\2abc\0", 3), -XEN_EILSEQ);
}

/*
 * Symbol chunks. With a code of zero every bit comes out zero: a literal, of value zero, whose nine
 * bits use up one byte more than the five to start with.
 */
static void test_symbols(void)
{
    CHECK_EQ(DECODE("\xe0\0\0\0\5\x5d\0\0\0\0\0\0\0", 1), 0);
    CHECK_EQ(job.out_used, 1);
    CHECK_EQ(out[0], 0);
    /* Again without a reset, without properties, and without a history reset. */
    CHECK_EQ(DECODE("\xe0\0\0\0\5\x5d\0\0\0\0\0\0\x80\0\0\0\5\0\0\0\0\0\0\0", 2), 0);
    CHECK_EQ(DECODE("\xe0\0\0\0\5\x5d\0\0\0\0\0\0\xa0\0\0\0\5\0\0\0\0\0\0\0", 2), 0);
    CHECK_EQ(DECODE("\1\0\0a\xc0\0\0\0\5\x5d\0\0\0\0\0\0\0", 2), 0);
    CHECK(out[0] == 'a' && out[1] == 0);
}

static void test_symbols_refused(void)
{
    static const struct {
        const char *what, *data;
        size_t len;
    } cases[] = {
#define CASE(what, data) {what, data, sizeof(data) - 1}
        CASE("no history", "\xc0\0\0\0\5\x5d\0\0\0\0\0\0\0"),
        CASE("no properties", "\1\0\0a\x80\0\0\0\5\0\0\0\0\0\0\0"),
        CASE("no properties", "\1\0\0a\xa0\0\0\0\5\0\0\0\0\0\0\0"),
        CASE("properties gone with the history",
             "\xe0\0\0\0\5\x5d\0\0\0\0\0\0\1\0\0a\xa0\0\0\0\5\0\0\0\0\0\0\0"),
        CASE("lc + lp = 5", "\xe0\0\0\0\5\x0d\0\0\0\0\0\0\0"),
        CASE("pb = 5", "\xe0\0\0\0\5\xe1\0\0\0\0\0\0\0"),
        CASE("no room to start", "\xe0\0\0\0\3\x5d\0\0\0\0\0\0"),
        CASE("start not zero", "\xe0\0\0\0\5\x5d\1\0\0\0\0\0\0"),
        CASE("code left over", "\xe0\0\0\0\5\x5d\0\0\0\0\1\0\0"),
        CASE("input left over", "\xe0\0\0\0\6\x5d\0\0\0\0\0\0\0\0"),
        CASE("not enough input", "\xe0\0\x63\0\5\x5d\0\0\0\0\0\0\0"),
        CASE("a match with nothing before it", "\xe0\0\1\0\7\x5d\0\xff\xff\xff\xff\0\0\0\0"),
#undef CASE
    };

    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++)
        if (!CHECK_EQ(decode(cases[n].data, cases[n].len, 100), -XEN_EILSEQ))
            fprintf(stderr, "    %s\n", cases[n].what);

    CHECK_EQ(DECODE("\xe0\0\0\0\5\x5d\0\0\0\0\0\0\0", 0), -XEN_EILSEQ);
    CHECK_STR(job.why, "the packed data holds more than its headers say");
}

int main(void)
{
    RUN(test_plain);
    RUN(test_plain_refused);
    RUN(test_symbols);
    RUN(test_symbols_refused);
    free(out);
    return check_done();
}
