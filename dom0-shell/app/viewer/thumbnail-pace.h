/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often to look at a guest's screen for its small picture. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    VITRINE_THUMBNAIL_CHANGED,
    VITRINE_THUMBNAIL_UNCHANGED,
    VITRINE_THUMBNAIL_FAILED,
} VitrineThumbnailOutcome;

/* All zero: at once. Microseconds of the monotonic clock. */
typedef struct {
    gint64 pause;
    gint64 due;
} VitrineThumbnailPace;

void vitrine_thumbnail_pace_note(VitrineThumbnailPace *self, gint64 now,
                                 VitrineThumbnailOutcome outcome);

G_END_DECLS
