/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LZMA2: a row of chunks, each a control byte, sizes, and either plain bytes or LZMA symbols.
 *
 *   00       end
 *   01, 02   plain bytes; 01 also forgets the history
 *   80..ff   symbols; bits 5-6 say what is reset before: nothing, the model, the model with new
 *            properties, all of that and the history; bits 0-4 are the top of the output size
 */
#include <stdbool.h>
#include <xen/errno.h>

#include "boot/lzma2.h"
#include "lib/string.h"

#define CONTROL_END         0x00
#define CONTROL_PLAIN_RESET 0x01
#define CONTROL_PLAIN       0x02
#define CONTROL_SYMBOLS     0x80
#define CONTROL_RESET       0xa0
#define CONTROL_PROPERTIES  0xc0
#define CONTROL_RESET_ALL   0xe0

#define PLAIN_HEADER_LEN   3
#define SYMBOLS_HEADER_LEN 5

/* Where we are; the decoder is handed a chunk at a time. */
struct cursor {
    struct lzma_state *lzma;
    const uint8_t *in, *in_end;
    uint8_t *out, *out_end;
    const uint8_t *dictionary; /* NULL until a chunk has started one */
    bool has_properties;
};

static const char too_short[] = "the packed data ends in the middle of a chunk";
static const char too_long[] = "the packed data holds more than its headers say";

static uint32_t read_be16(const uint8_t *at)
{
    return ((uint32_t)at[0] << 8) | at[1];
}

static size_t in_left(const struct cursor *at)
{
    return (size_t)(at->in_end - at->in);
}

static size_t out_left(const struct cursor *at)
{
    return (size_t)(at->out_end - at->out);
}

static const char *plain_chunk(struct cursor *at, uint8_t control)
{
    size_t len;

    if (in_left(at) < PLAIN_HEADER_LEN)
        return too_short;
    len = read_be16(at->in + 1) + 1;
    at->in += PLAIN_HEADER_LEN;
    if (len > in_left(at))
        return too_short;
    if (len > out_left(at))
        return too_long;

    if (control == CONTROL_PLAIN_RESET) {
        at->dictionary = at->out;
        at->has_properties = false;
    } else if (!at->dictionary) {
        return "the first chunk of packed data builds on an earlier one";
    }
    memcpy(at->out, at->in, len);
    at->in += len;
    at->out += len;
    return NULL;
}

/* What a chunk of symbols asks to be reset; takes its properties byte where it has one. */
static const char *prepare(struct cursor *at, uint8_t control)
{
    if (control >= CONTROL_RESET_ALL)
        at->dictionary = at->out;
    if (!at->dictionary)
        return "the first chunk of packed data builds on an earlier one";

    if (control >= CONTROL_PROPERTIES) {
        if (!in_left(at))
            return too_short;
        if (!lzma_set_properties(at->lzma, *at->in++))
            return "a chunk of packed data has impossible properties";
        at->has_properties = true;
    } else if (!at->has_properties) {
        return "a chunk of packed data comes without properties";
    } else if (control >= CONTROL_RESET) {
        lzma_reset(at->lzma);
    }
    return NULL;
}

static const char *symbols_chunk(struct cursor *at, uint8_t control)
{
    size_t in_len, out_len;
    struct lzma_run run;
    const char *why;

    if (in_left(at) < SYMBOLS_HEADER_LEN)
        return too_short;
    out_len = ((size_t)(control & 0x1f) << 16) + read_be16(at->in + 1) + 1;
    in_len = read_be16(at->in + 3) + 1;
    at->in += SYMBOLS_HEADER_LEN;

    why = prepare(at, control);
    if (why)
        return why;
    if (in_len < LZMA_START_LEN || in_len > in_left(at))
        return too_short;
    if (out_len > out_left(at))
        return too_long;

    run = (struct lzma_run){
        .in = at->in,
        .in_end = at->in + in_len,
        .out = at->out,
        .out_end = at->out + out_len,
        .buffer_end = at->out_end,
        .dictionary = at->dictionary,
    };
    at->in += in_len;
    at->out += out_len;
    return lzma_decode_run(at->lzma, &run);
}

static const char *next_chunk(struct cursor *at, uint8_t control)
{
    if (control >= CONTROL_SYMBOLS)
        return symbols_chunk(at, control);
    if (control <= CONTROL_PLAIN)
        return plain_chunk(at, control);
    return "a chunk of packed data is of an unknown kind";
}

int lzma2_decode(struct lzma_state *lzma, struct lzma2_job *job)
{
    struct cursor at = {
        .lzma = lzma,
        .in = job->in,
        .in_end = job->in + job->in_len,
        .out = job->out,
        .out_end = job->out + job->out_len,
    };

    job->why = NULL;
    for (;;) {
        uint8_t control;

        if (!in_left(&at)) {
            job->why = too_short;
            return -XEN_EILSEQ;
        }
        control = *at.in;
        if (control == CONTROL_END)
            break;
        job->why = next_chunk(&at, control);
        if (job->why)
            return -XEN_EILSEQ;
    }

    job->in_used = (size_t)(at.in + 1 - job->in);
    job->out_used = (size_t)(at.out - job->out);
    return 0;
}
