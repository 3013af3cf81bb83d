/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LZMA2: the packer inside .xz, decoded from one whole buffer into another. */
#ifndef BOOT_LZMA2_H
#define BOOT_LZMA2_H

#include <stddef.h>
#include <stdint.h>

#include "boot/lzma_symbols.h"

/*
 * How many bytes behind the packed data must be readable (their value does not matter): the
 * symbol decoder looks at its bounds once a symbol, and no symbol takes more than this.
 */
#define LZMA2_READ_SLACK LZMA_SYMBOL_MAX

/* What lzma2_decode() is given and what it gives back. */
struct lzma2_job {
    const uint8_t *in;
    size_t in_len;
    uint8_t *out;
    size_t out_len;
    /* Result: how much was read and written. */
    size_t in_used;
    size_t out_used;
    /* Result: what is wrong with the data, a constant sentence without a full stop. */
    const char *why;
};

/*
 * Decodes up to and including the end marker. The output buffer is the dictionary. Returns 0 or
 * -XEN_EILSEQ (damaged data, or more output than fits), with job->why set. in_len must not count
 * the slack. Never touches anything outside the two buffers and the slack.
 */
int lzma2_decode(struct lzma_state *lzma, struct lzma2_job *job);

#endif
