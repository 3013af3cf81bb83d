/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's page shows instead of its screen: one face a situation. */
#pragma once

#include "model/guest-state.h"

G_BEGIN_DECLS

typedef struct {
    const char *icon;
    const char *title;       /* translated, with one %s for the guest's name */
    const char *description; /* translated, when there is no better sentence; may be NULL */
    const char *action;      /* of the button in the middle; NULL for none */
    const char *action_label;
    const char *other_action; /* of a second button; NULL for none */
    const char *other_label;
} VitrineGuestFace;

gboolean vitrine_guest_face_get(VitrineGuestState state, gboolean has_display, gboolean has_problem,
                                VitrineGuestFace *ret_face);

gboolean vitrine_guest_face_is_console(VitrineGuestState state, gboolean has_display,
                                       gboolean has_problem);

void vitrine_guest_face_get_installed(VitrineGuestFace *ret_face);
void vitrine_guest_face_get_elsewhere(VitrineGuestFace *ret_face);

G_END_DECLS
