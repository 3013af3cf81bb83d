/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The LZMA symbol decoder: range coder, probability model, literals and matches. */
#ifndef BOOT_LZMA_SYMBOLS_H
#define BOOT_LZMA_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The most input one symbol can take. The longest one codes 22 bits with a model and 26 without. A
 * modelled bit takes at most 6.05 bits off the range (no probability falls under 31/2048), so 153
 * go before the last bit. The range holds at least 17.9 bits when a symbol starts and fewer than
 * 32 after a byte was taken in: (32 - 17.9 + 153) / 8 is less than 21.
 */
#define LZMA_SYMBOL_MAX 20

/* Range coder start-up: a zero byte and the first 32 bits of code. */
#define LZMA_START_LEN 5

#define LZMA_STATES         12
#define LZMA_POS_STATES     16
#define LZMA_LITERAL_PROBS  0x300
#define LZMA_LITERAL_CODERS 16 /* lc + lp <= 4 */
#define LZMA_LENGTH_STATES  4
#define LZMA_SLOT_BITS      6
#define LZMA_ALIGN_BITS     4
#define LZMA_MODELLED_SLOTS 14
#define LZMA_MODELLED_TO    128 /* distances from slots below LZMA_MODELLED_SLOTS */

typedef uint16_t lzma_prob;

struct lzma_length_model {
    lzma_prob beyond_low;
    lzma_prob beyond_middle;
    lzma_prob low[LZMA_POS_STATES][8];
    lzma_prob middle[LZMA_POS_STATES][8];
    lzma_prob high[256];
};

/* All of it is an array of lzma_prob, and is reset as one. */
struct lzma_model {
    lzma_prob is_match[LZMA_STATES][LZMA_POS_STATES];
    lzma_prob is_repeat[LZMA_STATES];
    lzma_prob is_repeat_1_up[LZMA_STATES];
    lzma_prob is_repeat_0_long[LZMA_STATES][LZMA_POS_STATES];
    lzma_prob is_repeat_2_up[LZMA_STATES];
    lzma_prob is_repeat_3[LZMA_STATES];
    struct lzma_length_model match_length;
    struct lzma_length_model repeat_length;
    lzma_prob slot[LZMA_LENGTH_STATES][1 << LZMA_SLOT_BITS];
    lzma_prob distance[LZMA_MODELLED_TO];
    lzma_prob align[1 << LZMA_ALIGN_BITS];
    lzma_prob literal[LZMA_LITERAL_CODERS][LZMA_LITERAL_PROBS];
};

/* How the model is chosen: by bits of the byte before (lc) and of the position (lp, pb). */
struct lzma_properties {
    uint32_t literal_context_bits;
    uint32_t literal_position_mask;
    uint32_t position_mask;
};

/* What lives on from one LZMA2 chunk to the next. About 28 KiB; the caller's memory. */
struct lzma_state {
    struct lzma_model model;
    struct lzma_properties properties;
    uint32_t repeat[4]; /* the last four distances, less one, newest first */
    uint32_t state;     /* what the last symbols were: below 7, a literal came last */
};

/* One run of symbols: a chunk of input and the stretch of output that it must fill exactly. */
struct lzma_run {
    const uint8_t *in;
    const uint8_t *in_end; /* LZMA_SYMBOL_MAX bytes behind it are readable */
    uint8_t *out;
    uint8_t *out_end;          /* where this run's output ends */
    uint8_t *buffer_end;       /* up to here writing is harmless */
    const uint8_t *dictionary; /* where the history starts */
};

/* Takes lc/lp/pb from their packed byte and resets the model; false if the byte is not valid. */
bool lzma_set_properties(struct lzma_state *lzma, uint8_t properties);

/* Forgets what was learnt, keeps the properties. */
void lzma_reset(struct lzma_state *lzma);

/* Decodes one run, which must be at least LZMA_START_LEN long; NULL, or what is wrong with it. */
const char *lzma_decode_run(struct lzma_state *lzma, const struct lzma_run *run);

#endif
