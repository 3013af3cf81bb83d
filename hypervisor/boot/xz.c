/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The .xz container.
 *
 *   stream header   magic, flags, CRC32 of the flags
 *   blocks          header (filters), packed data, padding to 4, check of the unpacked data
 *   index           for each block: its size without padding, its unpacked size; padding, CRC32
 *   footer          CRC32, size of the index, flags, magic
 *
 * The whole file is in memory, so we read it from the back: the footer gives the index, and the
 * index gives the exact bounds of every block and the total before the first byte is unpacked.
 */
#include <stdbool.h>
#include <xen/errno.h>

#include "boot/bcj_x86.h"
#include "boot/lzma2.h"
#include "boot/xz.h"
#include "lib/string.h"

#define STREAM_HEADER_LEN 12
#define FOOTER_LEN        12
#define INDEX_LEN_MIN     8

#define CHECK_NONE  0x00
#define CHECK_CRC32 0x01

#define FILTER_X86   0x04
#define FILTER_LZMA2 0x21

#define BLOCK_FILTERS_MINUS_1  0x03
#define BLOCK_RESERVED         0x3c
#define BLOCK_HAS_PACKED_LEN   0x40
#define BLOCK_HAS_UNPACKED_LEN 0x80
#define BLOCK_FILTERS_MAX      2

/* Dictionary sizes are coded 0..40; what they mean does not matter here. */
#define DICTIONARY_CODE_MAX 40

static const uint8_t header_magic[6] = {0xfd, '7', 'z', 'X', 'Z', 0x00};
static const uint8_t footer_magic[2] = {'Y', 'Z'};

/* A stretch of the file that is being read from the front. */
struct span {
    const uint8_t *at;
    const uint8_t *end;
};

/* What is known of the stream once both of its ends have been read. */
struct stream {
    struct xz_work *work;
    struct span blocks;
    struct span index;
    size_t block_count;
    size_t check_len;
    uint8_t *out;
};

/* One block: what the index says of it, and what its own header says. */
struct block {
    uint64_t unpadded_len;
    uint64_t unpacked_len;
    size_t header_len;
    bool x86;
    uint32_t x86_start;
};

static int fail(struct xz_work *work, int error, const char *why)
{
    work->why = why;
    return error;
}

static size_t span_len(const struct span *span)
{
    return (size_t)(span->end - span->at);
}

static uint32_t read_le32(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return value;
}

static uint64_t pad4(uint64_t len)
{
    return (len + 3) & ~(uint64_t)3;
}

/* A number in 7-bit groups, lowest first, at most 63 bits, in its shortest form. */
static bool take_number(struct span *from, uint64_t *value)
{
    uint64_t sum = 0;

    for (unsigned int shift = 0; shift < 63 && from->at < from->end; shift += 7) {
        uint8_t byte = *from->at++;

        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80)
            continue;
        if (byte == 0 && shift != 0)
            return false;
        *value = sum;
        return true;
    }
    return false;
}

/* True if nothing but at most max zero bytes is left. */
static bool only_zeros_left(const struct span *span, size_t max)
{
    if (span_len(span) > max)
        return false;
    for (const uint8_t *at = span->at; at < span->end; at++)
        if (*at)
            return false;
    return true;
}

static int check_stream_header(struct stream *stream, const uint8_t *in)
{
    struct xz_work *work = stream->work;
    const uint8_t *flags = in + sizeof(header_magic);

    if (memcmp(in, header_magic, sizeof(header_magic)) != 0)
        return fail(work, -XEN_EINVAL, "it does not start as an .xz file does");
    if (crc32(&work->crc, flags, 2) != read_le32(flags + 2))
        return fail(work, -XEN_EILSEQ, "the .xz header is damaged");
    if (flags[0] != 0)
        return fail(work, -XEN_EOPNOTSUPP, "the .xz header has flags that are not known");
    if (flags[1] != CHECK_NONE && flags[1] != CHECK_CRC32)
        return fail(work, -XEN_EOPNOTSUPP, "the .xz data is checked by something else than CRC32");
    stream->check_len = flags[1] == CHECK_CRC32 ? 4 : 0;
    return 0;
}

/* Checks the footer and finds the index, which ends where the footer begins. */
static int check_footer(struct stream *stream, const uint8_t *in, size_t in_len)
{
    struct xz_work *work = stream->work;
    const uint8_t *footer = in + in_len - FOOTER_LEN;
    const uint8_t *flags = footer + 8;
    uint64_t index_len = ((uint64_t)read_le32(footer + 4) + 1) * 4;

    if (memcmp(flags + 2, footer_magic, sizeof(footer_magic)) != 0)
        return fail(work, -XEN_EINVAL, "it does not end as an .xz file does; it may be cut off");
    if (crc32(&work->crc, footer + 4, 6) != read_le32(footer))
        return fail(work, -XEN_EILSEQ, "the .xz footer is damaged");
    if (memcmp(flags, in + sizeof(header_magic), 2) != 0)
        return fail(work, -XEN_EILSEQ, "the .xz header and footer do not agree");
    if (index_len < INDEX_LEN_MIN || index_len > in_len - STREAM_HEADER_LEN - FOOTER_LEN)
        return fail(work, -XEN_EILSEQ, "the size of the .xz index makes no sense");

    stream->index = (struct span){footer - index_len, footer};
    stream->blocks = (struct span){in + STREAM_HEADER_LEN, stream->index.at};
    return 0;
}

/* The next record of the index, with sizes that can be added up without a second thought. */
static bool take_record(struct span *records, struct block *block)
{
    return take_number(records, &block->unpadded_len) &&
           take_number(records, &block->unpacked_len) && block->unpadded_len > 0 &&
           block->unpadded_len < SIZE_MAX / 4 && block->unpacked_len < SIZE_MAX / 4;
}

/* Takes the index apart down to its records, which must fill the space of the blocks exactly. */
static int check_index(struct stream *stream, size_t out_len)
{
    static const char damaged[] = "the .xz index is damaged";
    struct xz_work *work = stream->work;
    struct span records = stream->index;
    size_t packed_left = span_len(&stream->blocks);
    uint64_t count;

    records.end -= 4;
    if (crc32(&work->crc, records.at, span_len(&records)) != read_le32(records.end))
        return fail(work, -XEN_EILSEQ, damaged);
    if (*records.at++ != 0 || !take_number(&records, &count))
        return fail(work, -XEN_EILSEQ, damaged);

    stream->index = records;
    stream->block_count = count;
    for (uint64_t n = 0; n < count; n++) {
        struct block block;

        if (!take_record(&records, &block) || pad4(block.unpadded_len) > packed_left)
            return fail(work, -XEN_EILSEQ, damaged);
        packed_left -= pad4(block.unpadded_len);
        if (block.unpacked_len > out_len)
            return fail(work, -XEN_ENOSPC, "it unpacks to more than there is room for");
        out_len -= block.unpacked_len;
    }
    if (!only_zeros_left(&records, 3) || packed_left != 0)
        return fail(work, -XEN_EILSEQ, damaged);
    return 0;
}

/* One filter of a block header. The order must be: x86 or nothing, then LZMA2. */
static int take_filter(struct xz_work *work, struct span *header, bool last, struct block *block)
{
    uint64_t id, len;

    if (!take_number(header, &id) || !take_number(header, &len) || len > span_len(header))
        return fail(work, -XEN_EILSEQ, "a block header of the .xz file is damaged");

    if (last && id == FILTER_LZMA2) {
        if (len != 1 || *header->at > DICTIONARY_CODE_MAX)
            return fail(work, -XEN_EOPNOTSUPP, "a block of the .xz file has unknown options");
    } else if (!last && id == FILTER_X86) {
        if (len != 0 && len != 4)
            return fail(work, -XEN_EOPNOTSUPP, "a block of the .xz file has unknown options");
        block->x86 = true;
        block->x86_start = len ? read_le32(header->at) : 0;
    } else {
        return fail(work, -XEN_EOPNOTSUPP, "the .xz file uses other filters than x86 and LZMA2");
    }
    header->at += len;
    return 0;
}

/* The two sizes that a block header may repeat from the index. */
static bool sizes_agree(const struct stream *stream, struct span *header, uint8_t flags,
                        const struct block *block)
{
    uint64_t len;

    if (flags & BLOCK_HAS_PACKED_LEN) {
        if (!take_number(header, &len) ||
            len != block->unpadded_len - block->header_len - stream->check_len)
            return false;
    }
    if (flags & BLOCK_HAS_UNPACKED_LEN) {
        if (!take_number(header, &len) || len != block->unpacked_len)
            return false;
    }
    return true;
}

static int check_block_header(struct stream *stream, struct block *block)
{
    static const char damaged[] = "a block header of the .xz file is damaged";
    struct xz_work *work = stream->work;
    const uint8_t *start = stream->blocks.at;
    struct span header;
    unsigned int filters;
    uint8_t flags;

    block->header_len = ((size_t)*start + 1) * 4;
    if (*start == 0 || block->unpadded_len <= block->header_len + stream->check_len)
        return fail(work, -XEN_EILSEQ, damaged);
    header = (struct span){start + 1, start + block->header_len - 4};
    if (crc32(&work->crc, start, block->header_len - 4) != read_le32(header.end))
        return fail(work, -XEN_EILSEQ, damaged);

    flags = *header.at++;
    filters = (flags & BLOCK_FILTERS_MINUS_1) + 1u;
    if (flags & BLOCK_RESERVED)
        return fail(work, -XEN_EOPNOTSUPP, "a block of the .xz file has flags that are not known");
    if (filters > BLOCK_FILTERS_MAX)
        return fail(work, -XEN_EOPNOTSUPP, "the .xz file uses other filters than x86 and LZMA2");
    if (!sizes_agree(stream, &header, flags, block))
        return fail(work, -XEN_EILSEQ, damaged);
    for (unsigned int n = 1; n <= filters; n++) {
        int error = take_filter(work, &header, n == filters, block);

        if (error)
            return error;
    }
    if (!only_zeros_left(&header, span_len(&header)))
        return fail(work, -XEN_EOPNOTSUPP,
                    "a block of the .xz file has options that are not known");
    return 0;
}

/* The unpacked data against the checksum that stands behind the block. */
static int check_block_data(struct stream *stream, const struct block *block, const uint8_t *sum)
{
    if (stream->check_len == 0)
        return 0;
    if (crc32(&stream->work->crc, stream->out, block->unpacked_len) != read_le32(sum))
        return fail(stream->work, -XEN_EILSEQ, "the unpacked data does not match its checksum");
    return 0;
}

/* The padding between the packed data and the checksum: zeros. */
static bool padding_valid(const uint8_t *data_end, size_t len)
{
    struct span padding = {data_end, data_end + len};

    return only_zeros_left(&padding, 3);
}

static int decode_block(struct stream *stream)
{
    struct xz_work *work = stream->work;
    struct block block = {0};
    struct lzma2_job job;
    const uint8_t *data;
    size_t padding;
    int error;

    /* The records were all read once before: they are sound and fit. */
    take_record(&stream->index, &block);
    error = check_block_header(stream, &block);
    if (error)
        return error;

    /* LZMA2_READ_SLACK: the end marker, the index and the footer are behind any symbol. */
    data = stream->blocks.at + block.header_len;
    job = (struct lzma2_job){
        .in = data,
        .in_len = block.unpadded_len - block.header_len - stream->check_len,
        .out = stream->out,
        .out_len = block.unpacked_len,
    };
    error = lzma2_decode(&work->lzma, &job);
    if (error)
        return fail(work, error, job.why);
    if (job.in_used != job.in_len || job.out_used != job.out_len)
        return fail(work, -XEN_EILSEQ, "a block of the .xz file is shorter than its index says");

    padding = pad4(block.unpadded_len) - block.unpadded_len;
    if (!padding_valid(data + job.in_len, padding))
        return fail(work, -XEN_EILSEQ, "the padding of a block of the .xz file is damaged");
    if (block.x86)
        bcj_x86_decode(stream->out, block.unpacked_len, block.x86_start);
    error = check_block_data(stream, &block, data + job.in_len + padding);

    stream->blocks.at += pad4(block.unpadded_len);
    stream->out += block.unpacked_len;
    return error;
}

_Static_assert(INDEX_LEN_MIN + FOOTER_LEN >= LZMA2_READ_SLACK,
               "what follows the last block must cover what the decoder may read ahead");

int xz_decode(const void *in, size_t in_len, void *out, size_t out_len, size_t *written,
              struct xz_work *work)
{
    struct stream stream = {.work = work, .out = out};
    int error;

    work->why = NULL;
    crc32_table_init(&work->crc);
    if (in_len < STREAM_HEADER_LEN + INDEX_LEN_MIN + FOOTER_LEN)
        return fail(work, -XEN_EINVAL, "it is too short for an .xz file");

    error = check_stream_header(&stream, in);
    if (!error)
        error = check_footer(&stream, in, in_len);
    if (!error)
        error = check_index(&stream, out_len);
    for (size_t n = 0; !error && n < stream.block_count; n++)
        error = decode_block(&stream);
    if (error)
        return error;

    *written = (size_t)(stream.out - (uint8_t *)out);
    return 0;
}
