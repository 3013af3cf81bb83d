/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LZMA symbol decoder.
 *
 * Unpacking the dom0 kernel is a good part of the time to boot, so everything a symbol needs is
 * inlined into one loop, with the range coder in registers, and bounds are looked at once a symbol.
 */
#include "boot/lzma_symbols.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

#define PROB_BITS  11
#define PROB_EVEN  (1u << (PROB_BITS - 1))
#define PROB_SPEED 5
#define RANGE_TOP  (1u << 24)

#define MATCH_LENGTH_MIN 2

struct range_coder {
    uint32_t range;
    uint32_t code;
    const uint8_t *in;
};

bool lzma_set_properties(struct lzma_state *lzma, uint8_t packed)
{
    unsigned int lc = packed % 9, lp = packed / 9 % 5, pb = packed / 45;

    if (pb > 4 || lc + lp > 4)
        return false;
    lzma->properties = (struct lzma_properties){
        .literal_context_bits = lc,
        .literal_position_mask = (1u << lp) - 1,
        .position_mask = (1u << pb) - 1,
    };
    lzma_reset(lzma);
    return true;
}

void lzma_reset(struct lzma_state *lzma)
{
    lzma_prob *prob = (lzma_prob *)&lzma->model;

    for (size_t n = 0; n < sizeof(lzma->model) / sizeof(*prob); n++)
        prob[n] = PROB_EVEN;
    for (unsigned int n = 0; n < 4; n++)
        lzma->repeat[n] = 0;
    lzma->state = 0;
}

static ALWAYS_INLINE void rc_normalize(struct range_coder *rc)
{
    if (rc->range < RANGE_TOP) {
        rc->range <<= 8;
        rc->code = (rc->code << 8) | *rc->in++;
    }
}

/* One modelled bit; the model moves towards what it turned out to be. */
static ALWAYS_INLINE bool rc_bit(struct range_coder *rc, lzma_prob *prob)
{
    uint32_t chance = *prob, bound;

    rc_normalize(rc);
    bound = (rc->range >> PROB_BITS) * chance;
    if (rc->code < bound) {
        rc->range = bound;
        *prob = (lzma_prob)(chance + (((1u << PROB_BITS) - chance) >> PROB_SPEED));
        return false;
    }
    rc->range -= bound;
    rc->code -= bound;
    *prob = (lzma_prob)(chance - (chance >> PROB_SPEED));
    return true;
}

/* A tree of modelled bits, highest bit first. The result has a leading one in front of it. */
static ALWAYS_INLINE uint32_t rc_tree(struct range_coder *rc, lzma_prob *probs, uint32_t limit)
{
    uint32_t node = 1;

    do
        node = (node << 1) | rc_bit(rc, &probs[node]);
    while (node < limit);
    return node;
}

/* The same with the lowest bit first, without the leading one. */
static ALWAYS_INLINE uint32_t rc_tree_reverse(struct range_coder *rc, lzma_prob *probs,
                                              unsigned int bits)
{
    uint32_t node = 1, value = 0;

    for (unsigned int n = 0; n < bits; n++) {
        uint32_t bit = rc_bit(rc, &probs[node]);

        node = (node << 1) | bit;
        value |= bit << n;
    }
    return value;
}

/* Bits without a model: each as likely as not. */
static ALWAYS_INLINE uint32_t rc_direct(struct range_coder *rc, unsigned int bits)
{
    uint32_t value = 0;

    while (bits--) {
        uint32_t below;

        rc_normalize(rc);
        rc->range >>= 1;
        rc->code -= rc->range;
        below = -(rc->code >> 31);
        rc->code += rc->range & below;
        value = (value << 1) + (below + 1);
    }
    return value;
}

static ALWAYS_INLINE uint32_t decode_length(struct range_coder *rc, struct lzma_length_model *model,
                                            uint32_t pos_state)
{
    if (!rc_bit(rc, &model->beyond_low))
        return MATCH_LENGTH_MIN + rc_tree(rc, model->low[pos_state], 8) - 8;
    if (!rc_bit(rc, &model->beyond_middle))
        return MATCH_LENGTH_MIN + 8 + rc_tree(rc, model->middle[pos_state], 8) - 8;
    return MATCH_LENGTH_MIN + 16 + rc_tree(rc, model->high, 256) - 256;
}

/* How far back a new match lies, less one. */
static ALWAYS_INLINE uint32_t decode_distance(struct range_coder *rc, struct lzma_model *model,
                                              uint32_t length)
{
    uint32_t kind = length - MATCH_LENGTH_MIN;
    uint32_t slot, base, bits;

    if (kind >= LZMA_LENGTH_STATES)
        kind = LZMA_LENGTH_STATES - 1;
    slot = rc_tree(rc, model->slot[kind], 1 << LZMA_SLOT_BITS) - (1 << LZMA_SLOT_BITS);
    if (slot < 4)
        return slot;

    /* A slot is the two leading bits of the distance and how many follow. */
    bits = (slot >> 1) - 1;
    base = (2 | (slot & 1)) << bits;
    if (slot < LZMA_MODELLED_SLOTS)
        return base + rc_tree_reverse(rc, &model->distance[base - slot], bits);

    base += rc_direct(rc, bits - LZMA_ALIGN_BITS) << LZMA_ALIGN_BITS;
    return base + rc_tree_reverse(rc, model->align, LZMA_ALIGN_BITS);
}

/* A literal right after a match: the byte that the match would have gone on with steers it. */
static ALWAYS_INLINE uint8_t decode_steered_literal(struct range_coder *rc, lzma_prob *probs,
                                                    uint32_t expected)
{
    uint32_t node = 1, agrees = 0x100;

    do {
        uint32_t expected_bit, bit;

        expected <<= 1;
        expected_bit = expected & agrees;
        bit = rc_bit(rc, &probs[agrees + expected_bit + node]);
        node = (node << 1) | bit;
        agrees &= bit ? expected_bit : ~expected_bit;
    } while (node < 0x100);
    return (uint8_t)node;
}

static ALWAYS_INLINE void copy_word(uint8_t *to, const uint8_t *from)
{
    uint64_t word;

    __builtin_memcpy(&word, from, sizeof(word));
    __builtin_memcpy(to, &word, sizeof(word));
}

/*
 * Repeats length bytes from `back` bytes ago. May scribble over up to seven bytes behind the
 * result, if they are before buffer_end: they will be written later.
 */
static ALWAYS_INLINE uint8_t *copy_match(uint8_t *out, size_t back, uint32_t length,
                                         const uint8_t *buffer_end)
{
    const uint8_t *from = out - back;
    uint8_t *end = out + length;

    if ((size_t)(buffer_end - out) >= length + 8u) {
        /* Write a short period out byte by byte until it is a word apart from its source. */
        const uint8_t *source = from;

        for (size_t period = back; period < 8; period += back)
            for (size_t n = 0; n < back; n++)
                *out++ = *source++;
        while (out < end) {
            copy_word(out, from);
            out += 8;
            from += 8;
        }
    } else {
        while (out < end)
            *out++ = *from++;
    }
    return end;
}

static ALWAYS_INLINE uint32_t state_after_literal(uint32_t state)
{
    if (state < 4)
        return 0;
    return state < 10 ? state - 3 : state - 6;
}

static ALWAYS_INLINE bool literal_came_last(uint32_t state)
{
    return state < 7;
}

/*
 * A repeat of one of the last four distances, which moves to the front. Returns the length; 1 is
 * the short form, a single byte at the newest distance.
 */
static ALWAYS_INLINE uint32_t decode_repeat(struct range_coder *rc, struct lzma_model *model,
                                            uint32_t state, uint32_t pos_state, uint32_t repeat[4])
{
    if (!rc_bit(rc, &model->is_repeat_1_up[state])) {
        if (!rc_bit(rc, &model->is_repeat_0_long[state][pos_state]))
            return 1;
    } else {
        uint32_t chosen;

        if (!rc_bit(rc, &model->is_repeat_2_up[state])) {
            chosen = repeat[1];
        } else {
            if (!rc_bit(rc, &model->is_repeat_3[state])) {
                chosen = repeat[2];
            } else {
                chosen = repeat[3];
                repeat[3] = repeat[2];
            }
            repeat[2] = repeat[1];
        }
        repeat[1] = repeat[0];
        repeat[0] = chosen;
    }
    return decode_length(rc, &model->repeat_length, pos_state);
}

static ALWAYS_INLINE uint8_t decode_literal(struct range_coder *rc, struct lzma_model *model,
                                            const struct lzma_properties *properties,
                                            const uint8_t *out, size_t position, uint32_t state,
                                            uint32_t back)
{
    uint32_t lc = properties->literal_context_bits;
    uint32_t before = position ? out[-1] : 0;
    uint32_t coder = ((uint32_t)position & properties->literal_position_mask) << lc;
    lzma_prob *probs = model->literal[coder + (before >> (8 - lc))];

    if (literal_came_last(state))
        return (uint8_t)rc_tree(rc, probs, 0x100);
    return decode_steered_literal(rc, probs, *(out - back - 1));
}

const char *lzma_decode_run(struct lzma_state *lzma, const struct lzma_run *run)
{
    /* Copies that no store through a pointer can reach, so that they may stay in registers. */
    const struct lzma_properties properties = lzma->properties;
    const uint8_t *const in_end = run->in_end, *const dictionary = run->dictionary;
    uint8_t *const out_end = run->out_end, *const buffer_end = run->buffer_end;
    struct lzma_model *model = &lzma->model;
    uint32_t repeat[4] = {lzma->repeat[0], lzma->repeat[1], lzma->repeat[2], lzma->repeat[3]};
    uint32_t state = lzma->state;
    struct range_coder rc = {.range = ~0u, .in = run->in + LZMA_START_LEN};
    uint8_t *out = run->out;

    if (run->in[0] != 0)
        return "a chunk of packed data does not start with a zero byte";
    for (unsigned int n = 1; n < LZMA_START_LEN; n++)
        rc.code = (rc.code << 8) | run->in[n];

    while (out < out_end) {
        size_t position = (size_t)(out - dictionary);
        uint32_t pos_state = (uint32_t)position & properties.position_mask;
        uint32_t length;

        if (rc.in > in_end)
            return "a chunk of packed data ends too early";

        if (!rc_bit(&rc, &model->is_match[state][pos_state])) {
            *out = decode_literal(&rc, model, &properties, out, position, state, repeat[0]);
            out++;
            state = state_after_literal(state);
            continue;
        }

        if (rc_bit(&rc, &model->is_repeat[state])) {
            length = decode_repeat(&rc, model, state, pos_state, repeat);
            if (length == 1)
                state = literal_came_last(state) ? 9 : 11;
            else
                state = literal_came_last(state) ? 8 : 11;
        } else {
            length = decode_length(&rc, &model->match_length, pos_state);
            repeat[3] = repeat[2];
            repeat[2] = repeat[1];
            repeat[1] = repeat[0];
            repeat[0] = decode_distance(&rc, model, length);
            state = literal_came_last(state) ? 7 : 10;
        }
        if (repeat[0] >= position)
            return "a match reaches back beyond the beginning of the data";
        if (length > (size_t)(out_end - out))
            return "a match goes on beyond the end of its chunk";
        out = copy_match(out, (size_t)repeat[0] + 1, length, buffer_end);
    }

    if (rc.in <= in_end)
        rc_normalize(&rc);
    if (rc.in != in_end || rc.code != 0)
        return "a chunk of packed data does not end where it should";

    for (unsigned int n = 0; n < 4; n++)
        lzma->repeat[n] = repeat[n];
    lzma->state = state;
    return NULL;
}
