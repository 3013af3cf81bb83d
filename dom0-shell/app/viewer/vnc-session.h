/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection to a guest's display server over VNC. */
#pragma once

#include "viewer/viewport.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_VNC_SESSION (vitrine_vnc_session_get_type())
G_DECLARE_FINAL_TYPE(VitrineVncSession, vitrine_vnc_session, VITRINE, VNC_SESSION, GObject)

VitrineVncSession *vitrine_vnc_session_new(int fd);
void vitrine_vnc_session_close(VitrineVncSession *self);
cairo_surface_t *vitrine_vnc_session_get_surface(VitrineVncSession *self);
guint64 vitrine_vnc_session_get_serial(VitrineVncSession *self);
void vitrine_vnc_session_request_update(VitrineVncSession *self);
void vitrine_vnc_session_send_key(VitrineVncSession *self, gboolean down, guint keysym,
                                  guint16 xt_code);
void vitrine_vnc_session_send_pointer(VitrineVncSession *self, guint buttons, int x, int y);

G_END_DECLS
