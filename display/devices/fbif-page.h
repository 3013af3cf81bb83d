/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a framebuffer front end says: the page it shares, its directory of frames, its events.
 *
 * Pure functions on bytes that a guest wrote. They check and translate; they map nothing.
 */
#ifndef DISPLAY_DEVICES_FBIF_PAGE_H
#define DISPLAY_DEVICES_FBIF_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/io/fbif.h>

#include "rect.h"

/* Pixels. More than any screen has, and as long a line as libvncserver can send. */
#define FBIF_MAX_SIDE 7680

/* How pixels lie in the mapped framebuffer. A checked mode never reaches beyond it. */
struct fbif_mode {
    unsigned width, height; /* pixels */
    unsigned depth;         /* bits a pixel: 16 or 32 */
    size_t stride, offset;  /* bytes */
};

/* The width of an unsigned long in the guest's protocol ("x86_32-abi" or "x86_64-abi"). */
enum fbif_abi { FBIF_ABI_32, FBIF_ABI_64 };

#define FBIF_MAX_DIRECTORIES 256

struct fbif_layout {
    struct fbif_mode mode;
    size_t frames;        /* pages of framebuffer */
    unsigned directories; /* pages of frame numbers */
    xen_pfn_t directory[FBIF_MAX_DIRECTORIES];
};

/*
 * Reads a page that was copied out of the guest. The framebuffer must hold its mode and have no
 * more than @limit bytes. Returns NULL and fills @ret_layout, or returns what is wrong as half a
 * sentence ("its framebuffer is larger than allowed") and leaves it alone.
 */
const char *fbif_page_parse(const void *page, enum fbif_abi abi, size_t limit,
                            struct fbif_layout *ret_layout);

/* How many frame numbers a directory page has. */
unsigned fbif_directory_length(enum fbif_abi abi);

/* Entry @index of a directory page that was copied out of the guest. */
xen_pfn_t fbif_directory_entry(const void *page, enum fbif_abi abi, unsigned index);

/*
 * Checks that a mode lies within @length bytes. All values are the guest's. Returns like
 * fbif_page_parse().
 */
const char *fbif_mode_parse(const struct xenfb_resize *resize, size_t length,
                            struct fbif_mode *ret_mode);

/* The part of an update that is in the picture; false if there is none. */
bool fbif_update_parse(const struct xenfb_update *update, const struct fbif_mode *mode,
                       struct rect *ret_rect);

enum fbif_drain {
    FBIF_DRAIN_EMPTY,  /* there was nothing */
    FBIF_DRAIN_EVENTS, /* at least one event was handed over */
    FBIF_DRAIN_BROKEN, /* the guest's index makes no sense: all was skipped */
};

/*
 * Hands every event of the out ring to @handle, as a copy: at most XENFB_OUT_RING_LEN. @page is
 * shared with the guest; *@cons is our own index, which the guest's copy of it never changes.
 */
enum fbif_drain fbif_ring_drain(struct xenfb_page *page, uint32_t *cons,
                                void (*handle)(void *data, const union xenfb_out_event *event),
                                void *data);

/*
 * The index to go on from when we meet a page that is already in use, as after a restart of ours:
 * the guest's copy if it makes sense, else the end of what it wrote.
 */
uint32_t fbif_ring_resume(const struct xenfb_page *page);

#endif
