/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session over VNC. */
#pragma once

#include "viewer/session.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_VNC_SESSION (vitrine_vnc_session_get_type())
G_DECLARE_FINAL_TYPE(VitrineVncSession, vitrine_vnc_session, VITRINE, VNC_SESSION, VitrineSession)

VitrineSession *vitrine_vnc_session_new(int fd);

G_END_DECLS
