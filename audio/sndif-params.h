/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest's stream of sound can be: formats, rates, channels, sizes.
 *
 * Texts come from the front end's nodes, requests are copies of what a guest wrote; both are
 * checked in full before anything is filled in. An error is the negative number that goes back to
 * the guest (xen/errno.h).
 */
#ifndef AUDIO_SNDIF_PARAMS_H
#define AUDIO_SNDIF_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/io/sndif.h>

#define SNDIF_MAX_CHANNELS 8

/* The largest buffer of one stream, in octets: what a guest has us map. */
#define SNDIF_MAX_BUFFER (1024 * 1024)

/*
 * No buffer is shorter than twice what we keep in the sound server, no period shorter than twice
 * what that asks for at once: Linux would take two of them for one.
 */
#define SNDIF_MIN_BUFFER_MS 40
#define SNDIF_MIN_PERIOD_MS 10

struct sndif_limits {
    uint64_t formats; /* 1 << XENSND_PCM_FORMAT_* */
    uint32_t rates;   /* bits of the table of rates */
    unsigned channels_min, channels_max;
    uint32_t buffer_max; /* octets */
};

/* The nodes of a card, a device or a stream that narrow its limits; each may be NULL. */
struct sndif_texts {
    const char *formats, *rates, *channels_min, *channels_max, *buffer_size;
};

/* Everything that can be played and recorded here. */
void sndif_limits_init(struct sndif_limits *limits);

/*
 * What is left of @limits after what a level of the configuration says. Items of lists that we do
 * not know are skipped. False, and @limits untouched, if nothing is left or a number is none.
 */
bool sndif_limits_narrow(struct sndif_limits *limits, const struct sndif_texts *texts);

/*
 * Narrows what a front end @asked for to what can be had (HW_PARAM_QUERY). 0, or an error if there
 * is nothing in it.
 */
int sndif_query(const struct sndif_limits *limits, const struct xensnd_query_hw_param *asked,
                struct xensnd_query_hw_param *ret_answer);

/* A stream as it is opened. */
struct sndif_shape {
    uint8_t format; /* XENSND_PCM_FORMAT_* */
    unsigned channels;
    uint32_t rate;   /* Hz */
    uint32_t frame;  /* octets: one sample of each channel */
    uint32_t buffer; /* octets, whole frames */
    uint32_t period; /* octets between two events; 0: none are wanted */
};

/* 0 or an error. */
int sndif_open_parse(const struct sndif_limits *limits, const struct xensnd_open_req *request,
                     struct sndif_shape *ret_shape);

/* Pages of a shape's buffer. */
size_t sndif_shape_pages(const struct sndif_shape *shape);

/* Whether an offset and a length lie within the buffer, in whole frames. */
bool sndif_range_is_good(const struct sndif_shape *shape, const struct xensnd_rw_req *request);

/* The octet of which silence is made in @format. */
uint8_t sndif_silence(uint8_t format);

#endif
