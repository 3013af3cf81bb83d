/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A look costs the guest's display server a whole picture, so a screen that stands still is looked
 * at ever less often, and a server that does not answer even less.
 */
#include "viewer/thumbnail-pace.h"

#define SHORTEST (5 * G_USEC_PER_SEC)

static const gint64 longest[] = {
    [VITRINE_THUMBNAIL_CHANGED] = SHORTEST,
    [VITRINE_THUMBNAIL_UNCHANGED] = 60 * G_USEC_PER_SEC,
    [VITRINE_THUMBNAIL_FAILED] = 600 * G_USEC_PER_SEC,
};

/* A look has come to its end @now. */
void vitrine_thumbnail_pace_note(VitrineThumbnailPace *self, gint64 now,
                                 VitrineThumbnailOutcome outcome)
{
    self->pause = CLAMP(self->pause * 2, SHORTEST, longest[outcome]);
    self->due = now + self->pause;
}
