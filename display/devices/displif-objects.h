/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a PV DRM front end has made: display buffers in its memory, and framebuffers on them.
 *
 * Requests are copies of what a guest wrote. They are checked in full before anything changes; an
 * error is the negative number that goes back to the guest (xen/errno.h). Nothing here maps memory.
 */
#ifndef DISPLAY_DEVICES_DISPLIF_OBJECTS_H
#define DISPLAY_DEVICES_DISPLIF_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/io/displif.h>

#include "surface.h"

/* A desktop has two or three of each; cursors are drawn by the guest. */
#define DISPLIF_MAX_BUFFERS      16
#define DISPLIF_MAX_FRAMEBUFFERS 32

#define DISPLIF_MAX_CONNECTORS 4

#define DISPLIF_MAX_SIDE 7680

/* How large a connector's picture is, in pixels. */
struct displif_mode {
    unsigned width, height;
};

struct displif_buffer {
    uint64_t cookie; /* the guest's name for it; 0: no buffer */
    unsigned width, height;
    unsigned bpp;  /* bits a pixel: 16 or 32 */
    size_t offset; /* bytes before the first pixel */
    size_t pages;
    grant_ref_t directory; /* the first page of grant references */
    void *memory;          /* pages of the guest's, its owner's to map and unmap */
};

struct displif_framebuffer {
    uint64_t cookie; /* 0: none */
    uint64_t buffer;
    unsigned width, height;
    uint32_t format; /* as the guest called it (drm_fourcc.h) */
};

struct displif_objects {
    size_t limit; /* pages that all buffers together may have */
    size_t pages;
    struct displif_buffer buffers[DISPLIF_MAX_BUFFERS];
    struct displif_framebuffer framebuffers[DISPLIF_MAX_FRAMEBUFFERS];
};

/* Checks a request for a buffer and fills in @ret_buffer, without memory. 0 or an error. */
int displif_buffer_parse(const struct displif_objects *objects,
                         const struct xendispl_dbuf_create_req *request,
                         struct displif_buffer *ret_buffer);

/* Adds a buffer that displif_buffer_parse() has allowed just before. */
void displif_buffer_add(struct displif_objects *objects, const struct displif_buffer *buffer);

/* NULL if there is none. Valid until it is removed. */
struct displif_buffer *displif_buffer_find(struct displif_objects *objects, uint64_t cookie);

/* Forgets the buffer and the framebuffers on it. */
void displif_buffer_remove(struct displif_objects *objects, struct displif_buffer *buffer);

int displif_framebuffer_attach(struct displif_objects *objects,
                               const struct xendispl_fb_attach_req *request);
int displif_framebuffer_detach(struct displif_objects *objects, uint64_t cookie);

/* What the guest once asked for, to be asked once more; false if there is nothing at @index. */
bool displif_buffer_request(const struct displif_objects *objects, unsigned index,
                            struct xendispl_dbuf_create_req *ret_request);
bool displif_framebuffer_request(const struct displif_objects *objects, unsigned index,
                                 struct xendispl_fb_attach_req *ret_request);

/* The pixels of a framebuffer whose buffer is mapped; false if there is none of that name. */
bool displif_framebuffer_source(struct displif_objects *objects, uint64_t cookie,
                                struct pixel_source *ret_source);

/*
 * Which part of its framebuffer a connector of @width x @height pixels is to show. Linux names
 * where the part begins and how large the whole framebuffer is, of which several connectors may
 * each show a part. Empty if there is none.
 */
struct rect displif_area(const struct xendispl_set_config_req *request, unsigned width,
                         unsigned height);

/* The first two numbers of "WxH", each from 1 to DISPLIF_MAX_SIDE. */
bool displif_resolution_parse(const char *text, unsigned *ret_width, unsigned *ret_height);

#endif
