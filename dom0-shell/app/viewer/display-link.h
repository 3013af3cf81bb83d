/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps a connection to the display of one guest for as long as the guest has one. */
#pragma once

#include "model/guest.h"
#include "viewer/session.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_DISPLAY_LINK (vitrine_display_link_get_type())
G_DECLARE_FINAL_TYPE(VitrineDisplayLink, vitrine_display_link, VITRINE, DISPLAY_LINK, GObject)

VitrineDisplayLink *vitrine_display_link_join(VitrineGuest *guest);
void vitrine_display_link_leave(VitrineDisplayLink *self);
VitrineSession *vitrine_display_link_get_session(VitrineDisplayLink *self);
const char *vitrine_display_link_get_problem(VitrineDisplayLink *self);

G_END_DECLS
