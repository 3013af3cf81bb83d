/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a framebuffer front end says: the page it shares, its directory of frames, its events. */
#include "devices/fbif-page.h"

#include <string.h>

#include "backend/shared-page.h"

/* Where pd[] begins: after nine fields, aligned to the guest's unsigned long. */
#define PD_OFFSET_32 36
#define PD_OFFSET_64 40

/* No machine has that many frames (2^40 pages); keeps nonsense away from the hypervisor. */
#define MAX_FRAME ((UINT64_C(1) << 40) - 1)

_Static_assert(sizeof(union xenfb_out_event) == XENFB_OUT_EVENT_SIZE, "fbif event size");
_Static_assert(offsetof(struct xenfb_page, pd) == PD_OFFSET_64, "fbif page layout");
_Static_assert(sizeof(struct xenfb_page) <= SHARED_PAGE_SIZE, "fbif page size");

static unsigned entry_size(enum fbif_abi abi)
{
    return abi == FBIF_ABI_32 ? sizeof(uint32_t) : sizeof(uint64_t);
}

static xen_pfn_t read_entry(const uint8_t *at, enum fbif_abi abi)
{
    uint64_t wide;
    uint32_t narrow;

    if (abi == FBIF_ABI_32) {
        memcpy(&narrow, at, sizeof(narrow));
        return narrow;
    }
    memcpy(&wide, at, sizeof(wide));
    return wide;
}

unsigned fbif_directory_length(enum fbif_abi abi)
{
    return SHARED_PAGE_SIZE / entry_size(abi);
}

xen_pfn_t fbif_directory_entry(const void *page, enum fbif_abi abi, unsigned index)
{
    return read_entry((const uint8_t *)page + (size_t)index * entry_size(abi), abi);
}

static const char *check_side(int32_t side)
{
    return side < 1 || side > FBIF_MAX_SIDE ? "its width or height is out of range" : NULL;
}

const char *fbif_mode_parse(const struct xenfb_resize *resize, size_t length,
                            struct fbif_mode *ret_mode)
{
    uint64_t row, end;

    if (check_side(resize->width) || check_side(resize->height))
        return check_side(0);
    if (resize->depth != 16 && resize->depth != 32)
        return "its depth is neither 16 nor 32 bits";
    row = (uint64_t)resize->width * (unsigned)resize->depth / 8;
    if (resize->stride < 0 || (uint64_t)resize->stride < row)
        return "its lines are shorter than its width";
    if (resize->offset < 0)
        return "its offset is negative";
    end =
        (uint64_t)resize->offset + (uint64_t)resize->stride * (unsigned)(resize->height - 1) + row;
    if (end > length)
        return "its picture does not fit into its memory";
    *ret_mode = (struct fbif_mode){
        .width = (unsigned)resize->width,
        .height = (unsigned)resize->height,
        .depth = (unsigned)resize->depth,
        .stride = (size_t)resize->stride,
        .offset = (size_t)resize->offset,
    };
    return NULL;
}

static const char *parse_directory(const uint8_t *page, enum fbif_abi abi,
                                   struct fbif_layout *layout)
{
    const uint8_t *pd = page + (abi == FBIF_ABI_32 ? PD_OFFSET_32 : PD_OFFSET_64);

    for (unsigned i = 0; i < layout->directories; i++) {
        layout->directory[i] = read_entry(pd + (size_t)i * entry_size(abi), abi);
        if (layout->directory[i] == 0 || layout->directory[i] > MAX_FRAME)
            return "its page directory names no frame";
    }
    return NULL;
}

const char *fbif_page_parse(const void *page, enum fbif_abi abi, size_t limit,
                            struct fbif_layout *ret_layout)
{
    struct fbif_layout layout = {0};
    struct xenfb_resize mode = {0};
    struct xenfb_page head;
    const char *wrong;
    size_t frames;

    memcpy(&head, page, offsetof(struct xenfb_page, pd));
    if (head.mem_length > limit)
        return "its framebuffer is larger than allowed";
    frames = (head.mem_length + (size_t)SHARED_PAGE_SIZE - 1) / SHARED_PAGE_SIZE;
    layout.frames = frames;
    if (frames > (size_t)FBIF_MAX_DIRECTORIES * fbif_directory_length(abi))
        return "its framebuffer is larger than its page directory";
    layout.directories =
        (unsigned)((frames + fbif_directory_length(abi) - 1) / fbif_directory_length(abi));

    mode.width = head.width;
    mode.height = head.height;
    mode.depth = head.depth;
    if (head.line_length > INT32_MAX)
        return "its lines are too long";
    mode.stride = (int32_t)head.line_length;
    wrong = fbif_mode_parse(&mode, head.mem_length, &layout.mode);
    if (!wrong)
        wrong = parse_directory(page, abi, &layout);
    if (!wrong)
        *ret_layout = layout;
    return wrong;
}

bool fbif_update_parse(const struct xenfb_update *update, const struct fbif_mode *mode,
                       struct rect *ret_rect)
{
    int64_t x1 = update->x, y1 = update->y;
    int64_t x2 = x1 + update->width, y2 = y1 + update->height;

    x1 = x1 < 0 ? 0 : x1;
    y1 = y1 < 0 ? 0 : y1;
    x2 = x2 > mode->width ? mode->width : x2;
    y2 = y2 > mode->height ? mode->height : y2;
    if (x2 <= x1 || y2 <= y1)
        return false;
    *ret_rect = (struct rect){(int)x1, (int)y1, (int)(x2 - x1), (int)(y2 - y1)};
    return true;
}

enum fbif_drain fbif_ring_drain(struct xenfb_page *page, uint32_t *cons,
                                void (*handle)(void *data, const union xenfb_out_event *event),
                                void *data)
{
    uint32_t prod = shared_index_read(&page->out_prod);
    enum fbif_drain result = FBIF_DRAIN_EVENTS;

    if (prod == *cons)
        return FBIF_DRAIN_EMPTY;
    if (prod - *cons > XENFB_OUT_RING_LEN) {
        *cons = prod;
        result = FBIF_DRAIN_BROKEN;
    }
    for (; *cons != prod; (*cons)++) {
        union xenfb_out_event event;

        shared_read(&event, &XENFB_OUT_RING_REF(page, *cons), sizeof(event));
        handle(data, &event);
    }
    shared_index_write(&page->out_cons, *cons);
    return result;
}

uint32_t fbif_ring_resume(const struct xenfb_page *page)
{
    uint32_t cons = shared_index_read(&page->out_cons);
    uint32_t prod = shared_index_read(&page->out_prod);

    return prod - cons > XENFB_OUT_RING_LEN ? prod : cons;
}
