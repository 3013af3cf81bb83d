/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection to a guest's display server, whatever it speaks: a picture, and input. */
#pragma once

#include "viewer/viewport.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_SESSION (vitrine_session_get_type())
G_DECLARE_DERIVABLE_TYPE(VitrineSession, vitrine_session, VITRINE, SESSION, GObject)

/* More than any screen; keeps a broken server from having us allocate gigabytes. */
#define VITRINE_SESSION_MAX_SIDE 8192

/* More monitors than any guest has. */
#define VITRINE_SESSION_MAX_MONITORS 16

/* More fingers than any guest tells apart. */
#define VITRINE_SESSION_MAX_CONTACTS 32

/* The pointer's buttons, as RFB's mask goes on. The wheel's press and let go with each click. */
enum {
    VITRINE_BUTTON_LEFT = 1u << 0,
    VITRINE_BUTTON_MIDDLE = 1u << 1,
    VITRINE_BUTTON_RIGHT = 1u << 2,
    VITRINE_WHEEL_UP = 1u << 3,
    VITRINE_WHEEL_DOWN = 1u << 4,
    VITRINE_WHEEL_LEFT = 1u << 5,
    VITRINE_WHEEL_RIGHT = 1u << 6,
    VITRINE_BUTTON_BACK = 1u << 7,
    VITRINE_BUTTON_FORWARD = 1u << 8,
};

typedef enum {
    VITRINE_TOUCH_DOWN,
    VITRINE_TOUCH_MOTION,
    VITRINE_TOUCH_UP,
} VitrineTouchPhase;

/* What a protocol does for a session. Nothing is sent before there is a surface. */
struct _VitrineSessionClass {
    GObjectClass parent_class;

    void (*close)(VitrineSession *self);
    void (*request_update)(VitrineSession *self);
    void (*send_key)(VitrineSession *self, gboolean down, guint keysym, guint16 xt_code);
    void (*send_pointer)(VitrineSession *self, guint buttons, int x, int y);
    /* Only where it may say vitrine_session_set_n_contacts(). */
    void (*send_touch)(VitrineSession *self, guint contact, VitrineTouchPhase phase, int x, int y);
};

void vitrine_session_close(VitrineSession *self);
cairo_surface_t *vitrine_session_get_surface(VitrineSession *self);
guint64 vitrine_session_get_serial(VitrineSession *self);
guint vitrine_session_get_n_monitors(VitrineSession *self);
gboolean vitrine_session_get_monitor(VitrineSession *self, guint number, VitrineRect *ret_rect);
GdkTexture *vitrine_session_get_cursor(VitrineSession *self, int *hot_x, int *hot_y);
void vitrine_session_request_update(VitrineSession *self);
void vitrine_session_send_key(VitrineSession *self, gboolean down, guint keysym, guint16 xt_code);
void vitrine_session_send_pointer(VitrineSession *self, guint buttons, int x, int y);
guint vitrine_session_get_n_contacts(VitrineSession *self);
gboolean vitrine_session_touch_down(VitrineSession *self, int x, int y, guint *ret_contact);
void vitrine_session_touch_move(VitrineSession *self, guint contact, int x, int y);
void vitrine_session_touch_up(VitrineSession *self, guint contact);

/* For the protocols. */
gboolean vitrine_session_check_size(gint64 width, gint64 height, const char **ret_problem);
cairo_surface_t *vitrine_session_make_surface(VitrineSession *self, int width, int height,
                                              const char **ret_problem);
void vitrine_session_take_surface(VitrineSession *self, cairo_surface_t *surface);
void vitrine_session_tell_resized(VitrineSession *self);
void vitrine_session_damage(VitrineSession *self, const VitrineRect *rect);
void vitrine_session_set_monitors(VitrineSession *self, const VitrineRect *monitors,
                                  guint n_monitors);
void vitrine_session_set_n_contacts(VitrineSession *self, guint n_contacts);
void vitrine_session_set_cursor(VitrineSession *self, GdkTexture *texture, int hot_x, int hot_y);
void vitrine_session_end(VitrineSession *self, const char *problem);

G_END_DECLS
