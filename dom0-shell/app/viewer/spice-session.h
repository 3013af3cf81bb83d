/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session over SPICE. */
#pragma once

#include "model/guest.h"
#include "viewer/session.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_SPICE_SESSION (vitrine_spice_session_get_type())
G_DECLARE_FINAL_TYPE(VitrineSpiceSession, vitrine_spice_session, VITRINE, SPICE_SESSION,
                     VitrineSession)

VitrineSession *vitrine_spice_session_new(VitrineGuest *guest, int fd);

G_END_DECLS
