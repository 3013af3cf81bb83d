/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a stream can be: configuration, negotiation, opening. */
#include <glib.h>
#include <xen/errno.h>

#include "sndif-params.h"

#define BIT(format) (UINT64_C(1) << (format))
#define CD          (BIT(XENSND_PCM_FORMAT_S16_LE) | BIT(XENSND_PCM_FORMAT_U8))

/* What our own nodes say. */
static struct sndif_limits usual_limits(void)
{
    struct sndif_limits limits;

    sndif_limits_init(&limits);
    g_assert_true(sndif_limits_narrow(&limits, &(struct sndif_texts){.formats = "u8,s16_le",
                                                                     .rates = "44100,8000,48000",
                                                                     .channels_max = "2",
                                                                     .buffer_size = "262144"}));
    return limits;
}

static void test_narrow(void)
{
    struct sndif_limits limits = usual_limits();

    g_assert_cmphex(limits.formats, ==, CD);
    g_assert_cmpuint(limits.channels_min, ==, 1);
    g_assert_cmpuint(limits.channels_max, ==, 2);
    g_assert_cmpuint(limits.buffer_max, ==, 262144);
    /* A level below is a part of the one above, whatever it says. */
    g_assert_true(sndif_limits_narrow(&limits, &(struct sndif_texts){.formats = "s16_le,float_le",
                                                                     .channels_max = "200",
                                                                     .buffer_size = "4294967295"}));
    g_assert_cmphex(limits.formats, ==, BIT(XENSND_PCM_FORMAT_S16_LE));
    g_assert_cmpuint(limits.channels_max, ==, 2);
    g_assert_cmpuint(limits.buffer_max, ==, 262144);
}

static void test_narrow_bad(void)
{
    static const struct sndif_texts bad[] = {
        {.formats = ""},
        {.formats = "mpeg,gsm"},
        {.formats = "S16_LE"},
        {.formats = "s16_le "},
        {.formats = "s16"},
        {.rates = ""},
        {.rates = "0"},
        {.rates = "44101"},
        {.rates = "441000000000000000000000000"},
        {.rates = ",,,"},
        {.channels_max = "0"},
        {.channels_max = "-1"},
        {.channels_min = "9"},
        {.channels_min = "2", .channels_max = "1"},
        {.channels_max = "99999999999"},
        {.buffer_size = "0"},
        {.buffer_size = "64k"},
        {.buffer_size = "4294967296"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct sndif_limits limits, before;

        sndif_limits_init(&limits);
        before = limits;
        g_test_message("%zu", i);
        g_assert_false(sndif_limits_narrow(&limits, &bad[i]));
        g_assert_cmpmem(&limits, sizeof(limits), &before, sizeof(before));
    }
}

/* Unknown items are skipped, and lists may be as long as they like. */
static void test_long_lists(void)
{
    g_autofree char *many = g_strnfill(100000, ',');
    g_autofree char *rates = g_strconcat(many, "48000,7", many, NULL);
    struct sndif_limits limits;
    struct xensnd_query_hw_param asked = {.formats = ~UINT64_C(0),
                                          .rates = {0, UINT32_MAX},
                                          .channels = {0, UINT32_MAX},
                                          .buffer = {0, UINT32_MAX},
                                          .period = {0, UINT32_MAX}};
    struct xensnd_query_hw_param answer;

    sndif_limits_init(&limits);
    g_assert_true(sndif_limits_narrow(
        &limits, &(struct sndif_texts){.rates = rates, .formats = "x,gsm,,u8"}));
    g_assert_cmpint(sndif_query(&limits, &asked, &answer), ==, 0);
    g_assert_cmpuint(answer.rates.min, ==, 48000);
    g_assert_cmpuint(answer.rates.max, ==, 48000);
    g_assert_cmphex(answer.formats, ==, BIT(XENSND_PCM_FORMAT_U8));
}

/* As ALSA does: everything first, then less and less. */
static void test_query(void)
{
    struct sndif_limits limits = usual_limits();
    struct xensnd_query_hw_param asked = {.formats = ~UINT64_C(0),
                                          .rates = {4000, 192000},
                                          .channels = {1, 32},
                                          .buffer = {1, UINT32_MAX},
                                          .period = {1, UINT32_MAX}};
    struct xensnd_query_hw_param answer;

    g_assert_cmpint(sndif_query(&limits, &asked, &answer), ==, 0);
    g_assert_cmphex(answer.formats, ==, CD);
    g_assert_cmpuint(answer.rates.min, ==, 8000);
    g_assert_cmpuint(answer.rates.max, ==, 48000);
    g_assert_cmpuint(answer.channels.min, ==, 1);
    g_assert_cmpuint(answer.channels.max, ==, 2);
    g_assert_cmpuint(answer.buffer.max, ==, 262144); /* mono, 8 bits */
    g_assert_cmpuint(answer.buffer.min, ==, 8000 * 40 / 1000);
    g_assert_cmpuint(answer.period.min, ==, 8000 * 10 / 1000);
    asked = answer;
    asked.formats = BIT(XENSND_PCM_FORMAT_S16_LE);
    asked.rates.min = 44000;
    asked.channels.min = 2;
    g_assert_cmpint(sndif_query(&limits, &asked, &answer), ==, 0);
    g_assert_cmpuint(answer.rates.min, ==, 44100);
    g_assert_cmpuint(answer.rates.max, ==, 48000);
    g_assert_cmpuint(answer.buffer.max, ==, 262144 / 4);
    g_assert_cmpuint(answer.buffer.min, ==, 44100 * 40 / 1000);
}

static void test_query_bad(void)
{
    static const struct xensnd_query_hw_param bad[] = {
        {0, {0, 192000}, {1, 2}, {0, UINT32_MAX}, {0, UINT32_MAX}},
        {BIT(63), {0, 192000}, {1, 2}, {0, UINT32_MAX}, {0, UINT32_MAX}},
        {CD, {44101, 47999}, {1, 2}, {0, UINT32_MAX}, {0, UINT32_MAX}},
        {CD, {192000, 0}, {1, 2}, {0, UINT32_MAX}, {0, UINT32_MAX}},
        {CD, {0, 192000}, {3, 2}, {0, UINT32_MAX}, {0, UINT32_MAX}},
        {CD, {0, 192000}, {3, 8}, {0, UINT32_MAX}, {0, UINT32_MAX}},
        {CD, {0, 192000}, {1, 2}, {0, 1}, {0, UINT32_MAX}},
        {CD, {0, 192000}, {1, 2}, {UINT32_MAX, UINT32_MAX}, {0, UINT32_MAX}},
        {CD, {0, 192000}, {1, 2}, {0, UINT32_MAX}, {0, 1}},
        {CD, {0, 192000}, {1, 2}, {0, 1000}, {1001, UINT32_MAX}},
    };
    struct sndif_limits limits = usual_limits();

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct xensnd_query_hw_param answer = {.formats = 77};

        g_test_message("%zu", i);
        g_assert_cmpint(sndif_query(&limits, &bad[i], &answer), ==, -XEN_EINVAL);
        g_assert_cmpuint(answer.formats, ==, 77);
    }
}

static void test_open(void)
{
    struct sndif_limits limits = usual_limits();
    struct xensnd_open_req request = {.pcm_rate = 48000,
                                      .pcm_format = XENSND_PCM_FORMAT_S16_LE,
                                      .pcm_channels = 2,
                                      .buffer_sz = 65536 + 4,
                                      .period_sz = 4096};
    struct sndif_shape shape;

    g_assert_cmpint(sndif_open_parse(&limits, &request, &shape), ==, 0);
    g_assert_cmpuint(shape.frame, ==, 4);
    g_assert_cmpuint(shape.rate, ==, 48000);
    g_assert_cmpuint(shape.buffer, ==, 65540);
    g_assert_cmpuint(shape.period, ==, 4096);
    g_assert_cmpuint(sndif_shape_pages(&shape), ==, 17);
}

static void test_open_bad(void)
{
    static const struct xensnd_open_req bad[] = {
        {44101, XENSND_PCM_FORMAT_S16_LE, 2, 0, 4096, 1, 0},
        {16000, XENSND_PCM_FORMAT_S16_LE, 2, 0, 4096, 1, 0}, /* not in the configuration */
        {0, XENSND_PCM_FORMAT_S16_LE, 2, 0, 4096, 1, 0},
        {48000, XENSND_PCM_FORMAT_S16_BE, 2, 0, 4096, 1, 0},
        {48000, XENSND_PCM_FORMAT_GSM, 2, 0, 4096, 1, 0},
        {48000, 63, 2, 0, 4096, 1, 0},
        {48000, 64 + XENSND_PCM_FORMAT_S16_LE, 2, 0, 4096, 1, 0},
        {48000, 255, 2, 0, 4096, 1, 0},
        {48000, XENSND_PCM_FORMAT_S16_LE, 0, 0, 4096, 1, 0},
        {48000, XENSND_PCM_FORMAT_S16_LE, 3, 0, 4092, 1, 0},
        {48000, XENSND_PCM_FORMAT_S16_LE, 255, 0, 4080, 1, 0},
        {48000, XENSND_PCM_FORMAT_S16_LE, 2, 0, 0, 1, 0},
        {48000, XENSND_PCM_FORMAT_S16_LE, 2, 0, 4095, 1, 0},
        {48000, XENSND_PCM_FORMAT_S16_LE, 2, 0, 262148, 1, 0},
        {48000, XENSND_PCM_FORMAT_S16_LE, 2, 0, UINT32_MAX - 3, 1, 0},
        {48000, XENSND_PCM_FORMAT_S16_LE, 2, 0, 4096, 1, 4097},
        {48000, XENSND_PCM_FORMAT_S16_LE, 2, 0, 4096, 1, UINT32_MAX},
    };
    struct sndif_limits limits = usual_limits();

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct sndif_shape shape = {.rate = 77};

        g_test_message("%zu", i);
        g_assert_cmpint(sndif_open_parse(&limits, &bad[i], &shape), ==, -XEN_EINVAL);
        g_assert_cmpuint(shape.rate, ==, 77);
    }
}

static void test_range(void)
{
    static const struct {
        uint32_t offset, length;
        bool good;
    } cases[] = {
        {0, 4096, true},
        {4092, 4, true},
        {0, 0, true},
        {4096, 0, false},
        {4092, 8, false},
        {0, 4100, false},
        {2, 4, false},
        {0, 2, false},
        {0, UINT32_MAX - 3, false},
        {UINT32_MAX - 3, 4, false},
        {8, UINT32_MAX - 7, false},
        {4, UINT32_MAX - 3, false}, /* whose sum is 0 */
    };
    const struct sndif_shape shape = {.frame = 4, .buffer = 4096};

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct xensnd_rw_req request = {cases[i].offset, cases[i].length};

        g_test_message("%zu", i);
        g_assert_cmpint(sndif_range_is_good(&shape, &request), ==, cases[i].good);
    }
}

static void test_silence(void)
{
    g_assert_cmphex(sndif_silence(XENSND_PCM_FORMAT_U8), ==, 0x80);
    g_assert_cmphex(sndif_silence(XENSND_PCM_FORMAT_S16_LE), ==, 0);
    g_assert_cmphex(sndif_silence(XENSND_PCM_FORMAT_A_LAW), ==, 0xd5);
    g_assert_cmphex(sndif_silence(XENSND_PCM_FORMAT_MU_LAW), ==, 0xff);
    g_assert_cmphex(sndif_silence(200), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/params/narrow", test_narrow);
    g_test_add_func("/params/narrow-bad", test_narrow_bad);
    g_test_add_func("/params/long-lists", test_long_lists);
    g_test_add_func("/params/query", test_query);
    g_test_add_func("/params/query-bad", test_query_bad);
    g_test_add_func("/params/open", test_open);
    g_test_add_func("/params/open-bad", test_open_bad);
    g_test_add_func("/params/range", test_range);
    g_test_add_func("/params/silence", test_silence);
    return g_test_run();
}
