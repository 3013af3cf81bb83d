/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a PV DRM front end has made: display buffers in its memory, and framebuffers on them. */
#include "devices/displif-objects.h"

#include <stdlib.h>
#include <string.h>

#include <xen/errno.h>

#include "backend/number.h"
#include "backend/shared-page.h"

/* Codes of pixel formats (drm_fourcc.h): what may be in the bits above a colour is not looked at.
 */
#define FORMAT_XRGB8888 0x34325258 /* "XR24" */
#define FORMAT_ARGB8888 0x34325241 /* "AR24" */
#define FORMAT_RGB565   0x36314752 /* "RG16" */

static const struct {
    uint32_t format;
    unsigned bpp;
} formats[] = {
    {FORMAT_XRGB8888, 32},
    {FORMAT_ARGB8888, 32},
    {FORMAT_RGB565, 16},
};

_Static_assert(XENDISPL_EVENT_PAGE_SIZE == SHARED_PAGE_SIZE, "displif page size");

static bool side_is_good(uint32_t side)
{
    return side >= 1 && side <= DISPLIF_MAX_SIDE;
}

static uint64_t line_bytes(unsigned width, unsigned bpp)
{
    return (uint64_t)width * bpp / 8;
}

/* --- buffers --- */

struct displif_buffer *displif_buffer_find(struct displif_objects *objects, uint64_t cookie)
{
    for (unsigned i = 0; cookie != 0 && i < DISPLIF_MAX_BUFFERS; i++)
        if (objects->buffers[i].cookie == cookie)
            return &objects->buffers[i];
    return NULL;
}

static bool has_free_buffer(const struct displif_objects *objects)
{
    for (unsigned i = 0; i < DISPLIF_MAX_BUFFERS; i++)
        if (objects->buffers[i].cookie == 0)
            return true;
    return false;
}

static int check_cookie(const struct displif_objects *objects, uint64_t cookie)
{
    if (cookie == 0)
        return -XEN_EINVAL;
    for (unsigned i = 0; i < DISPLIF_MAX_BUFFERS; i++)
        if (objects->buffers[i].cookie == cookie)
            return -XEN_EEXIST;
    return has_free_buffer(objects) ? 0 : -XEN_ENOSPC;
}

static int check_picture(const struct xendispl_dbuf_create_req *request)
{
    uint64_t end;

    if (!side_is_good(request->width) || !side_is_good(request->height) ||
        (request->bpp != 16 && request->bpp != 32))
        return -XEN_EINVAL;
    end = request->data_ofs + line_bytes(request->width, request->bpp) * request->height;
    return end <= request->buffer_sz ? 0 : -XEN_EINVAL;
}

int displif_buffer_parse(const struct displif_objects *objects,
                         const struct xendispl_dbuf_create_req *request,
                         struct displif_buffer *ret_buffer)
{
    size_t pages = (request->buffer_sz + (size_t)SHARED_PAGE_SIZE - 1) / SHARED_PAGE_SIZE;
    int error = check_cookie(objects, request->dbuf_cookie);

    if (!error && request->flags != 0)
        error = -XEN_EOPNOTSUPP; /* memory of ours for the guest is not offered (be-alloc) */
    if (!error)
        error = check_picture(request);
    if (!error && pages > objects->limit - objects->pages)
        error = -XEN_ENOMEM;
    if (error)
        return error;
    *ret_buffer = (struct displif_buffer){
        .cookie = request->dbuf_cookie,
        .width = request->width,
        .height = request->height,
        .bpp = request->bpp,
        .offset = request->data_ofs,
        .pages = pages,
        .directory = request->gref_directory,
    };
    return 0;
}

void displif_buffer_add(struct displif_objects *objects, const struct displif_buffer *buffer)
{
    for (unsigned i = 0; i < DISPLIF_MAX_BUFFERS; i++) {
        if (objects->buffers[i].cookie != 0)
            continue;
        objects->buffers[i] = *buffer;
        objects->pages += buffer->pages;
        return;
    }
}

void displif_buffer_remove(struct displif_objects *objects, struct displif_buffer *buffer)
{
    for (unsigned i = 0; i < DISPLIF_MAX_FRAMEBUFFERS; i++)
        if (objects->framebuffers[i].buffer == buffer->cookie)
            objects->framebuffers[i] = (struct displif_framebuffer){0};
    objects->pages -= buffer->pages;
    *buffer = (struct displif_buffer){0};
}

/* --- framebuffers --- */

static struct displif_framebuffer *find_framebuffer(struct displif_objects *objects,
                                                    uint64_t cookie)
{
    for (unsigned i = 0; cookie != 0 && i < DISPLIF_MAX_FRAMEBUFFERS; i++)
        if (objects->framebuffers[i].cookie == cookie)
            return &objects->framebuffers[i];
    return NULL;
}

static struct displif_framebuffer *free_framebuffer(struct displif_objects *objects)
{
    for (unsigned i = 0; i < DISPLIF_MAX_FRAMEBUFFERS; i++)
        if (objects->framebuffers[i].cookie == 0)
            return &objects->framebuffers[i];
    return NULL;
}

static bool format_fits(uint32_t format, unsigned bpp)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (formats[i].format == format)
            return formats[i].bpp == bpp;
    return false;
}

int displif_framebuffer_attach(struct displif_objects *objects,
                               const struct xendispl_fb_attach_req *request)
{
    const struct displif_buffer *buffer = displif_buffer_find(objects, request->dbuf_cookie);
    struct displif_framebuffer *framebuffer = free_framebuffer(objects);

    if (request->fb_cookie == 0)
        return -XEN_EINVAL;
    if (find_framebuffer(objects, request->fb_cookie))
        return -XEN_EEXIST;
    if (!buffer)
        return -XEN_ENOENT;
    if (request->width < 1 || request->width > buffer->width || request->height < 1 ||
        request->height > buffer->height || !format_fits(request->pixel_format, buffer->bpp))
        return -XEN_EINVAL;
    if (!framebuffer)
        return -XEN_ENOSPC;
    *framebuffer = (struct displif_framebuffer){
        .cookie = request->fb_cookie,
        .buffer = request->dbuf_cookie,
        .width = request->width,
        .height = request->height,
        .format = request->pixel_format,
    };
    return 0;
}

int displif_framebuffer_detach(struct displif_objects *objects, uint64_t cookie)
{
    struct displif_framebuffer *framebuffer = find_framebuffer(objects, cookie);

    if (!framebuffer)
        return -XEN_ENOENT;
    *framebuffer = (struct displif_framebuffer){0};
    return 0;
}

bool displif_framebuffer_source(struct displif_objects *objects, uint64_t cookie,
                                struct pixel_source *ret_source)
{
    const struct displif_framebuffer *framebuffer = find_framebuffer(objects, cookie);
    const struct displif_buffer *buffer;

    if (!framebuffer)
        return false;
    buffer = displif_buffer_find(objects, framebuffer->buffer);
    if (!buffer)
        return false;
    *ret_source = (struct pixel_source){
        .base = buffer->memory,
        .offset = buffer->offset,
        .stride = (size_t)line_bytes(buffer->width, buffer->bpp),
        .width = framebuffer->width,
        .height = framebuffer->height,
        .depth = buffer->bpp,
    };
    return true;
}

/* --- what was asked for --- */

bool displif_buffer_request(const struct displif_objects *objects, unsigned index,
                            struct xendispl_dbuf_create_req *ret_request)
{
    const struct displif_buffer *buffer = &objects->buffers[index];

    *ret_request = (struct xendispl_dbuf_create_req){
        .dbuf_cookie = buffer->cookie,
        .width = buffer->width,
        .height = buffer->height,
        .bpp = buffer->bpp,
        .buffer_sz = (uint32_t)(buffer->pages * SHARED_PAGE_SIZE),
        .gref_directory = buffer->directory,
        .data_ofs = (uint32_t)buffer->offset,
    };
    return buffer->cookie != 0;
}

bool displif_framebuffer_request(const struct displif_objects *objects, unsigned index,
                                 struct xendispl_fb_attach_req *ret_request)
{
    const struct displif_framebuffer *framebuffer = &objects->framebuffers[index];

    *ret_request = (struct xendispl_fb_attach_req){
        .dbuf_cookie = framebuffer->buffer,
        .fb_cookie = framebuffer->cookie,
        .width = framebuffer->width,
        .height = framebuffer->height,
        .pixel_format = framebuffer->format,
    };
    return framebuffer->cookie != 0;
}

/* --- connectors --- */

/* What is left from @from to @end, but no more than @most. */
static int side(uint32_t from, uint32_t end, unsigned most)
{
    if (from >= end || end > DISPLIF_MAX_SIDE)
        return 0;
    return (int)(end - from < most ? end - from : most);
}

struct rect displif_area(const struct xendispl_set_config_req *request, unsigned width,
                         unsigned height)
{
    struct rect area = {.width = side(request->x, request->width, width),
                        .height = side(request->y, request->height, height)};

    if (rect_is_empty(&area))
        return (struct rect){0};
    area.x = (int)request->x;
    area.y = (int)request->y;
    return area;
}

bool displif_resolution_parse(const char *text, unsigned *ret_width, unsigned *ret_height)
{
    const char *mark = text ? strchr(text, XENDISPL_RESOLUTION_SEPARATOR[0]) : NULL;
    uint64_t width, height;
    char first[8];

    if (!mark || (size_t)(mark - text) >= sizeof(first))
        return false;
    memcpy(first, text, (size_t)(mark - text));
    first[mark - text] = '\0';
    if (!number_parse(first, DISPLIF_MAX_SIDE, &width) ||
        !number_parse(mark + 1, DISPLIF_MAX_SIDE, &height) || width == 0 || height == 0)
        return false;
    *ret_width = (unsigned)width;
    *ret_height = (unsigned)height;
    return true;
}
