/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session with a display server that shares its picture's memory. */
#pragma once

#include "viewer/session.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_LOCAL_SESSION (vitrine_local_session_get_type())
G_DECLARE_FINAL_TYPE(VitrineLocalSession, vitrine_local_session, VITRINE, LOCAL_SESSION,
                     VitrineSession)

VitrineSession *vitrine_local_session_new(int fd);

G_END_DECLS
