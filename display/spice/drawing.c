/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One command to libspice-server that draws, with the pixels that it draws. */
#include "spice/drawing.h"

#include <string.h>

static void describe(struct drawing *drawing, uint32_t image_id, const struct rect *rect)
{
    QXLRect area = {.bottom = rect->height, .right = rect->width};

    drawing->image.descriptor.type = SPICE_IMAGE_TYPE_BITMAP;
    drawing->image.descriptor.width = (uint32_t)rect->width;
    drawing->image.descriptor.height = (uint32_t)rect->height;
    QXL_SET_IMAGE_ID(&drawing->image, QXL_IMAGE_GROUP_DEVICE, image_id);
    drawing->image.bitmap.format = SPICE_BITMAP_FMT_32BIT;
    drawing->image.bitmap.flags = QXL_BITMAP_DIRECT | QXL_BITMAP_TOP_DOWN;
    drawing->image.bitmap.x = (uint32_t)rect->width;
    drawing->image.bitmap.y = (uint32_t)rect->height;
    drawing->image.bitmap.stride = (uint32_t)rect->width * (uint32_t)sizeof(uint32_t);
    drawing->image.bitmap.data = drawing_address(drawing->pixels);

    drawing->command.release_info.id = drawing_address(drawing);
    drawing->command.surface_id = DRAWING_SURFACE;
    drawing->command.type = QXL_DRAW_COPY;
    drawing->command.effect = QXL_EFFECT_OPAQUE;
    drawing->command.clip.type = SPICE_CLIP_TYPE_NONE;
    drawing->command.bbox = (QXLRect){.top = rect->y,
                                      .left = rect->x,
                                      .bottom = rect->y + rect->height,
                                      .right = rect->x + rect->width};
    memset(drawing->command.surfaces_dest, -1, sizeof(drawing->command.surfaces_dest));
    drawing->command.u.copy.src_bitmap = drawing_address(&drawing->image);
    drawing->command.u.copy.src_area = area;
    drawing->command.u.copy.rop_descriptor = SPICE_ROPD_OP_PUT;
}

static void copy_pixels(uint32_t *to, const struct surface *picture, const struct rect *rect)
{
    const uint32_t *from = picture->pixels + (size_t)rect->y * picture->width + rect->x;

    for (int y = 0; y < rect->height; y++) {
        memcpy(to, from, (size_t)rect->width * sizeof(*to));
        to += rect->width;
        from += picture->width;
    }
}

struct drawing *drawing_new(uint32_t image_id, const struct surface *picture,
                            const struct rect *rect)
{
    size_t bytes = (size_t)rect->width * (size_t)rect->height * sizeof(uint32_t);
    struct drawing *drawing = g_try_malloc(sizeof(*drawing) + bytes);

    if (!drawing)
        return NULL;
    memset(drawing, 0, sizeof(*drawing));
    drawing->bytes = bytes;
    copy_pixels(drawing->pixels, picture, rect);
    describe(drawing, image_id, rect);
    return drawing;
}

void drawing_list_init(struct drawing_list *list)
{
    list->first = NULL;
    list->end = &list->first;
}

void drawing_list_append(struct drawing_list *list, struct drawing *drawing)
{
    drawing->next = NULL;
    *list->end = drawing;
    list->end = &drawing->next;
}

struct drawing *drawing_list_take(struct drawing_list *list)
{
    struct drawing *drawing = list->first;

    if (!drawing)
        return NULL;
    list->first = drawing->next;
    if (!list->first)
        list->end = &list->first;
    return drawing;
}

void drawing_list_free(struct drawing_list *list)
{
    struct drawing *drawing;

    while ((drawing = drawing_list_take(list)))
        g_free(drawing);
}
