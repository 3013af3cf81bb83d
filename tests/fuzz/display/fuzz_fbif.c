/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A framebuffer front end that writes anything: into its page, its directory, its ring, its
 * indices. */
#include <string.h>

#include "devices/fbif-page.h"
#include "fuzz.h"

#define PAGE  4096
#define LIMIT (32u << 20)

/* The page, then a directory page, then what our own index is. */
struct input {
    union {
        struct xenfb_page page;
        uint8_t bytes[PAGE];
    } shared;
    uint8_t directory[PAGE];
    uint32_t cons;
    uint8_t abi;
};

struct watcher {
    struct fbif_mode mode;
    size_t length;
    unsigned seen;
};

static void check_mode(const struct fbif_mode *mode, size_t length)
{
    FUZZ_ASSERT(mode->width >= 1 && mode->width <= FBIF_MAX_SIDE);
    FUZZ_ASSERT(mode->height >= 1 && mode->height <= FBIF_MAX_SIDE);
    FUZZ_ASSERT(mode->depth == 16 || mode->depth == 32);
    FUZZ_ASSERT(mode->stride >= mode->width * (mode->depth / 8));
    FUZZ_ASSERT(mode->offset <= length);
    FUZZ_ASSERT(mode->stride * (mode->height - 1) + mode->width * (mode->depth / 8) <=
                length - mode->offset);
}

static void on_event(void *data, const union xenfb_out_event *event)
{
    struct watcher *watcher = data;
    struct rect rect;

    watcher->seen++;
    if (event->type == XENFB_TYPE_RESIZE &&
        !fbif_mode_parse(&event->resize, watcher->length, &watcher->mode))
        check_mode(&watcher->mode, watcher->length);
    if (event->type == XENFB_TYPE_UPDATE &&
        fbif_update_parse(&event->update, &watcher->mode, &rect)) {
        FUZZ_ASSERT(!rect_is_empty(&rect));
        FUZZ_ASSERT(rect_contains(
            &(struct rect){0, 0, (int)watcher->mode.width, (int)watcher->mode.height}, &rect));
    }
}

static void check_layout(const struct fbif_layout *layout, enum fbif_abi abi, size_t length)
{
    check_mode(&layout->mode, length);
    FUZZ_ASSERT(length <= LIMIT);
    FUZZ_ASSERT(layout->frames * PAGE >= length);
    FUZZ_ASSERT(layout->directories >= 1 && layout->directories <= FBIF_MAX_DIRECTORIES);
    FUZZ_ASSERT(layout->directories * (size_t)fbif_directory_length(abi) >= layout->frames);
    for (unsigned i = 0; i < layout->directories; i++)
        FUZZ_ASSERT(layout->directory[i] != 0);
}

static void check_ring(struct xenfb_page *page, uint32_t cons, struct watcher *watcher)
{
    uint32_t waiting = page->out_prod - cons;
    enum fbif_drain drained = fbif_ring_drain(page, &cons, on_event, watcher);

    FUZZ_ASSERT(watcher->seen <= XENFB_OUT_RING_LEN);
    FUZZ_ASSERT((drained == FBIF_DRAIN_EMPTY) == (waiting == 0));
    FUZZ_ASSERT((drained == FBIF_DRAIN_BROKEN) == (waiting > XENFB_OUT_RING_LEN));
    FUZZ_ASSERT(cons == page->out_prod);
    FUZZ_ASSERT(page->out_prod - fbif_ring_resume(page) <= XENFB_OUT_RING_LEN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct input input;
    static struct fbif_layout layout;
    struct watcher watcher = {.mode = {.width = 1, .height = 1, .depth = 32, .stride = 4}};
    enum fbif_abi abi;

    memset(&input, 0, sizeof(input));
    memcpy(&input, data, len < sizeof(input) ? len : sizeof(input));
    abi = input.abi & 1 ? FBIF_ABI_32 : FBIF_ABI_64;
    for (unsigned i = 0; i < fbif_directory_length(abi); i++)
        fbif_directory_entry(input.directory, abi, i);
    if (!fbif_page_parse(input.shared.bytes, abi, LIMIT, &layout)) {
        check_layout(&layout, abi, input.shared.page.mem_length);
        watcher.mode = layout.mode;
    }
    watcher.length = input.shared.page.mem_length;
    check_ring(&input.shared.page, input.cons, &watcher);
    return 0;
}

/* As Linux sets itself up, with one event of each sort on the ring. */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    struct input input = {.abi = (uint8_t)n};
    struct xenfb_page *page = &input.shared.page;

    if (n > 1)
        return 0;
    page->width = 800;
    page->height = 600;
    page->depth = n ? 16 : 32;
    page->line_length = 3200;
    page->mem_length = 2 << 20;
    memset(page->pd, 0x11, 2 * sizeof(page->pd[0]));
    page->pd[0] &= 0xffffff;
    input.cons = 3;
    page->out_prod = 5;
    XENFB_OUT_RING_REF(page, 3).update =
        (struct xenfb_update){.type = XENFB_TYPE_UPDATE, .width = 800, .height = 16};
    XENFB_OUT_RING_REF(page, 4).resize = (struct xenfb_resize){
        .type = XENFB_TYPE_RESIZE, .width = 640, .height = 480, .stride = 3200, .depth = 32};
    memcpy(data, &input, sizeof(input));
    return sizeof(input);
}
