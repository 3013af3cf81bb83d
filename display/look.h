/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has changed in a picture whose painter does not say so: it is compared with what was seen
 * the last time.
 */
#ifndef DISPLAY_LOOK_H
#define DISPLAY_LOOK_H

#include <stdbool.h>

#include "surface.h"

/* Changes are told in pieces of so many lines, and of so many pixels' multiple in width. */
#define LOOK_LINES   16
#define LOOK_COLUMNS 64

struct look;

struct look *look_new(void);

/* Accepts NULL. */
void look_free(struct look *look);

/* Nothing was seen: the next look finds all of the picture new, and until then no memory is held.
 */
void look_forget(struct look *look);

/*
 * Compares @source with what was seen last, calls @changed for each piece that differs, in the
 * source's pixels and from top to bottom, and remembers what is there now. Pieces do not overlap,
 * and there are no more of them than the picture has lines / LOOK_LINES, rounded up. Returns
 * whether there was one. Others may write to the source meanwhile: what that misses, the next look
 * finds.
 */
bool look_at(struct look *look, const struct pixel_source *source,
             void (*changed)(void *data, const struct rect *rect), void *data);

#endif
