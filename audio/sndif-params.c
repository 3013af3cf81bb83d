/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's stream of sound can be: formats, rates, channels, sizes. */
#include "sndif-params.h"

#include <string.h>

#include <xen/errno.h>

#include "backend/number.h"
#include "backend/shared-page.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the sound server plays as it is. 24 bits lie in the lower part of 32. */
static const struct {
    const char *name;
    uint8_t format;
    uint8_t octets; /* of a sample */
    uint8_t silence;
} formats[] = {
    {XENSND_PCM_FORMAT_U8_STR, XENSND_PCM_FORMAT_U8, 1, 0x80},
    {XENSND_PCM_FORMAT_S16_LE_STR, XENSND_PCM_FORMAT_S16_LE, 2, 0},
    {XENSND_PCM_FORMAT_S16_BE_STR, XENSND_PCM_FORMAT_S16_BE, 2, 0},
    {XENSND_PCM_FORMAT_S24_LE_STR, XENSND_PCM_FORMAT_S24_LE, 4, 0},
    {XENSND_PCM_FORMAT_S24_BE_STR, XENSND_PCM_FORMAT_S24_BE, 4, 0},
    {XENSND_PCM_FORMAT_S32_LE_STR, XENSND_PCM_FORMAT_S32_LE, 4, 0},
    {XENSND_PCM_FORMAT_S32_BE_STR, XENSND_PCM_FORMAT_S32_BE, 4, 0},
    {XENSND_PCM_FORMAT_F32_LE_STR, XENSND_PCM_FORMAT_F32_LE, 4, 0},
    {XENSND_PCM_FORMAT_F32_BE_STR, XENSND_PCM_FORMAT_F32_BE, 4, 0},
    {XENSND_PCM_FORMAT_MU_LAW_STR, XENSND_PCM_FORMAT_MU_LAW, 1, 0xff},
    {XENSND_PCM_FORMAT_A_LAW_STR, XENSND_PCM_FORMAT_A_LAW, 1, 0xd5},
};

/* In rising order. */
static const uint32_t rates[] = {5512,  8000,  11025, 16000, 22050,  32000, 44100,
                                 48000, 64000, 88200, 96000, 176400, 192000};

_Static_assert(COUNT(rates) < 32, "rates are bits of 32");

/* --- configuration --- */

void sndif_limits_init(struct sndif_limits *limits)
{
    *limits = (struct sndif_limits){
        .rates = (1u << COUNT(rates)) - 1,
        .channels_min = 1,
        .channels_max = SNDIF_MAX_CHANNELS,
        .buffer_max = SNDIF_MAX_BUFFER,
    };
    for (size_t i = 0; i < COUNT(formats); i++)
        limits->formats |= UINT64_C(1) << formats[i].format;
}

static uint64_t format_bit(const char *name, size_t length)
{
    for (size_t i = 0; i < COUNT(formats); i++)
        if (strlen(formats[i].name) == length && memcmp(formats[i].name, name, length) == 0)
            return UINT64_C(1) << formats[i].format;
    return 0;
}

static uint64_t rate_bit(const char *text, size_t length)
{
    char copy[XENSND_SAMPLE_RATE_MAX_LEN + 1];
    uint64_t number;

    if (length >= sizeof(copy))
        return 0;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (!number_parse(copy, UINT32_MAX, &number))
        return 0;
    for (size_t i = 0; i < COUNT(rates); i++)
        if (rates[i] == number)
            return UINT64_C(1) << i;
    return 0;
}

/* The bits of all items of a list that have one. */
static uint64_t read_list(const char *text, uint64_t (*bit)(const char *item, size_t length))
{
    uint64_t bits = 0;

    while (*text) {
        size_t length = strcspn(text, XENSND_LIST_SEPARATOR);

        bits |= bit(text, length);
        text += length + (text[length] != '\0');
    }
    return bits;
}

/* A number that may be missing; false if it is there and makes no sense. */
static bool read_number(const char *text, uint64_t *number)
{
    return !text || (number_parse(text, UINT32_MAX, number) && *number > 0);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

bool sndif_limits_narrow(struct sndif_limits *limits, const struct sndif_texts *texts)
{
    uint64_t channels_min = limits->channels_min, channels_max = limits->channels_max;
    uint64_t buffer_max = limits->buffer_max;
    struct sndif_limits narrow = *limits;

    if (!read_number(texts->channels_min, &channels_min) ||
        !read_number(texts->channels_max, &channels_max) ||
        !read_number(texts->buffer_size, &buffer_max))
        return false;
    narrow.channels_min = (unsigned)larger(limits->channels_min, channels_min);
    narrow.channels_max = (unsigned)smaller(limits->channels_max, channels_max);
    narrow.buffer_max = (uint32_t)smaller(limits->buffer_max, buffer_max);
    if (texts->formats)
        narrow.formats &= read_list(texts->formats, format_bit);
    if (texts->rates)
        narrow.rates &= (uint32_t)read_list(texts->rates, rate_bit);
    if (!narrow.formats || !narrow.rates || narrow.channels_min > narrow.channels_max)
        return false;
    *limits = narrow;
    return true;
}

/* --- negotiation --- */

static bool intersect(uint32_t asked_min, uint32_t asked_max, uint64_t min, uint64_t max,
                      uint32_t *ret_min, uint32_t *ret_max)
{
    uint64_t from = larger(asked_min, min), to = smaller(asked_max, max);

    *ret_min = (uint32_t)from;
    *ret_max = (uint32_t)to;
    return from <= to;
}

/* The lowest and the highest rate that is both allowed and asked for. */
static bool narrow_rates(const struct sndif_limits *limits,
                         const struct xensnd_query_hw_param *asked,
                         struct xensnd_query_hw_param *answer)
{
    uint32_t lowest = 0, highest = 0;

    for (size_t i = 0; i < COUNT(rates); i++) {
        if (!(limits->rates & 1u << i) || rates[i] < asked->rates.min ||
            rates[i] > asked->rates.max)
            continue;
        lowest = lowest ? lowest : rates[i];
        highest = rates[i];
    }
    answer->rates.min = lowest;
    answer->rates.max = highest;
    return highest > 0;
}

static uint32_t smallest_sample(uint64_t mask)
{
    uint32_t octets = UINT32_MAX;

    for (size_t i = 0; i < COUNT(formats); i++)
        if (mask >> formats[i].format & 1)
            octets = (uint32_t)smaller(octets, formats[i].octets);
    return octets;
}

/*
 * Buffer and period in frames. The bounds are those of the smallest frame and the lowest rate that
 * are still possible: a front end asks again when it has chosen, and bounds may only get tighter.
 */
static bool narrow_sizes(const struct sndif_limits *limits,
                         const struct xensnd_query_hw_param *asked,
                         struct xensnd_query_hw_param *answer)
{
    uint32_t frame = smallest_sample(answer->formats) * answer->channels.min;
    uint64_t buffer_min = (uint64_t)answer->rates.min * SNDIF_MIN_BUFFER_MS / 1000;
    uint64_t period_min = (uint64_t)answer->rates.min * SNDIF_MIN_PERIOD_MS / 1000;

    return intersect(asked->buffer.min, asked->buffer.max, buffer_min, limits->buffer_max / frame,
                     &answer->buffer.min, &answer->buffer.max) &&
           intersect(asked->period.min, asked->period.max, period_min, answer->buffer.max,
                     &answer->period.min, &answer->period.max);
}

int sndif_query(const struct sndif_limits *limits, const struct xensnd_query_hw_param *asked,
                struct xensnd_query_hw_param *ret_answer)
{
    struct xensnd_query_hw_param answer = {.formats = asked->formats & limits->formats};

    if (!answer.formats || !narrow_rates(limits, asked, &answer) ||
        !intersect(asked->channels.min, asked->channels.max, limits->channels_min,
                   limits->channels_max, &answer.channels.min, &answer.channels.max) ||
        !narrow_sizes(limits, asked, &answer))
        return -XEN_EINVAL;
    *ret_answer = answer;
    return 0;
}

/* --- opening --- */

static bool rate_is_allowed(const struct sndif_limits *limits, uint32_t rate)
{
    for (size_t i = 0; i < COUNT(rates); i++)
        if (rates[i] == rate)
            return limits->rates >> i & 1;
    return false;
}

int sndif_open_parse(const struct sndif_limits *limits, const struct xensnd_open_req *request,
                     struct sndif_shape *ret_shape)
{
    uint32_t frame;

    if (request->pcm_format >= 64 || !(limits->formats >> request->pcm_format & 1) ||
        !rate_is_allowed(limits, request->pcm_rate) ||
        request->pcm_channels < limits->channels_min ||
        request->pcm_channels > limits->channels_max)
        return -XEN_EINVAL;
    frame = smallest_sample(UINT64_C(1) << request->pcm_format) * request->pcm_channels;
    if (request->buffer_sz == 0 || request->buffer_sz > limits->buffer_max ||
        request->buffer_sz % frame != 0 || request->period_sz > request->buffer_sz)
        return -XEN_EINVAL;
    *ret_shape = (struct sndif_shape){
        .format = request->pcm_format,
        .channels = request->pcm_channels,
        .rate = request->pcm_rate,
        .frame = frame,
        .buffer = request->buffer_sz,
        .period = request->period_sz,
    };
    return 0;
}

size_t sndif_shape_pages(const struct sndif_shape *shape)
{
    return (shape->buffer + (size_t)SHARED_PAGE_SIZE - 1) / SHARED_PAGE_SIZE;
}

bool sndif_range_is_good(const struct sndif_shape *shape, const struct xensnd_rw_req *request)
{
    return request->offset < shape->buffer && request->length <= shape->buffer - request->offset &&
           request->offset % shape->frame == 0 && request->length % shape->frame == 0;
}

uint8_t sndif_silence(uint8_t format)
{
    for (size_t i = 0; i < COUNT(formats); i++)
        if (formats[i].format == format)
            return formats[i].silence;
    return 0;
}
