/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One command to libspice-server that draws, with the pixels that it draws. */
#ifndef DISPLAY_SPICE_DRAWING_H
#define DISPLAY_SPICE_DRAWING_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>
#include <spice.h>

#include "surface.h"

/* The one surface that is drawn on. */
#define DRAWING_SURFACE 0

struct drawing {
    QXLDrawable command; /* its release_info.id is the address of this structure */
    QXLImage image;
    size_t bytes; /* of pixels */
    GList link;   /* for whoever counts what the library holds */
    struct drawing *next;
    uint32_t pixels[];
};

/* A queue; its user has the lock that it needs. */
struct drawing_list {
    struct drawing *first, **end;
};

/*
 * Copies @rect, which lies within @picture, to be drawn there. @image_id is to be another one for
 * each drawing. To be freed with g_free(); NULL if there is no memory.
 */
struct drawing *drawing_new(uint32_t image_id, const struct surface *picture,
                            const struct rect *rect);

void drawing_list_init(struct drawing_list *list);
void drawing_list_append(struct drawing_list *list, struct drawing *drawing);

/* NULL if the list is empty. */
struct drawing *drawing_list_take(struct drawing_list *list);

/* Frees all drawings in the list, which is empty then. */
void drawing_list_free(struct drawing_list *list);

/* How the library is told an address of ours. */
static inline QXLPHYSICAL drawing_address(const void *pointer)
{
    return (uintptr_t)pointer;
}

#endif
